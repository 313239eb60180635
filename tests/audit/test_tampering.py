"""What somebody with all rights to the database does to the books is found by the next run, and named."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.audit.given import Month, intruder
from tests.given import World
from tests.postgres import Database
from timebank.audit.checks import CHECKS
from timebank.audit.model import FindingState
from timebank.audit.views import FindingView
from timebank.core.ids import new_id

pytestmark = pytest.mark.slow


@pytest.fixture
async def month(two_desks: World) -> Month:
    """A month that agrees in every check."""
    made = await Month(two_desks).happen()
    run = await made.reconcile()
    assert run.agrees, [finding.key for finding in await made.findings()]
    return made


async def _found(month: Month) -> dict[tuple[str, str], FindingView]:
    run = await month.reconcile()
    findings = await month.findings()
    assert run.findings == len(findings)
    assert run.unchecked == 0
    assert all(finding.state is FindingState.OPEN for finding in findings)
    return {(finding.check, finding.fault.code): finding for finding in findings}


async def _do(sql: AsyncConnection, statement: str, *ids: UUID) -> None:
    done = await sql.execute(text(statement), dict(zip(("one", "other"), ids, strict=False)))
    assert done.rowcount, "nothing was tampered with"


def _people(finding: FindingView) -> set[UUID]:
    return set(finding.member_ids)


async def test_an_honest_month_agrees_in_every_check(month: Month) -> None:
    run = await month.reconcile()
    assert (run.passed, run.found, run.unchecked, run.findings) == (len(CHECKS), 0, 0, 0)
    assert run.counts == {"accounts": 6, "transfers": 13, "entries": 26, "movements": 13, "visits": 3}
    assert run.book_minutes == 0


async def test_the_minutes_of_an_entry(month: Month, fresh_database: Database) -> None:
    [helped, _] = await month.transfers_of(month.first)
    async with intruder(fresh_database) as sql:
        await _do(
            sql,
            "UPDATE ledger.entries SET minutes = minutes + 60, balance_after = balance_after + 60"
            " WHERE transfer_id = :one AND account_id = :other",
            helped,
            month.street.zhou,
        )
    found = await _found(month)
    entry = found["transfer_has_two_entries", "entry_minutes_differ"]
    assert (entry.account_id, entry.transfer_id, entry.visit_id) == (month.street.zhou, helped, month.first)
    assert (entry.recorded_minutes, entry.expected_minutes, entry.difference_minutes) == (120, 60, 60)
    assert _people(entry) == {month.street.zhou, month.street.feng}
    account = found["head_is_sum", "head_not_sum"]
    assert (account.account_id, account.difference_minutes) == (month.street.zhou, -60)
    assert found["chain_unbroken", "start_differs"].account_id == month.street.zhou
    assert found["book_is_zero", "entries_not_zero"].recorded_minutes == 60


async def test_the_head_of_an_account(month: Month, fresh_database: Database) -> None:
    async with intruder(fresh_database) as sql:
        await _do(
            sql,
            "UPDATE ledger.accounts SET balance_minutes = balance_minutes + 100 WHERE id = :one",
            month.street.feng,
        )
    found = await _found(month)
    for check, fault in (("head_is_sum", "head_not_sum"), ("head_is_last_entry", "head_differs")):
        finding = found[check, fault]
        assert (finding.account_id, finding.difference_minutes) == (month.street.feng, 100)
        assert (finding.recorded_minutes, finding.expected_minutes) == (550, 450)
        assert _people(finding) == {month.street.feng}
    assert found["book_is_zero", "balances_not_zero"].recorded_minutes == 100


async def test_a_deleted_transfer_of_a_visit(month: Month, fresh_database: Database) -> None:
    [helped, _] = await month.transfers_of(month.first)
    async with intruder(fresh_database) as sql:
        await _do(sql, "DELETE FROM ledger.transfers WHERE id = :one", helped)
    found = await _found(month)
    visit = found["visit_is_its_transfers", "visit_differs"]
    assert (visit.visit_id, visit.recorded_minutes, visit.expected_minutes) == (month.first, 80, 20)
    assert _people(visit) == {month.street.zhou, month.street.feng}
    for check, fault in (
        ("transfer_has_two_entries", "transfer_missing"),
        ("transfer_has_outcome", "transfer_gone"),
        ("movement_has_transfer", "transfer_gone"),
        ("settlement_has_transfers", "transfer_gone"),
    ):
        finding = found[check, fault]
        assert (finding.transfer_id, finding.visit_id) == (helped, month.first), check
        assert _people(finding) == {month.street.zhou, month.street.feng}, check


async def test_a_deleted_transfer_whose_entries_went_with_it_and_the_balances_were_mended(
    month: Month, fresh_database: Database
) -> None:
    [helped] = await month.transfers_of(month.second)
    async with intruder(fresh_database) as sql:
        for table, column in (("ledger.transfers", "id"), ("ledger.entries", "transfer_id")):
            await _do(sql, f"DELETE FROM {table} WHERE {column} = :one", helped)
        await _do(sql, "DELETE FROM timebank.movements WHERE transfer_id = :one", helped)
        await _do(
            sql,
            "UPDATE ledger.accounts a SET balance_minutes = coalesce((SELECT sum(minutes) FROM ledger.entries e"
            " WHERE e.account_id = a.id), 0)",
        )
    found = await _found(month)
    visit = found["visit_is_its_transfers", "visit_differs"]
    assert (visit.visit_id, visit.recorded_minutes, visit.expected_minutes) == (month.second, 60, 0)
    assert _people(visit) == {month.street.zhou, month.street.feng}
    assert found["transfer_has_outcome", "transfer_gone"].transfer_id == helped
    assert found["settlement_has_transfers", "transfer_gone"].visit_id == month.second
    gaps = [f for f in await month.findings() if f.fault.code == "entries_missing"]
    assert {f.account_id for f in gaps} == {month.street.zhou, month.street.feng}


async def test_a_deleted_opening_transfer(month: Month, fresh_database: Database) -> None:
    brought = month.openings[month.street.feng]
    async with intruder(fresh_database) as sql:
        for table, column in (("ledger.transfers", "id"), ("ledger.entries", "transfer_id")):
            await _do(sql, f"DELETE FROM {table} WHERE {column} = :one", brought)
    found = await _found(month)
    gone = found["movement_has_transfer", "transfer_gone"]
    assert gone.transfer_id == brought
    assert gone.facts == {"kind": "opening"}
    assert found["transfer_has_outcome", "transfer_gone"].transfer_id == brought
    account = next(
        f for f in await month.findings() if f.check == "head_is_sum" and f.account_id == month.street.feng
    )
    assert (account.difference_minutes, _people(account)) == (600, {month.street.feng})
    first = next(
        f
        for f in await month.findings()
        if f.fault.code == "entries_missing" and f.account_id == month.street.feng
    )
    assert (first.facts, first.recorded_minutes) == ({"first": "1", "last": "1"}, 600)


async def test_the_minutes_of_a_visit(month: Month, fresh_database: Database) -> None:
    async with intruder(fresh_database) as sql:
        await _do(
            sql,
            "UPDATE timebank.visits SET settled_minutes = 240, confirmed_minutes = 240 WHERE id = :one",
            month.second,
        )
    found = await _found(month)
    for check, fault, recorded, expected in (
        ("visit_is_its_transfers", "visit_differs", 240, 60),
        ("visit_has_settlement", "settlement_differs", 240, 60),
        ("visit_is_as_posted", "confirmed_differs", 240, 60),
    ):
        finding = found[check, fault]
        assert finding.visit_id == month.second
        assert (finding.recorded_minutes, finding.expected_minutes) == (recorded, expected)
        assert _people(finding) == {month.street.zhou, month.street.feng}


@pytest.fixture
async def quarter(month: Month) -> Month:
    """The same month, and a closed quarter before it with an approved correction in its last month."""
    await month.close_a_quarter()
    assert (await month.reconcile()).agrees, [finding.key for finding in await month.findings()]
    return month


async def test_a_trial_balance_changed_after_the_fact(quarter: Month, fresh_database: Database) -> None:
    async with intruder(fresh_database) as sql:
        await _do(
            sql,
            "UPDATE ledger.closing_balances SET credit_minutes = credit_minutes + 15"
            " WHERE account_id = :one AND month = '2026-02-01'",
            quarter.street.zhou,
        )
    found = await _found(quarter)
    closing = found["closing_is_sum", "closing_differs"]
    assert (closing.account_id, closing.facts) == (quarter.street.zhou, {"month": "2026-02"})
    assert (closing.recorded_minutes, closing.expected_minutes, closing.difference_minutes) == (55, 40, 15)
    assert _people(closing) == {quarter.street.zhou}


async def test_a_closing_whose_opening_is_not_the_last_closing(
    quarter: Month, fresh_database: Database
) -> None:
    async with intruder(fresh_database) as sql:
        await _do(
            sql,
            "UPDATE ledger.closing_balances SET credit_minutes = credit_minutes - 20"
            " WHERE account_id = :one AND month = '2026-01-01'",
            quarter.street.zhou,
        )
    found = await _found(quarter)
    opening = found["months_follow", "opening_differs"]
    assert (opening.account_id, opening.facts) == (quarter.street.zhou, {"month": "2026-02"})
    assert (opening.recorded_minutes, opening.expected_minutes, opening.difference_minutes) == (20, 0, 20)
    assert _people(opening) == {quarter.street.zhou}
    assert found["closing_is_sum", "closing_differs"].facts == {"month": "2026-01"}


async def test_a_transfer_moved_into_a_closed_month_whose_trial_balance_was_mended(
    quarter: Month, fresh_database: Database
) -> None:
    late = new_id()
    await quarter.give(late)
    async with intruder(fresh_database) as sql:
        for table, column in (("ledger.transfers", "id"), ("ledger.entries", "transfer_id")):
            await _do(sql, f"UPDATE {table} SET effective_on = '2026-03-15' WHERE {column} = :one", late)
        await _do(
            sql,
            "INSERT INTO ledger.closing_balances (book_id, month, account_id, debit_minutes, credit_minutes,"
            " last_version, later_version) SELECT book_id, '2026-03-01', account_id, greatest(0, -minutes),"
            " greatest(0, minutes), version, 1 FROM ledger.entries WHERE transfer_id = :one",
            late,
        )
    found = await _found(quarter)
    posted = found["month_stays_closed", "posted_after_closing"]
    assert (posted.transfer_id, posted.facts) == (late, {"month": "2026-03"})
    assert (posted.recorded_minutes, posted.expected_minutes) == (10, 0)
    assert quarter.street.feng in _people(posted)
    assert not [check for check, _ in found if check in ("closing_is_sum", "months_follow")]


async def test_a_hold_that_was_used_beyond_what_it_held(month: Month, fresh_database: Database) -> None:
    await month.set_aside()
    async with intruder(fresh_database) as sql:
        await _do(sql, "UPDATE ledger.holds SET minutes = 10 WHERE id = :one", month.used_hold)
    found = await _found(month)
    used = found["hold_ends_once", "captured_too_much"]
    assert (used.account_id, used.recorded_minutes, used.expected_minutes) == (month.street.feng, 25, 10)
    assert _people(used) == {month.street.feng}
    changed = found["hold_is_as_asked", "act_changed"]
    assert (changed.transfer_id, changed.recorded_minutes) == (month.used_hold, 10)


async def test_minutes_held_for_nothing(month: Month, fresh_database: Database) -> None:
    await month.set_aside()
    async with intruder(fresh_database) as sql:
        await _do(sql, "UPDATE ledger.accounts SET held_minutes = 0 WHERE id = :one", month.street.feng)
    [held] = (await _found(month)).values()
    assert (held.check, held.recorded_minutes, held.expected_minutes) == ("held_is_open_holds", 0, 20)
    assert _people(held) == {month.street.feng}
