"""A finding is the same finding from run to run; people explain and close it, the machine never does."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from tests.audit.given import Month, add_to_head
from tests.given import NOW, World
from tests.postgres import Database
from timebank.access.errors import KinsAffair, OwnAffair
from timebank.audit import queries, rules, service
from timebank.audit.checks import CHECKS
from timebank.audit.errors import FindingClosed, NotExplained, SecondPersonNeeded
from timebank.audit.model import Cause, Check, Event, FindingState
from timebank.audit.reconciling import reconcile_now
from timebank.audit.tables import Run
from timebank.audit.tasks import reconcile
from timebank.audit.views import FindingView
from timebank.core import clock
from timebank.core.errors import Forbidden, Stale, Text
from timebank.people.rules import mask_name

# Each makes a month and reconciles it, some of them several times.
pytestmark = pytest.mark.slow

BROKEN = Check(CHECKS[0].name, CHECKS[0].label, CHECKS[0].means, "accounts", CHECKS[0].faults, "SELECT 1 / 0")


@pytest.fixture
async def month(two_desks: World) -> Month:
    """A month that agrees."""
    return await Month(two_desks).happen()


async def _finding(month: Month, fault: str = "head_not_sum") -> FindingView:
    return next(finding for finding in await month.findings() if finding.fault.code == fault)


async def _history(month: Month, finding: FindingView) -> list[Event]:
    async with month.world.database.begin({month.here}) as db:
        return [one.event for one in await queries.history(db, month.here, finding.id)]


async def _explain(month: Month, finding: FindingView, staff: UUID) -> None:
    await service.explain(
        await month.world.call(staff), finding_id=finding.id, note="数据迁移时漏了", version=finding.version
    )


async def _close(month: Month, finding: FindingView, staff: UUID) -> None:
    await service.close(
        await month.world.call(staff), finding_id=finding.id, note="看过原件", version=finding.version
    )


async def test_a_finding_is_the_same_finding_in_the_next_run(month: Month, fresh_database: Database) -> None:
    await add_to_head(fresh_database, month.street.feng, 100)
    await month.reconcile()
    before = await _finding(month)
    with clock.set_to(NOW + timedelta(days=1)):
        await month.reconcile()
    after = await _finding(month)
    assert (after.id, after.number) == (before.id, before.number)
    assert (after.first_seen_at, after.last_seen_at) == (NOW, NOW + timedelta(days=1))
    assert await _history(month, after) == [Event.FOUND]


async def test_what_is_gone_is_noted_and_stays_open_until_people_close_it(
    month: Month, fresh_database: Database
) -> None:
    await add_to_head(fresh_database, month.street.feng, 100)
    await month.reconcile()
    await add_to_head(fresh_database, month.street.feng, -100)
    run = await month.reconcile()
    assert run.agrees
    gone = await _finding(month)
    assert (gone.state, gone.gone_at) == (FindingState.OPEN, NOW)
    assert await _history(month, gone) == [Event.FOUND, Event.GONE]


async def test_a_check_that_could_not_be_made_does_not_say_that_a_finding_is_gone(
    month: Month, fresh_database: Database
) -> None:
    await add_to_head(fresh_database, month.street.feng, 100)
    await month.reconcile()
    await add_to_head(fresh_database, month.street.feng, -100)
    run = await month.reconcile([BROKEN, *CHECKS[1:]])
    assert (run.unchecked, run.found, run.agrees) == (1, 0, False)
    assert (await _finding(month, "balances_not_zero")).gone_at is None
    assert (await _finding(month)).gone_at == NOW


async def test_a_second_person_closes_what_the_first_explained(
    month: Month, fresh_database: Database
) -> None:
    world = month.world
    await add_to_head(fresh_database, month.street.feng, 100)
    await month.reconcile()
    with pytest.raises(NotExplained):
        await _close(month, await _finding(month), world.auditor)
    await _explain(month, await _finding(month), world.coordinator)
    with pytest.raises(SecondPersonNeeded):
        await _close(month, await _finding(month), world.coordinator)
    await _close(month, await _finding(month), world.auditor)
    closed = await _finding(month)
    assert closed.state is FindingState.CLOSED
    assert await _history(month, closed) == [Event.FOUND, Event.EXPLAINED, Event.CLOSED]
    with pytest.raises(FindingClosed):
        await _explain(month, closed, world.coordinator)
    await month.reconcile()
    assert (await _finding(month)).state is FindingState.CLOSED


async def test_a_closed_finding_opens_again_when_the_difference_changes_or_comes_back(
    month: Month, fresh_database: Database
) -> None:
    world = month.world
    await add_to_head(fresh_database, month.street.feng, 100)
    await month.reconcile()
    await _explain(month, await _finding(month), world.coordinator)
    await _close(month, await _finding(month), world.auditor)
    await add_to_head(fresh_database, month.street.feng, 20)
    await month.reconcile()
    changed = await _finding(month)
    assert (changed.state, changed.difference_minutes) == (FindingState.OPEN, 120)
    await _explain(month, changed, world.coordinator)
    await add_to_head(fresh_database, month.street.feng, -120)
    await month.reconcile()
    assert (await _finding(month)).state is FindingState.EXPLAINED
    await add_to_head(fresh_database, month.street.feng, 120)
    await month.reconcile()
    back = await _finding(month)
    assert (back.state, back.gone_at) == (FindingState.OPEN, None)
    assert (await _history(month, back))[3:] == [Event.CHANGED, Event.EXPLAINED, Event.GONE, Event.BACK]


async def test_an_explanation_can_be_sent_back_by_another_person(
    month: Month, fresh_database: Database
) -> None:
    await add_to_head(fresh_database, month.street.feng, 100)
    await month.reconcile()
    await _explain(month, await _finding(month), month.world.coordinator)
    explained = await _finding(month)
    call = await month.world.call(month.world.auditor)
    await service.send_back(call, finding_id=explained.id, note="说不通", version=explained.version)
    returned = await _finding(month)
    assert (returned.state, returned.explained_by) == (FindingState.OPEN, None)
    with pytest.raises(Stale):
        await service.explain(call, finding_id=returned.id, note="再看", version=explained.version)


async def test_nobody_explains_a_finding_about_themselves(month: Month, fresh_database: Database) -> None:
    world = month.world
    async with world.database.begin({month.here}) as db:
        await db.execute(
            text("INSERT INTO timebank.staff_memberships VALUES (:staff, :member)"),
            {"staff": world.coordinator, "member": month.street.feng},
        )
    await add_to_head(fresh_database, month.street.feng, 100)
    await month.reconcile()
    with pytest.raises(OwnAffair):
        await _explain(month, await _finding(month), world.coordinator)
    await _explain(month, await _finding(month), world.second)


async def test_nobody_explains_or_closes_a_finding_about_their_family(
    month: Month, fresh_database: Database
) -> None:
    world = month.world
    await add_to_head(fresh_database, month.street.feng, 100)
    await month.reconcile()
    await _explain(month, await _finding(month), world.second)
    await world.relate(month.street.feng, "莫协调", "child")
    finding, call = await _finding(month), await world.call()
    shown = await service.finding_page(call, finding_id=finding.id)
    assert (shown.ways, shown.obstacle) == ((), Text(KinsAffair.message))
    for deed in (service.explain, service.close, service.send_back):
        with pytest.raises(KinsAffair):
            await deed(call, finding_id=finding.id, note="看过了", version=finding.version)
    await service.close(
        await world.call(world.auditor), finding_id=finding.id, note="看过了", version=finding.version
    )


async def test_the_next_community_reads_nothing_of_it(month: Month, fresh_database: Database) -> None:
    await add_to_head(fresh_database, month.street.feng, 100)
    await month.reconcile()
    call = await month.world.call(month.world.neighbour)
    with pytest.raises(Forbidden):
        await reconcile_now(call, community_id=month.here)
    async with month.world.database.begin({month.world.there}) as db:
        assert (await queries.findings(db, [month.here])).rows == []


async def test_a_night_reconciles_every_book_once_however_often_it_is_tried(month: Month) -> None:
    slot = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
    call = month.world.call_of_job("reconcile")
    first = await reconcile(call, slot)
    assert first == {"communities": 2, "agreeing": 2, "findings": 0, "unchecked": 0}
    assert await reconcile(call, slot) == first
    async with month.world.database.begin({month.here, month.world.there}) as db:
        assert await db.scalar(select(func.count()).select_from(Run)) == 2
        assert set(await db.scalars(select(Run.cause))) == {Cause.NIGHTLY}


async def test_a_run_whose_process_died_goes_on_as_the_same_run(month: Month) -> None:
    call = (await month.world.call(month.world.auditor)).with_key("by-hand-1")
    run_id = await service.claim_run(call, community_id=month.here)
    run = await reconcile_now(call, community_id=month.here)
    assert run.id == run_id
    assert run.agrees


async def test_two_runs_at_once_give_each_finding_one_number(month: Month, fresh_database: Database) -> None:
    await add_to_head(fresh_database, month.street.feng, 100)
    await asyncio.gather(month.reconcile(), month.reconcile(), month.reconcile())
    numbers = [finding.number for finding in await month.findings()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_names_are_masked_so_that_a_desk_can_tell_them_apart() -> None:
    assert [mask_name(name) for name in ("梁秀英", "曾伟", "欧阳震华", "䶮")] == [
        "梁＊英",
        "曾＊",
        "欧＊＊华",
        "䶮",
    ]


def test_a_month_begins_and_ends_where_it_should() -> None:
    november = rules.month_of(NOW.date())
    assert (november.first_on.day, november.last_on.day, november.name) == (1, 30, "2026-11")
    assert rules.month_of(date(2026, 12, 31)).last_on == date(2026, 12, 31)
