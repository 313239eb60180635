"""A month that was backed up and restored elsewhere agrees in every check, to the last entry."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests import postgres
from tests.audit.given import Month
from tests.given import NOW, SEAL, World
from tests.postgres import Database
from timebank.core import backups, embedded
from timebank.core.database import Database as RealDatabase

pytestmark = pytest.mark.slow


async def test_a_restored_month_agrees_in_every_check(
    two_desks: World, fresh_database: Database, template: Database, tmp_path: Path
) -> None:
    month = await Month(two_desks).happen()
    before = await month.reconcile()
    programs = embedded.find()[0]
    backup = await backups.make(fresh_database.owner_url, programs, tmp_path / "b", seal=SEAL, now=NOW)
    async with postgres.clone(template, of="template0") as empty:
        await backups.restore(backup.path, empty.owner_url, programs, seal=SEAL, scratch=tmp_path / "scratch")
        database = RealDatabase(empty.service_url, checking=True)
        restored = Month(replace(two_desks, database=database))
        after = await restored.reconcile()
        assert await restored.findings() == []
        await database.close()
    assert before.agrees
    assert after.agrees
    assert after.counts == before.counts
