"""What a service does at night."""

from datetime import timedelta
from pathlib import Path

import pytest

from ledger import proof
from tests.given import NOW, SEAL, World
from tests.hours.given import settled_book
from tests.postgres import Database as Urls
from timebank.cli.background import background, nightly_backup, signing_checkpoints
from timebank.cli.installation import Installation
from timebank.cli.proving import change
from timebank.core import backups, embedded, signing
from timebank.core.database import Database
from timebank.core.settings import Settings
from timebank.hours.proving import origin_of
from timebank.jobs.runner import system_call


def installation(urls: Urls, data: Path, **chosen: object) -> Installation:
    settings = Settings(data=data, **chosen)
    return Installation(settings, urls.service_url, urls.owner_url, embedded.find()[0])


@pytest.mark.slow
async def test_the_database_is_backed_up_every_night_and_the_oldest_go(
    fresh_database: Urls, tmp_path: Path
) -> None:
    here = installation(fresh_database, tmp_path, backups_kept=1)
    database = Database(fresh_database.service_url)
    job = nightly_backup(here)
    call = await system_call(database, SEAL, job="backup")
    await database.close()
    for night in range(2):
        at = NOW + timedelta(days=night)
        outcome = await job.run(type(call)(database, call.actor, at, SEAL), at)
    assert outcome["dropped"] == 1
    (kept,) = here.backups.iterdir()
    assert kept.name == outcome["file"]
    assert backups.read_manifest(kept).made_at == NOW + timedelta(days=1)


@pytest.mark.slow
async def test_a_night_long_past_is_not_made_up_for(fresh_database: Urls, tmp_path: Path) -> None:
    here = installation(fresh_database, tmp_path)
    database = Database(fresh_database.service_url)
    call = await system_call(database, SEAL, job="backup")
    await database.close()
    outcome = await nightly_backup(here).run(call, call.now - timedelta(days=2))
    assert "skipped" in outcome
    assert not here.backups.exists()


def test_a_service_told_not_to_runs_no_jobs(tmp_path: Path) -> None:
    urls = Urls("postgresql+asyncpg://a@b/c", "postgresql+asyncpg://a@b/c", "")
    assert background(installation(urls, tmp_path, jobs=False)) is None
    assert background(installation(urls, tmp_path)) is not None


async def test_what_is_posted_is_signed_once_and_nothing_new_is_not(world: World, tmp_path: Path) -> None:
    here = Settings(data=tmp_path)
    job = signing_checkpoints(Installation(here, "", None, None))
    call = world.call_of_job()
    with pytest.raises(signing.SigningKeyGone):
        await job.run(call, NOW)
    signing.make_once(here)
    assert await job.run(call, NOW) == {"communities": 2, "checkpoints": 0}
    await settled_book(world)
    assert (await job.run(call, NOW))["checkpoints"] == 1
    assert (await job.run(call, NOW))["checkpoints"] == 0
    async with world.database.begin({world.here}) as db:
        last = await proof.latest(db, world.here)
        assert last is not None
        assert (last.number, last.size, last.origin) == (
            1,
            await proof.size(db, world.here),
            origin_of(world.here),
        )
        assert await proof.signers(db, world.here)


async def test_another_key_in_place_of_the_old_one_signs_nothing(world: World, tmp_path: Path) -> None:
    await settled_book(world)
    old, new = Settings(data=tmp_path / "old"), Settings(data=tmp_path / "new")
    for each in (old, new):
        signing.make_once(each)
    call = world.call_of_job()
    await signing_checkpoints(Installation(old, "", None, None)).run(call, NOW)
    with pytest.raises(ExceptionGroup) as refused:
        await signing_checkpoints(Installation(new, "", None, None)).run(call, NOW)
    [refusal] = refused.value.exceptions
    assert isinstance(refusal, proof.CheckpointRefused)
    assert refusal.rule == "signer_unvouched"


async def test_the_old_key_vouches_for_the_new_one_and_goes(world: World, tmp_path: Path) -> None:
    await settled_book(world)
    here = Settings(data=tmp_path)
    signing.make_once(here)
    [old] = signing.load(here)
    call = world.call_of_job()
    job = signing_checkpoints(Installation(here, "", None, None))
    await job.run(call, NOW)
    await change(call, here)
    [new] = signing.load(here)
    both = {proof.public_key(old), proof.public_key(new)}
    async with world.database.begin({world.here}) as db:
        last = await proof.latest(db, world.here)
        assert last is not None
        assert last.number == 2
        assert proof.signed_by(last.note, both) == both
    assert (await job.run(call, NOW))["checkpoints"] == 0


async def test_a_change_that_was_cut_off_goes_on_with_the_same_keys(world: World, tmp_path: Path) -> None:
    here = Settings(data=tmp_path)
    signing.make_once(here)
    keys = signing.with_new(here)
    await change(world.call_of_job(), here)
    [left] = signing.load(here)
    assert proof.public_key(left) == proof.public_key(keys[1])
