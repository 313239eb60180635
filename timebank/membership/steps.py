"""Writing imports, and taking people in with their accounts."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import steps as access
from timebank.access.delegates import queries as delegates
from timebank.access.delegates import steps as delegate_steps
from timebank.access.guard import Told
from timebank.activities import steps as activities
from timebank.care import steps as care
from timebank.core import clock
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.core.sealing import Seal
from timebank.hours import steps as hours
from timebank.hours.model import Answer
from timebank.hours.refusals import Refused
from timebank.hours.resting import steps as resting
from timebank.membership import opening
from timebank.membership.columns import tidy
from timebank.membership.deaths import steps as deaths
from timebank.membership.errors import StillHelps
from timebank.membership.joining.steps import receive
from timebank.membership.model import (
    ImportKind,
    ImportStatus,
    MergeLook,
    Named,
    OpeningPreview,
    Outcome,
    Plan,
    Stage,
    Upload,
)
from timebank.membership.queries import helping, purpose, write_sheet
from timebank.membership.retirement import steps as retirement
from timebank.membership.rules import TOLD_EVERY
from timebank.membership.tables import ColumnName, Import, ImportProgress
from timebank.pairing.steps import handing_over as pairing
from timebank.people import queries as people_queries
from timebank.people import steps as people
from timebank.people.id_numbers import open_id
from timebank.people.model import MemberView, NewMember, Status
from timebank.people.steps import Change
from timebank.requests import steps as requests
from timebank.schemes import queries as schemes
from timebank.visits import steps as visits

Row = TypeVar("Row")


async def keep_upload(
    db: AsyncSession,
    community_id: UUID,
    upload: Upload,
    *,
    kind: ImportKind,
    import_id: UUID,
    made_by: str,
    now: datetime,
    seal: Seal,
) -> UUID:
    """Keep a spreadsheet's cells, sealed, until it is applied or dropped."""
    await db.execute(
        insert(Import).values(
            id=import_id,
            community_id=community_id,
            kind=kind,
            file_name=upload.file_name,
            file_digest=bytes.fromhex(upload.digest),
            content_sealed=seal.close(write_sheet(upload.sheet), purpose=purpose(import_id)),
            status=ImportStatus.UPLOADED,
            made_by=made_by,
            made_at=now,
        )
    )
    return import_id


async def name_columns(
    db: AsyncSession, community_id: UUID, kind: ImportKind, named: Iterable[Named]
) -> None:
    """Remember what columns mean, in this import and in those to come."""
    for name in named:
        values = {"community_id": community_id, "kind": kind, "header": tidy(name.header)}
        await db.execute(
            upsert(ColumnName)
            .values(**values, field=name.field)
            .on_conflict_do_update(
                index_elements=["community_id", "kind", "header"], set_={"field": name.field}
            )
        )


async def note_progress(
    db: AsyncSession, community_id: UUID, import_id: UUID, *, stage: str, done: int, total: int, by: str
) -> None:
    """Write down how far an import is."""
    said = {"stage": stage, "done": done, "total": total, "by": by, "at": clock.now()}
    await db.execute(
        upsert(ImportProgress)
        .values(import_id=import_id, community_id=community_id, **said)
        .on_conflict_do_update(index_elements=["import_id"], set_=said)
    )


async def apply_plan(
    db: AsyncSession,
    community_id: UUID,
    plan: Plan,
    *,
    import_id: UUID,
    actor_id: UUID,
    now: datetime,
    seal: Seal,
    told: Told,
) -> None:
    """Do what a roster's plan says, refused rows left out: branches, people, their accounts. Raises `Stale`."""
    await people.add_branches(db, community_id, plan.new_branches, now=now)
    fresh = []
    for row in plan.of(Outcome.NEW):
        assert row.details is not None
        values = NewMember(details=row.details, number=row.number, status=row.status or Status.ACTIVE)
        fresh.append((derived_id("member", import_id, row.row), values, row.id_number))
    changed = plan.of(Outcome.CHANGED)
    done, total = 0, len(fresh) + len(changed)
    # At once for the numbers: those without one get the next free ones after all that the file gives.
    for some in _batches(await people.numbered(db, community_id, fresh)):
        await people.add_members(db, community_id, some, seal=seal, now=now)
        done += len(some)
        told(Stage.WRITING, done, total)
    changes = [
        Change(row.member.id, row.member.version, row.details, row.number, row.id_number, row.status)
        for row in changed
        if row.member is not None and row.details is not None
    ]
    for altered in _batches(changes):
        await people.change_members(db, community_id, altered, seal=seal)
        done += len(altered)
        told(Stage.WRITING, done, total)
    applied = [member_id for member_id, values, _ in fresh if values.status is Status.APPLIED]
    await receive(db, community_id, applied, Provenance.PAPER, by=actor_id, now=now)
    joined = [member_id for member_id, values, _ in fresh if values.status is Status.ACTIVE]
    await open_accounts(db, community_id, joined, actor_id=actor_id, now=now)
    again = [row.member.id for row in changed if row.member and row.status is Status.ACTIVE]
    await join(db, community_id, again, actor_id=actor_id, now=now)


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[at : at + TOLD_EVERY] for at in range(0, len(rows), TOLD_EVERY))


async def open_accounts(
    db: AsyncSession, community_id: UUID, member_ids: Collection[UUID], *, actor_id: UUID, now: datetime
) -> None:
    """Accounts for members who have become active, under the house policy of the day; repeatable."""
    if not member_ids:
        return
    house = await schemes.house_policy(db, community_id, clock.day_of(now))
    await hours.open_members(db, community_id, member_ids, house=house.content, actor_id=actor_id)


async def join(
    db: AsyncSession, community_id: UUID, member_ids: Collection[UUID], *, actor_id: UUID, now: datetime
) -> None:
    """Accounts for people who were on record and are members now: opened, or woken where one is at rest."""
    await open_accounts(db, community_id, member_ids, actor_id=actor_id, now=now)
    if member_ids:
        house = await schemes.house_policy(db, community_id, clock.day_of(now))
        await resting.wake(db, community_id, member_ids, house=house.content, actor_id=actor_id)


async def end_membership(
    db: AsyncSession, member: MemberView, *, version: int, by: UUID, now: datetime
) -> int:
    """Let somebody be helped and no member any more; the new version. Cards must have stopped before.

    Raises `StillHelps` while they have promised to help, `MinutesLeft`, `Stale`.
    """
    promised = await helping(db, member)
    if promised:
        raise StillHelps(name=member.name, many=promised)
    for one in await delegates.delegates_of(db, member.id):
        if one.counts(clock.day_of(now)):
            await delegate_steps.revoke(db, one.id, version=one.version, by=by, now=now)
    await resting.rest(db, member.community_id, member.id, name=member.name, actor_id=by)
    return await people.end_membership(db, member.id, version=version)


async def merge(
    db: AsyncSession,
    look: MergeLook,
    *,
    transfer_id: UUID,
    reason: str,
    actor_id: UUID,
    now: datetime,
    seal: Seal,
) -> Answer | None:
    """Let one record end in the other, as it was looked at: what is open, the card, the balance. Raises `Stale`.

    Where the ledger refuses, its answer comes back and the caller must not commit.
    """
    kept, ended = look.kept, look.ended
    await people.lock(db, {kept.id: kept.version, ended.id: ended.version})
    await requests.hand_over(db, from_id=ended.id, to_id=kept.id)
    changed = await visits.hand_over(db, from_id=ended.id, to_id=kept.id)
    await pairing.hand_over(db, from_id=ended.id, to_id=kept.id, now=now)
    await deaths.hand_over(db, from_id=ended.id, to_id=kept.id)
    await retirement.hand_over(db, from_id=ended.id, to_id=kept.id)
    await care.hand_over(db, from_id=ended.id, to_id=kept.id, by=actor_id, now=now)
    await activities.hand_over(db, from_id=ended.id, to_id=kept.id, now=now)
    await access.hand_over(db, from_id=ended.id, to_id=kept.id, now=now)
    sealed = await people_queries.sealed_id(db, ended.id)
    id_number = open_id(seal, sealed, member_id=ended.id) if sealed is not None else None
    await people.end_record(db, ended.id, into=kept.id, today=clock.day_of(now))
    await people.change_member(
        db, kept.id, look.details, version=kept.version, id_number=id_number, seal=seal
    )
    if look.minutes is None:
        return None
    released, anew = await visits.handed_over(
        db, kept.community_id, changed, from_id=ended.id, to_id=kept.id, by=actor_id, now=now
    )
    return await hours.close_into(
        db,
        kept.community_id,
        ended_id=ended.id,
        kept_id=kept.id,
        minutes=look.minutes,
        transfer_id=transfer_id,
        reason=reason,
        actor_id=actor_id,
        now=now,
        released=released,
        anew=anew,
    )


async def lock_openings(db: AsyncSession, community_id: UUID) -> None:
    """One at a time for a community, so that two files never bring the same hours."""
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('timebank.opening ' || :community, 0))"),
        {"community": str(community_id)},
    )


async def post_openings(db: AsyncSession, preview: OpeningPreview, *, signed_by: UUID, now: datetime) -> None:
    """Post every new row in one call, all or nothing. Raises `OpeningRefused`."""
    made = preview.made
    house = await schemes.house_policy(db, made.community_id, clock.day_of(now))
    wishes = opening.wishes(
        preview.of(Outcome.NEW),
        community_id=made.community_id,
        import_id=made.id,
        signed_by=signed_by,
        house_version_id=house.version_id,
    )
    answers = await hours.post(db, made.community_id, wishes, actor_id=signed_by, now=now)
    opening.refuse_refusals(preview.rows, [answer for answer in answers if isinstance(answer, Refused)])


def close(row: Import, *, status: ImportStatus, outcome: dict[str, int], by: str, now: datetime) -> None:
    """Mark an import applied or dropped, and forget its cells."""
    row.status, row.outcome, row.content_sealed = status, outcome, None
    row.closed_by, row.closed_at = by, now
