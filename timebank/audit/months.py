"""Reading a month of a book: what happened in numbers, and each transfer with what was behind it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.audit import queries, rules
from timebank.audit.model import FILE_ROWS_MAX, REMARKABLE_MAX, Month
from timebank.audit.views import Holder, MonthCounts, Person, TransferLine
from timebank.core.actor import Role
from timebank.core.errors import N_, Text, TooLarge
from timebank.core.provenance import Provenance
from timebank.hours import rules as hours_rules
from timebank.hours.model import AccountKind

_COUNTS = text("""
SELECT count(*) AS transfers,
    count(*) FILTER (WHERE reverses IS NOT NULL) AS corrections,
    count(*) FILTER (WHERE forced) AS forced,
    count(*) FILTER (WHERE reverses IS NULL AND served_on < :first_on) AS late,
    (SELECT min(effective_on) FROM ledger.transfers WHERE book_id = :book) AS begins_on
FROM ledger.transfers
WHERE book_id = :book AND effective_on BETWEEN :first_on AND :last_on
""")
_LINES = """
SELECT t.id, t.effective_on, t.served_on, t.posted_at, t.kind, t.minutes, t.debit_id, t.credit_id, t.actor_id,
    t.reverses, t.forced, t.reason, m.category, m.provenance, m.entered_by, m.confirmed_by,
    v.id AS visit_id, v.number AS visit_number, v.request_id,
    (SELECT r.id FROM ledger.transfers r WHERE r.book_id = :book AND r.reverses = t.id LIMIT 1) AS reversed_by
FROM ledger.transfers t
LEFT JOIN timebank.movements m ON m.community_id = :book AND m.transfer_id = t.id
LEFT JOIN timebank.visits v ON v.community_id = :book AND v.id = m.subject_id
WHERE t.book_id = :book AND {condition}
ORDER BY t.posted_at, t.id LIMIT :most
"""
_OF_MONTH = "t.effective_on BETWEEN :first_on AND :last_on"
_REMARKABLE = "(t.reverses IS NOT NULL OR t.forced OR t.served_on < :first_on)"


async def counts(db: AsyncSession, community_id: UUID, month: Month) -> MonthCounts:
    """What happened in a month, in numbers."""
    row = (await db.execute(_COUNTS, {"book": community_id, **_days(month)})).mappings().one()
    return MonthCounts(**row)


async def transfers(
    db: AsyncSession, community_id: UUID, month: Month, *, seen_by: Role
) -> list[TransferLine]:
    """Every transfer of a month in the order of posting, for a file. Raises `TooLarge`."""
    found = await _read(
        db, community_id, _OF_MONTH, {**_days(month), "most": FILE_ROWS_MAX + 1}, seen_by=seen_by
    )
    if len(found) > FILE_ROWS_MAX:
        raise TooLarge(limit=FILE_ROWS_MAX)
    return found


async def remarkable(
    db: AsyncSession, community_id: UUID, month: Month, *, seen_by: Role
) -> list[TransferLine]:
    """The first corrections, forced ones and late entries of a month."""
    values = {**_days(month), "most": REMARKABLE_MAX}
    return await _read(db, community_id, f"{_OF_MONTH} AND {_REMARKABLE}", values, seen_by=seen_by)


async def transfer(
    db: AsyncSession, community_id: UUID, transfer_id: UUID, *, seen_by: Role
) -> TransferLine | None:
    """One transfer; None if it is gone."""
    found = await _read(db, community_id, "t.id = :id", {"id": transfer_id, "most": 1}, seen_by=seen_by)
    return found[0] if found else None


def holder(account_id: UUID, community_id: UUID, people: Mapping[UUID, Person]) -> Holder:
    """Whose account it is, in words."""
    kind = hours_rules.account_kind(account_id, community_id)
    if kind is not AccountKind.MEMBER:
        return Holder(account_id=account_id, name=Text(hours_rules.ACCOUNT_NAMES[kind]), number="")
    if account_id not in people:
        return Holder(account_id=account_id, name=Text(N_("不在名册上的账户")), number="")
    person = people[account_id]
    return Holder(account_id=account_id, name=Text("{name}", {"name": person.name}), number=person.number)


async def _read(
    db: AsyncSession, community_id: UUID, condition: str, values: dict[str, Any], *, seen_by: Role
) -> list[TransferLine]:
    query = text(_LINES.format(condition=condition))
    rows = (await db.execute(query, {"book": community_id, **values})).mappings().all()
    involved = {row[side] for row in rows for side in ("debit_id", "credit_id", *_HANDS) if row[side]}
    people = await queries.people(db, involved, seen_by=seen_by)
    staff = await _staff(db, rows, people)
    names = {id_: person.name for id_, person in people.items()} | staff
    return [_line(row, community_id, people, names) for row in rows]


_HANDS = ("actor_id", "entered_by", "confirmed_by")


async def _staff(db: AsyncSession, rows: Sequence[RowMapping], people: Collection[UUID]) -> dict[UUID, str]:
    hands = {row[hand] for row in rows for hand in _HANDS if row[hand]}
    return await access.staff_names(db, [one for one in hands if one not in people])


def _line(
    row: RowMapping, community_id: UUID, people: Mapping[UUID, Person], names: Mapping[UUID, str]
) -> TransferLine:
    return TransferLine(
        id=row["id"],
        effective_on=row["effective_on"],
        served_on=row["served_on"],
        posted_at=row["posted_at"],
        kind=row["kind"],
        minutes=row["minutes"],
        giver=holder(row["debit_id"], community_id, people),
        taker=holder(row["credit_id"], community_id, people),
        category=row["category"],
        visit_id=row["visit_id"],
        visit_number=row["visit_number"],
        request_id=row["request_id"],
        provenance=Provenance(row["provenance"]) if row["provenance"] else None,
        posted_by=names.get(row["actor_id"], ""),
        entered_by=names.get(row["entered_by"], ""),
        confirmed_by=names.get(row["confirmed_by"], ""),
        reverses=row["reverses"],
        reversed_by=row["reversed_by"],
        remarks=rules.remarks(
            effective_on=row["effective_on"],
            served_on=row["served_on"],
            reverses=row["reverses"],
            forced=row["forced"],
        ),
        reason=row["reason"],
    )


def _days(month: Month) -> dict[str, Any]:
    return {"first_on": month.first_on, "last_on": month.last_on}
