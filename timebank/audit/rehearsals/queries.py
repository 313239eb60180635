"""Reading a month's postings with what each account held before."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.audit.model import FILE_ROWS_MAX, Month
from timebank.audit.rehearsals.model import Posting
from timebank.core.errors import TooLarge

# What was taken back, and what took it back, would not have been: the two are left out together.
_POSTINGS = text("""
SELECT t.kind, t.minutes, t.debit_id AS giver_id, t.credit_id AS taker_id,
    out.balance_after + t.minutes AS giver_before, into_.balance_after - t.minutes AS taker_before,
    m.subject_id, m.served_on, coalesce(m.category, '') AS category, m.helper_id, m.recipient_id,
    m.scheme_version_id, m.basis
FROM ledger.transfers t
JOIN timebank.movements m ON m.community_id = :book AND m.transfer_id = t.id
JOIN ledger.entries out ON out.book_id = :book AND out.transfer_id = t.id AND out.account_id = t.debit_id
JOIN ledger.entries into_ ON into_.book_id = :book AND into_.transfer_id = t.id
    AND into_.account_id = t.credit_id
WHERE t.book_id = :book AND t.effective_on BETWEEN :first_on AND :last_on AND t.reverses IS NULL
    AND NOT EXISTS (SELECT FROM ledger.transfers r WHERE r.book_id = :book AND r.reverses = t.id)
ORDER BY t.posted_at, t.id LIMIT :most
""")


async def postings(db: AsyncSession, community_id: UUID, month: Month) -> list[Posting]:
    """Every transfer of a month that stands, in the order of posting. Raises `TooLarge`."""
    values = {"book": community_id, "first_on": month.first_on, "last_on": month.last_on}
    rows = (await db.execute(_POSTINGS, {**values, "most": FILE_ROWS_MAX + 1})).mappings().all()
    if len(rows) > FILE_ROWS_MAX:
        raise TooLarge(limit=FILE_ROWS_MAX)
    return [Posting(**row) for row in rows]
