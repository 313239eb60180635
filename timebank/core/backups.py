"""Backups: one file with a dump of the database and a manifest that says what it should hold."""

import asyncio
import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from timebank import __version__
from timebank.core import migrating
from timebank.core.embedded import ProgramFailed, Programs
from timebank.core.errors import N_, Conflict, Invalid, Text
from timebank.core.sealing import Seal

MANIFEST = "manifest.json"
DUMP = "database.dump"
SUFFIX = ".timebank.tar"
_CHUNK = 1 << 20

_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('timebank', 'ledger') AND c.relkind = 'r' ORDER BY 1
"""


class BackupBroken(Invalid):
    """The file is no backup of ours, or not as it was when it was made."""

    code = "backup-broken"
    message = N_("备份文件 {file} 不能用：{why}。请换另一份备份。")


class BackupNewer(Invalid):
    """The backup was made by a later version of timebank or of PostgreSQL."""

    code = "backup-newer"
    message = N_(
        "备份文件 {file} 由更新的版本制作（timebank {timebank}，PostgreSQL {postgres}）。请先升级 timebank。"
    )


class NotEmpty(Conflict):
    """A backup is restored into an empty database only."""

    code = "database-not-empty"
    message = N_("数据库里已有内容。备份只能恢复到空的数据文件夹：请用 TIMEBANK_DATA 换一个，或先移开旧的。")


class WrongKey(Conflict):
    """The ID numbers in the backup were sealed with another key than the one here."""

    code = "wrong-key"
    message = N_(
        "备份里的身份证号是用另一把钥匙封存的。请把当时的 seal.key 放到数据文件夹（或用 --key 指明），"
        "或设置 TIMEBANK_SECRET_KEY。没有它，身份证号再也读不出来。"
    )


class RestoreFailed(Conflict):
    """The dump could not be read back, or the database did not come out as the manifest says."""

    code = "restore-failed"
    message = N_("恢复失败：{why}")


class Manifest(BaseModel):
    """What a backup says of itself. `rows` counts each table in the snapshot that was dumped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_at: datetime
    timebank: str
    postgres: str
    revision: str
    key: str
    dump_bytes: int
    dump_sha256: str
    rows: dict[str, int]


@dataclass(frozen=True)
class Backup:
    """A finished backup."""

    path: Path
    manifest: Manifest


async def make(
    owner_url: str, programs: Programs, folder: Path, *, seal: Seal, now: datetime, nightly: bool = False
) -> Backup:
    """Write a backup of the database into `folder`, which is made if need be.

    The file appears under its name only when it is whole. The key that seals ID numbers isn't in it:
    keep a copy of it elsewhere. Raises ProgramFailed.
    """
    kind = "nightly" if nightly else "manual"
    path = folder / f"{kind}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"
    with _scratch(folder) as scratch:
        dump = scratch / DUMP
        async with _as_owner(owner_url, "ISOLATION LEVEL REPEATABLE READ READ ONLY") as db:
            snapshot = await db.scalar(text("SELECT pg_export_snapshot()"))
            postgres = await db.scalar(text("SHOW server_version"))
            revision = await db.scalar(text("SELECT version_num FROM timebank.alembic_version"))
            rows = await _count(db)
            await asyncio.to_thread(
                programs.run,
                "pg_dump",
                ["--format=custom", f"--snapshot={snapshot}", "--role=timebank_owner", f"--file={dump}"],
                environment=connection_environment(owner_url),
            )
        manifest = Manifest(
            made_at=now,
            timebank=__version__,
            postgres=str(postgres).split()[0],
            revision=str(revision),
            key=key_fingerprint(seal),
            dump_bytes=dump.stat().st_size,
            dump_sha256=await asyncio.to_thread(_digest, dump),
            rows=rows,
        )
        await asyncio.to_thread(_pack, scratch, manifest, path)
    return Backup(path, manifest)


def prune(folder: Path, *, keep: int) -> list[Path]:
    """Delete the oldest nightly backups beyond `keep`; those made by hand stay. Returns what went."""
    nightly = sorted(folder.glob(f"nightly-*{SUFFIX}"), reverse=True)
    for path in nightly[keep:]:
        path.unlink()
    return nightly[keep:]


def read_manifest(path: Path) -> Manifest:
    """What a backup says of itself. Raises BackupBroken."""
    try:
        with tarfile.open(path, "r:") as tar:
            found = tar.extractfile(MANIFEST)
            return Manifest.model_validate_json(found.read(_CHUNK) if found else b"")
    except (OSError, KeyError, tarfile.TarError, ValidationError) as error:
        why = getattr(error, "strerror", None) or Text(N_("里面没有可读的清单"))
        raise BackupBroken(file=path, why=why) from error


def verified(path: Path) -> Manifest:
    """A backup's manifest, once its dump has been read through. Raises BackupBroken."""
    manifest = read_manifest(path)
    try:
        with tarfile.open(path, "r:") as tar:
            packed = tar.extractfile(DUMP)
            found = hashlib.file_digest(packed, "sha256").hexdigest() if packed else ""  # type: ignore[arg-type]
    except (OSError, KeyError, tarfile.TarError) as error:
        raise BackupBroken(file=path, why=str(error)) from error
    if found != manifest.dump_sha256:
        raise BackupBroken(file=path, why=Text(N_("内容与当时的校验和不符")))
    return manifest


async def restore(path: Path, owner_url: str, programs: Programs, *, seal: Seal, scratch: Path) -> Manifest:
    """Fill an empty database from a backup in one transaction, then migrate it to this version.

    Checks first: the dump's digest, the versions, the key, that the database is empty; and after: the
    rows of every table. Raises BackupBroken, BackupNewer, WrongKey, NotEmpty, RestoreFailed.
    """
    manifest = read_manifest(path)
    if manifest.revision not in migrating.known() or int(manifest.postgres.split(".")[0]) > programs.major:
        raise BackupNewer(file=path, timebank=manifest.timebank, postgres=manifest.postgres)
    if manifest.key != key_fingerprint(seal):
        raise WrongKey
    async with _as_owner(owner_url) as db:
        if (await db.execute(text(_TABLES))).first() is not None:
            raise NotEmpty
    with _scratch(scratch) as folder:
        dump = await asyncio.to_thread(_unpack, path, manifest, folder)
        await _fill(dump, owner_url, programs, manifest)
    await migrating.upgrade(owner_url)
    return manifest


async def _fill(dump: Path, owner_url: str, programs: Programs, manifest: Manifest) -> None:
    try:
        await asyncio.to_thread(
            programs.run,
            "pg_restore",
            [
                "--role=timebank_owner",
                "--single-transaction",
                "--exit-on-error",
                f"--dbname={make_url(owner_url).database}",
                str(dump),
            ],
            environment=connection_environment(owner_url),
        )
    except ProgramFailed as error:
        raise RestoreFailed(why=error.values["said"]) from error
    async with _as_owner(owner_url) as db:
        counted = await _count(db)
    wrong = sorted(table for table in manifest.rows if counted.get(table) != manifest.rows[table])
    if wrong:
        values = {"table": wrong[0], "rows": manifest.rows[wrong[0]], "found": counted.get(wrong[0], 0)}
        raise RestoreFailed(why=Text(N_("表 {table} 应有 {rows} 行，恢复后有 {found} 行"), values))


def key_fingerprint(seal: Seal) -> str:
    """What names a key without telling it."""
    return seal.sign("fingerprint", purpose="backup")


def connection_environment(url: str) -> dict[str, str]:
    """The same connection for PostgreSQL's own programs, by environment: arguments are public."""
    parts = make_url(url)
    hosts = parts.query.get("host", parts.host or "")
    listed = [hosts] if isinstance(hosts, str) else list(hosts)
    pairs = [host.rsplit(":", 1) if host.count(":") == 1 else [host, ""] for host in listed]
    found = {
        "PGHOST": ",".join(host for host, _ in pairs),
        "PGPORT": ",".join(port or str(parts.port or "") for _, port in pairs),
        "PGUSER": parts.username,
        "PGPASSWORD": str(parts.password) if parts.password else None,
        "PGDATABASE": parts.database,
        "PGSSLMODE": parts.query.get("ssl"),
        "PGTARGETSESSIONATTRS": parts.query.get("target_session_attrs"),
    }
    return {name: value for name, value in found.items() if isinstance(value, str) and value.strip(",")}


@asynccontextmanager
async def _as_owner(owner_url: str, transaction: str = "READ ONLY") -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.connect() as db, db.begin():
            await db.execute(text(f"SET TRANSACTION {transaction}"))
            await db.execute(text("SET LOCAL ROLE timebank_owner"))
            yield db
    finally:
        await engine.dispose()


async def _count(db: AsyncConnection) -> dict[str, int]:
    counted = {}
    for table in (await db.scalars(text(_TABLES))).all():
        counted[table] = int(await db.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608 - quoted by format()
    return counted


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = folder.absolute()
    made = Path(tempfile.mkdtemp(dir=folder, prefix=".unfinished-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def _pack(scratch: Path, manifest: Manifest, path: Path) -> None:
    (scratch / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    whole = scratch / path.name
    with tarfile.open(whole, "w:") as tar:
        for name in (MANIFEST, DUMP):
            tar.add(scratch / name, arcname=name)
    whole.chmod(0o600)
    with whole.open("rb") as file:
        os.fsync(file.fileno())
    whole.rename(path)


def _unpack(path: Path, manifest: Manifest, folder: Path) -> Path:
    dump = folder / DUMP
    try:
        with tarfile.open(path, "r:") as tar:
            packed = tar.extractfile(DUMP)
            if packed is None:
                raise BackupBroken(file=path, why=DUMP)
            with dump.open("wb") as file:
                shutil.copyfileobj(packed, file, _CHUNK)
    except (OSError, KeyError, tarfile.TarError) as error:
        raise BackupBroken(file=path, why=str(error)) from error
    if dump.stat().st_size != manifest.dump_bytes or _digest(dump) != manifest.dump_sha256:
        raise BackupBroken(file=path, why=Text(N_("内容与当时的校验和不符")))
    return dump


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
