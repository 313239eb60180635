"""The folder of the embedded database: where it lies, how it is made, its passwords and its roles."""

import json
import os
import secrets
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from timebank.core.embedded.errors import DataFolderDenied, WrongVersion
from timebank.core.embedded.programs import SHARED, Programs
from timebank.core.embedded.server_user import ServerUser, owner_name

DATABASE = "timebank"

ROLES = """
SET log_min_error_statement = panic;
DO $$ BEGIN
    IF to_regrole('timebank_owner') IS NULL THEN CREATE ROLE timebank_owner NOLOGIN; END IF;
    IF to_regrole('timebank_app') IS NULL THEN CREATE ROLE timebank_app NOLOGIN; END IF;
    IF to_regrole('timebank_migrator') IS NULL THEN
        -- NOINHERIT: it has the owner's rights only after SET ROLE.
        CREATE ROLE timebank_migrator LOGIN NOINHERIT;
        GRANT timebank_owner TO timebank_migrator;
    END IF;
    IF to_regrole('timebank_service') IS NULL THEN
        CREATE ROLE timebank_service LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE IN ROLE timebank_app;
    END IF;
END $$;
ALTER ROLE timebank_migrator PASSWORD :'migrator';
ALTER ROLE timebank_service PASSWORD :'service';
SELECT 'CREATE DATABASE timebank OWNER timebank_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'timebank') \\gexec
REVOKE ALL ON DATABASE timebank FROM PUBLIC;
GRANT CONNECT ON DATABASE timebank TO timebank_app, timebank_migrator;
"""


@dataclass(frozen=True)
class Passwords:
    """The passwords of the three logins, kept in a file that only its owner can read."""

    superuser: str
    migrator: str
    service: str


@dataclass(frozen=True)
class Folders:
    """The data folder, and the folder of the server inside it (or elsewhere, if its user can't get in)."""

    data: Path
    server: Path

    @property
    def cluster(self) -> Path:
        """What PostgreSQL calls PGDATA."""
        return self.server / "cluster"

    @property
    def log(self) -> Path:
        """What the server says before its own log files are open."""
        return self.server / "server.log"


def data_folder(data: Path) -> Path:
    """Make the data folder if it isn't there; others may pass through it but not list it."""
    data = data.expanduser().resolve()
    try:
        data.mkdir(mode=0o711, parents=True)
        data.chmod(0o711)
    except FileExistsError:
        pass
    except PermissionError:
        raise DataFolderDenied(folder=data, owner=owner_name(data)) from None
    if not os.access(data, os.W_OK | os.X_OK):
        raise DataFolderDenied(folder=data, owner=owner_name(data))
    return data


def locate(data: Path) -> Folders:
    """Where the server's folder of an existing data folder is, whether made yet or not."""
    elsewhere = data / "postgres.elsewhere"
    if elsewhere.exists():
        return Folders(data, Path(elsewhere.read_text(encoding="utf-8").strip()))
    return Folders(data, data / "postgres")


def is_made(data: Path) -> bool:
    """Whether there is a database, as far as we may look: one that is closed to us is there."""
    try:
        return (locate(data.resolve()).cluster / "PG_VERSION").exists()
    except PermissionError:
        return True


def settle(folders: Folders, user: ServerUser) -> Folders:
    """Make the server's folder, owned by its user, in a place that this user can reach."""
    if not user.can_reach(folders.data) and folders.server.is_relative_to(folders.data):
        SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        server = Path(tempfile.mkdtemp(dir=SHARED, prefix="data-"))
        (folders.data / "postgres.elsewhere").write_text(f"{server}\n", encoding="utf-8")
        folders = Folders(folders.data, server)
    folders.server.mkdir(mode=0o700, exist_ok=True)
    user.own(folders.server)
    return folders


def choose_version(found: list[Programs], folders: Folders) -> Programs:
    """The first programs of the cluster's version, or the first ones for a new cluster.

    Raises WrongVersion.
    """
    try:
        made_by = (folders.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return found[0]
    for programs in found:
        if str(programs.major) == made_by:
            return programs
    raise WrongVersion(folder=folders.data, made_by=made_by, found=[programs.version for programs in found])


def passwords(data: Path) -> Passwords:
    """Read the passwords, or make them the first time."""
    path = data / "postgres.passwords"
    if not path.exists():
        made = Passwords(*(secrets.token_urlsafe(32) for _ in range(3)))
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(made), file)
        unfinished.rename(path)
    try:
        return Passwords(**json.loads(path.read_text(encoding="utf-8")))
    except PermissionError:
        raise DataFolderDenied(folder=data, owner=owner_name(path)) from None


def make(folders: Folders, programs: Programs, user: ServerUser, password: str, *, fsync: bool) -> None:
    """Make the cluster unless it is there; a half-made one of an earlier try is thrown away."""
    if (folders.cluster / "PG_VERSION").exists():
        return
    unfinished = folders.server / "unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    password_file = unfinished / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password, encoding="ascii")
    for path in (unfinished, password_file):
        user.own(path)
    if programs.major >= 17:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    else:
        locale = ["--locale=C"]
    programs.run(
        "initdb",
        [
            f"--pgdata={unfinished / 'cluster'}",
            "--username=postgres",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--data-checksums",
            "--encoding=UTF8",
            *locale,
            *([] if fsync else ["--no-sync"]),
        ],
        user=user,
    )
    (unfinished / "cluster").rename(folders.cluster)
    shutil.rmtree(unfinished)


def furnish(programs: Programs, port: int, known: Passwords) -> None:
    """Make the roles and the database on a running server; safe to repeat."""
    programs.run(
        "psql",
        [
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--host=127.0.0.1",
            f"--port={port}",
            "--username=postgres",
            "--dbname=postgres",
        ],
        environment={
            "PGPASSWORD": known.superuser,
            "TIMEBANK_MIGRATOR": known.migrator,
            "TIMEBANK_SERVICE": known.service,
        },
        # Through the environment, since arguments are visible to every user of the machine.
        stdin=f"\\getenv migrator TIMEBANK_MIGRATOR\n\\getenv service TIMEBANK_SERVICE\n{ROLES}",
    )


def url(login: str, password: str, port: int, database: str = DATABASE) -> str:
    """A URL of the embedded server for SQLAlchemy with asyncpg."""
    return f"postgresql+asyncpg://{login}:{quote(password, safe='')}@127.0.0.1:{port}/{database}"
