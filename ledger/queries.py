"""Reading the ledger. Every query sees only the books of the caller's transaction."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    func,
    literal,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import days, tables
from ledger.errors import PageTooLarge, StatementTooLong
from ledger.model import (
    PAGE_MAX,
    Account,
    Balance,
    Entry,
    Flow,
    Hold,
    HoldEnd,
    Statement,
    StatementLine,
    Transfer,
    TrialBalance,
    TrialBalanceLine,
)

STATEMENT_LINES_MAX = 20_000

# By halves through the versions, since posted_at never falls along them: twenty probes for a million entries.
# The middle is a column, not an expression: row-level security lets only plain values into the index.
_AT = text("""
WITH RECURSIVE search (low, high, middle) AS (
    SELECT 0::bigint, version, (version + 1) / 2 FROM ledger.accounts
    WHERE book_id = :book AND id = :account
    UNION ALL
    SELECT half.low, half.high, (half.low + half.high + 1) / 2
    FROM search
    JOIN ledger.entries e ON e.book_id = :book AND e.account_id = :account AND e.version = middle
    CROSS JOIN LATERAL (
        SELECT CASE WHEN e.posted_at <= :instant THEN middle ELSE search.low END AS low,
            CASE WHEN e.posted_at <= :instant THEN search.high ELSE middle - 1 END AS high
    ) half
    WHERE search.low < search.high
)
SELECT e.balance_after FROM search
JOIN ledger.entries e ON e.book_id = :book AND e.account_id = :account AND e.version = low
WHERE low = high
""")

_accounts, _entries, _transfers = tables.accounts, tables.entries, tables.transfers
_holds, _ends = tables.holds, tables.hold_ends
_reversals = tables.transfers.alias("reversals")
_FIELDS = tuple(field.name for field in fields(Entry))


async def accounts(
    db: AsyncSession,
    book_id: UUID,
    *,
    ids: Sequence[UUID] | None = None,
    kind: str | None = None,
    after: UUID | None = None,
    limit: int = PAGE_MAX,
) -> list[Account]:
    """Accounts of a book as they stand, by id: those of `ids`, else a page of at most `limit` past `after`.

    An id that isn't there is simply missing. Raises PageTooLarge.
    """
    query = select(_accounts).where(_accounts.c.book_id == book_id).order_by(_accounts.c.id)
    if kind is not None:
        query = query.where(_accounts.c.kind == kind)
    if ids is not None:
        query = query.where(_accounts.c.id == func.any(list(ids)))
    else:
        query = _page(query, limit)
        if after is not None:
            query = query.where(_accounts.c.id > after)
    return [Account(**row) for row in (await db.execute(query)).mappings()]


async def transfers(db: AsyncSession, book_id: UUID, ids: Sequence[UUID]) -> list[Transfer]:
    """The transfers of `ids`, by id; each tells what reversed it. An id that isn't there is missing."""
    query = (
        select(_transfers, _reversals.c.id.label("reversed_by"))
        .outerjoin(_reversals, _is_reversal)
        .where(_transfers.c.book_id == book_id, _transfers.c.id == func.any(list(ids)))
        .order_by(_transfers.c.id)
    )
    return [Transfer(**row) for row in (await db.execute(query)).mappings()]


async def credited(
    db: AsyncSession, book_id: UUID, account_ids: Sequence[UUID], *, kinds: Sequence[str]
) -> dict[UUID, int]:
    """The minutes that accounts ever got by transfers of some kinds, without those taken back; 0 for none."""
    query = (
        select(_entries.c.account_id, func.sum(_transfers.c.minutes))
        .join(
            _transfers,
            and_(_transfers.c.book_id == _entries.c.book_id, _transfers.c.id == _entries.c.transfer_id),
        )
        .outerjoin(_reversals, _is_reversal)
        .where(
            _entries.c.book_id == book_id,
            _entries.c.account_id == func.any(list(account_ids)),
            _entries.c.account_id == _transfers.c.credit_id,
            _transfers.c.kind == func.any(list(kinds)),
            _reversals.c.id.is_(None),
        )
        .group_by(_entries.c.account_id)
    )
    found = {account: int(minutes) for account, minutes in (await db.execute(query)).all()}
    return {account_id: found.get(account_id, 0) for account_id in account_ids}


async def holds(
    db: AsyncSession,
    book_id: UUID,
    *,
    ids: Sequence[UUID] | None = None,
    account_id: UUID | None = None,
    limit: int = PAGE_MAX,
) -> list[Hold]:
    """Holds of a book: those of `ids` by id, however they ended; else the open ones, soonest to expire first.

    The open ones may be those of one debit account, and are at most `limit`. Raises PageTooLarge.
    """
    query: Select[Any] = (
        select(
            *(column for column in _holds.c if column is not _holds.c.open),
            _ends.c.how,
            _ends.c.captured_minutes,
            _ends.c.operation_id.label("ended_by"),
            _ends.c.ended_at,
        )
        .outerjoin(_ends, and_(_ends.c.book_id == _holds.c.book_id, _ends.c.hold_id == _holds.c.id))
        .where(_holds.c.book_id == book_id)
    )
    if ids is not None:
        query = query.where(_holds.c.id == func.any(list(ids))).order_by(_holds.c.id)
    else:
        query = _page(query.where(_holds.c.open).order_by(_holds.c.expires_at, _holds.c.id), limit)
        if account_id is not None:
            query = query.where(_holds.c.debit_id == account_id)
    return [
        Hold(**{name: row[name] for name in row if name != "how"}, ended=row["how"] and HoldEnd(row["how"]))
        for row in (await db.execute(query)).mappings()
    ]


async def entries(
    db: AsyncSession,
    book_id: UUID,
    account_id: UUID,
    *,
    before_version: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """An account's entries, newest first: a page of at most `limit` below `before_version`.

    Raises PageTooLarge.
    """
    query = _page(_entries_of(book_id, account_id).order_by(_entries.c.version.desc()), limit)
    if before_version is not None:
        query = query.where(_entries.c.version < before_version)
    return [_entry(row) for row in await db.execute(query)]


async def flows(db: AsyncSession, book_id: UUID, *, kind: str) -> list[Flow]:
    """What every account of a kind got and gave, by account, month of effect and kind of transfer.

    Transfers that were taken back are left out with what took them back, so that in − out is still the balance.
    """
    month = func.date_trunc("month", _transfers.c.effective_on).cast(Date).label("month")
    none = literal(0, BigInteger)
    # Read once, as a set: a join would look for it at every transfer there is.
    taken_back = select(_reversals.c.reverses).where(
        _reversals.c.book_id == book_id, _reversals.c.reverses.is_not(None)
    )
    sides = union_all(
        *(
            select(
                account.label("account_id"),
                _transfers.c.kind,
                month,
                got.label("got"),
                gave.label("gave"),
                _transfers.c.effective_on,
            ).where(
                _transfers.c.book_id == book_id,
                _transfers.c.reverses.is_(None),
                _transfers.c.id.not_in(taken_back),
            )
            for account, got, gave in (
                (_transfers.c.credit_id, _transfers.c.minutes, none),
                (_transfers.c.debit_id, none, _transfers.c.minutes),
            )
        )
    ).subquery()
    wanted = select(_accounts.c.id).where(_accounts.c.book_id == book_id, _accounts.c.kind == kind)
    by = (sides.c.account_id, sides.c.month, sides.c.kind)
    query = (
        select(*by, func.sum(sides.c.got), func.sum(sides.c.gave), func.max(sides.c.effective_on))
        .where(sides.c.account_id.in_(wanted))
        .group_by(*by)
        .order_by(*by)
    )
    return [
        Flow(account_id=id_, month=in_, kind=of, in_minutes=int(got), out_minutes=int(gave), last_on=last)
        for id_, in_, of, got, gave, last in await db.execute(query)
    ]


async def balances(
    db: AsyncSession, book_id: UUID, account_ids: Sequence[UUID], *, on: date
) -> list[Balance]:
    """What the accounts stood at by effective date, at the end of the day `on`; by id."""
    query = days.balances_on(book_id, account_ids, on)
    return [Balance(account_id=id_, minutes=minutes) for id_, minutes in await db.execute(query)]


async def balance_at(db: AsyncSession, book_id: UUID, account_id: UUID, instant: datetime) -> int:
    """What an account stood at by posted order, at an instant; 0 before its first entry."""
    found = await db.execute(_AT, {"book": book_id, "account": account_id, "instant": instant})
    return found.scalar_one_or_none() or 0


async def statement(
    db: AsyncSession, book_id: UUID, account_id: UUID, first_on: date, last_on: date
) -> Statement:
    """An account from `first_on` to `last_on`, both included, by effective date.

    Raises StatementTooLong.
    """
    # One statement, so that opening and lines are of one moment.
    before = days.balances_on(book_id, [account_id], first_on - timedelta(days=1)).subquery()
    opening = select(func.coalesce(func.max(before.c.minutes), 0).label("opening")).subquery()
    lines = (
        _entries_of(book_id, account_id)
        .where(days.entries_between(book_id, account_id, first_on, last_on))
        .subquery()
    )
    query = (
        select(opening.c.opening, lines)
        .select_from(opening.outerjoin(lines, lines.c.version.is_not(None)))
        .order_by(lines.c.effective_on, lines.c.version)
        .limit(STATEMENT_LINES_MAX + 1)
    )
    rows = (await db.execute(query)).all()
    if len(rows) > STATEMENT_LINES_MAX:
        raise StatementTooLong(STATEMENT_LINES_MAX)
    balance = opening_minutes = rows[0].opening
    made: list[StatementLine] = []
    for row in rows:
        if row.version is not None:
            balance += row.minutes
            made.append(StatementLine(_entry(row[1:]), balance))
    return Statement(
        account_id=account_id,
        first_on=first_on,
        last_on=last_on,
        opening_minutes=opening_minutes,
        lines=tuple(made),
        closing_minutes=balance,
    )


async def trial_balance(db: AsyncSession, book_id: UUID, as_of: date) -> TrialBalance:
    """What went out of and into each account of a book by effective date, to the end of the day `as_of`."""
    debits = func.coalesce(-func.sum(_entries.c.minutes).filter(_entries.c.minutes < 0), 0)
    credits_ = func.coalesce(func.sum(_entries.c.minutes).filter(_entries.c.minutes > 0), 0)
    query = (
        select(_accounts.c.id, _accounts.c.kind, debits, credits_)
        .join(_entries, _is_entry_of_account)
        .where(_accounts.c.book_id == book_id, _entries.c.effective_on <= as_of)
        .group_by(_accounts.c.id, _accounts.c.kind)
        .order_by(_accounts.c.kind, _accounts.c.id)
    )
    lines = tuple(
        TrialBalanceLine(account_id=id_, kind=kind, debit_minutes=int(debit), credit_minutes=int(credit))
        for id_, kind, debit, credit in await db.execute(query)
    )
    return TrialBalance(book_id=book_id, as_of=as_of, lines=lines)


_is_reversal: ColumnElement[bool] = and_(
    _reversals.c.book_id == _transfers.c.book_id, _reversals.c.reverses == _transfers.c.id
)
_is_entry_of_account: ColumnElement[bool] = and_(
    _entries.c.book_id == _accounts.c.book_id, _entries.c.account_id == _accounts.c.id
)


def _entries_of(book_id: UUID, account_id: UUID) -> Select[Any]:
    """Rows that have an Entry's fields, in their order."""
    columns = {
        **{name: _entries.c[name] for name in _FIELDS if name in _entries.c},
        **{name: _transfers.c[name] for name in ("kind", "served_on", "reverses", "forced")},
        "other_account_id": case(
            (_entries.c.minutes < 0, _transfers.c.credit_id), else_=_transfers.c.debit_id
        ),
        "reversed_by": _reversals.c.id,
    }
    return (
        select(*(columns[name].label(name) for name in _FIELDS))
        .join(
            _transfers,
            tuple_(_transfers.c.book_id, _transfers.c.id)
            == tuple_(_entries.c.book_id, _entries.c.transfer_id),
        )
        .outerjoin(_reversals, _is_reversal)
        .where(_entries.c.book_id == book_id, _entries.c.account_id == account_id)
    )


def _entry(values: Sequence[Any]) -> Entry:
    # By place: a statement has thousands, and to look each value up by its name takes longer than to read it.
    return Entry(**dict(zip(_FIELDS, values, strict=True)))


def _page(query: Select[Any], limit: int) -> Select[Any]:
    if limit > PAGE_MAX:
        raise PageTooLarge(limit, PAGE_MAX)
    return query.limit(limit)
