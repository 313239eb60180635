"""What accounts stood at on a day, by effective date: the last closing before it, and what moved since.

A closing says between which versions to look, so that a day costs the entries of its month, not of all years.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.types import BigInteger, Date

from ledger import tables
from ledger.model import PeriodState

_accounts, _entries, _periods = tables.accounts, tables.entries, tables.periods
_before, _after = (tables.closing_balances.alias(f"closing_{name}") for name in ("before", "after"))


def balances_on(book_id: UUID, account_ids: Sequence[UUID], day: date) -> Select[Any]:
    """`id` and `minutes` of accounts of a book: their balances at the end of a day."""
    # Reckoned beforehand: row-level security lets only plain values into the index, not a coalesce().
    places = (
        select(
            _accounts.c.id,
            func.coalesce(_before.c.balance_minutes, 0).label("minutes"),
            _month_after(_before.c.month).label("since"),
            func.coalesce(_before.c.later_version, 1).label("first_version"),
            func.coalesce(_after.c.last_version, _accounts.c.version).label("last_version"),
        )
        .select_from(_accounts)
        .outerjoin(_before, _is_closing(_before, book_id, _last_closed(book_id, day), _accounts.c.id))
        .outerjoin(_after, _is_closing(_after, book_id, _next_closed(book_id, day), _accounts.c.id))
        .where(_accounts.c.book_id == book_id, _accounts.c.id == func.any(list(account_ids)))
        .cte("places")
        .prefix_with("MATERIALIZED")
    )
    moved = (
        select(func.sum(_entries.c.minutes))
        .where(
            _is_of(places.c.id, book_id),
            _entries.c.version.between(places.c.first_version, places.c.last_version),
            # What the closing counted already.
            or_(places.c.since.is_(None), _entries.c.effective_on >= places.c.since),
            _entries.c.effective_on <= day,
        )
        .correlate(places)
        .scalar_subquery()
    )
    minutes = places.c.minutes + func.coalesce(moved, 0)
    return select(places.c.id, cast(minutes, BigInteger).label("minutes")).order_by(places.c.id)


def entries_between(book_id: UUID, account_id: UUID, first_on: date, last_on: date) -> ColumnElement[bool]:
    """Which entries of an account are effective from `first_on` to `last_on`, both included."""
    before = _last_closed(book_id, first_on - timedelta(days=1))
    first_version = select(func.coalesce(func.max(_before.c.later_version), 1)).where(
        _is_closing(_before, book_id, before, account_id)
    )
    last_version = (
        select(func.coalesce(_after.c.last_version, _accounts.c.version))
        .select_from(_accounts)
        .outerjoin(_after, _is_closing(_after, book_id, _next_closed(book_id, last_on), account_id))
        .where(_accounts.c.book_id == book_id, _accounts.c.id == account_id)
    )
    return and_(
        _is_of(account_id, book_id),
        _entries.c.version.between(first_version.scalar_subquery(), last_version.scalar_subquery()),
        _entries.c.effective_on.between(first_on, last_on),
    )


def _is_closing(
    closing: FromClause,
    book_id: UUID,
    month: ScalarSelect[Any],
    account_id: UUID | ColumnElement[UUID],
) -> ColumnElement[bool]:
    return and_(closing.c.book_id == book_id, closing.c.month == month, closing.c.account_id == account_id)


def _is_of(account_id: UUID | ColumnElement[UUID], book_id: UUID) -> ColumnElement[bool]:
    return and_(_entries.c.book_id == book_id, _entries.c.account_id == account_id)


def _last_closed(book_id: UUID, day: date) -> ScalarSelect[Any]:
    """The last closed month that is over at the end of a day."""
    unfinished = (day + timedelta(days=1)).replace(day=1)
    return _closed(book_id, func.max(_periods.c.month)).where(_periods.c.month < unfinished).scalar_subquery()


def _next_closed(book_id: UUID, day: date) -> ScalarSelect[Any]:
    """The first closed month that is not over before a day."""
    month = day.replace(day=1)
    return _closed(book_id, func.min(_periods.c.month)).where(_periods.c.month >= month).scalar_subquery()


def _closed(book_id: UUID, month: ColumnElement[Any]) -> Select[Any]:
    return select(month).where(_periods.c.book_id == book_id, _periods.c.state == PeriodState.CLOSED.value)


def _month_after(month: ColumnElement[date]) -> ColumnElement[date]:
    return cast(month + func.make_interval(0, 1), Date)
