"""Whom the server runs as: ourselves, or another user when we are root."""

import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from timebank.core.embedded.errors import DataFolderDenied, NoServerUser

CANDIDATES = ("postgres", "nobody")


class Identity(TypedDict, total=False):
    """The arguments of `subprocess` that choose a user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerUser:
    """A user of this machine; `other` says that it isn't us."""

    name: str
    uid: int
    gid: int
    other: bool

    def identity(self) -> Identity:
        """How to start a program as this user."""
        return Identity(user=self.uid, group=self.gid, extra_groups=[]) if self.other else Identity()

    def can_run(self, program: Path) -> bool:
        """Whether this user may run the program."""
        return not self.other or self._succeeds([str(program), "--version"])

    def can_reach(self, folder: Path) -> bool:
        """Whether this user may enter the folder."""
        return not self.other or self._succeeds(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])

    def own(self, path: Path) -> None:
        """Give a file or folder to this user."""
        if self.other:
            os.chown(path, self.uid, self.gid)

    def _succeeds(self, command: list[str]) -> bool:
        try:
            done = subprocess.run(command, capture_output=True, check=False, cwd="/", **self.identity())
        except OSError:
            return False
        return done.returncode == 0


def choose(cluster: Path) -> ServerUser:
    """The user for this cluster: its owner if it exists, else ourselves, or for root one of CANDIDATES.

    Raises DataFolderDenied when the cluster is somebody else's and we aren't root, NoServerUser when
    root finds nobody.
    """
    owner = _owner(cluster)
    if os.geteuid() != 0:
        ourselves = _known(os.geteuid(), other=False)
        if owner is not None and owner != ourselves.uid:
            raise DataFolderDenied(folder=cluster, owner=_known(owner, other=True).name)
        return ourselves
    if owner:
        return _known(owner, other=True)
    for user in _candidates():
        if user.can_run(Path("/bin/true")) or user.can_run(Path("/usr/bin/true")):
            return user
    raise NoServerUser(tried=CANDIDATES)


def _candidates() -> Iterator[ServerUser]:
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        yield ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, other=True)


def _known(uid: int, *, other: bool) -> ServerUser:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:  # a container may run as a number without a name
        return ServerUser(str(uid), uid, os.getegid(), other)
    return ServerUser(entry.pw_name, uid, entry.pw_gid, other)


def owner_name(path: Path) -> str:
    """Whose a file or folder is, or would be: the owner of the nearest folder above that exists."""
    uid = _owner(path)
    while uid is None:
        path = path.parent
        uid = _owner(path)
    return _known(uid, other=True).name


def _owner(folder: Path) -> int | None:
    try:
        return folder.stat().st_uid
    except FileNotFoundError:
        return None
    except PermissionError:
        return _owner(folder.parent)
