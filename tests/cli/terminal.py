"""A shell in which commands are run as a person runs them, on a data folder of its own."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Terminal:
    """A shell with its own data folder."""

    data: Path

    @property
    def program(self) -> list[str]:
        """How `timebank` is called."""
        return [sys.executable, "-c", "from timebank.cli import main; main()"]

    @property
    def folder(self) -> Path:
        """Where it is called."""
        return REPOSITORY

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return {**kept, "TIMEBANK_DATA": str(self.data), "PYTHONIOENCODING": "utf-8", **more}

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        done = subprocess.run(
            [*self.program, *arguments],
            capture_output=True, encoding="utf-8", check=False, cwd=self.folder, env=self.environment(**environment),
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr

    @contextmanager
    def serve(self, *arguments: str, **environment: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
        """A service that was told to start; yields it and the address it says."""
        service = subprocess.Popen(
            [*self.program, "serve", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", cwd=self.folder,
            env=self.environment(**environment),
        )  # fmt: skip
        try:
            assert service.stdout is not None
            said = ""
            while not (found := re.search(r"浏览器打开 (http://[0-9.:]+)", said)):
                line = service.stdout.readline()
                assert line, said
                said += line
            yield service, found[1]
        finally:
            with contextlib.suppress(ProcessLookupError):
                service.terminate()
            service.communicate(timeout=60)
