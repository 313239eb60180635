"""How help is asked for and found: wishes, rounds, proposals and what people answer, pairs."""

from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

from timebank.core import clock
from timebank.core.provenance import Provenance
from timebank.pairing import queries, service
from timebank.pairing.errors import NothingWaiting
from timebank.pairing.model import Answer, PairStatus, PairView, ProposalView, Side
from timebank.pairing.running import run_round
from timebank.requests import queries as request_queries
from timebank.requests import service as requests
from timebank.requests.errors import AskedAlready
from timebank.requests.model import Kind, Status, Window, Wish
from timebank.sample.cast import Desk
from timebank.sample.district import DALANG
from timebank.sample.founding import CARE, MUTUAL
from timebank.sample.persons import Person

# What the old ask for most often.
_WANTED = (("company", 30), ("call", 22), ("shopping", 20), ("clinic", 14), ("cleaning", 10), ("errand", 4))
_CARED_FOR = _WANTED[:5]
_HALF_DAYS = ((510, 720), (840, 1050))
_PLACES = (None, None, "家里", "社区服务中心", "镇医院门诊", "菜市场门口")
_NOTES = (None, None, None, "请提前打电话", "住五楼，没有电梯", "说粤语就好", "带上老花镜")
_NOT_OURS = ("要打针换药，请找社区卫生站", "同一件事已经登记过", "搬家请找专门的公司")
_PARTINGS = ("性情不太合，双方都同意到此为止", "服务者搬到女儿家住了", "时间总凑不到一起")
_IN_HOSPITAL = "受助人住院，出院再继续"
# One weekly wish for so many people, in the first weeks; one wish a week for help once for so many.
_A_PAIR_FOR, _A_WISH_FOR = 30, 150
# Weekly wishes come on the Mondays of the first weeks; a round follows the day after.
_PAIR_WEEKS = (0, 1)
_MONDAY = 0
_TUESDAY = 1
_RESTS = timedelta(days=14)
_MINUTES_ENOUGH = 900
# The policies give three days to answer.
_ANSWERED_WITHIN = timedelta(days=4)


async def ask(desk: Desk, day: date, *, first: date) -> None:
    """The morning's wishes, the desk's review of those that came by app, and a round if it is due."""
    await _review(desk)
    week, weekday = (day - first).days // 7, day.weekday()
    if week in _PAIR_WEEKS and weekday == _MONDAY:
        for n in range(len(desk.people) // _A_PAIR_FOR // len(_PAIR_WEEKS) + 1):
            await _wish(desk, day, n, Kind.WEEKLY)
    # Elsewhere than in Dalang people are sought once a month, and so asked for in the days before.
    often = week in _PAIR_WEEKS or desk.place is DALANG
    if often or week % 5 in (3, 4):
        for n in range(int(len(desk.people) / _A_WISH_FOR / 4 + desk.chance.random())):
            await _wish(desk, day, n, Kind.ONCE)
    if weekday == _TUESDAY and (often or week % 5 == 4):
        await _round(desk, day)


async def answer(desk: Desk) -> None:
    """Those who are asked say yes or no, or say nothing yet."""
    if desk.asked_until is None or clock.now() > desk.asked_until:
        return
    async with desk.reading() as db:
        waiting = await queries.open_proposals(db, desk.id)
    for proposal in waiting:
        soon = clock.now() + timedelta(minutes=30) >= proposal.deadline
        if desk.chance.random() < 0.7 and not soon and proposal.id not in desk.silent:
            await _answer(desk, proposal)


async def look_after_pairs(desk: Desk, day: date) -> None:
    """Trials that are over go on or end; now and then a pair rests for two weeks."""
    if day.weekday() != _TUESDAY:
        return
    async with desk.reading() as db:
        over = await queries.trials_over(db, desk.id, day)
        living = await queries.living_pairs(db, desk.id)
    for pair in over:
        await _after_trial(desk, pair)
    for pair in living:
        if pair.paused_on and day - pair.paused_on >= _RESTS:
            await service.resume_pair(
                desk.call(), community_id=desk.id, pair_id=pair.id, version=pair.version
            )
        elif pair.status is PairStatus.ACTIVE and desk.chance.random() < 0.03:
            call = desk.call().because(_IN_HOSPITAL)
            await service.pause_pair(call, community_id=desk.id, pair_id=pair.id, version=pair.version)


def asker(desk: Desk) -> Person:
    """Somebody who asks for help and has the minutes for it, or is in need."""
    likely = [
        one
        for one in desk.people.values()
        if one.is_recipient
        and not one.at_sea
        and (one.opening_minutes >= _MINUTES_ENOUGH or one.hardship_tier)
    ]
    return desk.chance.choice(likely)


def scheme_of(desk: Desk, person: Person) -> UUID:
    """The programme under which somebody is helped: for those in need the pool pays."""
    return desk.schemes[CARE if person.hardship_tier else MUTUAL]


async def _wish(desk: Desk, day: date, n: int, kind: Kind) -> None:
    person = asker(desk)
    weekly = kind is Kind.WEEKLY
    codes, weights = zip(*(_CARED_FOR if person.hardship_tier else _WANTED), strict=True)
    half = desk.chance.choice(_HALF_DAYS)
    wish = Wish(
        scheme_id=scheme_of(desk, person),
        category=desk.chance.choices(codes, weights)[0],
        kind=kind,
        duration_minutes=desk.chance.choice((60, 60, 90, 120)),
        starts_on=day,
        expires_on=day + timedelta(days=300 if weekly else desk.chance.choice((9, 14, 21))),
        windows=tuple(Window(*half, weekday=weekday) for weekday in sorted(desk.chance.sample(range(7), 2))),
        priority=desk.chance.choices((0, 1, 2), (85, 12, 3))[0],
        place=desk.chance.choice(_PLACES),
        note=desk.chance.choice(_NOTES),
    )
    own = person.contact == "smartphone" and desk.chance.random() < 0.5
    desk.to_review += own
    words = ("wish", day, kind, n)
    # Who has asked for the same before is told so, and leaves it at that.
    with suppress(AskedAlready):
        await requests.submit(
            desk.call_of_member(person.number, *words) if own else desk.call(*words),
            community_id=desk.id,
            member_id=desk.ids[person.number],
            wish=wish,
            provenance=Provenance.DESK if person.contact == "none" else Provenance.PHONE,
            publish=not own,
        )


async def _review(desk: Desk) -> None:
    """What came by app since yesterday: nearly all of it goes on, some of it is none of ours."""
    if not desk.to_review:
        return
    desk.to_review = 0
    async with desk.reading() as db:
        page = await request_queries.list_requests(db, desk.id, statuses=[Status.SUBMITTED], limit=100)
    for view in page.rows:
        luck = desk.chance.random()
        if luck < 0.86:
            await requests.publish(
                desk.call(), community_id=desk.id, request_id=view.id, version=view.version
            )
        elif luck < 0.93:
            await requests.reject(
                desk.call(),
                community_id=desk.id,
                request_id=view.id,
                version=view.version,
                reason=desk.chance.choice(_NOT_OURS),
            )
        else:
            call = desk.call_of_member(desk.person(view.member_id).number)
            await requests.withdraw(call, community_id=desk.id, request_id=view.id, version=view.version)


async def _round(desk: Desk, day: date) -> None:
    try:
        made = await run_round(desk.call("round", day), community_id=desk.id)
    except NothingWaiting:
        return
    if made.served:
        await service.send_round(desk.call("send", day), community_id=desk.id, round_id=made.id)
        desk.asked_until = clock.now() + _ANSWERED_WITHIN


async def _answer(desk: Desk, proposal: ProposalView) -> None:
    for side in proposal.unanswered:
        likely = 0.9 if side is Side.HELPER else 0.96
        person = desk.person(proposal.party(side))
        own = person.contact == "smartphone" and desk.chance.random() < 0.5
        after = await service.answer(
            desk.call_of_member(person.number) if own else desk.call(),
            community_id=desk.id,
            proposal_id=proposal.id,
            side=side,
            answer=Answer.YES if desk.chance.random() < likely else Answer.NO,
            provenance=Provenance.PHONE,
        )
        if after.closed_at is not None:
            return


async def _after_trial(desk: Desk, pair: PairView) -> None:
    luck = desk.chance.random()
    if luck < 0.8:
        await service.confirm_pair(desk.call(), community_id=desk.id, pair_id=pair.id, version=pair.version)
    elif luck < 0.92:
        await service.end_pair(
            desk.call().because(desk.chance.choice(_PARTINGS)),
            community_id=desk.id,
            pair_id=pair.id,
            version=pair.version,
            look_again=luck < 0.86,
        )
