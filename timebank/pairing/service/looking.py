"""Use cases of looking at a round another way: tried out, on a plan of the neighbourhood, over months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Choice, Problem
from timebank.access.guard import Act, reading
from timebank.core.actor import Role
from timebank.core.errors import Text
from timebank.pairing import drawing, queries, words
from timebank.pairing import problem as posing
from timebank.pairing.errors import RoundClosed
from timebank.pairing.model import RoundStatus, RoundView, Steering
from timebank.pairing.service.lines import detail_of, steered_lines
from timebank.pairing.solving import Compared
from timebank.pairing.views import DrawnRound, MovedLine, PlannedHome, WaitingLine, WhatIfPage
from timebank.people import queries as people
from timebank.requests import queries as requests

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
READERS = DESK | {Role.AUDITOR}
RUNNERS = DESK | {Role.SYSTEM}
# Months of rounds are compared over a year and a month, so that the same month stands twice.
TREND_DAYS = 396


@dataclass(frozen=True)
class PosedWhatIf:
    """A round as it is and as it would be, to be decided outside any transaction."""

    before: Problem
    after: Problem


@reading(who=DESK, where="community_id")
async def pose_what_if(
    db: AsyncSession, act: Act, *, community_id: UUID, round_id: UUID, steering: Steering
) -> PosedWhatIf:
    """Read what an unsent round would be decided from now. Raises `NotFound`, `RoundClosed`."""
    detail = await detail_of(db, community_id, round_id)
    if detail.view.status is not RoundStatus.MADE:
        raise RoundClosed
    problem = posing.problem_of(
        await queries.facts(db, community_id, act.today, scheme_id=detail.view.scheme_id)
    )
    return PosedWhatIf(
        posing.steered(problem, detail.input.steering),
        posing.steered(problem, steering),
    )


@reading(who=DESK, where="community_id")
async def what_if_page(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    round_id: UUID,
    steering: Steering,
    found: Compared | None = None,
) -> WhatIfPage:
    """A round tried out, in words; without `found` only what may be steered. Raises `NotFound`, `RoundClosed`."""
    detail = await detail_of(db, community_id, round_id)
    if detail.view.status is not RoundStatus.MADE:
        raise RoundClosed
    moves = found.moves if found else ()
    asked_for = await requests.requests(db, [*detail.input.requests, *(move.request for move in moves)])
    who = {one.member_id for one in asked_for.values()} | set(detail.input.helpers)
    who |= {one for move in moves for one in (move.before, move.after) if one is not None}
    persons = await people.members(db, who)
    lines = [WaitingLine(one, persons[one.member_id]) for one in asked_for.values()]
    helpers = [persons[one] for one in detail.input.helpers if one in persons]
    kept = {Choice(pair.request, pair.helper) for pair in detail.plan.pairs}
    return WhatIfPage(
        view=detail.view,
        steering=steering,
        steered=steered_lines(steering, asked_for, persons),
        before=found.before if found else None,
        after=found.after if found else None,
        moved=[
            MovedLine(
                asked_for[move.request],
                persons[asked_for[move.request].member_id],
                persons.get(move.before) if move.before else None,
                persons.get(move.after) if move.after else None,
            )
            for move in moves
        ],
        drifted=found is not None and found.pairs != kept,
        seen=found.seen if found else "",
        requests=sorted(lines, key=lambda line: (line.recipient.name, line.request.created_at)),
        helpers=sorted(helpers, key=lambda one: (one.name, one.id)),
    )


@reading(who=RUNNERS, where="community_id")
async def pairs_named(
    db: AsyncSession, act: Act, *, community_id: UUID, choices: Sequence[Choice]
) -> list[Text]:
    """Pairs of helper and request by the names of the two."""
    asked_for = await requests.requests(db, {one.request for one in choices})
    persons = await people.members(
        db, {one.helper for one in choices} | {one.member_id for one in asked_for.values()}
    )
    lines = steered_lines(Steering(pins=tuple(choices)), asked_for, persons)
    return [words.pair_text(line.helper, line.recipient) for line in lines]


@reading(who=DESK, where="community_id")
async def drawn_round(db: AsyncSession, act: Act, *, community_id: UUID, round_id: UUID) -> DrawnRound:
    """The pairs of a round and those who got nobody, by where they live. Raises `NotFound`."""
    detail = await detail_of(db, community_id, round_id)
    asked_for = await requests.requests(db, detail.input.requests)
    who = {one.member_id for one in asked_for.values()} | {pair.helper for pair in detail.plan.pairs}
    persons = await people.members(db, who)
    missed = [(one.request, None, None) for one in detail.plan.unmatched]
    paired = [(pair.request, pair.helper, pair.metres) for pair in detail.plan.pairs]
    lines = [
        PlannedHome(
            number=number,
            request=asked_for[request],
            recipient=persons[asked_for[request].member_id],
            helper=persons.get(helper) if helper else None,
            metres=words.metres_text(metres),
        )
        for number, (request, helper, metres) in enumerate(
            (line for line in (*missed, *paired) if line[0] in asked_for), start=1
        )
    ]
    return DrawnRound(detail.view, lines, drawing.drawn([_homes(line) for line in lines]))


@reading(who=READERS, where="community_id")
async def rounds_over_months(db: AsyncSession, act: Act, *, community_id: UUID) -> list[RoundView]:
    """The rounds of the last months that stand, the newest first."""
    since: date = act.today - timedelta(days=TREND_DAYS)
    return await queries.rounds_since(db, community_id, since.replace(day=1))


def _homes(line: PlannedHome) -> drawing.Homes:
    recipient, helper = line.recipient.details, line.helper.details if line.helper else None
    return drawing.Homes(
        number=line.number,
        recipient=drawing.place(recipient.lat, recipient.lon),
        helper=drawing.place(helper.lat, helper.lon) if helper else None,
        missed=line.helper is None,
        who=line.helper.id if line.helper else None,
        whose=line.recipient.id,
    )
