"""The PostgreSQL that comes with timebank: found, made, started, shared and stopped."""

from timebank.core.embedded.cluster import ROLES, data_folder, is_made, locate
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
from timebank.core.embedded.server import Presence, Running, presence, programs_for, start, stop

__all__ = [
    "ROLES",
    "DataFolderDenied",
    "DataFolderElsewhere",
    "EmbeddedError",
    "NoPrograms",
    "NoServerUser",
    "Presence",
    "ProgramFailed",
    "Programs",
    "Running",
    "ServerFailed",
    "WrongVersion",
    "data_folder",
    "find",
    "is_made",
    "locate",
    "presence",
    "programs_for",
    "start",
    "stop",
]
