"""What happened to a few people, nearly all in Dalang, that somebody who looks around should find."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, time, timedelta

from timebank.core.errors import TimebankError
from timebank.core.provenance import Provenance
from timebank.hours import service as hours
from timebank.hours.gifts import service as gifts
from timebank.pairing import queries as pairing_queries
from timebank.pairing import service as pairing
from timebank.pairing.model import PairStatus
from timebank.pairing.volunteering import service as volunteering
from timebank.people import service as people
from timebank.people.model import AbsenceKind
from timebank.requests import service as requests
from timebank.requests.model import Kind, Window, Wish
from timebank.sample import families
from timebank.sample.cast import Desk
from timebank.sample.district import DALANG, MEMBER
from timebank.sample.founding import MUTUAL
from timebank.sample.scenes import (
    AFTERNOON,
    Days,
    a_wish,
    correct,
    elder,
    helper_of,
    instant,
    make_pair,
    plan,
    ring_up,
    served,
)
from timebank.visits import queries as visit_queries
from timebank.visits import service as visits
from timebank.visits.model import PaidBy, SheetRow, Status, VisitView

Story = Callable[[Desk, Days], Awaitable[None]]
# Where accounts hold least, and how long ago some of them had run full.
_LOW_CEILING, _FULL_BEFORE = "ronggui-middle", 6
_ELEVEN = time(11)


async def before(desk: Desk, day: date, *, first: date, today: date) -> None:
    """The stories of a morning."""
    days = Days(day, first, today)
    stories: tuple[Story, ...] = ()
    if desk.place is DALANG:
        stories = _FROM_THE_FIRST.get((day - first).days, ()) + _TO_THE_LAST.get((today - day).days, ())
    elif desk.place.key == _LOW_CEILING and (today - day).days == _FULL_BEFORE:
        stories = (_no_room_left,)
    for story in stories:
        # Whoever is meant may have something else on that day of the week: then it is told of nobody.
        with suppress(TimebankError):
            await story(desk, days)


async def _she_helps_every_week(desk: Desk, days: Days) -> None:
    await make_pair(desk, days, elder(desk, 0), desk.people[MEMBER], "company")


async def _she_is_helped_every_week(desk: Desk, days: Days) -> None:
    await make_pair(desk, days, desk.people[MEMBER], helper_of(desk, 3), "shopping")


async def _she_gives_to_the_pool(desk: Desk, days: Days) -> None:
    await gifts.give(
        desk.call_of_member(MEMBER, "gift for the pool"),
        community_id=desk.id,
        member_id=desk.ids[MEMBER],
        receiver_id=None,
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
    for visit in hers[:1]:
        await correct(desk, visit, minutes=45, reason="服务者自己说多记了")
    for visit in theirs[:1]:
        await correct(desk, visit, minutes=None, reason="重复登记，当天没有服务")


async def _too_little_to_pay_with(desk: Desk, days: Days) -> None:
    """Three have nothing to pay with: the pool pays for one, one is granted hours, one is still waiting."""
    poor = [
        one
        for one in desk.people.values()
        if one.is_recipient and not one.is_helper and not one.opening_minutes and not one.hardship_tier
    ]
    for n, way_out in enumerate((_the_pool_pays, _hours_are_granted, _nobody_has_looked_yet)):
        outcome = await served(desk, days, poor[n], helper_of(desk, n), f"nothing to pay with {n}")
        if outcome.visit.refusal is not None:
            await way_out(desk, outcome.visit)


async def _no_room_left(desk: Desk, days: Days) -> None:
    """Those who saved most help three times more, and their accounts are full."""
    savers = [one for one in desk.people.values() if one.is_helper and not one.travels]
    savers.sort(key=lambda one: (-one.opening_minutes, one.number))
    for n, helper in enumerate(savers[:3]):
        for time_of_three in range(3):
            await served(desk, days, elder(desk, n), helper, f"full {n} {time_of_three}")


async def _asked_for_what_is_none_of_ours(desk: Desk, days: Days) -> None:
    """One wish is turned down with a reason, another is taken back by who had it."""
    phones = [one for one in desk.people.values() if one.is_recipient and one.contact == "smartphone"]
    for person, words in ((phones[11], "turned down"), (phones[12], "taken back by herself")):
        wish = a_wish(desk, days, person, "company", Kind.ONCE, days.day + timedelta(days=6))
        request_id = await requests.submit(
            desk.call_of_member(person.number, words),
            community_id=desk.id,
            member_id=desk.ids[person.number],
            wish=wish,
            provenance=Provenance.APP,
        )
        if words == "turned down":
            reason = "搬家请找专门的公司"
            await requests.reject(
                desk.call(), community_id=desk.id, request_id=request_id, version=1, reason=reason
            )
        else:
            call = desk.call_of_member(person.number)
            await requests.withdraw(call, community_id=desk.id, request_id=request_id, version=1)


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
    visit_id = await plan(desk, days.day, elder(desk, 4), helper_of(desk, 5), "mistyped day")
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
            helper=helper_of(desk, n).number,
            recipient=elder(desk, n).number,
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
    if any(line.errors for line in lines):
        return
    await visits.apply_sheet(
        desk.call("forgotten sheet"), community_id=desk.id, rows=rows, scheme_id=scheme_id
    )


async def _asked_and_taken_back(desk: Desk, days: Days) -> None:
    proposal_id = await ring_up(desk, days, elder(desk, 6), helper_of(desk, 7), Kind.ONCE, "taken back")
    await pairing.withdraw(desk.call(), community_id=desk.id, proposal_id=proposal_id)


async def _somebody_goes_away(desk: Desk, days: Days) -> None:
    """A helper called: she is with the grandchildren from tomorrow on, and visits are planned."""
    async with desk.reading() as db:
        living = await pairing_queries.living_pairs(db, desk.id)
    member = desk.ids[MEMBER]
    able = [
        one
        for one in sorted(living, key=lambda one: (one.made_at, one.id))
        if one.status is PairStatus.ACTIVE and member not in (one.helper_id, one.recipient_id)
    ]
    for pair in able[:1]:
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
    helper = helper_of(desk, 3)
    visit_id = await plan(desk, days.day, desk.people[MEMBER], helper, "to confirm")

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
    desk.plan(instant(days.day, time(17)), claim)


async def _she_is_asked(desk: Desk, days: Days) -> None:
    await ring_up(desk, days, elder(desk, 8), desk.people[MEMBER], Kind.ONCE, "asked", silent=True)


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
    await plan(desk, day, elder(desk, 9), desk.people[MEMBER], "coming", category="errand")


async def _somebody_disagrees(desk: Desk, days: Days) -> None:
    """The two sides say different things, and nobody has heard both yet."""
    visit_id = await plan(desk, days.day, elder(desk, 2), helper_of(desk, 6), "disagree", at=_ELEVEN)
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

    desk.plan(instant(days.day, time(16)), claim_and_dispute)


async def _somebody_is_still_there(desk: Desk, days: Days) -> None:
    """Checked in yesterday, never out: the desk should ask."""
    visit_id = await plan(desk, days.day, elder(desk, 5), helper_of(desk, 9), "still there")
    desk.scripted.add(visit_id)

    async def check_in() -> None:
        await visits.check_in(desk.call(), community_id=desk.id, visit_id=visit_id, version=1)

    desk.plan(instant(days.day, AFTERNOON), check_in)


async def _somebody_would_go(desk: Desk, days: Days) -> None:
    """Asked for in the evening, when no round is run any more; a helper finds it nearby and volunteers."""
    recipient = elder(desk, 11)

    async def ask_and_volunteer() -> None:
        await requests.submit(
            desk.call("company for an hour"),
            community_id=desk.id,
            member_id=desk.ids[recipient.number],
            wish=a_wish(desk, days, recipient, "company", Kind.ONCE, days.day + timedelta(days=5)),
            provenance=Provenance.PHONE,
            publish=True,
        )
        for helper in (helper_of(desk, n) for n in range(10)):
            who = desk.ids[helper.number]
            call = desk.call_of_member(helper.number, "would go")
            seen = (await volunteering.nearby(call, community_id=desk.id, member_id=who)).page.rows
            if seen:
                wanted = seen[0].glimpse.request_id
                await volunteering.volunteer(call, community_id=desk.id, request_id=wanted, member_id=who)
                return

    desk.plan(instant(days.day, time(20)), ask_and_volunteer)


# Stories by days since the first, and by days before the last.
_FROM_THE_FIRST: dict[int, tuple[Story, ...]] = {
    3: (_she_helps_every_week, _she_is_helped_every_week),
    24: (_asked_and_taken_back,),
    30: (_asked_for_what_is_none_of_ours,),
}
_TO_THE_LAST: dict[int, tuple[Story, ...]] = {
    31: (_she_gives_to_the_pool,),
    27: (families.they_are_one_family,),
    21: (families.she_gives_to_her_husband,),
    19: (families.a_neighbour_gives_for_her,),
    16: (families.the_slip_is_taken_back,),
    5: (families.she_asks_for_a_correction,),
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
        _somebody_would_go,
    ),
}
