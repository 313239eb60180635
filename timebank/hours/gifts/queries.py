"""Reading gifts: those made, what counts against the year, and who may be given to."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.access import queries as access
from timebank.access.kin.queries import kin_among
from timebank.core.errors import N_, NotFound, Text
from timebank.hours.gifts.model import GiftTarget, GiftView, Receiver
from timebank.hours.model import AccountKind
from timebank.hours.rules import ACCOUNT_NAMES
from timebank.hours.tables import Gift
from timebank.people import queries as people
from timebank.people.kin import queries as kin
from timebank.people.model import Brief, Status
from timebank.people.rules import mask_name

GIFTS_SHOWN = 20
POOL = GiftTarget(receiver=Receiver.POOL, member_id=None, name=Text(ACCOUNT_NAMES[AccountKind.POOL]))


async def gifts_of(
    db: AsyncSession, community_id: UUID, member_id: UUID, *, limit: int = GIFTS_SHOWN
) -> list[GiftView]:
    """What a member gave and got, the latest first."""
    mine = or_(Gift.giver_id == member_id, Gift.receiver_id == member_id)
    rows = await _rows(db, community_id, mine, limit=limit)
    transfers = await ledger.transfers(db, community_id, [row.transfer_id for row in rows])
    corrected = {one.id for one in transfers if one.reversed_by is not None}
    names = await people.briefs(db, {id_ for row in rows for id_ in (row.giver_id, row.receiver_id) if id_})

    def other(row: Gift) -> Text:
        who = row.giver_id if row.receiver_id == member_id else row.receiver_id
        return POOL.name if who is None else Text("{name}", {"name": names[who].name})

    return [
        GiftView(
            transfer_id=row.transfer_id,
            given_on=row.given_on,
            other=other(row),
            minutes=row.minutes,
            reason=row.reason,
            incoming=row.receiver_id == member_id,
            corrected=row.transfer_id in corrected,
        )
        for row in rows
    ]


async def given_in_year(db: AsyncSession, community_id: UUID, member_id: UUID, year: int) -> int:
    """What a member gave to people in a calendar year, without what was taken back."""
    within = Gift.given_on.between(date(year, 1, 1), date(year, 12, 31))
    rows = await _rows(
        db, community_id, (Gift.giver_id == member_id) & Gift.receiver_id.is_not(None) & within
    )
    transfers = await ledger.transfers(db, community_id, [row.transfer_id for row in rows])
    return sum(one.minutes for one in transfers if one.reversed_by is None)


async def target(
    db: AsyncSession,
    community_id: UUID,
    giver_id: UUID,
    receiver_id: UUID | None,
    *,
    today: date,
    masked: bool,
) -> GiftTarget:
    """Somebody of this book to give to. Raises `NotFound` for anybody else, and for the giver."""
    if receiver_id is None:
        return POOL
    brief = (await people.briefs(db, [receiver_id])).get(receiver_id)
    if brief is None or brief.community_id != community_id or receiver_id == giver_id:
        raise NotFound
    near = await kin_among(db, giver_id, [receiver_id], today)
    return _of(brief, Receiver.KIN if near else Receiver.MEMBER, masked=masked)


async def family(db: AsyncSession, member_id: UUID, today: date, *, masked: bool) -> list[GiftTarget]:
    """A member's family who are members, those of other books too, to say that it does not go there."""
    found = await kin.family(db, await people.member(db, member_id), today)
    here = {one.here for one in found.standing if one.here}
    briefs = await people.briefs(db, here)
    targets = []
    for one in found.standing:
        if one.here is not None and briefs[one.here].status is Status.ACTIVE:
            targets.append(_of(briefs[one.here], Receiver.KIN, masked=masked, word=one.word))
        elif one.tie.other.member_id is not None and one.here is None:
            name = Text(N_("{community}的会员"), {"community": one.community or ""})
            targets.append(
                GiftTarget(
                    receiver=Receiver.KIN,
                    member_id=one.tie.other.member_id,
                    name=name,
                    word=one.word,
                    here=False,
                )
            )
    return targets


async def meant(
    db: AsyncSession, community_id: UUID, giver_id: UUID, words: str, *, today: date, masked: bool
) -> list[GiftTarget]:
    """Whom a giver may mean. Who is not at a desk must know the number, the phone or the card exactly."""
    found = (
        await people.exactly(db, community_id, words)
        if masked
        else await people.meant(db, community_id, words)
    )
    if not found and (holder := await access.card_holder(db, "".join(words.split()))):
        found = list((await people.briefs(db, [holder])).values())
    here = [brief for brief in found if brief.community_id == community_id and brief.id != giver_id]
    near = await kin_among(db, giver_id, [brief.id for brief in here], today)
    return [
        _of(brief, Receiver.KIN if brief.id in near else Receiver.MEMBER, masked=masked) for brief in here
    ]


def _of(brief: Brief, receiver: Receiver, *, masked: bool, word: str | None = None) -> GiftTarget:
    name = mask_name(brief.name) if masked else brief.name
    return GiftTarget(
        receiver=receiver,
        member_id=brief.id,
        name=Text("{name}", {"name": name}),
        number=brief.number,
        word=word,
    )


async def _rows(
    db: AsyncSession, community_id: UUID, which: ColumnElement[bool], *, limit: int | None = None
) -> Collection[Gift]:
    found = select(Gift).where(Gift.community_id == community_id, which)
    return (
        await db.scalars(found.order_by(Gift.given_on.desc(), Gift.transfer_id.desc()).limit(limit))
    ).all()
