"""Writing members, their weeks, absences and branches."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound, Stale
from timebank.core.ids import new_id
from timebank.core.sealing import Seal
from timebank.people import id_numbers, readings, rules
from timebank.people.errors import (
    AbsenceOverlaps,
    BadIdNumber,
    IdNumberTaken,
    NoSuchBranch,
    NumberTaken,
)
from timebank.people.id_numbers import IdNumber
from timebank.people.model import AbsenceKind, Details, NewMember, Status, Window
from timebank.people.tables import Absence, Availability, Branch, Member

NUMBER_DIGITS = 6
_COUNTED = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Change:
    """New details of one member, as they were decided on when the record had `version`.

    `number`, `id_number` and `status` None: they stay as they are.
    """

    member_id: UUID
    version: int
    details: Details
    number: str | None = None
    id_number: IdNumber | None = None
    status: Status | None = None


async def add_member(
    db: AsyncSession,
    community_id: UUID,
    values: NewMember,
    *,
    seal: Seal,
    now: datetime,
    member_id: UUID | None = None,
) -> UUID:
    """Take a person in; their id. Raises `BadIdNumber`, `IdNumberTaken`, `NumberTaken`, `NoSuchBranch`."""
    made = member_id or new_id()
    id_number = read_id(values.id_number)
    await _refuse_taken(db, community_id, made, values.number, id_number, seal)
    await _refuse_branch(db, community_id, values.details.branch_id)
    await add_members(db, community_id, [(made, values, id_number)], seal=seal, now=now)
    return made


async def add_members(
    db: AsyncSession,
    community_id: UUID,
    people: Sequence[tuple[UUID, NewMember, IdNumber | None]],
    *,
    seal: Seal,
    now: datetime,
) -> None:
    """Take many in at once, all checked before; those without a number get the next free ones."""
    rows = [
        {
            "id": member_id,
            "community_id": community_id,
            "status": values.status,
            "version": 1,
            "created_at": now,
            **_columns(values.details, values.number or ""),
            **_sealed(seal, id_number, member_id),
        }
        for member_id, values, id_number in await numbered(db, community_id, people)
    ]
    if rows:
        await db.execute(insert(Member), rows)


async def numbered(
    db: AsyncSession, community_id: UUID, people: Sequence[tuple[UUID, NewMember, IdNumber | None]]
) -> list[tuple[UUID, NewMember, IdNumber | None]]:
    """The same people, each with a number: who brings none gets one past all that are taken or brought."""
    brought = [values.number for _, values, _ in people if values.number is not None]
    lacking = len(people) - len(brought)
    if not lacking:
        return list(people)
    counted = [int(number) for number in brought if _COUNTED.fullmatch(number)]
    numbers = iter(await _next_numbers(db, community_id, lacking, after=max(counted, default=0)))
    return [
        (member_id, values if values.number else replace(values, number=next(numbers)), id_number)
        for member_id, values, id_number in people
    ]


async def change_member(
    db: AsyncSession,
    member_id: UUID,
    changes: Details,
    *,
    version: int,
    number: str | None = None,
    id_number: str | None = None,
    seal: Seal | None = None,
) -> int:
    """Replace a member's details; the new version. `number` and `id_number` None: as they are.

    Raises `Stale` where somebody changed the record after `version`, `NotFound`, and what `add_member` raises.
    """
    row = await db.scalar(
        select(Member)
        .where(Member.id == member_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.version != version:
        raise Stale(row.version)
    read = read_id(id_number)
    await _refuse_taken(db, row.community_id, member_id, number, read, seal)
    await _refuse_branch(db, row.community_id, changes.branch_id)
    sealed = _sealed(seal, read, member_id) if read is not None and seal is not None else {}
    values = _columns(changes, number or row.number) | sealed
    await db.execute(update(Member).where(Member.id == member_id).values(**values, version=version + 1))
    return version + 1


async def change_members(
    db: AsyncSession, community_id: UUID, changes: Sequence[Change], *, seal: Seal
) -> None:
    """Change many at once, all checked before. Raises `Stale`."""
    if not changes:
        return
    wanted = {change.member_id: change.version for change in changes}
    held = await db.execute(
        select(Member.id, Member.version, Member.number, Member.status)
        .where(Member.community_id == community_id, Member.id.in_(wanted))
        .order_by(Member.id)
        .with_for_update()
    )
    present = {row.id: row for row in held}
    if {row.id: row.version for row in present.values()} != wanted:
        raise Stale
    plain, with_id = [], []
    for change in changes:
        row = present[change.member_id]
        values = {
            "key": change.member_id,
            "version": change.version + 1,
            "status": change.status or row.status,
            **_columns(change.details, change.number or row.number),
        }
        if change.id_number is None:
            plain.append(values)
        else:
            with_id.append(values | _sealed(seal, change.id_number, change.member_id))
    for rows in (plain, with_id):
        if rows:
            columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "key"}
            statement = update(Member).where(Member.__table__.c.id == bindparam("key")).values(columns)
            await (await db.connection()).execute(statement, rows)


async def set_status(db: AsyncSession, member_id: UUID, status: Status, *, version: int) -> int:
    """Move a membership to another state; the new version. Raises `Stale`."""
    changed = await db.scalar(
        update(Member)
        .where(Member.id == member_id, Member.version == version)
        .values(status=status, version=version + 1)
        .returning(Member.version)
    )
    if changed is None:
        raise Stale(await db.scalar(select(Member.version).where(Member.id == member_id)))
    return int(changed)


async def end_membership(db: AsyncSession, member_id: UUID, *, version: int) -> int:
    """From now on they are only helped; the new version. Raises `Stale`."""
    changed = await db.scalar(
        update(Member)
        .where(Member.id == member_id, Member.version == version)
        .values(status=Status.SERVED, is_helper=False, is_recipient=True, version=version + 1)
        .returning(Member.version)
    )
    if changed is None:
        raise Stale(await db.scalar(select(Member.version).where(Member.id == member_id)))
    return int(changed)


async def set_avoids(db: AsyncSession, member_id: UUID, avoids: Sequence[str], *, version: int) -> int:
    """What a helper cannot take; the new version. Raises `Stale`."""
    changed = await db.scalar(
        update(Member)
        .where(Member.id == member_id, Member.version == version)
        .values(avoids=list(avoids), version=version + 1)
        .returning(Member.version)
    )
    if changed is None:
        raise Stale
    return int(changed)


async def set_availability(
    db: AsyncSession,
    member_id: UUID,
    windows: Iterable[Window],
    *,
    community_id: UUID,
    version: int | None = None,
) -> int:
    """Replace a member's week, as it was read at `version`; the week's new version. Raises `Stale`."""
    found = await db.scalar(select(Member.week_version).where(Member.id == member_id).with_for_update())
    if found is None:
        raise NotFound
    if version is not None and version != found:
        raise Stale(found)
    await db.execute(update(Member).where(Member.id == member_id).values(week_version=found + 1))
    await db.execute(delete(Availability).where(Availability.member_id == member_id))
    rows = [
        {"community_id": community_id, "member_id": member_id, **asdict(window)}
        for window in rules.merge_windows(windows)
    ]
    if rows:
        await db.execute(insert(Availability), rows)
    return found + 1


async def add_absence(
    db: AsyncSession,
    member_id: UUID,
    *,
    community_id: UUID,
    from_on: date,
    until_on: date,
    kind: AbsenceKind,
    now: datetime,
    note: str | None = None,
    absence_id: UUID | None = None,
) -> UUID:
    """Note that somebody is away, both days included; raises `AbsenceOverlaps`."""
    overlapping = exists().where(
        Absence.member_id == member_id, Absence.from_on <= until_on, Absence.until_on >= from_on
    )
    if await db.scalar(select(overlapping)):
        raise AbsenceOverlaps
    made = absence_id or new_id()
    await db.execute(
        insert(Absence).values(
            id=made,
            community_id=community_id,
            member_id=member_id,
            from_on=from_on,
            until_on=until_on,
            kind=kind,
            note=note,
            created_at=now,
        )
    )
    return made


async def remove_absence(db: AsyncSession, absence_id: UUID, *, member_id: UUID) -> None:
    """Take an absence away again."""
    await db.execute(delete(Absence).where(Absence.id == absence_id, Absence.member_id == member_id))


def read_id(text_of_id: str | None) -> IdNumber | None:
    """A typed ID number; None where none was typed. Raises `BadIdNumber`."""
    if not text_of_id or not text_of_id.strip():
        return None
    read = id_numbers.read(text_of_id)
    if not isinstance(read, IdNumber):
        raise BadIdNumber(read)
    return read


async def _refuse_taken(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    number: str | None,
    id_number: IdNumber | None,
    seal: Seal | None,
) -> None:
    others = select(Member.name, Member.number).where(
        Member.community_id == community_id, Member.id != member_id
    )
    if number is not None and (row := (await db.execute(others.where(Member.number == number))).first()):
        raise NumberTaken(name=row.name, number=number)
    if id_number is not None and seal is not None:
        index = id_numbers.index_id(seal, id_number)
        if row := (await db.execute(others.where(Member.id_index == index))).first():
            raise IdNumberTaken(name=row.name, number=row.number)


async def _refuse_branch(db: AsyncSession, community_id: UUID, branch_id: UUID | None) -> None:
    if branch_id is None:
        return
    here = exists().where(Branch.id == branch_id, Branch.community_id == community_id)
    if not await db.scalar(select(here)):
        raise NoSuchBranch


async def _next_numbers(db: AsyncSession, community_id: UUID, many: int, *, after: int) -> list[str]:
    # Held until the commit, so that two desks never give the same number.
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"timebank.member_number {community_id}"},
    )
    last = await db.scalar(
        text(
            "SELECT coalesce(max(number::bigint), 0) FROM timebank.members"
            " WHERE community_id = :community_id AND number ~ '^[0-9]{1,9}$'"
        ),
        {"community_id": community_id},
    )
    return [f"{max(last, after) + n:0{NUMBER_DIGITS}d}" for n in range(1, many + 1)]


def _columns(details: Details, number: str) -> dict[str, Any]:
    name = readings.tidy(details.name)
    codes = {key: list(getattr(details, key)) for key in _CODES}
    plain = {key: value for key, value in vars(details).items() if key not in _CODES}
    if details.lat is not None and details.lon is not None:
        plain["lat"], plain["lon"] = rules.home_cell(details.lat, details.lon)
    return (
        plain
        | codes
        | {
            "name": name,
            "number": number,
            "sort_key": readings.sort_key(name),
            "search": readings.search_text(name, number, details.phone),
        }
    )


_CODES = ("skills", "dialects", "interests", "needs", "trainings", "avoids")


def _sealed(seal: Seal, id_number: IdNumber | None, member_id: UUID) -> dict[str, Any]:
    if id_number is None:
        return {"id_sealed": None, "id_index": None, "id_mask": None}
    sealed = id_numbers.seal_id(seal, id_number, member_id=member_id)
    return {"id_sealed": sealed.sealed, "id_index": sealed.index, "id_mask": sealed.mask}
