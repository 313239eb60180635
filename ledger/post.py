"""The one way in: a batch of operations goes to one SQL function, and an outcome for each comes back."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.calling import refusal_of
from ledger.errors import BatchTooLarge, NotInTransaction, OperationMalformed
from ledger.model import (
    OPERATIONS_MAX,
    Act,
    Batch,
    Linked,
    NewHold,
    Operation,
    Outcome,
    Posted,
    Recorded,
    Refusal,
    Refused,
    Void,
)

# Raw asyncpg: through SQLAlchemy's text() one posting costs 2.5 times as much.
_POST = "SELECT * FROM ledger.post($1::ledger.operation[])"
_POST_DATED = "SELECT * FROM ledger.post_dated($1::ledger.operation[], $2::timestamptz)"

_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_REASON_MAX = 500
_INT64 = range(-(2**63), 2**63)

_Row = tuple[object, ...]


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
    return [_outcome(act, answer) for (act, _), answer in zip(_flat(batch), answers, strict=True)]


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
    rows = [_row(act, linked=linked) for act, linked in _flat(batch)]
    if len(rows) > OPERATIONS_MAX:
        raise BatchTooLarge(len(rows), OPERATIONS_MAX)
    return rows


def _flat(batch: Batch) -> Iterator[tuple[Act, bool]]:
    """Each act, and whether it shares the fate of the next."""
    for item in batch:
        if isinstance(item, Linked):
            last = len(item.operations) - 1
            yield from ((operation, at < last) for at, operation in enumerate(item.operations))
        else:
            yield item, False


def _row(act: Act, *, linked: bool) -> _Row:
    """The act as the composite type ledger.operation."""
    _refuse_malformed(act)
    if isinstance(act, Operation):
        return (
            act.book_id,
            act.id,
            linked,
            act.debit_id,
            act.credit_id,
            act.minutes,
            act.kind,
            act.effective_on,
            act.served_on,
            act.actor_id,
            act.reverses,
            act.forced,
            act.reason,
            act.evidence,
            _terms(act),
        )
    minutes, kind = (act.minutes, act.kind) if isinstance(act, NewHold) else (0, "void")
    parties = (act.book_id, act.id, linked, act.debit_id, act.credit_id, minutes, kind)
    return (*parties, None, None, act.actor_id, None, False, act.reason, None, _terms(act))


def _terms(act: Act) -> _Row | None:
    """What the act says beyond a plain transfer, as the composite type ledger.terms."""
    if isinstance(act, Void):
        return ("void", act.hold_id, None, None, None)
    stated = (act.debit_version_seen, act.available_minutes_min)
    if isinstance(act, NewHold):
        return ("hold", None, act.expires_at, *stated)
    if act.captures is not None:
        return ("capture", act.captures, None, *stated)
    return None if stated == (None, None) else (None, None, None, *stated)


def _refuse_malformed(act: Act) -> None:
    reason = act.reason
    if reason is not None and not 1 <= len(reason) <= _REASON_MAX:
        raise OperationMalformed("reason", f"1 to {_REASON_MAX} characters")
    if reason is not None and "\0" in reason:
        raise OperationMalformed("reason", "a NUL character")
    if isinstance(act, Void):
        return
    if not _KIND.fullmatch(act.kind):
        raise OperationMalformed("kind", "a lower-case word of at most 40 letters, digits and underscores")
    for field in ("minutes", "debit_version_seen", "available_minutes_min"):
        if (getattr(act, field) or 0) not in _INT64:
            raise OperationMalformed(field, "more than 64 bits")
    if isinstance(act, NewHold):
        if act.expires_at.tzinfo is None:
            raise OperationMalformed("expires_at", "an instant without its time zone")
        return
    if act.evidence is not None and len(act.evidence) != 32:
        raise OperationMalformed("evidence", "a digest of 32 bytes")
    if act.captures is not None and act.reverses is not None:
        raise OperationMalformed("captures", "a reversal captures nothing")


def _outcome(act: Act, answer: Sequence[Any]) -> Outcome:
    refusal, account_id, short, because_id, known, debit_balance, credit_balance, decided_at = answer
    if refusal is not None:
        return Refused(
            id=act.id,
            refusal=Refusal(refusal),
            account_id=account_id,
            short_minutes=short,
            because_id=because_id,
            decided_at=decided_at,
            repeated=known,
        )
    if not isinstance(act, Operation):
        return Recorded(id=act.id, recorded_at=decided_at, repeated=known)
    return Posted(
        id=act.id,
        posted_at=decided_at,
        debit_balance_minutes=debit_balance,
        credit_balance_minutes=credit_balance,
        repeated=known,
    )
