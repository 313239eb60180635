"""The canonical bytes of a transfer, read back by the layout that the README gives."""

import dataclasses
import hashlib
import struct
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import Transfer
from tests.ledger.books import DAY, Book, move

EPOCH = date(2000, 1, 1)


class Reader:
    """Takes bytes off the front of a leaf."""

    def __init__(self, leaf: bytes) -> None:
        self.rest = leaf

    def take(self, size: int) -> bytes:
        taken, self.rest = self.rest[:size], self.rest[size:]
        assert len(taken) == size
        return taken

    def number(self, layout: str) -> int:
        [value] = struct.unpack(f">{layout}", self.take(struct.calcsize(layout)))
        return int(value)

    def uuid(self) -> UUID:
        return UUID(bytes=self.take(16))

    def maybe(self, size: int) -> bytes | None:
        return self.take(size) if self.number("B") else None


async def _leaf(db: AsyncSession, transfer_id: UUID) -> bytes:
    found = await db.execute(text("SELECT leaf FROM ledger.transfers WHERE id = :id"), {"id": transfer_id})
    return bytes(found.scalar_one())


def _assert_says(leaf: bytes, transfer: Transfer) -> None:
    reader = Reader(leaf)
    assert reader.number("B") == 1
    assert [reader.uuid() for _ in range(4)] == [
        transfer.book_id,
        transfer.id,
        transfer.debit_id,
        transfer.credit_id,
    ]
    assert [reader.number("q") for _ in range(3)] == [
        transfer.debit_version,
        transfer.credit_version,
        transfer.minutes,
    ]
    assert reader.take(reader.number("i")).decode() == transfer.kind
    assert EPOCH + timedelta(days=reader.number("i")) == transfer.effective_on
    served = reader.maybe(4)
    assert (EPOCH + timedelta(days=int.from_bytes(served)) if served else None) == transfer.served_on
    posted = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=reader.number("q"))
    assert posted == transfer.posted_at
    assert reader.uuid() == transfer.actor_id
    reverses = reader.maybe(16)
    assert (UUID(bytes=reverses) if reverses else None) == transfer.reverses
    assert bool(reader.number("B")) == transfer.forced
    assert reader.maybe(32) == (
        hashlib.sha256(transfer.reason.encode()).digest() if transfer.reason else None
    )
    assert reader.maybe(32) == transfer.evidence
    assert len(reader.take(16)) == 16
    assert reader.rest == b""


async def test_the_leaf_says_what_the_transfer_is(db: AsyncSession, book: Book) -> None:
    plain = move(book, book.opening, book.chen, 90)
    full = dataclasses.replace(
        move(
            book, book.chen, book.opening, 90, reverses=plain.id, forced=True, reason="\\x00 回执单 'd\\e' 𠅤"
        ),
        served_on=DAY - timedelta(days=3),
        evidence=hashlib.sha256(b"slip").digest(),
    )
    await ledger.post(db, [plain])
    await ledger.post(db, [full])
    for transfer in await ledger.transfers(db, book.id, [plain.id, full.id]):
        _assert_says(await _leaf(db, transfer.id), transfer)


async def test_no_two_transfers_are_blinded_alike(db: AsyncSession, book: Book) -> None:
    await ledger.post(db, [move(book, book.opening, book.chen, 1) for _ in range(50)])
    found = await db.execute(
        text("SELECT count(DISTINCT blinding) FROM ledger.transfers WHERE book_id = :id"), {"id": book.id}
    )
    assert found.scalar_one() == 50
