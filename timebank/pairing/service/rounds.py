"""Use cases of match rounds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Choice, Look, Problem, digest, looks
from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.pairing import problem as posing
from timebank.pairing import queries, rules, words
from timebank.pairing.errors import NothingWaiting
from timebank.pairing.model import (
    Because,
    Dropped,
    NewProposal,
    Occasion,
    Replay,
    RoundDetail,
    RoundInput,
    RoundView,
    Sent,
)
from timebank.pairing.problem import Facts
from timebank.pairing.solving import Kinds, Solved, solve
from timebank.pairing.steps import proposals as proposal_steps
from timebank.pairing.steps import rounds as steps
from timebank.pairing.views import PairLine, RoundPage, RoundsPage, UnmatchedLine, WaitingLine
from timebank.people import queries as people
from timebank.people.model import MemberView
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
    given: RoundInput
    versions: Mapping[UUID, int]


@reading(who=READERS, where="community_id")
async def rounds_page(
    db: AsyncSession, act: Act, *, community_id: UUID, after: str | None = None
) -> RoundsPage:
    """Who waits, who is being asked, what was done last."""
    waiting = await queries.waiting_requests(db, community_id, act.today)
    return RoundsPage(
        waiting=await _lines(db, waiting[:WAITING_SHOWN]),
        waiting_count=len(waiting),
        asked_count=len(await queries.open_proposals(db, community_id)),
        schemes=await schemes.schemes(db, community_id, open_on=act.today),
        rounds=await queries.list_rounds(db, community_id, after=after),
    )


@reading(who=RUNNERS, where="community_id")
async def made_round(db: AsyncSession, act: Act, *, community_id: UUID, round_id: UUID) -> RoundView | None:
    """The round with this id, if an earlier try of the same call made it."""
    return await queries.round_view(db, round_id)


@reading(who=RUNNERS, where="community_id")
async def pose(db: AsyncSession, act: Act, *, community_id: UUID, scheme_id: UUID | None) -> Posed:
    """Read everything a round is decided from. Raises `NothingWaiting`, `NotFound` for an unknown scheme."""
    if scheme_id is not None and (await schemes.scheme(db, scheme_id)).community_id != community_id:
        raise NotFound
    facts = await queries.facts(db, community_id, act.today, scheme_id=scheme_id)
    if not facts.requests:
        raise NothingWaiting
    return _posed(facts, act)


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
    """Keep a round. Requests that changed while it was solved are dropped and named; the others are told why."""
    now = await requests.requests(db, posed.versions)
    asked = await queries.open_for_requests(db, posed.versions)
    stale = {
        one: Because.ASKED if one in asked else Because.MOVED
        for one, version in posed.versions.items()
        if one in asked or one not in now or now[one].version != version
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
    detail = await _detail(db, community_id, round_id)
    asked_for = await requests.requests(db, [*detail.input.requests, *detail.input.lapsed])
    who = {one.member_id for one in asked_for.values()} | {pair.helper for pair in detail.plan.pairs}
    who |= {why.runner_up.helper_id for why in detail.whys.values() if why.runner_up}
    persons = await people.members(db, who)
    scheme_id = detail.view.scheme_id
    return RoundPage(
        detail=detail,
        scheme=(await schemes.scheme(db, scheme_id)).name if scheme_id else None,
        unmatched=_unmatched(detail, asked_for, persons),
        lapsed=[
            WaitingLine(one, persons[one.member_id]) for i in detail.input.lapsed if (one := asked_for.get(i))
        ],
        pairs=await _pair_lines(db, detail, asked_for, persons),
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
    detail = await _detail(db, community_id, round_id)
    wanted = {
        pair.request: pair.slot
        for pair in detail.plan.pairs
        if (request_ids is None or pair.request in request_ids) and pair.request not in detail.dropped
    }
    facts = await queries.facts(db, community_id, act.today, request_ids=list(wanted))
    seen = _looked_at(facts, detail, wanted)
    asked = await queries.open_for_requests(db, wanted)
    dropped = list(detail.dropped.values())
    new: list[NewProposal] = []
    for request in facts.requests:
        why, occasion = detail.whys[request.id], rules.occasion_of(wanted[request.id], request.wish)
        because = _stale(request, occasion, seen.get(request.id), facts)
        if request.id in asked:
            because = (Because.ASKED,)
        if because:
            dropped.append(Dropped(request.id, why.chosen.helper_id, because))
            continue
        policy = facts.policies[request.wish.scheme_id]
        new.append(
            NewProposal(
                id=act.id_for("proposal", round_id, request.id),
                round_id=round_id,
                request_id=request.id,
                scheme_id=request.wish.scheme_id,
                helper_id=why.chosen.helper_id,
                recipient_id=request.member_id,
                category=request.wish.category,
                occasion=occasion,
                deadline=rules.deadline(occasion, act.now, policy.proposal_days),
                why=why,
            )
        )
    read = {request.id for request in facts.requests}
    dropped += [
        Dropped(one, detail.whys[one].chosen.helper_id, (Because.MOVED,)) for one in wanted if one not in read
    ]
    made = await proposal_steps.propose(db, community_id, new, by=act.actor.id, now=act.now)
    await steps.mark_sent(db, community_id, round_id, dropped, now=act.now)
    return Sent(tuple(made), tuple(dropped))


@reading(who=READERS, where="community_id")
async def replay_round(db: AsyncSession, act: Act, *, community_id: UUID, round_id: UUID) -> Replay:
    """Decide a round once more from the same ids: with nothing changed since, the plan is the same."""
    detail = await _detail(db, community_id, round_id)
    facts = await queries.facts(
        db,
        community_id,
        detail.view.on_day,
        request_ids=[*detail.input.requests, *detail.input.lapsed],
    )
    before = detail.input.passed_over
    then = tuple(replace(one, passed_over=before.get(one.id, one.passed_over)) for one in facts.requests)
    posed = _posed(replace(facts, requests=then), act)
    changed = posing.changed_since(detail.input, posed.given)
    same = (
        posed.given == detail.input and digest(solve(posed.problem, posed.kinds).plan) == detail.plan_digest
    )
    return Replay(same, changed)


def _posed(facts: Facts, act: Act) -> Posed:
    problem = posing.problem_of(facts)
    given = posing.input_of(problem, posing.lapsed(facts, problem), act.seal)
    versions = {request.id: request.version for request in facts.requests}
    return Posed(problem, posing.absence_kinds(facts), given, versions)


def _looked_at(facts: Facts, detail: RoundDetail, wanted: Collection[UUID]) -> dict[UUID, Look]:
    chosen = {detail.whys[one].chosen.helper_id for one in wanted}
    # Only those who are to be asked: to look at somebody takes nobody else.
    problem = posing.problem_of(
        replace(facts, helpers=tuple(one for one in facts.helpers if one.member.id in chosen))
    )
    known, posed = {h.id for h in problem.helpers}, {r.id for r in problem.requests}
    choices = [
        Choice(one, detail.whys[one].chosen.helper_id)
        for one in wanted
        if one in posed and detail.whys[one].chosen.helper_id in known
    ]
    return {look.request: look for look in looks(problem, choices)} if choices else {}


def _stale(request: RequestView, occasion: Occasion, look: Look | None, facts: Facts) -> tuple[str, ...]:
    if request.status is not RequestStatus.PUBLISHED:
        return (Because.MOVED,)
    if occasion.on < facts.on:
        return (Because.PASSED,)
    if look is None:
        return ("status",)
    return tuple(name.lower() for name in look.reasons.names)


async def _detail(db: AsyncSession, community_id: UUID, round_id: UUID) -> RoundDetail:
    detail = await queries.round_detail(db, round_id)
    if detail.view.community_id != community_id:
        raise NotFound
    return detail


async def _lines(db: AsyncSession, found: Collection[RequestView]) -> list[WaitingLine]:
    persons = await people.members(db, {one.member_id for one in found})
    return [WaitingLine(one, persons[one.member_id]) for one in found]


def _unmatched(
    detail: RoundDetail, asked_for: Mapping[UUID, RequestView], persons: Mapping[UUID, MemberView]
) -> list[UnmatchedLine]:
    lines = [
        UnmatchedLine(
            request=asked_for[why.request_id],
            recipient=persons[asked_for[why.request_id].member_id],
            why=words.why_nobody_text(why),
            helps=words.would_help(why),
        )
        for why in detail.nobody.values()
        if why.request_id in asked_for
    ]
    return sorted(lines, key=lambda line: (-line.request.wish.priority, line.request.created_at))


async def _pair_lines(
    db: AsyncSession,
    detail: RoundDetail,
    asked_for: Mapping[UUID, RequestView],
    persons: Mapping[UUID, MemberView],
) -> list[PairLine]:
    made = {one.request_id: one for one in await queries.proposals_of_round(db, detail.view.id)}
    lines = []
    for pair in detail.plan.pairs:
        request = asked_for.get(pair.request)
        if request is None or pair.helper not in persons:
            continue
        why = detail.whys[pair.request]
        to = asked_for.get(why.runner_up_serves) if why.runner_up_serves else None
        serves = persons.get(to.member_id) if to else None
        recipient = persons[request.member_id]
        dropped = detail.dropped.get(pair.request)
        lines.append(
            PairLine(
                request=request,
                recipient=recipient,
                helper=persons[pair.helper],
                occasion=rules.occasion_of(pair.slot, request.wish),
                score=pair.score,
                why=words.why_pair_text(why, persons, recipient),
                runner_up=words.runner_up_text(why, persons, recipient, serves),
                proposal=made.get(pair.request),
                dropped=words.dropped_text(dropped) if dropped else [],
            )
        )
    return sorted(lines, key=lambda line: (line.occasion.on, line.occasion.from_minute, line.recipient.name))
