"""Use cases of match rounds."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Choice, Look, Problem, digest, looks
from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.pairing import problem as posing
from timebank.pairing import queries, rules
from timebank.pairing.errors import NothingWaiting
from timebank.pairing.model import (
    Because,
    Crew,
    Dropped,
    NewProposal,
    Occasion,
    Replay,
    RoundDetail,
    RoundInput,
    RoundView,
    Sent,
    Steering,
)
from timebank.pairing.problem import Facts
from timebank.pairing.service.lines import (
    detail_of,
    pair_lines,
    steered_lines,
    unmatched_lines,
    waiting_lines,
)
from timebank.pairing.solving import Kinds, Solved, Volunteers, decided
from timebank.pairing.steps import proposals as proposal_steps
from timebank.pairing.steps import rounds as steps
from timebank.pairing.steps import runs as run_steps
from timebank.pairing.views import RoundPage, RoundsPage, WaitingLine
from timebank.people import queries as people
from timebank.requests import queries as requests
from timebank.requests import steps as request_steps
from timebank.requests.model import RequestView
from timebank.requests.model import Status as RequestStatus
from timebank.schemes import queries as schemes

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
READERS = DESK | {Role.AUDITOR}
RUNNERS = DESK | {Role.SYSTEM}
WAITING_SHOWN = 50


@dataclass(frozen=True)
class Posed:
    """What was read for one round, to be solved outside any transaction."""

    problem: Problem
    kinds: Kinds
    volunteers: Volunteers
    given: RoundInput
    versions: Mapping[UUID, int]


@reading(who=READERS, where="community_id")
async def rounds_page(
    db: AsyncSession, act: Act, *, community_id: UUID, after: str | None = None
) -> RoundsPage:
    """Who waits, who is being asked, what was done last."""
    waiting = await queries.waiting_requests(db, community_id, act.today)
    run = await queries.round_run(db, community_id)
    return RoundsPage(
        waiting=await waiting_lines(db, act, community_id, waiting[:WAITING_SHOWN]),
        waiting_count=len(waiting),
        asked_count=len(await queries.open_proposals(db, community_id)),
        schemes=await schemes.schemes(db, community_id, open_on=act.today),
        rounds=await queries.list_rounds(db, community_id, after=after),
        run=run if run is not None and run.alive(act.now) else None,
    )


@reading(who=RUNNERS, where="community_id")
async def made_round(db: AsyncSession, act: Act, *, community_id: UUID, round_id: UUID) -> RoundView | None:
    """The round with this id, if an earlier try of the same call made it."""
    return await queries.round_view(db, round_id)


@use_case(who=RUNNERS, where="community_id")
async def take_up(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    round_id: UUID,
    scheme_id: UUID | None,
    steering: Steering | None = None,
    instead_of: UUID | None = None,
) -> Posed:
    """Take the community's one place for a run, and read everything the round is decided from.

    Raises `RoundUnderWay`, `NothingWaiting`, `NotFound` for an unknown scheme, `RoundClosed` where the round that it
    is run `instead_of` was sent or superseded; then the place is not taken.
    """
    if instead_of is not None:
        await steps.hold_for_sending(db, community_id, instead_of)
    await run_steps.claim_run(db, community_id, round_id, by=act.actor.name)
    if scheme_id is not None and (await schemes.scheme(db, scheme_id)).community_id != community_id:
        raise NotFound
    facts = await queries.facts(db, community_id, act.today, scheme_id=scheme_id)
    if not facts.requests:
        raise NothingWaiting
    return _posed(facts, act, steering or Steering())


@use_case(who=RUNNERS, where="community_id")
async def record_round(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    round_id: UUID,
    scheme_id: UUID | None,
    posed: Posed,
    solved: Solved,
    milliseconds: int,
) -> RoundView:
    """Keep a round, which ends its run. Requests that changed meanwhile are dropped and named; the others are told why.

    Raises `RoundStopped`, and `RoundUnderWay` where another run has taken its place since it fell silent.
    """
    await run_steps.end_run(db, community_id, round_id)
    now = await requests.requests(db, posed.versions)
    asked = await queries.crews(db, list(now.values()))
    seats = Counter(pair.request for pair in solved.plan.pairs)
    stale = {
        one: Because.ASKED if one in asked and len(asked[one].free) < max(1, seats[one]) else Because.MOVED
        for one, version in posed.versions.items()
        if one not in now or len(asked[one].free) < max(1, seats[one]) or now[one].version != version
    }
    counted = await queries.passed_over_on(db, community_id, act.today)
    made = await steps.write_round(
        db,
        community_id,
        round_id=round_id,
        scheme_id=scheme_id,
        on_day=act.today,
        given=posed.given,
        solved=solved,
        dropped=[
            Dropped(pair.request, pair.helper, (stale[pair.request],))
            for pair in solved.plan.pairs
            if pair.request in stale
        ],
        milliseconds=milliseconds,
        by=act.actor.id,
        now=act.now,
    )
    if made:
        left = {why.request_id: why.counts for why in solved.nobody if why.request_id not in stale}
        # Two rounds on one day are one round to somebody who waits.
        await request_steps.note_passed_over(db, left, again=counted)
    view = await queries.round_view(db, round_id)
    if view is None:
        raise NotFound
    return view


@reading(who=READERS, where="community_id")
async def round_page(db: AsyncSession, act: Act, *, community_id: UUID, round_id: UUID) -> RoundPage:
    """A whole round in words; raises `NotFound`."""
    detail = await detail_of(db, community_id, round_id)
    asked_for = await requests.requests(db, [*detail.input.requests, *detail.input.lapsed])
    steering = detail.input.steering
    who = {one.member_id for one in asked_for.values()} | {pair.helper for pair in detail.plan.pairs}
    who |= {why.runner_up.helper_id for why in detail.whys.values() if why.runner_up}
    tried = [one for why in detail.nobody.values() for one in why.tried]
    who |= {one for help_ in tried for one in (*help_.by, help_.change.helper) if one is not None}
    who |= {choice.helper for choice in (*steering.pins, *steering.forbidden)}
    persons = await people.members(db, who)
    scheme_id = detail.view.scheme_id
    return RoundPage(
        detail=detail,
        steered=steered_lines(steering, asked_for, persons),
        previous=await queries.round_before(db, detail.view),
        scheme=(await schemes.scheme(db, scheme_id)).name if scheme_id else None,
        unmatched=unmatched_lines(detail, asked_for, persons),
        lapsed=[
            WaitingLine(one, persons[one.member_id]) for i in detail.input.lapsed if (one := asked_for.get(i))
        ],
        pairs=await pair_lines(db, detail, asked_for, persons),
    )


@use_case(who=RUNNERS, where="community_id")
async def send_round(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    round_id: UUID,
    request_ids: tuple[UUID, ...] | None = None,
) -> Sent:
    """Ask the two sides of each pair of a round, or of those for the requests named; once.

    What has changed since the round was made is looked at again: stale pairs are dropped and named.
    Raises `NotFound`, `RoundClosed`.
    """
    await steps.hold_for_sending(db, community_id, round_id)
    detail = await detail_of(db, community_id, round_id)
    wanted = {
        pair.request: pair.slot
        for pair in detail.plan.pairs
        if (request_ids is None or pair.request in request_ids) and pair.request not in detail.dropped
    }
    await request_steps.hold(db, wanted)
    facts = await queries.facts(db, community_id, act.today, request_ids=list(wanted))
    seen = _looked_at(facts, detail, wanted)
    crews = await queries.crews(db, facts.requests)
    dropped = list(detail.dropped.values())
    new: list[NewProposal] = []
    for request in facts.requests:
        occasion = rules.occasion_of(wanted[request.id], request.wish)
        helpers = _helpers(detail, request.id)
        because = _stale_any(request, occasion, helpers, seen, facts, crews[request.id])
        if because:
            dropped.append(Dropped(request.id, helpers[0], because))
            continue
        policy = facts.policies[request.wish.scheme_id]
        new += [
            NewProposal(
                id=_proposal_id(act, round_id, request, seat),
                round_id=round_id,
                request_id=request.id,
                scheme_id=request.wish.scheme_id,
                helper_id=helper,
                recipient_id=request.member_id,
                category=request.wish.category,
                occasion=occasion,
                deadline=rules.deadline(occasion, act.now, policy.proposal_days),
                why=detail.whys[Choice(request.id, helper)],
                seat=seat,
            )
            for seat, helper in zip(crews[request.id].free, helpers, strict=False)
        ]
    read = {request.id for request in facts.requests}
    dropped += [Dropped(one, _helpers(detail, one)[0], (Because.MOVED,)) for one in wanted if one not in read]
    made = await proposal_steps.propose(db, community_id, new, by=act.actor.id, now=act.now)
    await steps.mark_sent(db, community_id, round_id, dropped, now=act.now)
    return Sent(tuple(made), tuple(dropped))


@reading(who=READERS, where="community_id")
async def replay_round(db: AsyncSession, act: Act, *, community_id: UUID, round_id: UUID) -> Replay:
    """Decide a round once more from the same ids: with nothing changed since, the plan is the same."""
    detail = await detail_of(db, community_id, round_id)
    facts = await queries.facts(
        db,
        community_id,
        detail.view.on_day,
        request_ids=[*detail.input.requests, *detail.input.lapsed],
    )
    before = detail.input.passed_over
    then = tuple(replace(one, passed_over=before.get(one.id, one.passed_over)) for one in facts.requests)
    posed = _posed(replace(facts, requests=then), act, detail.input.steering)
    changed = posing.changed_since(detail.input, posed.given)
    same = posed.given == detail.input and digest(decided(posed.problem)) == detail.plan_digest
    return Replay(same, changed)


def _posed(facts: Facts, act: Act, steering: Steering) -> Posed:
    problem = posing.steered(posing.problem_of(facts), steering)
    given = posing.input_of(problem, posing.lapsed(facts, problem), act.seal, steering)
    versions = {request.id: request.version for request in facts.requests}
    return Posed(problem, posing.absence_kinds(facts), facts.volunteers, given, versions)


def _helpers(detail: RoundDetail, request_id: UUID) -> list[UUID]:
    """Whom the plan gives to a request."""
    return [pair.helper for pair in detail.plan.pairs if pair.request == request_id]


def _proposal_id(act: Act, round_id: UUID, request: RequestView, seat: int) -> UUID:
    return act.id_for("proposal", round_id, request.id, *([seat] if request.wish.helpers > 1 else []))


def _looked_at(facts: Facts, detail: RoundDetail, wanted: Collection[UUID]) -> dict[Choice, Look]:
    chosen = {pair.helper for pair in detail.plan.pairs if pair.request in wanted}
    # Only those who are to be asked: to look at somebody takes nobody else.
    problem = posing.problem_of(
        replace(facts, helpers=tuple(one for one in facts.helpers if one.member.id in chosen))
    )
    known, posed = {h.id for h in problem.helpers}, {r.id for r in problem.requests}
    choices = [
        Choice(pair.request, pair.helper)
        for pair in detail.plan.pairs
        if pair.request in wanted and pair.request in posed and pair.helper in known
    ]
    return {Choice(one.request, one.helper): one for one in looks(problem, choices)} if choices else {}


def _stale_any(
    request: RequestView,
    occasion: Occasion,
    helpers: Collection[UUID],
    seen: Mapping[Choice, Look],
    facts: Facts,
    crew: Crew,
) -> tuple[str, ...]:
    """Why a request is not asked for after all: for one helper's sake none of several is asked."""
    other_time = any(one.occasion != occasion for one in crew.taken)
    if len(crew.free) < len(helpers) or other_time:
        return (Because.ASKED,)
    found = [_stale(request, occasion, seen.get(Choice(request.id, one)), facts) for one in helpers]
    return tuple(dict.fromkeys(name for names in found for name in names))


def _stale(request: RequestView, occasion: Occasion, look: Look | None, facts: Facts) -> tuple[str, ...]:
    if request.status is not RequestStatus.PUBLISHED:
        return (Because.MOVED,)
    if occasion.on < facts.on:
        return (Because.PASSED,)
    if look is None:
        return ("status",)
    return tuple(name.lower() for name in look.reasons.names)
