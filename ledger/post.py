"""The one way in: a batch of operations goes to one SQL function, and an outcome for each comes back."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.calling import refusal_of
from ledger.errors import BatchTooLarge, NotInTransaction, OperationMalformed
from ledger.model import OPERATIONS_MAX, Batch, Linked, Operation, Outcome, Posted, Refusal, Refused

# Raw asyncpg: through SQLAlchemy's text() one posting costs 2.5 times as much.
_POST = "SELECT * FROM ledger.post($1::ledger.operation[])"
_POST_DATED = "SELECT * FROM ledger.post_dated($1::ledger.operation[], $2::timestamptz)"

_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_REASON_MAX = 500
_INT64 = range(-(2**63), 2**63)

_Row = tuple[object, UUID, bool, UUID, UUID, int, str, object, object, UUID, object, bool, str | None, object]


async def post(db: AsyncSession, batch: Batch, *, posted_at: datetime | None = None) -> list[Outcome]:
    """Post `batch` within the caller's transaction, and return one outcome per operation, in order.

    A refusal is an outcome, recorded like any other; nothing else of the batch suffers, unless it was
    linked. Accounts stay locked until the transaction ends, so a transaction posts at most once, after
    locking its own rows. `posted_at` writes a history and needs the owner's role.

    Raises NotInTransaction, BatchTooLarge, OperationMalformed, BookNotVisible, IsolationUnfit; and
    SQLAlchemy's DBAPIError with sqlstate 40001 or 40P01, upon which the whole transaction is to be run again.
    """
    rows = rows_of(batch)
    if not rows:
        return []
    if posted_at is None:
        answers = await fetch(db, _POST, rows)
    else:
        answers = await fetch(db, _POST_DATED, rows, posted_at)
    return [_outcome(row[1], answer) for row, answer in zip(rows, answers, strict=True)]


async def fetch(
    db: AsyncSession, statement: str, rows: Sequence[_Row], *arguments: object
) -> list[asyncpg.Record]:
    """What a function of operations answers, within the caller's transaction. Raises what `post` does."""
    raw = await (await db.connection()).get_raw_connection()
    driver: asyncpg.Connection = raw.driver_connection
    # SQLAlchemy begins with its first statement; before that the driver would commit each of ours.
    if not driver.is_in_transaction():
        raise NotInTransaction
    try:
        answers: list[asyncpg.Record] = await driver.fetch(statement, rows, *arguments)
    except asyncpg.PostgresError as error:
        refused = refusal_of(error)
        if refused is not None:
            raise refused from error
        raise DBAPIError(statement, None, error) from error
    return answers


def rows_of(batch: Batch) -> list[_Row]:
    """A batch as the array that the ledger's functions take. Raises BatchTooLarge, OperationMalformed."""
    rows = [_row(operation, linked=linked) for operation, linked in _flat(batch)]
    if len(rows) > OPERATIONS_MAX:
        raise BatchTooLarge(len(rows), OPERATIONS_MAX)
    return rows


def _flat(batch: Batch) -> Iterator[tuple[Operation, bool]]:
    """Each operation, and whether it shares the fate of the next."""
    for item in batch:
        if isinstance(item, Linked):
            last = len(item.operations) - 1
            yield from ((operation, at < last) for at, operation in enumerate(item.operations))
        else:
            yield item, False


def _row(operation: Operation, *, linked: bool) -> _Row:
    """The operation as the composite type ledger.operation."""
    if not _KIND.fullmatch(operation.kind):
        raise OperationMalformed("kind", "a lower-case word of at most 40 letters, digits and underscores")
    if operation.minutes not in _INT64:
        raise OperationMalformed("minutes", "more than 64 bits")
    if operation.reason is not None and not 1 <= len(operation.reason) <= _REASON_MAX:
        raise OperationMalformed("reason", f"1 to {_REASON_MAX} characters")
    if operation.reason is not None and "\0" in operation.reason:
        raise OperationMalformed("reason", "a NUL character")
    if operation.evidence is not None and len(operation.evidence) != 32:
        raise OperationMalformed("evidence", "a digest of 32 bytes")
    return (
        operation.book_id,
        operation.id,
        linked,
        operation.debit_id,
        operation.credit_id,
        operation.minutes,
        operation.kind,
        operation.effective_on,
        operation.served_on,
        operation.actor_id,
        operation.reverses,
        operation.forced,
        operation.reason,
        operation.evidence,
    )


def _outcome(id_: UUID, answer: Sequence[Any]) -> Outcome:
    refusal, account_id, short, because_id, known, debit_balance, credit_balance, decided_at = answer
    if refusal is None:
        return Posted(
            id=id_,
            posted_at=decided_at,
            debit_balance_minutes=debit_balance,
            credit_balance_minutes=credit_balance,
            repeated=known,
        )
    return Refused(
        id=id_,
        refusal=Refusal(refusal),
        account_id=account_id,
        short_minutes=short,
        because_id=because_id,
        decided_at=decided_at,
        repeated=known,
    )
