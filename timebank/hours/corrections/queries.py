"""Reading corrections, with names as far as the reader may see them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.access import queries as access
from timebank.access.guard import Act
from timebank.access.kin.queries import kin_of_actor
from timebank.core.errors import NotFound, Text
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, instant_and_id
from timebank.hours import queries as hours
from timebank.hours import rules as hours_rules
from timebank.hours.corrections import rules
from timebank.hours.corrections.model import CorrectionView, State
from timebank.hours.model import AccountKind
from timebank.hours.tables import Correction
from timebank.people import queries as people
from timebank.people.rules import mask_name


async def correction(db: AsyncSession, act: Act, correction_id: UUID) -> CorrectionView:
    """One correction. Raises `NotFound`."""
    found = await _views(db, act, [row] if (row := await db.get(Correction, correction_id)) else [])
    if not found:
        raise NotFound
    return found[0]


async def waiting(db: AsyncSession, act: Act) -> list[CorrectionView]:
    """Every visible one that still waits for a second person, the longest waiting first."""
    rows = await db.scalars(
        select(Correction)
        .where(Correction.state == State.ASKED, Correction.expires_on >= act.today)
        .order_by(Correction.asked_at, Correction.id)
        .limit(PAGE_ROWS_MAX)
    )
    return await _views(db, act, rows.all())


async def ended(db: AsyncSession, act: Act, community_id: UUID, after: str | None) -> Page[CorrectionView]:
    """Those of a community that wait no more, the latest asked first."""
    over = (Correction.state != State.ASKED) | (Correction.expires_on < act.today)
    wanted = select(Correction).where(Correction.community_id == community_id, over)
    if key := instant_and_id(after):
        wanted = wanted.where(tuple_(Correction.asked_at, Correction.id) < key)
    latest = wanted.order_by(Correction.asked_at.desc(), Correction.id.desc()).limit(PAGE_ROWS_MAX + 1)
    rows = (await db.scalars(latest)).all()
    keys = [[row.asked_at.isoformat(), str(row.id)] for row in rows]
    page = cut(list(rows), limit=PAGE_ROWS_MAX, key=keys)
    return Page(await _views(db, act, page.rows), page.after)


async def of_transfer(
    db: AsyncSession, act: Act, community_id: UUID, transfer_id: UUID
) -> list[CorrectionView]:
    """Those asked for one transfer, the latest last."""
    rows = await db.scalars(
        select(Correction)
        .where(Correction.community_id == community_id, Correction.transfer_id == transfer_id)
        .order_by(Correction.asked_at, Correction.id)
    )
    return await _views(db, act, rows.all())


async def members_of(db: AsyncSession, community_id: UUID, transfer_id: UUID) -> frozenset[UUID]:
    """The one or two members whose minutes a transfer moved; empty where there is none such."""
    found = await ledger.transfers(db, community_id, [transfer_id])
    sides = {side for one in found for side in (one.debit_id, one.credit_id)}
    return frozenset(
        side for side in sides if hours_rules.account_kind(side, community_id) is AccountKind.MEMBER
    )


async def _views(db: AsyncSession, act: Act, rows: Sequence[Correction]) -> list[CorrectionView]:
    places = {node.id: node.name for node in await access.communities(db)} if rows else {}
    # Next door one sees what is asked, and no names.
    ours = act.actor.communities
    return [
        await _view(db, act, row, places[row.community_id], masked=row.community_id not in ours)
        for row in rows
    ]


async def _view(
    db: AsyncSession, act: Act, row: Correction, community: str, *, masked: bool
) -> CorrectionView:
    [transfer] = await ledger.transfers(db, row.community_id, [row.transfer_id])
    about = (await hours.abouts(db, row.community_id, [row.transfer_id])).get(row.transfer_id)
    asked = [id_ for id_ in (row.asked_by, row.decided_by) if id_]
    names = await _names(db, row.community_id, [transfer.debit_id, transfer.credit_id, *asked], masked=masked)
    member_ids = await members_of(db, row.community_id, row.transfer_id)
    stands = rules.state(State(row.state), row.expires_on, act.today)
    in_the_way = rules.obstacle(
        act.actor,
        asked_by=row.asked_by,
        member_ids=member_ids,
        kin=await kin_of_actor(db, act.actor, member_ids, act.today),
    )
    return CorrectionView(
        id=row.id,
        community_id=row.community_id,
        community=community,
        transfer_id=row.transfer_id,
        words=hours_rules.words_of(
            about,
            account_id=transfer.debit_id,
            other_id=transfer.credit_id,
            incoming=False,
            community_id=row.community_id,
            name=names.__getitem__,
        ),
        from_name=names[transfer.debit_id],
        to_name=names[transfer.credit_id],
        minutes=transfer.minutes,
        state=stands,
        reason=row.reason,
        asked_by=row.asked_by,
        asked_by_name=names[row.asked_by],
        asked_at=row.asked_at,
        expires_on=row.expires_on,
        decided_by_name=names[row.decided_by] if row.decided_by else None,
        decided_at=row.decided_at,
        word=row.word,
        version=row.version,
        may_decide=stands is State.ASKED and in_the_way is None,
        obstacle=in_the_way if stands is State.ASKED else None,
    )


async def _names(
    db: AsyncSession, community_id: UUID, ids: Collection[UUID], *, masked: bool
) -> dict[UUID, Text]:
    members = await people.briefs(db, ids)
    told = {id_: await hours.name_of(db, community_id, id_) for id_ in ids if id_ not in members}
    for id_, brief in members.items():
        told[id_] = Text("{name}", {"name": mask_name(brief.name) if masked else brief.name})
    return told
