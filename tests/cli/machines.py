"""Machines, folders and backups for the doctor to look at."""

import io
import os
import pwd
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from tests.given import NOW, SEAL
from timebank.core import backups
from timebank.core.backups import DUMP, MANIFEST, SUFFIX, Manifest


@contextmanager
def an_ordinary_user() -> Iterator[None]:
    """The block runs with an ordinary user's rights, even when we are root."""
    if os.geteuid() != 0:
        yield
        return
    nobody = pwd.getpwnam("nobody").pw_uid
    os.setresuid(nobody, nobody, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def installed(place: Path, name: str, version: str, more: str = "") -> Path:
    """What pip writes about a package that it installed."""
    info = place / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}")
    return info


def cluster(data: Path, version: str) -> Path:
    made = data / "postgres" / "cluster"
    made.mkdir(parents=True)
    (made / "PG_VERSION").write_text(f"{version}\n")
    return made


def backup(data: Path, *, age: timedelta) -> Path:
    """A backup file made so long before NOW, under the key of the data folder."""
    at, dump = NOW - age, b"a dump"
    manifest = Manifest(
        made_at=at,
        timebank="0.1.0",
        postgres="18.1",
        revision="01_core",
        key=backups.key_fingerprint(SEAL),
        dump_bytes=len(dump),
        dump_sha256=sha256(dump).hexdigest(),
        rows={},
    )
    place = data / "backups"
    place.mkdir(mode=0o700, exist_ok=True)
    path = place / f"nightly-{at:%Y%m%dT%H%M%SZ}{SUFFIX}"
    with tarfile.open(path, "w:") as tar:
        for name, content in ((MANIFEST, manifest.model_dump_json().encode()), (DUMP, dump)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    path.chmod(0o600)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path
