"""`timebank`, loaded once: each command of a test is a process of its own, forked from one that has loaded every room.

To load them takes a processor some seconds, and the commands of one test many times that. What a command does after
it is loaded is the same: its own arguments, environment, streams and end.
"""

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from timebank.cli import main as timebank
from timebank.cli.main import program
from timebank.core.settings import settings


class Loaded:
    """A process that waits for commands."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=folder,
        )  # fmt: skip

    def run(self, arguments: Sequence[str], environment: dict[str, str], said: Path) -> int:
        """Run one command to its end; what it said, in either stream, is in `said`."""
        asked = {"arguments": list(arguments), "environment": environment, "said": str(said)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=60)


def _command(arguments: list[str], environment: dict[str, str], said: str) -> None:
    """The command itself, in the forked process."""
    os.environ.clear()
    os.environ.update(environment)
    streams = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, kept in ((nothing, 0), (streams, 1), (streams, 2)):
        os.dup2(descriptor, kept)
    settings.cache_clear()
    sys.argv = ["timebank", *arguments]
    timebank()


def _wait_for_commands() -> None:
    program()
    for line in sys.stdin:
        # It ends without taking all that was loaded apart, piece by piece.
        forked = multiprocessing.get_context("fork").Process(target=_command, kwargs=json.loads(line))
        forked.start()
        forked.join()
        print(forked.exitcode, flush=True)


if __name__ == "__main__":
    _wait_for_commands()
