"""What the stories are told with: who takes part, and how a pair, a plan or a posting comes about."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from timebank.core import clock
from timebank.core.provenance import Provenance
from timebank.pairing import service as pairing
from timebank.pairing.model import Answer, Side
from timebank.requests import service as requests
from timebank.requests.model import Kind, Window, Wish
from timebank.sample.asking import scheme_of
from timebank.sample.cast import Desk
from timebank.sample.founding import MUTUAL
from timebank.sample.persons import Person
from timebank.visits import service as visits
from timebank.visits.model import NewPlan, Outcome, Served, VisitView

AFTERNOON = time(15)


class Days(NamedTuple):
    """The day of a story, the first of the history, and the day of loading."""

    day: date
    first: date
    today: date


def elder(desk: Desk, n: int) -> Person:
    """One of those who are helped and can pay."""
    able = [one for one in desk.people.values() if not one.is_helper and one.opening_minutes >= 1_200]
    return able[n]


def helper_of(desk: Desk, n: int) -> Person:
    """One of those who help and never ask, and are at home."""
    able = [
        one
        for one in desk.people.values()
        if one.is_helper and not one.is_recipient and not one.travels and "company" in one.skills
    ]
    return able[n]


async def make_pair(desk: Desk, days: Days, recipient: Person, helper: Person, category: str) -> None:
    """Asked by hand, and both say yes: every week from the next on."""
    proposal_id = await ring_up(desk, days, recipient, helper, Kind.WEEKLY, "pair", category=category)
    for side in (Side.RECIPIENT, Side.HELPER):
        await pairing.answer(
            desk.call(), community_id=desk.id, proposal_id=proposal_id, side=side, answer=Answer.YES
        )


async def ring_up(
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
    wish = a_wish(desk, days, recipient, category, kind, on)
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


def a_wish(desk: Desk, days: Days, person: Person, category: str, kind: Kind, on: date) -> Wish:
    """Help for an hour on the morning of a day, or of every such weekday."""
    weekly = kind is Kind.WEEKLY
    return Wish(
        scheme_id=scheme_of(desk, person),
        category=category,
        kind=kind,
        duration_minutes=60,
        starts_on=days.day,
        expires_on=days.day + timedelta(days=300 if weekly else 20),
        windows=(Window(510, 720, weekday=on.weekday()) if weekly else Window(510, 720, on_day=on),),
    )


async def plan(
    desk: Desk,
    on: date,
    recipient: Person,
    helper: Person,
    words: str,
    *,
    category: str = "shopping",
    at: time = AFTERNOON,
) -> UUID:
    """An hour planned at the desk, after a call to both; the visit's id."""
    begins = instant(on, at)
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


async def served(desk: Desk, days: Days, recipient: Person, helper: Person, words: str) -> Outcome:
    """An hour and a half of yesterday, on paper, signed by both."""
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


async def correct(desk: Desk, visit: VisitView, *, minutes: int | None, reason: str) -> None:
    """Somebody else at the desk puts a posting right."""
    await visits.correct(
        desk.call_of_second(),
        community_id=desk.id,
        visit_id=visit.id,
        version=visit.version,
        minutes=minutes,
        reason=reason,
    )


def instant(day: date, at: time) -> datetime:
    """A time of a day."""
    return datetime.combine(day, at, clock.zone())
