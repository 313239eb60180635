"""Use cases of gifts: see what may be given, find whom, read it out, and give once."""

from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.authority import OFFICES, SECOND_PERSONS, refuse_own
from timebank.access.delegates.model import Purpose
from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, Text
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.hours import queries as hours
from timebank.hours.errors import GiftNotAllowed, as_error
from timebank.hours.gifts import queries, rules
from timebank.hours.gifts.model import GiftPreview, GiftTarget, Giving
from timebank.hours.model import AccountKind, Kind, common_account
from timebank.hours.moving import Move, move
from timebank.hours.refusals import CeilingBreached, NoAccount, Refused
from timebank.hours.tables import Gift
from timebank.people import queries as people
from timebank.people.errors import WhichOne
from timebank.people.model import Status
from timebank.schemes import queries as schemes
from timebank.schemes.model import Dated, HousePolicy
from timebank.schemes.rules import GIFTS

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
GIVERS = DESK | {Role.MEMBER}


@reading(who=GIVERS, where="community_id", on_behalf="member_id", purposes={Purpose.GIVE})
async def giving(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> Giving:
    """What a member may give today, and to whom of their family. Raises `NotFound` without an account."""
    return Giving(
        member_id=member_id,
        available_minutes=(await hours.balance(db, community_id, member_id)).available,
        given_this_year=await queries.given_in_year(db, community_id, member_id, act.today.year),
        house=await schemes.house_policy(db, community_id, act.today),
        family=tuple(await queries.family(db, member_id, act.today, masked=_masked(act))),
        gifts=tuple(await queries.gifts_of(db, community_id, member_id)),
    )


@reading(who=GIVERS, where="community_id", on_behalf="member_id", purposes={Purpose.GIVE})
async def find_receiver(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, words: str
) -> list[GiftTarget]:
    """Whom the giver means; a member sees masked names, and only where the policy lets them give to others.

    Raises `Invalid` where nobody can be meant, `GiftNotAllowed`.
    """
    found = await queries.meant(db, community_id, member_id, words, today=act.today, masked=_masked(act))
    house = await schemes.house_policy(db, community_id, act.today)
    allowed = [one for one in found if rules.allows(house.content, one.receiver)]
    if found and not allowed:
        raise GiftNotAllowed(rule=Text(GIFTS[house.content.gift_to]))
    if not allowed:
        raise Invalid([FieldError("find", Text(N_("本社区没有找到这位会员；请核对会员号或电话")))])
    return allowed


@reading(who=DESK, where="community_id")
async def receiver_at_desk(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, words: str
) -> UUID:
    """The one whom words typed at a desk mean. Raises `WhichOne`."""
    found = await queries.meant(db, community_id, member_id, words, today=act.today, masked=False)
    ids = [one.member_id for one in found if one.member_id]
    if len(ids) != 1:
        raise WhichOne([f"{one.name.values['name']}（{one.number}）" for one in found])
    return ids[0]


@reading(who=GIVERS, where="community_id", on_behalf="member_id", purposes={Purpose.GIVE})
async def preview_gift(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    member_id: UUID,
    receiver_id: UUID | None,
    minutes: int | None,
) -> GiftPreview:
    """Whom it is for and what would be left. Raises `NotFound`, and `GiftRefused` with what could be given."""
    found = await queries.target(
        db, community_id, member_id, receiver_id, today=act.today, masked=_masked(act)
    )
    available = (await hours.balance(db, community_id, member_id)).available
    if minutes is not None:
        house = await schemes.house_policy(db, community_id, act.today)
        await _refuse(db, act, community_id, member_id, found, minutes, house)
    return GiftPreview(target=found, minutes=minutes or 0, left_minutes=available - (minutes or 0))


@use_case(who=GIVERS, where="community_id", on_behalf="member_id", purposes={Purpose.GIVE})
async def give(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    member_id: UUID,
    receiver_id: UUID | None,
    minutes: int,
    reason: str | None,
    source: Provenance = Provenance.DESK,
) -> UUID:
    """Give a member's minutes to another of the same book, or to the pool (None); the transfer's id.

    It cannot be undone, only corrected by a second person. Raises `GiftRefused`, `NotPosted`, `NotFound`;
    `OwnAffair` and `KinsAffair` where whoever does it for the giver would have it for themselves.
    """
    # Two gifts of one member wait for each other, or both would fit under one cap.
    lock = int.from_bytes(derived_id("gifts", member_id).bytes[:8], signed=True)
    await db.execute(select(func.pg_advisory_xact_lock(lock)))
    found = await queries.target(
        db, community_id, member_id, receiver_id, today=act.today, masked=_masked(act)
    )
    if receiver_id is not None and act.role in SECOND_PERSONS:
        await refuse_own(db, act.actor, [receiver_id], act.today)
    house = await schemes.house_policy(db, community_id, act.today)
    await _refuse(db, act, community_id, member_id, found, minutes, house)
    wanted = Move(
        Kind.GIFT,
        from_account=member_id,
        to_account=receiver_id or common_account(AccountKind.POOL, community_id),
        minutes=minutes,
        reason=reason,
        basis={"gift_to": str(found.receiver)},
        source=source,
    )
    answer = await move(db, act, community_id, wanted, house=house)
    if isinstance(answer, Refused):
        raise as_error(answer, await _told(db, community_id, answer, found))
    await db.execute(
        insert(Gift).values(
            community_id=community_id,
            transfer_id=answer.id,
            giver_id=member_id,
            receiver_id=receiver_id,
            minutes=minutes,
            given_on=act.today,
            reason=reason,
        )
    )
    return answer.id


async def _refuse(
    db: AsyncSession,
    act: Act,
    community_id: UUID,
    member_id: UUID,
    found: GiftTarget,
    minutes: int,
    house: Dated[HousePolicy],
) -> None:
    if found.member_id is not None:
        brief = (await people.briefs(db, [found.member_id]))[found.member_id]
        if brief.status is not Status.ACTIVE:
            raise Invalid([FieldError("to", Text(N_("{name}现在不是在册会员"), {"name": found.name}))])
    refused = rules.barrier(
        house.content,
        found.receiver,
        minutes,
        available=(await hours.balance(db, community_id, member_id)).available,
        given_this_year=await queries.given_in_year(db, community_id, member_id, act.today.year),
    )
    if refused is not None:
        raise refused


async def _told(db: AsyncSession, community_id: UUID, answer: Refused, found: GiftTarget) -> Text:
    """A refusal of the ledger in the words of somebody who gives."""
    match answer:
        case CeilingBreached():
            over = answer.text().values["short"]
            message = N_("{name}的账户快满了，会超出存储上限 {short}；请少转一些，或捐给公益时间池")
            return Text(message, {"name": found.name, "short": over})
        case NoAccount() if answer.account_id == found.member_id:
            return Text(N_("{name}还没有账户，收不了转赠；请先办理入会"), {"name": found.name})
    return answer.text(await hours.name_of(db, community_id, answer.account_id))


def _masked(act: Act) -> bool:
    """A desk knows its people; members check a masked name."""
    return act.role not in OFFICES
