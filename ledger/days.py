"""What accounts stood at on a day, by effective date: the last closing before it, and what moved since.

A closing says between which versions to look, so that a day costs the entries of its month, not of all years.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, cast, func, or_, select
from sqlalchemy.types import BigInteger, Date

from ledger import tables
from ledger.model import PeriodState

_accounts, _entries, _periods = tables.accounts, tables.entries, tables.periods
_closings = tables.closing_balances
_before = _closings.alias("closing_before")


def balances_on(book_id: UUID, day: date) -> Select[Any]:
    """The id of each account of a book, and `minutes`: its balance at the end of a day."""
    moved = (
        select(func.sum(_entries.c.minutes))
        .where(
            _is_of(_accounts.c.id, book_id),
            _entries.c.version >= func.coalesce(_before.c.later_version, 1),
            _entries.c.version
            <= func.coalesce(_last_version(book_id, _accounts.c.id, day), _accounts.c.version),
            # What the closing counted already.
            or_(_before.c.month.is_(None), _entries.c.effective_on >= _month_after(_before.c.month)),
            _entries.c.effective_on <= day,
        )
        .correlate(_accounts, _before)
        .scalar_subquery()
    )
    minutes = func.coalesce(_before.c.balance_minutes, 0) + func.coalesce(moved, 0)
    return (
        select(_accounts.c.id, cast(minutes, BigInteger).label("minutes"))
        .select_from(_accounts)
        .outerjoin(
            _before,
            and_(
                _before.c.book_id == book_id,
                _before.c.month == _last_closed(book_id, day),
                _before.c.account_id == _accounts.c.id,
            ),
        )
        .where(_accounts.c.book_id == book_id)
    )


def entries_between(book_id: UUID, account_id: UUID, first_on: date, last_on: date) -> ColumnElement[bool]:
    """Which entries of an account are effective from `first_on` to `last_on`, both included."""
    first_version = (
        select(_closings.c.later_version)
        .where(
            _closings.c.book_id == book_id,
            _closings.c.month == _last_closed(book_id, first_on - timedelta(days=1)),
            _closings.c.account_id == account_id,
        )
        .scalar_subquery()
    )
    head = (
        select(_accounts.c.version)
        .where(_accounts.c.book_id == book_id, _accounts.c.id == account_id)
        .scalar_subquery()
    )
    return and_(
        _is_of(account_id, book_id),
        _entries.c.version >= func.coalesce(first_version, 1),
        _entries.c.version <= func.coalesce(_last_version(book_id, account_id, last_on), head),
        _entries.c.effective_on.between(first_on, last_on),
    )


def _is_of(account_id: UUID | ColumnElement[UUID], book_id: UUID) -> ColumnElement[bool]:
    return and_(_entries.c.book_id == book_id, _entries.c.account_id == account_id)


def _last_version(book_id: UUID, account_id: UUID | ColumnElement[UUID], day: date) -> ScalarSelect[Any]:
    """The version above which no entry is effective on a day or before it; null where no closing says."""
    month = (
        select(func.min(_periods.c.month))
        .where(
            _periods.c.book_id == book_id,
            _periods.c.state == PeriodState.CLOSED.value,
            _periods.c.month >= day.replace(day=1),
        )
        .scalar_subquery()
    )
    closing = _closings.alias("closing_after")
    query = select(closing.c.last_version).where(
        closing.c.book_id == book_id, closing.c.month == month, closing.c.account_id == account_id
    )
    return query.correlate(_accounts).scalar_subquery()


def _last_closed(book_id: UUID, day: date) -> ScalarSelect[Any]:
    """The last closed month that is over at the end of a day."""
    unfinished = (day + timedelta(days=1)).replace(day=1)
    return (
        select(func.max(_periods.c.month))
        .where(
            _periods.c.book_id == book_id,
            _periods.c.state == PeriodState.CLOSED.value,
            _periods.c.month < unfinished,
        )
        .scalar_subquery()
    )


def _month_after(month: ColumnElement[date]) -> ColumnElement[date]:
    return cast(month + func.make_interval(0, 1), Date)
