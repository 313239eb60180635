"""A night looks at what is new since the last complete run; once a month, and whenever asked, at everything."""

import asyncio
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tests.audit.given import Month, add_to_head, intruder, later
from tests.audit.test_runs import BROKEN
from tests.given import NOW, World
from tests.postgres import Database
from timebank.audit import comparing, queries, rules, service
from timebank.audit.checks import CHECKS
from timebank.audit.model import Cause, Event, Scope
from timebank.audit.reconciling import reconcile_now
from timebank.audit.views import CommunityState
from timebank.core import clock
from timebank.core.ids import new_id

# Each makes a month and reconciles it, some of them several times.
pytestmark = pytest.mark.slow

KEY = Ed25519PrivateKey.generate()
NIGHT = timedelta(days=1)
LEFT = {check.name for check in CHECKS if check.left_to_full}


@pytest.fixture
async def month(two_desks: World) -> Month:
    """A month that agrees, and of which everything was looked at."""
    made = await Month(two_desks).happen()
    run = await made.reconcile()
    assert run.agrees
    assert run.scope is Scope.FULL
    return made


@pytest.mark.parametrize(
    ("cause", "last_is_complete", "full_on", "scope"),
    [
        (Cause.NIGHTLY, True, date(2026, 11, 1), Scope.NEWS),
        (Cause.NIGHTLY, True, date(2026, 11, 22), Scope.NEWS),
        (Cause.NIGHTLY, True, date(2026, 10, 31), Scope.FULL),
        (Cause.NIGHTLY, True, date(2025, 11, 22), Scope.FULL),
        (Cause.NIGHTLY, False, date(2026, 11, 1), Scope.FULL),
        (Cause.NIGHTLY, False, None, Scope.FULL),
        (Cause.BY_HAND, True, date(2026, 11, 22), Scope.FULL),
    ],
)
def test_everything_is_looked_at_once_a_month_after_a_run_that_could_not_and_when_a_person_asks(
    cause: Cause, last_is_complete: bool, full_on: date | None, scope: Scope
) -> None:
    today = date(2026, 11, 22)
    assert rules.scope(cause, today, last_is_complete=last_is_complete, full_on=full_on) is scope


async def _marks(month: Month) -> dict[UUID, tuple[int, int]]:
    async with month.world.database.begin({month.here}) as db:
        rows = await db.execute(text("SELECT account_id, version, balance_minutes FROM timebank.reconciled"))
        return {row.account_id: (row.version, row.balance_minutes) for row in rows}


async def _heads(month: Month) -> dict[UUID, tuple[int, int]]:
    async with month.world.database.begin({month.here}) as db:
        rows = await db.execute(
            text("SELECT id, version, balance_minutes FROM ledger.accounts WHERE version > 0")
        )
        return {row.id: (row.version, row.balance_minutes) for row in rows}


async def _state(month: Month) -> CommunityState:
    call = await month.world.call(month.world.auditor)
    return await service.state(call, community_id=month.here)


async def test_a_night_counts_what_is_new_and_says_since_when(month: Month, fresh_database: Database) -> None:
    first = (await month.since()).run_id
    await later(fresh_database.superuser_url)
    await month.give(new_id())
    with clock.set_to(NOW + NIGHT):
        run = await month.reconcile_at_night()
    assert (run.scope, run.since_run_id, run.agrees) == (Scope.NEWS, first, True)
    assert run.checks == len(CHECKS) - len(LEFT)
    assert (run.counts["transfers"], run.counts["entries"], run.counts["movements"]) == (1, 2, 1)
    assert await _marks(month) == await _heads(month)
    await later(fresh_database.superuser_url)
    with clock.set_to(NOW + 2 * NIGHT):
        again = await month.reconcile_at_night()
    assert (again.since_run_id, again.counts["transfers"], again.agrees) == (run.id, 0, True)


async def test_the_first_night_of_a_month_looks_at_everything_again(month: Month) -> None:
    with clock.set_to(datetime.fromisoformat("2026-12-01T02:00:00+08:00")):
        assert (await month.reconcile_at_night()).scope is Scope.FULL
    with clock.set_to(datetime.fromisoformat("2026-12-02T02:00:00+08:00")):
        assert (await month.reconcile_at_night()).scope is Scope.NEWS


async def test_a_run_that_could_not_check_all_moves_no_mark_and_the_next_looks_at_everything(
    month: Month,
) -> None:
    before = await _marks(month)
    await month.give(new_id())
    with clock.set_to(NOW + NIGHT):
        run = await month.reconcile_at_night([BROKEN, *CHECKS[1:]])
    assert (run.scope, run.unchecked) == (Scope.NEWS, 1)
    assert await _marks(month) == before != await _heads(month)
    with clock.set_to(NOW + 2 * NIGHT):
        assert (await month.reconcile_at_night()).scope is Scope.FULL
    assert await _marks(month) == await _heads(month)


async def test_a_night_whose_process_died_moved_no_mark_and_the_next_one_goes_on_from_the_same(
    month: Month,
) -> None:
    before, first = await _marks(month), (await month.since()).run_id
    await month.give(new_id())
    with clock.set_to(NOW + NIGHT):
        call = month.world.call_of_job("reconcile").with_key("that-night")
        died = await service.claim_run(call, community_id=month.here)
        await service.compare(
            month.world.call_of_job("reconcile"), community_id=month.here, run_id=died, cut_off_at=clock.now()
        )
        assert await _marks(month) == before
        run = await month.reconcile_at_night()
        assert (run.since_run_id, run.agrees) == (first, True)
        resumed = await reconcile_now(call, community_id=month.here)
    assert (resumed.id, resumed.agrees) == (died, True)
    assert await _marks(month) == await _heads(month)


async def test_nights_at_once_leave_the_marks_where_the_last_one_came(month: Month) -> None:
    await month.give(new_id())
    with clock.set_to(NOW + NIGHT):
        runs = await asyncio.gather(
            *(month.reconcile_at_night() for _ in range(3)), *(month.give(new_id()) for _ in range(3))
        )
        assert all(run.agrees for run in runs[:3])
        await month.reconcile_at_night()
    assert await _marks(month) == await _heads(month)


async def test_who_read_first_and_is_recorded_last_moves_no_mark_back_and_says_of_nothing_that_it_is_gone(
    month: Month, fresh_database: Database
) -> None:
    call = month.world.call_of_job("reconcile")
    auditor = await month.world.call(month.world.auditor)
    slow = await service.claim_run(auditor, community_id=month.here)
    early = await service.compare(auditor, community_id=month.here, run_id=slow, cut_off_at=clock.now())
    await month.give(new_id())
    await add_to_head(fresh_database, month.street.feng, 100)
    with clock.set_to(NOW + NIGHT):
        quick = await reconcile_now(call, community_id=month.here)
    assert (quick.scope, quick.agrees) == (Scope.NEWS, False)
    marks = await _marks(month)
    await service.record_run(auditor, community_id=month.here, run_id=slow, comparison=early)
    assert await _marks(month) == marks
    assert [finding.gone_at for finding in await month.findings()] == [None] * quick.findings


async def test_what_a_night_does_not_look_at_stays_a_finding_until_a_full_run_misses_it(
    month: Month, fresh_database: Database
) -> None:
    [helped] = await month.transfers_of(month.second)
    tampering = "UPDATE timebank.movements SET served_on = served_on {} 1 WHERE transfer_id = :id"
    async with intruder(fresh_database) as sql:
        await sql.execute(text(tampering.format("-")), {"id": helped})
    assert not (await month.reconcile()).agrees
    await later(fresh_database.superuser_url)
    with clock.set_to(NOW + NIGHT):
        night = await month.reconcile_at_night()
        assert (night.scope, night.agrees) == (Scope.NEWS, True)
        state = await _state(month)
        assert (state.in_order, state.still_there) == (False, len(await month.findings()))
    async with intruder(fresh_database) as sql:
        await sql.execute(text(tampering.format("+")), {"id": helped})
    with clock.set_to(NOW + 2 * NIGHT):
        await month.reconcile_at_night()
        assert (await _state(month)).still_there == state.still_there
        assert (await month.reconcile()).agrees
        assert (await _state(month)).still_there == 0
    for finding in await month.findings():
        assert finding.gone_at == NOW + 2 * NIGHT
        async with month.world.database.begin({month.here}) as db:
            events = [one.event for one in await queries.history(db, month.here, finding.id)]
        assert events == [Event.FOUND, Event.GONE]


async def test_a_head_that_somebody_changed_is_found_the_same_night_however_old_the_account(
    month: Month, fresh_database: Database
) -> None:
    await later(fresh_database.superuser_url)
    await add_to_head(fresh_database, month.street.feng, 100)
    with clock.set_to(NOW + NIGHT):
        night = await month.reconcile_at_night()
    assert (night.scope, night.counts["entries"]) == (Scope.NEWS, 0)
    assert {finding.fault.code for finding in await month.findings()} >= {"head_not_sum", "head_differs"}


# Rows that one run read of each table, by the server's own count.
READ = text("""
SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_xact_user_tables
WHERE schemaname || '.' || relname = ANY (:tables)
""")
GROWING = ("ledger.entries", "ledger.transfers", "ledger.outcomes", "ledger.leaves", "timebank.movements")


async def _read(month: Month) -> dict[str, int]:
    since = await month.since()
    async with month.world.database.snapshot({month.here}) as db:
        made = await comparing.compare(db, month.here, CHECKS, cut_off_at=clock.now(), since=since)
        assert not [one for one in made.checks if one.found or one.problem]
        assert made.counts.transfers == 10
        rows = await db.execute(READ, {"tables": list(GROWING)})
        return {row.relname: row.rows for row in rows}


async def _next_night(month: Month, database: Database, transfers: int) -> None:
    """So much history, looked at; then ten more."""
    await month.bring_often(transfers)
    await month.prove(KEY)
    engine = create_async_engine(database.superuser_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as sql:
        await sql.execute(text("VACUUM ANALYZE"))
    await engine.dispose()
    await month.reconcile_at_night()
    await later(database.superuser_url)
    await month.give_often(10)


async def test_a_night_reads_as_many_rows_behind_ten_times_the_history(
    month: Month, fresh_database: Database
) -> None:
    with clock.set_to(NOW + NIGHT):
        await _next_night(month, fresh_database, 1_500)
        before = await _read(month)
    with clock.set_to(NOW + 2 * NIGHT):
        await _next_night(month, fresh_database, 13_500)
        after = await _read(month)
    # Of outcomes it reads the last ranges of their index by time, each of 32 pages.
    assert {name: rows for name, rows in after.items() if rows > 2 * before[name] + 4_000} == {}
    assert after["transfers"] < 1_000
    assert after["entries"] < 1_000


BACK = "UPDATE timebank.reconciled SET version = version - 1 WHERE account_id = :feng"
AHEAD = "UPDATE timebank.reconciled SET version = version + 1 WHERE account_id = :feng"
SAME = "UPDATE timebank.reconciled SET balance_minutes = 0 WHERE account_id = :feng"
GONE = "DELETE FROM timebank.reconciled WHERE account_id = :feng"
ATTACKS = [
    (BACK, "mark_moved_back"),
    (SAME, "mark_moved_back"),
    (AHEAD, "mark_beyond_entries"),
    (GONE, "append_only"),
]


@pytest.mark.parametrize(("attack", "refusal"), ATTACKS)
async def test_a_mark_moves_forward_only_whoever_asks(
    month: Month, fresh_database: Database, attack: str, refusal: str
) -> None:
    given = {"feng": month.street.feng}
    owner = create_async_engine(fresh_database.superuser_url, poolclass=NullPool)
    with pytest.raises(DBAPIError, match=refusal):
        async with owner.begin() as sql:
            await sql.execute(text(attack), given)
    with pytest.raises(DBAPIError, match="permission denied" if attack == GONE else refusal):
        async with month.world.database.begin({month.here}) as db:
            await db.execute(text(attack), given)
    async with owner.begin() as sql:
        for trigger in ("only_forward", "append_only"):
            await sql.execute(text(f"ALTER TABLE timebank.reconciled DISABLE TRIGGER {trigger}"))
        assert (await sql.execute(text(attack), given)).rowcount == 1
    await owner.dispose()
