"""A backup comes back as it was, or says why not."""

import json
import tarfile
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tests import postgres
from tests.given import NOW, PASSWORD, SEAL
from tests.postgres import Database as Urls
from timebank.access import queries, steps
from timebank.core import backups, embedded, migrating
from timebank.core.backups import Backup
from timebank.core.database import Database
from timebank.core.embedded import Programs
from timebank.core.sealing import Seal

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def programs() -> Programs:
    return embedded.find()[0]


@pytest.fixture
async def empty_database(template: Urls) -> AsyncIterator[Urls]:
    """A database with nothing in it, not even the schemas."""
    async with postgres.clone(template, of="template0") as made:
        yield made


@pytest.fixture
async def backup(fresh_database: Urls, programs: Programs, tmp_path: Path) -> Backup:
    """A backup of a time bank with one community."""
    database = Database(fresh_database.service_url)
    async with database.begin(()) as db:
        await steps.found(
            db,
            now=NOW,
            district="顺德区",
            town="大良街道",
            community="云路社区",
            name="莫协调",
            user_name="mo",
            password=PASSWORD,
        )
    await database.close()
    return await backups.make(fresh_database.owner_url, programs, tmp_path / "b", seal=SEAL, now=NOW)


async def restore(backup: Path, into: Urls, programs: Programs, tmp_path: Path, *, seal: Seal = SEAL) -> None:
    await backups.restore(backup, into.owner_url, programs, seal=seal, scratch=tmp_path / "scratch")
    assert list((tmp_path / "scratch").iterdir()) == []


def changed(backup: Backup, **values: Any) -> Path:
    """The same backup with another manifest."""
    path = backup.path.with_name("changed" + backups.SUFFIX)
    with tarfile.open(backup.path) as old, tarfile.open(path, "w") as new:
        for name in (backups.MANIFEST, backups.DUMP):
            member, packed = old.getmember(name), old.extractfile(name)
            assert packed is not None
            content = packed.read()
            if name == backups.MANIFEST:
                content = json.dumps({**json.loads(content), **values}).encode()
                member.size = len(content)
            new.addfile(member, BytesIO(content))
    return path


async def test_a_backup_comes_back_into_an_empty_database(
    backup: Backup, empty_database: Urls, programs: Programs, tmp_path: Path
) -> None:
    await restore(backup.path, empty_database, programs, tmp_path)
    assert await migrating.current(empty_database.service_url) == migrating.newest()
    database = Database(empty_database.service_url)
    async with database.begin(()) as db:
        assert [unit.name for unit in await queries.units(db)] == ["顺德区", "大良街道", "云路社区"]
        assert await db.scalar(text("SELECT timebank.visible_communities()")) == []
    await database.close()


async def test_rights_and_owners_come_back_too(
    backup: Backup, fresh_database: Urls, empty_database: Urls, programs: Programs, tmp_path: Path
) -> None:
    await restore(backup.path, empty_database, programs, tmp_path)
    question = text("""
        SELECT c.oid::regclass::text, pg_get_userbyid(c.relowner), c.relacl::text, c.relrowsecurity
        FROM pg_class c WHERE c.relnamespace IN ('timebank'::regnamespace, 'ledger'::regnamespace)
        ORDER BY 1""")
    found = []
    for database in (fresh_database, empty_database):
        engine = create_async_engine(database.superuser_url, poolclass=NullPool)
        async with engine.connect() as connection:
            found.append((await connection.execute(question)).all())
        await engine.dispose()
    assert found[0] == found[1]


async def test_a_backup_of_an_earlier_version_is_migrated(
    fresh_database: Urls, empty_database: Urls, programs: Programs, tmp_path: Path
) -> None:
    await migrating.downgrade(fresh_database.owner_url, to="06_schemes")
    made = await backups.make(fresh_database.owner_url, programs, tmp_path / "b", seal=SEAL, now=NOW)
    assert made.manifest.revision == "06_schemes"
    await restore(made.path, empty_database, programs, tmp_path)
    assert await migrating.current(empty_database.service_url) == migrating.newest()


async def test_a_backup_with_one_changed_byte_is_refused(
    backup: Backup, empty_database: Urls, programs: Programs, tmp_path: Path
) -> None:
    content = bytearray(backup.path.read_bytes())
    content[len(content) // 2] ^= 1
    backup.path.write_bytes(content)
    with pytest.raises(backups.BackupBroken):
        await restore(backup.path, empty_database, programs, tmp_path)
    assert await migrating.pending(empty_database.owner_url) != []


async def test_half_a_backup_is_refused(
    backup: Backup, empty_database: Urls, programs: Programs, tmp_path: Path
) -> None:
    backup.path.write_bytes(backup.path.read_bytes()[:20_000])
    with pytest.raises(backups.BackupBroken):
        await restore(backup.path, empty_database, programs, tmp_path)


async def test_a_backup_is_not_restored_over_anything(
    backup: Backup, fresh_database: Urls, programs: Programs, tmp_path: Path
) -> None:
    with pytest.raises(backups.NotEmpty):
        await restore(backup.path, fresh_database, programs, tmp_path)


async def test_a_backup_is_not_restored_without_its_key(
    backup: Backup, empty_database: Urls, programs: Programs, tmp_path: Path
) -> None:
    assert SEAL.key.hex() not in backup.manifest.model_dump_json()
    with pytest.raises(backups.WrongKey):
        await restore(backup.path, empty_database, programs, tmp_path, seal=Seal(bytes(32)))


@pytest.mark.parametrize("later", [{"revision": "99_later"}, {"postgres": "99.1"}])
async def test_a_backup_of_a_later_version_is_refused(
    backup: Backup, empty_database: Urls, programs: Programs, tmp_path: Path, later: dict[str, str]
) -> None:
    with pytest.raises(backups.BackupNewer):
        await restore(changed(backup, **later), empty_database, programs, tmp_path)


async def test_a_table_that_lacks_rows_after_the_restore_is_named(
    backup: Backup, empty_database: Urls, programs: Programs, tmp_path: Path
) -> None:
    rows = {**backup.manifest.rows, "timebank.units": 4}
    with pytest.raises(backups.RestoreFailed) as failed:
        await restore(changed(backup, rows=rows), empty_database, programs, tmp_path)
    assert failed.value.values["why"].values == {"table": "timebank.units", "rows": 4, "found": 3}  # type: ignore[attr-defined]


async def test_a_backup_that_fails_leaves_nothing_behind(
    fresh_database: Urls, programs: Programs, tmp_path: Path
) -> None:
    broken = Programs(tmp_path, programs.major, programs.version)
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho disk full >&2; exit 1\n")
    (tmp_path / "pg_dump").chmod(0o755)
    with pytest.raises(embedded.ProgramFailed) as failed:
        await backups.make(fresh_database.owner_url, broken, tmp_path / "b", seal=SEAL, now=NOW)
    assert failed.value.values["said"] == "disk full"
    assert list((tmp_path / "b").iterdir()) == []


async def test_a_folder_may_be_named_relative_to_where_we_are(
    fresh_database: Urls, programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = await backups.make(fresh_database.owner_url, programs, Path("b"), seal=SEAL, now=NOW)
    assert backups.read_manifest(made.path).rows == made.manifest.rows


async def test_only_the_oldest_nightly_backups_go(
    fresh_database: Urls, programs: Programs, tmp_path: Path
) -> None:
    made = [
        await backups.make(
            fresh_database.owner_url,
            programs,
            tmp_path,
            seal=SEAL,
            now=NOW + timedelta(days=day),
            nightly=day > 0,
        )
        for day in range(4)
    ]
    assert backups.prune(tmp_path, keep=2) == [made[1].path]
    assert sorted(tmp_path.iterdir()) == sorted(one.path for one in (made[0], made[2], made[3]))


def test_the_same_connection_is_told_to_the_programs_by_environment() -> None:
    url = "postgresql+asyncpg://me:p%40ss@/timebank?host=a:5432&host=b:5433&target_session_attrs=read-write"
    assert backups.connection_environment(url) == {
        "PGHOST": "a,b",
        "PGPORT": "5432,5433",
        "PGUSER": "me",
        "PGPASSWORD": "p@ss",
        "PGDATABASE": "timebank",
        "PGTARGETSESSIONATTRS": "read-write",
    }
