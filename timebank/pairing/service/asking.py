"""Use cases of asking somebody by hand: who could be asked for a request, and asking them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Choice, Look, Problem, Reason, Slot, decide, looks
from timebank.access.guard import Act, Arguments, reading, use_case
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text
from timebank.pairing import problem as posing
from timebank.pairing import queries, rules, solving, words
from timebank.pairing.errors import AlreadyAsked, NeedsReason, NotEligible
from timebank.pairing.model import Grounds, NewProposal, Occasion, Why
from timebank.pairing.problem import Facts
from timebank.pairing.service.rounds import DESK, READERS
from timebank.pairing.steps import proposals as steps
from timebank.pairing.views import AskPage, Option, ProposalLine, WaitingLine
from timebank.people import queries as people
from timebank.people.model import MemberView
from timebank.requests import queries as requests
from timebank.requests import steps as request_steps
from timebank.requests.errors import RequestMoved
from timebank.requests.model import Kind, RequestView, Wish
from timebank.requests.model import Status as RequestStatus
from timebank.requests.rules import status_text

OPTIONS_SHOWN = 12
# What depends on the hour: looked at afresh where a coordinator names one.
_OF_TIME = Reason.WINDOW | Reason.ABSENT | Reason.BOOKED


async def _recipient(db: AsyncSession, arguments: Arguments) -> Iterable[UUID]:
    return [(await requests.request(db, arguments["request_id"])).member_id]


@reading(who=READERS, where="community_id")
async def ask_page(
    db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID, words_typed: str | None = None
) -> AskPage:
    """Who could be asked for a request: the best who may, those searched for with what stands against them."""
    request = await _request(db, community_id, request_id)
    recipient = await people.member(db, request.member_id)
    facts = await queries.facts(db, community_id, act.today, request_ids=[request_id])
    problem = posing.problem_of(facts)
    crew = (await queries.crews(db, [request]))[request_id]
    line = WaitingLine(request, recipient)
    current = None
    if crew.asked and not crew.free:
        asked = crew.asked[0]
        current = ProposalLine(asked, await people.member(db, asked.helper_id), recipient)
    if not problem.requests:
        return AskPage(line, current, crew, [], [], [], None, [], lapsed=True)
    seen = looks(problem, [Choice(request_id, helper.id) for helper in problem.helpers])
    ranked = sorted(seen, key=lambda one: (bool(one.reasons), -one.score, one.helper))
    said = [one for one in ranked if Choice(request_id, one.helper) in facts.volunteers]
    best = [one for one in ranked if not one.reasons and one not in said][:OPTIONS_SHOWN]
    searched = await _searched(db, community_id, seen, words_typed)
    persons = await people.members(db, {one.helper for one in [*said, *best, *searched]})

    def options(found: Iterable[Look]) -> list[Option]:
        return [_option(problem, facts, request.wish, one, persons, recipient) for one in found]

    why = solving.why_nobody(problem, problem.requests[0], list(seen), posing.absence_kinds(facts))
    return AskPage(
        line=line,
        asked=current,
        crew=crew,
        volunteers=options(said),
        options=options(best),
        found=options(searched),
        nobody=words.why_nobody_text(why) if not why.eligible else None,
        helps=words.would_help(why) if not why.eligible else [],
        lapsed=False,
    )


@use_case(who=DESK, where="community_id", on_behalf=_recipient)
async def ask(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    request_id: UUID,
    helper_id: UUID,
    on: date | None = None,
    from_minute: int | None = None,
) -> UUID:
    """Ask one helper for a request (请她来帮): at the first time that suits both, or at the one named.

    What protects somebody is never bent (`NotEligible` names it); the rest takes the call's reason
    (`NeedsReason`). Raises `NotFound`, `RequestMoved`, `AlreadyAsked`, `Invalid` where a time is lacking.
    """
    request = await _request(db, community_id, request_id)
    if request.status is not RequestStatus.PUBLISHED:
        raise RequestMoved(status=status_text(request.status))
    await request_steps.hold(db, [request_id])
    crew = (await queries.crews(db, [request]))[request_id]
    in_the_way = [one for one in crew.taken if one.helper_id == helper_id or not crew.free]
    if in_the_way:
        raise AlreadyAsked(name=(await people.member(db, in_the_way[0].helper_id)).name)
    facts = await queries.facts(db, community_id, act.today, request_ids=[request_id])
    problem = posing.problem_of(facts)
    if not problem.requests:
        raise Invalid([FieldError("on", Text(N_("这条需求的时间都已过去；请先改需求的时间")))])
    named = None
    if on is not None and from_minute is not None:
        slot = Slot(on, from_minute, request.wish.duration_minutes, request.wish.kind is Kind.WEEKLY)
        named = rules.occasion_of(slot, request.wish)
        _refuse_times(named, act)
        if any(one.occasion != named for one in crew.taken):
            raise Invalid([FieldError("on", Text(N_("几个人要同一时间来；不用另选时间")))])
    grounds = await _allowed(db, problem, request, helper_id, named, facts, reason=act.reason)
    occasion = named or _first_common(problem, request.wish, helper_id)
    if occasion is None:
        raise Invalid([FieldError("on", Text(N_("两人没有共同的时间；请选一个电话里说好的时间")))])
    policy = facts.policies[request.wish.scheme_id]
    new = NewProposal(
        id=act.id_for("proposal", request_id),
        round_id=None,
        request_id=request_id,
        scheme_id=request.wish.scheme_id,
        helper_id=helper_id,
        recipient_id=request.member_id,
        category=request.wish.category,
        occasion=occasion,
        deadline=rules.deadline(occasion, act.now, policy.proposal_days),
        why=Why(request_id, grounds),
        seat=crew.free[0],
    )
    made = await steps.propose(db, community_id, [new], by=act.actor.id, now=act.now)
    if not made:  # somebody else asked meanwhile
        other = (await queries.open_for_requests(db, [request_id]))[request_id]
        raise AlreadyAsked(name=(await people.member(db, other.helper_id)).name)
    return made[0]


def _refuse_times(named: Occasion, act: Act) -> None:
    if named.starts_at <= act.now:
        raise Invalid([FieldError("on", Text(N_("这个时间已经过去了")))])
    if named.from_minute + named.minutes > posing.DAY_MINUTES:
        raise Invalid([FieldError("from_minute", Text(N_("要在当天结束；请早一点开始")))])


async def _allowed(
    db: AsyncSession,
    problem: Problem,
    request: RequestView,
    helper_id: UUID,
    named: Occasion | None,
    facts: Facts,
    *,
    reason: str | None,
) -> Grounds:
    """What speaks for the helper, if nothing forbids asking them."""
    if all(helper.id != helper_id for helper in problem.helpers):
        name = (await people.member(db, helper_id)).name
        raise NotEligible(name=name, reasons=words.reasons_text(Reason.STATUS))
    look = looks(problem, [Choice(request.id, helper_id)])[0]
    against = look.reasons
    if named is not None:
        against = (against & ~_OF_TIME) | _at(facts, helper_id, named)
    refused = rules.hard(against)
    if refused:
        name = (await people.member(db, helper_id)).name
        raise NotEligible(name=name, reasons=words.reasons_text(refused))
    if against and not reason:
        name = (await people.member(db, helper_id)).name
        raise NeedsReason(name=name, reasons=words.reasons_text(against))
    return solving.grounds(problem, look, facts.volunteers)


def _at(facts: Facts, helper_id: UUID, named: Occasion) -> Reason:
    """What keeps a helper away at one named time."""
    one = next(each for each in facts.helpers if each.member.id == helper_id)
    taken = [
        *facts.booked.get(helper_id, ()),
        *(each.occasion for each in facts.pairs if each.helper_id == helper_id),
        *(each.occasion for each in facts.proposals if each.helper_id == helper_id),
    ]
    reasons = Reason.ABSENT if one.away(named.on) else Reason.NONE
    return reasons | (Reason.BOOKED if any(rules.clash(named, other) for other in taken) else Reason.NONE)


def _first_common(problem: Problem, wish: Wish, helper_id: UUID) -> Occasion | None:
    """The first time at which both can, whatever bendable rule stands against it."""
    alone = replace(
        problem,
        helpers=tuple(
            replace(h, skills=h.skills | problem.requests[0].skills, reach_m=None)
            for h in problem.helpers
            if h.id == helper_id
        ),
        requests=(replace(problem.requests[0], dialect_required=False, reach_m=None, demand=1),),
        limits=replace(problem.limits, radius_m=1_000_000),
        declined=frozenset(),
        forbidden=frozenset(),
    )
    pairs = decide(alone).pairs
    if not pairs:
        return None
    return rules.occasion_of(pairs[0].slot, wish)


def _option(
    problem: Problem,
    facts: Facts,
    wish: Wish,
    look: Look,
    persons: dict[UUID, MemberView],
    recipient: MemberView,
) -> Option:
    refused = rules.hard(look.reasons)
    why = Why(look.request, solving.grounds(problem, look, facts.volunteers))
    return Option(
        helper=persons[look.helper],
        score=look.score,
        why=words.why_pair_text(why, persons, recipient),
        hard=words.reasons_text(refused),
        soft=words.reasons_text(look.reasons & ~refused),
        occasion=None if refused else _first_common(problem, wish, look.helper),
        offered=Choice(look.request, look.helper) in problem.offered,
        volunteered=Choice(look.request, look.helper) in facts.volunteers,
    )


async def _searched(
    db: AsyncSession, community_id: UUID, seen: Iterable[Look], typed: str | None
) -> list[Look]:
    if not typed:
        return []
    by_helper = {one.helper: one for one in seen}
    found = await people.find(db, [community_id], typed)
    return [by_helper[one.member.id] for one in found if one.member.id in by_helper]


async def _request(db: AsyncSession, community_id: UUID, request_id: UUID) -> RequestView:
    request = await requests.request(db, request_id)
    if request.community_id != community_id:
        raise NotFound
    return request
