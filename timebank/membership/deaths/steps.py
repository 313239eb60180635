"""Writing choices for afterwards, ending what the dead were in, and moving their balance in one posting."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import steps as access
from timebank.access.delegates import steps as delegates
from timebank.access.guard import Act
from timebank.activities import steps as activities
from timebank.care import steps as care
from timebank.core.errors import N_, Stale, Text
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import queries as accounts
from timebank.hours import steps as hours
from timebank.hours.holds.model import LetGo
from timebank.hours.model import MADE_GOOD, About, AccountKind, Kind, Wish, common_account
from timebank.hours.refusals import GroupRefused, Refused
from timebank.membership.deaths import queries, rules
from timebank.membership.deaths.errors import BalanceStuck, HeirGone, VisitsUnsettled
from timebank.membership.deaths.model import Death, Look, Said, Way
from timebank.membership.tables import BequestRow, DeathRow
from timebank.pairing.steps import pairs, proposals
from timebank.pairing.volunteering import steps as volunteering
from timebank.requests import queries as requests
from timebank.requests import steps as request_steps
from timebank.requests.model import Kind as RequestKind
from timebank.requests.model import Status as RequestStatus
from timebank.schemes import queries as schemes
from timebank.visits import steps as visits
from timebank.visits.model import VisitView


async def choose(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    said: Said,
    *,
    version: int,
    bequest_id: UUID,
    by: UUID,
    today: date,
    now: datetime,
) -> int:
    """Write down what a member chose, beside what they chose before; its number. Raises `Stale`.

    `version`: the number of the choice that was seen; 0 for none.
    """
    last = await db.scalar(select(func.max(BequestRow.number)).where(BequestRow.member_id == member_id)) or 0
    if last != version:
        raise Stale(last)
    await db.execute(
        insert(BequestRow).values(
            id=bequest_id,
            community_id=community_id,
            member_id=member_id,
            number=last + 1,
            kind=said.to,
            heir_id=said.heir_id,
            source=said.source,
            heard_by=said.heard_by,
            said_on=said.said_on,
            recorded_by=by,
            recorded_on=today,
            recorded_at=now,
        )
    )
    return int(last) + 1


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID) -> None:
    """Where a record ends in another that chose nothing, its choice counts there."""
    chosen = await db.scalar(
        select(BequestRow)
        .where(BequestRow.member_id == from_id, BequestRow.heir_id.is_distinct_from(to_id))
        .order_by(BequestRow.number.desc())
        .limit(1)
    )
    if chosen is None or await queries.bequest(db, to_id) is not None:
        return
    values = {column.key: getattr(chosen, column.key) for column in BequestRow.__table__.columns}
    await db.execute(insert(BequestRow).values(values | {"id": new_id(), "member_id": to_id, "number": 1}))


async def end_everything(
    db: AsyncSession, community_id: UUID, member_id: UUID, *, by: UUID, now: datetime, today: date
) -> list[LetGo]:
    """Pairs and planned visits end with thanks, cards stop, nobody is asked any more; what releases the holds."""
    gone = await pairs.part(db, community_id, member_id, note=rules.THANKS, now=now)
    gone += await visits.call_off_all(db, community_id, member_id, reason=rules.THANKS, now=now)
    await _look_again(db, [visit for visit in gone if visit.helper_id == member_id], today=today, now=now)
    await proposals.withdraw_all(db, community_id, member_id, now=now)
    await volunteering.take_all_back(db, member_id, now=now)
    await request_steps.end_all(db, member_id, reason=rules.THANKS, now=now)
    await activities.withdraw_all(db, member_id, reason=rules.THANKS, by=by, now=now)
    await care.end_all(db, member_id, reason=rules.THANKS, by=by, now=now)
    await delegates.revoke_all(db, member_id, by=by, now=now)
    await access.revoke_cards(db, member_id=member_id, now=now)
    return await visits.let_go(db, community_id, gone)


async def record(
    db: AsyncSession, act: Act, look: Look, *, death_id: UUID, died_on: date, told_by: str
) -> Death:
    """Write a death down."""
    await db.execute(
        insert(DeathRow).values(
            id=death_id,
            community_id=look.member.community_id,
            member_id=look.member.id,
            died_on=died_on,
            told_by=told_by,
            status_before=look.member.status,
            recorded_by=act.actor.id,
            recorded_on=act.today,
            recorded_at=act.now,
            transfer_ids=[],
            version=1,
        )
    )
    found = await queries.death(db, look.member.id)
    assert found is not None
    return found


async def settle(
    db: AsyncSession, act: Act, look: Look, death: Death, way: Way, released: Sequence[LetGo] = ()
) -> None:
    """Move the balance as was chosen, together with what releases the holds, in one posting; or leave it.

    Raises `VisitsUnsettled`, `HeirGone`, `BalanceStuck`: then nothing at all was done.
    """
    community_id = look.member.community_id
    wishes: list[Wish] = []
    if way is not Way.LATER:
        _refuse(look, way)
        wishes = await _wishes(db, act, look, way, released)
    wanted: list[LetGo | Wish] = [*released, *wishes]
    answers = await hours.post(db, community_id, wanted, actor_id=act.actor.id, now=act.now) if wanted else []
    for answer in answers[len(released) :]:
        if isinstance(answer, Refused) and not isinstance(answer, GroupRefused):
            name = await accounts.name_of(db, community_id, answer.account_id)
            raise BalanceStuck(why=answer.text(name))
    if way is Way.LATER:
        return
    heir = look.destination.heir if way is not Way.POOL else None
    pool = common_account(AccountKind.POOL, community_id)
    main = sum(wish.minutes for wish in wishes if heir is None or wish.to_account == heir.id)
    rest = sum(wish.minutes for wish in wishes if heir is not None and wish.to_account == pool)
    short = bool(wishes) and wishes[0].from_account == pool
    await db.execute(
        update(DeathRow)
        .where(DeathRow.id == death.id, DeathRow.version == death.version)
        .values(
            way=way,
            heir_id=heir.id if heir and main else None,
            minutes=-wishes[0].minutes if short else main,
            rest_minutes=rest,
            transfer_ids=[wish.id for wish in wishes],
            settled_by=act.actor.id,
            settled_at=act.now,
            version=death.version + 1,
        )
    )


async def undo(db: AsyncSession, act: Act, death: Death, *, reason: str) -> None:
    """Mark a death as recorded by mistake."""
    await db.execute(
        update(DeathRow)
        .where(DeathRow.id == death.id, DeathRow.version == death.version)
        .values(undone_by=act.actor.id, undone_at=act.now, undone_because=reason, version=death.version + 1)
    )


def _refuse(look: Look, way: Way) -> None:
    if look.unsettled:
        raise VisitsUnsettled(count=look.unsettled)
    if way is not Way.POOL and look.destination.obstacle is not None:
        raise HeirGone(obstacle=look.destination.obstacle)


async def _wishes(db: AsyncSession, act: Act, look: Look, way: Way, released: Sequence[LetGo]) -> list[Wish]:
    community_id, member_id = look.member.community_id, look.member.id
    minutes, heir = look.minutes or 0, look.destination.heir
    if not minutes or (look.destination.kept and way is not Way.POOL):
        return []
    pool = common_account(AccountKind.POOL, community_id)
    house = await schemes.house_policy(db, community_id, act.today)
    reason = Text(N_("会员去世")).message

    def wish(part: str, giver: UUID, taker: UUID, amount: int) -> Wish:
        about = About(
            kind=Kind.BEQUEST,
            subject_id=member_id,
            provenance=Provenance.DESK,
            house_version_id=house.version_id,
            entered_by=act.actor.id,
            basis={"minutes": amount, "part": part},
        )
        return Wish(
            id=act.id_for("bequest", part),
            from_account=giver,
            to_account=taker,
            minutes=amount,
            about=about,
            group=0,
            reason=reason,
        )

    if minutes < 0:
        return [wish(MADE_GOOD, pool, member_id, -minutes)]
    room = None
    if heir is not None and way is Way.REST_TO_POOL:
        both = [wish("heir", member_id, heir.id, minutes), wish("rest", member_id, pool, minutes)]
        room = (await hours.rooms(db, community_id, [*released, *both], [heir.id])).get(heir.id)
    first, rest = rules.shares(minutes, room=room, way=way, heir=heir)
    made = [wish("heir", member_id, heir.id, first)] if heir is not None and first else []
    return made + ([wish("rest", member_id, pool, rest)] if rest else [])


async def _look_again(db: AsyncSession, gone: Collection[VisitView], *, today: date, now: datetime) -> None:
    """Whom the dead were to help once looks for somebody else, unless the last day is over."""
    ids = {visit.request_id for visit in gone if visit.request_id is not None}
    for request in (await requests.requests(db, ids)).values():
        if request.wish.kind is not RequestKind.ONCE or request.status is not RequestStatus.MATCHED:
            continue
        if request.wish.expires_on >= today:
            await request_steps.mark_published(db, [request.id], now=now)
        else:
            await request_steps.withdraw(db, request.id, now=now)
