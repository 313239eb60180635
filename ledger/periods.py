"""Closing the months of a book, and what may still go into one that is closing."""

from datetime import date
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import tables
from ledger.calling import call
from ledger.errors import PageTooLarge
from ledger.model import PAGE_MAX, Batch, Period, PeriodState
from ledger.post import fetch, rows_of

_BEGIN = text("SELECT ledger.begin_closing(:book, :month, :actor)")
_CLOSE = text("SELECT ledger.close(:book, :month, :actor)")
_APPROVE = "SELECT ledger.approve($1::ledger.operation[], $2, $3, $4)"


async def begin_closing(db: AsyncSession, book_id: UUID, month: date, *, actor_id: UUID) -> None:
    """Let a month, named by its first day, take nothing but approved corrections. Repeatable.

    Waits for the postings in flight. Raises BookNotVisible, PeriodMalformed, PeriodUnfinished,
    PeriodReopened, PeriodSkipped (the month before it is not closed).
    """
    await call(db, _BEGIN, book=book_id, month=month, actor=actor_id)


async def close(db: AsyncSession, book_id: UUID, month: date, *, actor_id: UUID) -> None:
    """Close a closing month for ever, and write the book's trial balance at its end. Repeatable.

    Waits for the postings in flight. Raises BookNotVisible, PeriodSkipped (it is not closing).
    """
    await call(db, _CLOSE, book=book_id, month=month, actor=actor_id)


async def approve(
    db: AsyncSession, batch: Batch, *, finding_id: UUID, entered_by: UUID, approved_by: UUID
) -> None:
    """Let `batch` through into a closing month: before it is posted, just as it is, linked as it is.

    Repeatable. Raises BookNotVisible, ApprovedByOneself, ApprovalDiffers, and what `post` raises of a batch.
    """
    rows = rows_of(batch)
    if rows:
        await fetch(db, _APPROVE, rows, finding_id, entered_by, approved_by)


async def periods(
    db: AsyncSession, book_id: UUID, *, before: date | None = None, limit: int = PAGE_MAX
) -> list[Period]:
    """The months of a book that are closing or closed, newest first: a page of at most `limit`.

    What lies after the first of them is open, and what lies before the last of all is closed. Raises
    PageTooLarge.
    """
    if limit > PAGE_MAX:
        raise PageTooLarge(limit, PAGE_MAX)
    table = tables.periods
    query = select(table).where(table.c.book_id == book_id).order_by(table.c.month.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.month < before)
    return [
        Period(
            month=row.month,
            state=PeriodState(row.state),
            closing_at=row.closing_at,
            closing_by=row.closing_by,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
        )
        for row in await db.execute(query)
    ]
