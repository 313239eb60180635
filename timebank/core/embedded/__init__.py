"""The PostgreSQL that comes with timebank: found, made, started, shared and stopped."""

from timebank.core.embedded.cluster import ROLES
from timebank.core.embedded.errors import (
    DataFolderDenied,
    DataFolderElsewhere,
    EmbeddedError,
    NoPrograms,
    NoServerUser,
    ProgramFailed,
    ServerFailed,
    WrongVersion,
)
from timebank.core.embedded.programs import Programs, find
from timebank.core.embedded.server import Running, start, stop

__all__ = [
    "ROLES",
    "DataFolderDenied",
    "DataFolderElsewhere",
    "EmbeddedError",
    "NoPrograms",
    "NoServerUser",
    "ProgramFailed",
    "Programs",
    "Running",
    "ServerFailed",
    "WrongVersion",
    "find",
    "start",
    "stop",
]
