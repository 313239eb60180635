"""What happened to a few people in Dalang that somebody who looks around should find."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from timebank.core import clock
from timebank.core.errors import TimebankError
from timebank.core.provenance import Provenance
from timebank.hours import service as hours
from timebank.pairing import queries as pairing_queries
from timebank.pairing import service as pairing
from timebank.pairing.model import Answer, PairStatus, Side
from timebank.people import service as people
from timebank.people.model import AbsenceKind
from timebank.requests import service as requests
from timebank.requests.model import Kind, Window, Wish
from timebank.sample.asking import scheme_of
from timebank.sample.cast import Desk
from timebank.sample.district import DALANG, MEMBER
from timebank.sample.founding import MUTUAL
from timebank.sample.persons import Person
from timebank.visits import queries as visit_queries
from timebank.visits import service as visits
from timebank.visits.model import NewPlan, Outcome, PaidBy, Served, SheetRow, Status, VisitView


class Days(NamedTuple):
    """The day of a story, the first of the history, and the day of loading."""

    day: date
    first: date
    today: date


Story = Callable[[Desk, Days], Awaitable[None]]
_ELEVEN, _THREE = time(11), time(15)


async def before(desk: Desk, day: date, *, first: date, today: date) -> None:
    """The stories of a morning."""
    if desk.place is not DALANG:
        return
    days = Days(day, first, today)
    for story in _FROM_THE_FIRST.get((day - first).days, ()) + _TO_THE_LAST.get((today - day).days, ()):
        # Whoever is meant may have something else on that day of the week: then it is told of nobody.
        with suppress(TimebankError):
            await story(desk, days)


async def _she_helps_every_week(desk: Desk, days: Days) -> None:
    await _pair(desk, days, _elder(desk, 0), desk.people[MEMBER], "company")


async def _she_is_helped_every_week(desk: Desk, days: Days) -> None:
    await _pair(desk, days, desk.people[MEMBER], _helper(desk, 3), "shopping")


async def _she_gives_to_the_pool(desk: Desk, days: Days) -> None:
    await hours.give_to_pool(
        desk.call_of_member(MEMBER, "gift for the pool"),
        community_id=desk.id,
        member_id=desk.ids[MEMBER],
        minutes=90,
        reason="给更需要的人",
    )


async def _her_hours_are_corrected(desk: Desk, days: Days) -> None:
    """She had gone home earlier than was written down; another visit never took place."""
    async with desk.reading() as db:
        page = await visit_queries.list_visits(
            db, desk.id, statuses=[Status.SETTLED], member_id=desk.ids[MEMBER], until_on=days.day
        )
    hers = [visit for visit in page.rows if visit.helper_id == desk.ids[MEMBER]]
    theirs = [visit for visit in page.rows if visit.recipient_id == desk.ids[MEMBER]]
    await _correct(desk, hers[0], minutes=45, reason="服务者自己说多记了")
    await _correct(desk, theirs[0], minutes=None, reason="重复登记，当天没有服务")


async def _too_little_to_pay_with(desk: Desk, days: Days) -> None:
    """Three have nothing to pay with: the pool pays for one, one is granted hours, one is still waiting."""
    poor = [
        one
        for one in desk.people.values()
        if one.is_recipient and not one.is_helper and not one.opening_minutes and not one.hardship_tier
    ]
    for n, way_out in enumerate((_the_pool_pays, _hours_are_granted, _nobody_has_looked_yet)):
        outcome = await _served(desk, days, poor[n], _helper(desk, n), f"nothing to pay with {n}")
        assert outcome.visit.refusal is not None, "the account is empty"
        await way_out(desk, outcome.visit)


async def _the_pool_pays(desk: Desk, visit: VisitView) -> None:
    await visits.amend(
        desk.call_of_second(),
        community_id=desk.id,
        visit_id=visit.id,
        version=visit.version,
        reason="街道同意由公益时间池付",
        paid_by=PaidBy.POOL,
    )


async def _hours_are_granted(desk: Desk, visit: VisitView) -> None:
    await hours.grant(
        desk.call("granted after a refusal"),
        community_id=desk.id,
        member_id=visit.recipient_id,
        minutes=300,
        reason="新会员起步时间",
    )
    await visits.settle_again(desk.call(), community_id=desk.id, visit_id=visit.id, version=visit.version)


async def _nobody_has_looked_yet(desk: Desk, visit: VisitView) -> None:
    """The refusal stands in the work list."""


async def _before_there_were_rules(desk: Desk, days: Days) -> None:
    """A day was mistyped: no rules were in force on it, so nothing could be reckoned."""
    visit_id = await _plan(desk, days.day, _elder(desk, 4), _helper(desk, 5), "mistyped day")
    told = await visits.claim(
        desk.call(),
        community_id=desk.id,
        visit_id=visit_id,
        version=1,
        minutes=60,
        served_on=days.first - timedelta(days=12),
        provenance=Provenance.PAPER,
    )
    await visits.confirm(
        desk.call(),
        community_id=desk.id,
        visit_id=visit_id,
        version=told.version,
        provenance=Provenance.PAPER,
    )


async def _a_forgotten_sheet(desk: Desk, days: Days) -> None:
    """A sheet was found in a drawer seven weeks later; its numbers had been printed on it."""
    number = await visits.reserve_numbers(desk.call("numbers"), community_id=desk.id, count=6)
    rows = [
        SheetRow(
            helper=_helper(desk, n).number,
            recipient=_elder(desk, n).number,
            category="company",
            served_on=days.day - timedelta(days=50 - n),
            begin=time(9, 30),
            end=time(10, 30),
            number=number + n,
        )
        for n in range(6)
    ]
    scheme_id = desk.schemes[MUTUAL]
    lines = await visits.check_sheet(desk.call(), community_id=desk.id, rows=rows, scheme_id=scheme_id)
    assert not any(line.errors for line in lines), "a sheet without a mistake"
    await visits.apply_sheet(
        desk.call("forgotten sheet"), community_id=desk.id, rows=rows, scheme_id=scheme_id
    )


async def _asked_and_taken_back(desk: Desk, days: Days) -> None:
    proposal_id = await _ask(desk, days, _elder(desk, 6), _helper(desk, 7), Kind.ONCE, "taken back")
    await pairing.withdraw(desk.call(), community_id=desk.id, proposal_id=proposal_id)


async def _somebody_goes_away(desk: Desk, days: Days) -> None:
    """A helper called: she is with the grandchildren from tomorrow on, and visits are planned."""
    async with desk.reading() as db:
        living = await pairing_queries.living_pairs(db, desk.id)
    member = desk.ids[MEMBER]
    pair = next(
        one
        for one in sorted(living, key=lambda one: (one.made_at, one.id))
        if one.status is PairStatus.ACTIVE and member not in (one.helper_id, one.recipient_id)
    )
    await people.add_absence(
        desk.call("grandchildren"),
        member_id=pair.helper_id,
        from_on=days.today + timedelta(days=1),
        until_on=days.today + timedelta(days=9),
        kind=AbsenceKind.FAMILY,
        note="去深圳带孙子",
        community_id=desk.id,
    )


async def _she_is_to_confirm(desk: Desk, days: Days) -> None:
    helper = _helper(desk, 3)
    visit_id = await _plan(desk, days.day, desk.people[MEMBER], helper, "to confirm")

    async def claim() -> None:
        await visits.claim(
            desk.call(),
            community_id=desk.id,
            visit_id=visit_id,
            version=1,
            minutes=75,
            note="买了米和油，送到家",
            provenance=Provenance.PHONE,
        )

    desk.scripted.add(visit_id)
    desk.plan(_instant(days.day, time(17)), claim)


async def _she_is_asked(desk: Desk, days: Days) -> None:
    await _ask(desk, days, _elder(desk, 8), desk.people[MEMBER], Kind.ONCE, "asked", silent=True)


async def _she_asks(desk: Desk, days: Days) -> None:
    day = days.today + timedelta(days=5)
    wish = Wish(
        scheme_id=desk.schemes[MUTUAL],
        category="clinic",
        kind=Kind.ONCE,
        duration_minutes=120,
        starts_on=day,
        expires_on=day,
        windows=(Window(510, 720, on_day=day),),
        place="镇医院眼科",
        note="复查眼睛，一个人去不方便",
    )
    await requests.submit(
        desk.call_of_member(MEMBER, "eyes"),
        community_id=desk.id,
        member_id=desk.ids[MEMBER],
        wish=wish,
        provenance=Provenance.APP,
    )


async def _she_goes_with_somebody(desk: Desk, days: Days) -> None:
    day = days.today + timedelta(days=2)
    await _plan(desk, day, _elder(desk, 9), desk.people[MEMBER], "coming", category="errand")


async def _somebody_disagrees(desk: Desk, days: Days) -> None:
    """The two sides say different things, and nobody has heard both yet."""
    visit_id = await _plan(desk, days.day, _elder(desk, 2), _helper(desk, 6), "disagree", at=_ELEVEN)
    desk.scripted.add(visit_id)

    async def claim_and_dispute() -> None:
        told = await visits.claim(
            desk.call(), community_id=desk.id, visit_id=visit_id, version=1, minutes=120
        )
        await visits.dispute(
            desk.call(),
            community_id=desk.id,
            visit_id=visit_id,
            version=told.version,
            minutes=60,
            words="十一点来，十二点就走了",
        )

    desk.plan(_instant(days.day, time(16)), claim_and_dispute)


async def _somebody_is_still_there(desk: Desk, days: Days) -> None:
    """Checked in yesterday, never out: the desk should ask."""
    visit_id = await _plan(desk, days.day, _elder(desk, 5), _helper(desk, 9), "still there")
    desk.scripted.add(visit_id)

    async def check_in() -> None:
        await visits.check_in(desk.call(), community_id=desk.id, visit_id=visit_id, version=1)

    desk.plan(_instant(days.day, _THREE), check_in)


# Stories by days since the first, and by days before the last.
_FROM_THE_FIRST: dict[int, tuple[Story, ...]] = {
    3: (_she_helps_every_week, _she_is_helped_every_week),
    24: (_asked_and_taken_back,),
}
_TO_THE_LAST: dict[int, tuple[Story, ...]] = {
    31: (_she_gives_to_the_pool,),
    17: (_her_hours_are_corrected,),
    12: (_a_forgotten_sheet,),
    9: (_too_little_to_pay_with,),
    4: (_before_there_were_rules,),
    1: (
        _somebody_goes_away,
        _she_is_to_confirm,
        _she_is_asked,
        _she_asks,
        _she_goes_with_somebody,
        _somebody_disagrees,
        _somebody_is_still_there,
    ),
}


def _elder(desk: Desk, n: int) -> Person:
    """One of those who are helped and can pay."""
    able = [one for one in desk.people.values() if not one.is_helper and one.opening_minutes >= 1_200]
    return able[n]


def _helper(desk: Desk, n: int) -> Person:
    """One of those who help and never ask, and are at home."""
    able = [
        one
        for one in desk.people.values()
        if one.is_helper and not one.is_recipient and not one.travels and "company" in one.skills
    ]
    return able[n]


async def _pair(desk: Desk, days: Days, recipient: Person, helper: Person, category: str) -> None:
    """Asked by hand, and both say yes: every week from the next on."""
    proposal_id = await _ask(desk, days, recipient, helper, Kind.WEEKLY, "pair", category=category)
    for side in (Side.RECIPIENT, Side.HELPER):
        await pairing.answer(
            desk.call(), community_id=desk.id, proposal_id=proposal_id, side=side, answer=Answer.YES
        )


async def _ask(
    desk: Desk,
    days: Days,
    recipient: Person,
    helper: Person,
    kind: Kind,
    words: str,
    *,
    category: str = "company",
    silent: bool = False,
) -> UUID:
    """The recipient asks at the desk, and the coordinator rings somebody up; the proposal's id."""
    on = days.day + timedelta(days=4)
    weekly = kind is Kind.WEEKLY
    wish = Wish(
        scheme_id=scheme_of(desk, recipient),
        category=category,
        kind=kind,
        duration_minutes=60,
        starts_on=days.day,
        expires_on=days.day + timedelta(days=300 if weekly else 20),
        windows=(Window(510, 720, weekday=on.weekday()) if weekly else Window(510, 720, on_day=on),),
    )
    request_id = await requests.submit(
        desk.call("story", words, category),
        community_id=desk.id,
        member_id=desk.ids[recipient.number],
        wish=wish,
        provenance=Provenance.DESK,
        publish=True,
    )
    call = desk.call("ask", words, category).because("双方认识，电话里说好")
    proposal_id = await pairing.ask(
        call,
        community_id=desk.id,
        request_id=request_id,
        helper_id=desk.ids[helper.number],
        on=on,
        from_minute=540,
    )
    if silent:
        desk.silent.add(proposal_id)
    return proposal_id


async def _plan(
    desk: Desk,
    on: date,
    recipient: Person,
    helper: Person,
    words: str,
    *,
    category: str = "shopping",
    at: time = _THREE,
) -> UUID:
    begins = _instant(on, at)
    return await visits.plan_visit(
        desk.call("plan", words),
        community_id=desk.id,
        plan=NewPlan(
            scheme_id=scheme_of(desk, recipient),
            category=category,
            helper_id=desk.ids[helper.number],
            recipient_id=desk.ids[recipient.number],
            planned_from=begins,
            planned_until=begins + timedelta(minutes=60),
        ),
        provenance=Provenance.PHONE,
        anyway=True,
    )


async def _served(desk: Desk, days: Days, recipient: Person, helper: Person, words: str) -> Outcome:
    done = await visits.enter(
        desk.call(words),
        community_id=desk.id,
        rows=[
            Served(
                category="shopping",
                helper_id=desk.ids[helper.number],
                recipient_id=desk.ids[recipient.number],
                served_on=days.day - timedelta(days=1),
                minutes=90,
                scheme_id=desk.schemes[MUTUAL],
            )
        ],
        provenance=Provenance.PAPER,
        signed=True,
    )
    return done.outcomes[0]


async def _correct(desk: Desk, visit: VisitView, *, minutes: int | None, reason: str) -> None:
    await visits.correct(
        desk.call_of_second(),
        community_id=desk.id,
        visit_id=visit.id,
        version=visit.version,
        minutes=minutes,
        reason=reason,
    )


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, clock.zone())
