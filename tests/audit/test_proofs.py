"""Whoever changes a bit of what was signed is found by the next run, which says where."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from ledger.proof import note
from ledger.proof.note import Head
from tests.audit.given import Month, later, without_guards
from tests.given import NOW, World
from tests.postgres import Database, clone
from timebank.audit import comparing
from timebank.audit.checks import proofs
from timebank.audit.checks.proofs import Signed, judge
from timebank.audit.model import CheckState, Difference, Since
from timebank.core import clock
from timebank.core.database import Database as RealDatabase

OLD, NEW = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
async def signed(template: Database) -> AsyncIterator[tuple[Month, Database, Since]]:
    """273 transfers in three checkpoints; the second is signed with the old key and the new one.

    After the first of them everything was looked at.
    """
    async with clone(template) as database:
        real = RealDatabase(database.service_url, checking=True)
        with clock.set_to(NOW):
            month = await Month(await World(real).settle_in()).happen()
            await month.prove(OLD)
            assert (await month.reconcile()).agrees
            await later(database.superuser_url)
            since = await month.since()
            await month.give_often(259)
            await month.prove(OLD, NEW)
            await month.give_often(1)
            await month.prove(NEW)
        yield month, database, since
        await real.close()


@pytest.fixture
async def sql(signed: tuple[Month, Database, Since]) -> AsyncIterator[AsyncConnection]:
    """Somebody who may do anything to it until the test is over."""
    engine = create_async_engine(signed[1].superuser_url, poolclass=NullPool)
    async with engine.connect() as made, made.begin() as transaction:
        await without_guards(made)
        yield made
        await transaction.rollback()
    await engine.dispose()


async def _found(
    sql: AsyncConnection, month: Month, since: Since | None = None
) -> dict[tuple[str, str], Difference]:
    db = AsyncSession(sql, join_transaction_mode="create_savepoint")
    comparison = await comparing.compare(db, month.here, proofs.CHECKS, cut_off_at=NOW, since=since)
    await db.close()
    assert not [one.problem for one in comparison.checks if one.state is CheckState.UNCHECKED]
    differences = [named.difference for one in comparison.checks for named in one.differences]
    assert len({one.key for one in differences}) == len(differences)
    return {(one.check, one.fault): one for one in differences}


@pytest.mark.slow
async def test_what_nobody_touched_agrees_for_the_auditor_and_in_the_night(
    signed: tuple[Month, Database, Since],
) -> None:
    month, _, since = signed
    async with month.world.database.snapshot({month.here}) as db:
        night = await comparing.compare(db, month.here, proofs.CHECKS, cut_off_at=NOW, since=since)
    assert {one.state for one in night.checks} == {CheckState.PASSED}
    with clock.set_to(NOW):
        run = await month.reconcile()
    assert run.agrees


FLIP = "set_bit({column}, 77, 1 - get_bit({column}, 77))"
DEEDS: list[tuple[str, tuple[str, str], dict[str, str]]] = [
    ("DELETE FROM ledger.leaves WHERE sequence = 272", ("leaf_in_tree", "place_missing"), {}),
    ("DELETE FROM ledger.transfers WHERE id = :gift", ("leaf_in_tree", "transfer_gone"), {}),
    ("UPDATE ledger.transfers SET minutes = 11 WHERE id = :gift", ("leaf_in_tree", "hash_differs"), {}),
    (
        f"UPDATE ledger.leaves SET hash = {FLIP.format(column='hash')} WHERE sequence = 7",
        ("leaf_in_tree", "hash_differs"),
        {},
    ),
    (
        "UPDATE ledger.leaves SET sequence = sequence + 1 WHERE sequence = 272",
        ("leaf_in_tree", "place_skipped"),
        {},
    ),
    (
        "DELETE FROM ledger.nodes",
        ("node_is_root", "node_missing"),
        {"count": "1", "level": "1", "place": "0"},
    ),
    (
        f"UPDATE ledger.nodes SET hash = {FLIP.format(column='hash')}",
        ("node_is_root", "node_differs"),
        {"count": "1", "level": "1", "place": "0"},
    ),
    (
        "DELETE FROM ledger.checkpoints WHERE number = 2",
        ("checkpoint_holds", "checkpoint_missing"),
        {"number": "3", "count": "1"},
    ),
    (
        f"UPDATE ledger.leaves SET hash = {FLIP.format(column='hash')} WHERE sequence = 100",
        ("checkpoint_holds", "root_differs"),
        {"number": "2", "count": "2"},
    ),
    (
        f"UPDATE ledger.checkpoints SET root = {FLIP.format(column='root')} WHERE number = 3",
        ("checkpoint_holds", "note_differs"),
        {"number": "3", "count": "1"},
    ),
    (
        # A letter of the signature, not the last one, of which only some bits count.
        (
            "UPDATE ledger.checkpoints SET note = overlay(note PLACING"
            " CASE substr(note, length(note) - 20, 1) WHEN 'A' THEN 'B' ELSE 'A' END"
            " FROM length(note) - 20 FOR 1) WHERE number = 3"
        ),
        ("checkpoint_holds", "signature_false"),
        {"number": "3", "count": "1"},
    ),
    (
        f"UPDATE ledger.signers SET public_key = {FLIP.format(column='public_key')} WHERE since_number = 1",
        ("checkpoint_holds", "signature_false"),
        {"number": "1", "count": "2"},
    ),
    (
        "UPDATE ledger.signers SET since_number = 3 WHERE since_number = 2",
        ("checkpoint_holds", "signer_differs"),
        {"number": "3", "count": "1"},
    ),
]


# What a run of news doesn't look at: it was there when the run before it came by.
OLD_ROWS = ("id = :gift", "sequence = 7")


@pytest.mark.slow
@pytest.mark.parametrize(("deed", "finding", "facts"), DEEDS, ids=[" ".join(row[1]) for row in DEEDS])
async def test_a_deed_is_found(
    signed: tuple[Month, Database, Since],
    sql: AsyncConnection,
    deed: str,
    finding: tuple[str, str],
    facts: dict[str, str],
) -> None:
    month = signed[0]
    ids = {"gift": month.gift, "feng": month.street.feng}
    used = {name: value for name, value in ids.items() if f":{name}" in deed}
    assert (await sql.execute(text(deed), used)).rowcount
    found = await _found(sql, month)
    assert finding in found
    assert found[finding].facts == facts
    news = await _found(sql, month, signed[2])
    assert (finding in news) is not any(old in deed for old in OLD_ROWS)
    if "gift" in used:
        assert found[finding].transfer_id == month.gift


def test_every_fault_of_proof_is_seen() -> None:
    seen = {finding for _, finding, _ in DEEDS} | {("checkpoint_holds", "signer_unvouched")}
    assert seen == {(check.name, fault.code) for check in proofs.CHECKS for fault in check.faults}


ROOT = bytes(range(32))
ROOTS = {5: ROOT}


def _checkpoint(number: int, *keys: Ed25519PrivateKey) -> Signed:
    return Signed(number, 5, ROOT, note.sign(Head("log", 5, ROOT), keys))


def _judged(*made: Signed, **signers: int) -> list[tuple[str, int]]:
    keys = {"old": OLD, "new": NEW}
    since = {note.public_key(keys[name]): number for name, number in signers.items()}
    return list(judge(made, since, ROOTS, "log"))


def test_a_new_key_that_the_old_one_signs_with_is_vouched_for() -> None:
    assert _judged(_checkpoint(1, OLD), _checkpoint(2, OLD, NEW), _checkpoint(3, NEW), old=1, new=2) == []


def test_a_new_key_that_signs_alone_is_not() -> None:
    assert _judged(_checkpoint(1, OLD), _checkpoint(2, NEW), old=1, new=2) == [("signer_unvouched", 2)]


@pytest.mark.slow
def test_any_bit_of_a_note_that_is_changed_is_seen() -> None:
    made = _checkpoint(1, OLD, NEW)
    raw = made.note.encode()
    tried = 0
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        with suppress(UnicodeDecodeError):  # what is no text, the database doesn't keep
            assert _judged(made._replace(note=changed.decode()), old=1, new=1), bit
            tried += 1
    assert tried > len(raw)
