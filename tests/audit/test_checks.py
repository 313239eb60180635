"""Each check finds something that no other check finds, or is shown to be implied by two others."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from tests.audit.given import Month, without_guards
from tests.given import NOW, World
from tests.postgres import Database, clone
from timebank.audit import comparing
from timebank.audit.checks import BY_NAME, CHECKS, proofs
from timebank.audit.model import Check, CheckState
from timebank.core import clock
from timebank.core.database import Database as RealDatabase


@dataclass
class Books:
    """A month in a database of its own, and a superuser's connection to it whose deeds are undone."""

    month: Month
    sql: AsyncConnection
    helped: UUID  # the first visit's transfer to Zhou
    pooled: UUID  # and what was left over
    again: UUID  # the second visit's only transfer

    async def do(self, statement: str) -> None:
        """Tamper; names like `:zhou` in the statement stand for ids."""
        month, street = self.month, self.month.street
        names = {
            "here": month.here,
            "zhou": street.zhou,
            "feng": street.feng,
            "chen": street.chen,
            "first": month.first,
            "second": month.second,
            "corrected": month.corrected,
            "opening": month.openings[street.feng],
            "gift": month.gift,
            "helped": self.helped,
            "pooled": self.pooled,
            "again": self.again,
        }
        used = {name: value for name, value in names.items() if f":{name}" in statement}
        assert (await self.sql.execute(text(statement), used)).rowcount != 0, "nothing was tampered with"

    async def found(self, checks: Iterable[Check] = CHECKS) -> set[tuple[str, str]]:
        """What the checks find."""
        db = AsyncSession(self.sql, join_transaction_mode="create_savepoint")
        comparison = await comparing.compare(db, self.month.here, tuple(checks), cut_off_at=NOW)
        await db.close()
        assert not [one.problem for one in comparison.checks if one.state is CheckState.UNCHECKED]
        return {
            (named.difference.check, named.difference.fault)
            for one in comparison.checks
            for named in one.differences
        }


@pytest.fixture(scope="module")
async def settled(template: Database) -> AsyncIterator[tuple[Month, Database]]:
    """One month for all tests of this module, which undo what they do to it."""
    async with clone(template) as database:
        real = RealDatabase(database.service_url, checking=True)
        with clock.set_to(NOW):
            month = await Month(await World(real).settle_in()).happen()
        yield month, database
        await real.close()


@pytest.fixture
async def books(settled: tuple[Month, Database]) -> AsyncIterator[Books]:
    """The month, and somebody who may do anything to it until the test is over."""
    month, database = settled
    helped, pooled = await month.transfers_of(month.first)
    [again] = await month.transfers_of(month.second)
    engine = create_async_engine(database.superuser_url, poolclass=NullPool)
    async with engine.connect() as sql, sql.begin() as transaction:
        await without_guards(sql)
        yield Books(month, sql, helped, pooled, again)
        await transaction.rollback()
    await engine.dispose()


# As the ledger makes it, for somebody who knows how and covers their tracks.
REDIGEST = r"""
UPDATE ledger.outcomes o SET digest = sha256(
    uuid_send(t.book_id) || uuid_send(t.id) || uuid_send(t.debit_id) || uuid_send(t.credit_id)
    || int8send(t.minutes) || int4send(octet_length(t.kind)) || convert_to(t.kind, 'UTF8')
    || date_send(t.effective_on) || coalesce('\x01'::bytea || date_send(t.served_on), '\x00'::bytea)
    || uuid_send(t.actor_id) || coalesce('\x01'::bytea || uuid_send(t.reverses), '\x00'::bytea)
    || boolsend(t.forced) || coalesce('\x01'::bytea || sha256(convert_to(t.reason, 'UTF8')), '\x00'::bytea)
    || coalesce('\x01'::bytea || t.evidence, '\x00'::bytea))
FROM ledger.transfers t WHERE t.id = o.id AND t.id = :gift
"""
_LAST = "(SELECT max(version) FROM ledger.entries WHERE account_id = :chen)"

# What only one check finds: what is done, and what that check says of it.
ALONE: list[tuple[str, list[str], tuple[str, str]]] = [
    (
        "an account claims one entry more",
        ["UPDATE ledger.accounts SET version = version + 1 WHERE id = :feng"],
        ("head_is_last_entry", "version_differs"),
    ),
    (
        "entries were renumbered everywhere",
        [
            (
                f"UPDATE ledger.transfers SET debit_version = {_LAST} + 5"
                f" WHERE debit_id = :chen AND debit_version = {_LAST}"
            ),
            f"UPDATE ledger.accounts SET version = {_LAST} + 5 WHERE id = :chen",
            f"UPDATE ledger.entries SET version = version + 5 WHERE account_id = :chen AND version = {_LAST}",
        ],
        ("chain_unbroken", "entries_missing"),
    ),
    (
        "an entry claims relief",
        ["UPDATE ledger.entries SET relief_minutes = 5 WHERE account_id = :feng AND version = 2"],
        ("limits_kept", "relief_differs"),
    ),
    (
        "a ceiling was raised by nobody",
        ["UPDATE ledger.accounts SET ceiling_minutes = ceiling_minutes + 60 WHERE id = :feng"],
        ("limits_recorded", "limits_changed"),
    ),
    (
        "an entry has a ceiling that nobody set",
        ["UPDATE ledger.entries SET ceiling_minutes = 99999 WHERE account_id = :feng AND version = 2"],
        ("limits_recorded", "limits_unknown"),
    ),
    (
        "minutes are held for nothing",
        ["UPDATE ledger.accounts SET held_minutes = 10 WHERE id = :feng"],
        ("held_is_open_holds", "held_differs"),
    ),
    (
        "two entries were swapped",
        [
            (
                "UPDATE ledger.entries SET transfer_id = CASE transfer_id WHEN :helped THEN :again ELSE :helped END"
                " WHERE account_id = :zhou AND transfer_id IN (:helped, :again)"
            )
        ],
        ("transfer_has_two_entries", "entry_of_another"),
    ),
    (
        "an outcome is gone",
        ["DELETE FROM ledger.outcomes WHERE id = :again"],
        ("transfer_has_outcome", "outcome_missing"),
    ),
    (
        "another actor stands on a transfer",
        ["UPDATE ledger.transfers SET actor_id = :feng WHERE id = :again"],
        ("transfer_is_as_asked", "content_changed"),
    ),
    (
        "another actor stands on one of two transfers posted together",
        ["UPDATE ledger.transfers SET actor_id = :feng WHERE id = :pooled"],
        ("transfer_is_as_asked", "group_changed"),
    ),
    (
        "a gift claims to take an opening back, digest and all",
        ["UPDATE ledger.transfers SET reverses = :opening WHERE id = :gift", REDIGEST],
        ("reversal_mirrors", "reversal_unmirrored"),
    ),
    (
        "a leaf was edited",
        [
            "ALTER TABLE ledger.transfers ALTER COLUMN leaf DROP EXPRESSION",
            "UPDATE ledger.transfers SET leaf = set_byte(leaf, 88, 61) WHERE id = :again",
        ],
        ("leaf_is_content", "leaf_differs"),
    ),
    (
        "what a gift was about is gone",
        ["DELETE FROM timebank.movements WHERE transfer_id = :gift"],
        ("movement_has_transfer", "movement_missing"),
    ),
    (
        "the rate that a visit was reckoned by was changed",
        [
            """UPDATE timebank.movements SET basis = basis || '{"rate_numerator": 7}' WHERE transfer_id = :again"""
        ],
        ("movement_is_evidence", "movement_changed"),
    ),
    (
        "a visit claims another revision",
        ["UPDATE timebank.visits SET revision = 9 WHERE id = :second"],
        ("visit_has_settlement", "settlement_differs"),
    ),
    (
        "a reversed settlement is gone",
        ["DELETE FROM timebank.settlements WHERE visit_id = :corrected AND revision = 1"],
        ("settlement_has_transfers", "transfer_unlisted"),
    ),
    (
        "the confirmed minutes of a visit were changed",
        ["UPDATE timebank.visits SET confirmed_minutes = 61 WHERE id = :second"],
        ("visit_is_as_posted", "confirmed_differs"),
    ),
    (
        "the helper of a visit was changed",
        ["UPDATE timebank.visits SET helper_id = :chen WHERE id = :second"],
        ("visit_is_as_posted", "parties_differ"),
    ),
    (
        "the day of a visit was changed",
        ["UPDATE timebank.visits SET served_on = served_on - 1 WHERE id = :second"],
        ("visit_is_as_posted", "day_differs"),
    ),
]

# What several checks find, each from its side.
SEEN: list[tuple[str, tuple[str, str]]] = [
    (
        "UPDATE ledger.accounts SET balance_minutes = balance_minutes + 1 WHERE id = :feng",
        ("head_is_sum", "head_not_sum"),
    ),
    (
        "UPDATE ledger.accounts SET balance_minutes = balance_minutes + 1 WHERE id = :feng",
        ("head_is_last_entry", "head_differs"),
    ),
    (
        "UPDATE ledger.accounts SET balance_minutes = balance_minutes + 1 WHERE id = :feng",
        ("book_is_zero", "balances_not_zero"),
    ),
    ("DELETE FROM ledger.accounts WHERE id = :feng", ("head_is_sum", "account_missing")),
    (
        "UPDATE ledger.entries SET minutes = minutes + 1 WHERE account_id = :feng AND version = 2",
        ("book_is_zero", "entries_not_zero"),
    ),
    (
        "UPDATE ledger.entries SET balance_before = 1 WHERE account_id = :feng AND version = 2",
        ("chain_unbroken", "start_differs"),
    ),
    (
        "UPDATE ledger.entries SET minutes = minutes + 1 WHERE account_id = :feng AND version = 2",
        ("chain_unbroken", "sum_differs"),
    ),
    (
        (
            "UPDATE ledger.entries SET posted_at = posted_at - interval '1 day'"
            " WHERE account_id = :feng AND version = 2"
        ),
        ("chain_unbroken", "time_goes_back"),
    ),
    (
        "UPDATE ledger.entries SET floor_minutes = 5000 WHERE account_id = :feng AND version = 2",
        ("limits_kept", "floor_passed"),
    ),
    (
        "UPDATE ledger.entries SET ceiling_minutes = 1 WHERE account_id = :zhou AND version = 2",
        ("limits_kept", "ceiling_passed"),
    ),
    (
        "DELETE FROM ledger.entries WHERE transfer_id = :again AND account_id = :feng",
        ("transfer_has_two_entries", "entry_missing"),
    ),
    ("DELETE FROM ledger.transfers WHERE id = :again", ("transfer_has_two_entries", "transfer_missing")),
    (
        "UPDATE ledger.transfers SET minutes = minutes + 1 WHERE id = :again",
        ("transfer_has_two_entries", "entry_minutes_differ"),
    ),
    (
        "UPDATE ledger.entries SET effective_on = effective_on - 1 WHERE transfer_id = :again",
        ("transfer_has_two_entries", "entry_dates_differ"),
    ),
    ("DELETE FROM ledger.transfers WHERE id = :again", ("transfer_has_outcome", "transfer_gone")),
    (
        "UPDATE ledger.outcomes SET refusal = 'floor_breached' WHERE id = :again",
        ("transfer_has_outcome", "refused_yet_there"),
    ),
    (
        "UPDATE ledger.outcomes SET decided_at = decided_at - interval '1 day' WHERE id = :again",
        ("transfer_has_outcome", "moment_differs"),
    ),
    (
        "UPDATE ledger.transfers SET reverses = :zhou WHERE id = :gift",
        ("reversal_mirrors", "original_missing"),
    ),
    (
        (
            "UPDATE ledger.transfers SET reverses ="
            " (SELECT id FROM ledger.transfers WHERE reverses IS NOT NULL LIMIT 1) WHERE id = :gift"
        ),
        ("reversal_mirrors", "reversal_of_reversal"),
    ),
    (
        (
            "UPDATE ledger.transfers g SET (reverses, debit_id, credit_id, minutes) ="
            " (SELECT reverses, debit_id, credit_id, minutes FROM ledger.transfers"
            " WHERE reverses IS NOT NULL LIMIT 1) WHERE id = :gift"
        ),
        ("reversal_mirrors", "reversed_twice"),
    ),
    (
        "UPDATE ledger.transfers SET forced = true, reason = ' ' WHERE reverses IS NOT NULL",
        ("reversal_mirrors", "forced_without_reason"),
    ),
    ("DELETE FROM ledger.transfers WHERE id = :opening", ("movement_has_transfer", "transfer_gone")),
    (
        "UPDATE timebank.movements SET kind = 'gift' WHERE transfer_id = :again",
        ("movement_has_transfer", "kind_differs"),
    ),
    (
        "UPDATE timebank.movements SET served_on = served_on - 1 WHERE transfer_id = :again",
        ("movement_has_transfer", "served_on_differs"),
    ),
    (
        "UPDATE timebank.visits SET settled_minutes = 90 WHERE id = :second",
        ("visit_is_its_transfers", "visit_differs"),
    ),
    ("DELETE FROM timebank.visits WHERE id = :second", ("visit_is_its_transfers", "visit_missing")),
    (
        "DELETE FROM timebank.settlements WHERE visit_id = :second",
        ("visit_has_settlement", "settlement_missing"),
    ),
    (
        "UPDATE timebank.visits SET status = 'confirmed' WHERE id = :second",
        ("visit_has_settlement", "settled_unsaid"),
    ),
    ("DELETE FROM ledger.transfers WHERE id = :again", ("settlement_has_transfers", "transfer_gone")),
    (
        "UPDATE timebank.settlements SET minutes = minutes + 30 WHERE visit_id = :second",
        ("settlement_has_transfers", "sum_differs"),
    ),
    (
        (
            "UPDATE timebank.settlements SET transfer_ids = transfer_ids || CAST(:again AS uuid)"
            " WHERE visit_id = :first"
        ),
        ("settlement_has_transfers", "of_another_visit"),
    ),
    (
        "UPDATE timebank.settlements SET reversed_at = now() WHERE visit_id = :second",
        ("settlement_has_transfers", "reversal_missing"),
    ),
    (
        "UPDATE timebank.settlements SET reversed_at = NULL WHERE visit_id = :corrected",
        ("settlement_has_transfers", "reversed_unsaid"),
    ),
]

# Those of proof are in test_proofs.py, on a month that was signed: there what one of these finds changes a hash.
OF_ROWS = [check for check in CHECKS if check not in proofs.CHECKS]
# These follow from others, and stand because they are what a bookkeeper asks first.
IMPLIED = {"head_is_sum", "book_is_zero", "visit_is_its_transfers"}


async def test_a_month_that_nobody_touched_agrees(books: Books) -> None:
    assert await books.found() == set()


@pytest.mark.parametrize(("deed", "finding"), [row[1:] for row in ALONE], ids=[row[0] for row in ALONE])
async def test_one_check_alone_finds(books: Books, deed: list[str], finding: tuple[str, str]) -> None:
    for statement in deed:
        await books.do(statement)
    assert await books.found() == {finding}
    assert await books.found(check for check in CHECKS if check.name != finding[0]) == set()


@pytest.mark.parametrize(("deed", "finding"), SEEN, ids=[" ".join(row[1]) for row in SEEN])
async def test_a_check_sees(books: Books, deed: str, finding: tuple[str, str]) -> None:
    await books.do(deed)
    assert finding in await books.found([BY_NAME[finding[0]]])


def test_every_check_finds_something_alone_and_every_fault_is_seen() -> None:
    assert {finding[0] for _, _, finding in ALONE} == {check.name for check in OF_ROWS} - IMPLIED
    seen = {finding for _, _, finding in ALONE} | {finding for _, finding in SEEN}
    assert seen == {(check.name, fault.code) for check in OF_ROWS for fault in check.faults}


async def test_a_check_that_cannot_be_made_hides_no_other(books: Books) -> None:
    await books.do("UPDATE ledger.accounts SET version = version + 1 WHERE id = :feng")
    await books.do("ALTER TABLE ledger.limits RENAME TO limits_gone")
    db = AsyncSession(books.sql, join_transaction_mode="create_savepoint")
    comparison = await comparing.compare(db, books.month.here, CHECKS, cut_off_at=NOW)
    await db.close()
    states = {one.name: one for one in comparison.checks}
    assert states["limits_recorded"].state is CheckState.UNCHECKED
    assert states["limits_recorded"].problem == "SQLSTATE 42P01"
    assert states["head_is_last_entry"].state is CheckState.FOUND
    others = [one for name, one in states.items() if name not in ("limits_recorded", "head_is_last_entry")]
    assert {one.state for one in others} == {CheckState.PASSED}
