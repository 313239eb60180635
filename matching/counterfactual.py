"""What would help an unmatched request: changes of it or of one helper, each said only if true when tried."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

import numpy as np

from matching.eligibility import Bits, eligible, refusals
from matching.explanation import Move, chosen, moves
from matching.plan import Plan
from matching.problem import (
    COUNT_MAX,
    DAY_MINUTES,
    Choice,
    DatedWindow,
    Helper,
    Problem,
    Request,
    Window,
    urgency,
)
from matching.reasons import Reason
from matching.scoring import terms
from matching.tables import I32, Bool, tabulate
from matching.trying import Trying

HOUR = 60
# Another day is looked for so many days ahead.
DAYS_AHEAD = 14
# A reach is tried so many times as wide.
WIDER = 2
# Rounds decided again for one request, answers given for it, and rounds in all unless told otherwise.
TRIES_MAX = 4
ANSWERS_MAX = 3
SOLVES_MAX = 60


class ChangeKind(StrEnum):
    """What is changed; in the order in which one would rather ask."""

    EARLIER = "earlier"  # every window begins an hour earlier
    LATER = "later"  # every window ends an hour later
    DAY = "day"  # the hours of the first window on another day as well
    DIALECT = "dialect"  # no dialect is required
    GENDER = "gender"  # no gender is asked of the helper
    REACH = "reach"  # helpers may come from twice as far
    SKILL = "skill"  # one skill less is required
    FEWER = "fewer"  # one helper fewer is enough
    AGAIN = "again"  # those who declined this request are asked again
    WEEK = "week"  # one helper takes one visit more, and the minutes for it
    BACK = "back"  # one helper is not away


OF_TIME = frozenset({ChangeKind.EARLIER, ChangeKind.LATER, ChangeKind.DAY})


@dataclass(frozen=True, slots=True)
class Change:
    """One change on behalf of one request. `weekday` counts from Monday 0; a `DAY` has it or `on`."""

    kind: ChangeKind
    request: UUID
    skill: str | None = None
    weekday: int | None = None
    on: date | None = None
    helper: UUID | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """With this change `could` helpers were eligible, and the round, decided again, gives the request to `by`.

    `moves` are the other requests whose helper would differ; `unserved` those of them that would have nobody.
    """

    change: Change
    could: int
    by: tuple[UUID, ...]
    moves: tuple[Move, ...]
    unserved: tuple[UUID, ...]


def what_would_help(
    problem: Problem,
    plan: Plan,
    *,
    requests: Collection[UUID] | None = None,
    needed: frozenset[str] = frozenset(),
    solves: int = SOLVES_MAX,
    told: Callable[[int, int], None] | None = None,
) -> dict[UUID, tuple[Help, ...]]:
    """For each unmatched request of `plan`, or those of `requests`, up to `ANSWERS_MAX` changes that would serve it.

    A look at who would be eligible sorts the changes out; the promising ones are tried by deciding the whole round
    again (see `Trying`), at most `TRIES_MAX` times for a request and `solves` times in all, the most urgent requests
    first, each its best guess before any its second. So an answer is true, and no answer says only that none was
    found. Nobody can do without the skills `needed`. Those that cost nobody come first. `told` hears before each try how many
    there were and how many there may be; what it raises ends the search.
    """
    allowed = solves
    missed = [u.request for u in plan.unmatched if requests is None or u.request in requests]
    by_id = {r.id: r for r in problem.requests}
    missed.sort(key=lambda one: (-urgency(by_id[one], problem.limits), one))
    found: dict[UUID, list[Help]] = {one: [] for one in missed}
    if not missed or not problem.helpers:
        return dict.fromkeys(found, ())
    guesses = _guesses(problem, plan, [by_id[one] for one in missed], needed)
    trying = Trying(problem)
    for turn in range(TRIES_MAX):
        for one in missed:
            if solves < 1 or turn >= len(guesses[one]) or len(found[one]) == ANSWERS_MAX:
                continue
            if told is not None:
                told(allowed - solves, allowed)
            solves -= 1
            if (helped := _tried(trying, plan, *guesses[one][turn])) is not None:
                found[one].append(helped)
    return {one: tuple(sorted(helps, key=lambda h: len(h.unserved))) for one, helps in found.items()}


def changed(problem: Problem, change: Change) -> Problem:
    """The problem with this change, to be decided again."""
    match change.kind:
        case ChangeKind.AGAIN:
            return replace(
                problem, declined=frozenset(c for c in problem.declined if c.request != change.request)
            )
        case ChangeKind.WEEK | ChangeKind.BACK:
            asked = next(r for r in problem.requests if r.id == change.request)
            helpers = (_able(h, asked, change.kind) if h.id == change.helper else h for h in problem.helpers)
            return replace(problem, helpers=tuple(helpers))
        case _:
            asked = next(r for r in problem.requests if r.id == change.request)
            # Who meets at one time is asked for at one time.
            beside = asked.link if change.kind in OF_TIME and asked.meets else None
            asking = (
                _asking(r, change) if r is asked or (beside and r.meets and r.link == beside) else r
                for r in problem.requests
            )
            return replace(problem, requests=tuple(asking))


def _tried(trying: Trying, plan: Plan, change: Change, could: int) -> Help | None:
    after = trying.decided(changed(trying.problem, change), change.request, change.helper)
    by = tuple(sorted(pair.helper for pair in after if pair.request == change.request))
    if not by:
        return None
    others = tuple(move for move in moves(chosen(plan), after) if move.request != change.request)
    lost = {p.request for p in plan.pairs} - {pair.request for pair in after}
    return Help(change, could, by, others, tuple(sorted(lost)))


def _able(helper: Helper, request: Request, kind: ChangeKind) -> Helper:
    if kind is ChangeKind.BACK:
        return replace(helper, absences=())
    return replace(
        helper, visits_left=helper.visits_left + 1, minutes_left=helper.minutes_left + request.minutes
    )


def _asking(request: Request, change: Change) -> Request:
    match change.kind:
        case ChangeKind.EARLIER | ChangeKind.LATER:
            late = change.kind is ChangeKind.LATER
            return replace(
                request,
                windows=tuple(Window(*_longer(w.start, w.end, late=late)) for w in request.windows),
                dates=tuple(DatedWindow(d.on, *_longer(d.start, d.end, late=late)) for d in request.dates),
            )
        case ChangeKind.DAY if change.weekday is not None:
            first = request.windows[0]
            start = change.weekday * DAY_MINUTES + first.start % DAY_MINUTES
            end = min(start + first.end - first.start, (change.weekday + 1) * DAY_MINUTES)
            return replace(request, windows=(*request.windows, Window(start, end)))
        case ChangeKind.DAY if change.on is not None:
            hours = request.dates[0]
            return replace(request, dates=(*request.dates, DatedWindow(change.on, hours.start, hours.end)))
        case ChangeKind.DIALECT:
            return replace(request, dialect_required=False)
        case ChangeKind.GENDER:
            return replace(request, helper_gender=None)
        case ChangeKind.REACH if request.reach_m is not None:
            return replace(request, reach_m=min(COUNT_MAX, WIDER * request.reach_m))
        case ChangeKind.SKILL if change.skill is not None:
            return replace(request, skills=request.skills - {change.skill})
        case ChangeKind.FEWER:
            if request.demand_min is None:
                return replace(request, demand=request.demand - 1)
            return replace(request, demand_min=request.demand_min - 1)
        case _:
            raise AssertionError(change)


def _longer(start: int, end: int, *, late: bool) -> tuple[int, int]:
    """An hour longer at one end, but not past a midnight."""
    if late:
        return start, min(end + HOUR, -(-end // DAY_MINUTES) * DAY_MINUTES)
    return max(start - HOUR, start // DAY_MINUTES * DAY_MINUTES), end


def _wishes(request: Request, on: date, needed: frozenset[str]) -> Iterator[Change]:
    """Every change of the request itself that makes it another one."""
    one = request.id
    every = [Change(ChangeKind.EARLIER, one), Change(ChangeKind.LATER, one)]
    if request.weekly:
        # Weekdays on which it is asked for already are no other day.
        known = {
            minute // DAY_MINUTES for w in request.windows for minute in range(w.start, w.end, DAY_MINUTES)
        }
        every += [Change(ChangeKind.DAY, one, weekday=day) for day in range(7) if day not in known]
    else:
        ahead = [on + timedelta(days=n) for n in range(DAYS_AHEAD)]
        taken = {d.on for d in request.dates}
        every += [Change(ChangeKind.DAY, one, on=day) for day in ahead if day not in taken]
    if request.dialect_required:
        every.append(Change(ChangeKind.DIALECT, one))
    if request.helper_gender is not None:
        every.append(Change(ChangeKind.GENDER, one))
    if request.reach_m:
        every.append(Change(ChangeKind.REACH, one))
    every += [Change(ChangeKind.SKILL, one, skill=skill) for skill in sorted(request.skills - needed)]
    yield from (change for change in every if _asking(request, change) != request)


def _guesses(
    problem: Problem, plan: Plan, missed: Sequence[Request], needed: frozenset[str]
) -> dict[UUID, list[tuple[Change, int]]]:
    """For each request what is worth a try, the best first, and how many could then come."""
    free = _with_room(problem, plan)
    wishes = [(request, change) for request in missed for change in _wishes(request, problem.on, needed)]
    bits, worth, able = _looked_at(problem, missed, [_asking(request, change) for request, change in wishes])
    now = {request.id: row for row, request in enumerate(missed)}
    ranked: dict[UUID, list[tuple[tuple[int, ...], Change, int]]] = {request.id: [] for request in missed}
    for (request, change), could in zip(wishes, able, strict=True):
        new = could & (bits[now[request.id]] != 0)
        if new.any():
            room = int((new & (free >= request.minutes)).sum())
            key = (0 if room else 2, -room, -int(new.sum()), list(ChangeKind).index(change.kind))
            ranked[request.id].append((key, change, int(could.sum())))
    for row, request in enumerate(missed):
        ranked[request.id] += _of_helpers(problem, request, bits[row], worth[row])
    return {one: _mixed(options) for one, options in ranked.items()}


def _with_room(problem: Problem, plan: Plan) -> I32:
    """The minutes that each helper has left beside the plan; 0 without a visit left."""
    minutes = {r.id: r.minutes for r in problem.requests}
    visits = Counter(p.helper for p in plan.pairs)
    spent = Counter[UUID]()
    for pair in plan.pairs:
        spent[pair.helper] += minutes[pair.request]
    return np.array(
        [h.minutes_left - spent[h.id] if visits[h.id] < h.visits_left else 0 for h in problem.helpers],
        dtype=np.int32,
    )


def _looked_at(
    problem: Problem, missed: Sequence[Request], wishes: Sequence[Request]
) -> tuple[Bits, I32, Bool]:
    """Of the missed the reason bits and the score of every helper, of the wishes who is eligible: [rows, helpers]."""
    asked = [*missed, *wishes]
    same: dict[UUID, list[UUID]] = {}
    for row, request in enumerate(asked):
        same.setdefault(request.id, []).append(UUID(int=row))

    def renamed(choices: Collection[Choice]) -> frozenset[Choice]:
        return frozenset(Choice(row, c.helper) for c in choices for row in same.get(c.request, ()))

    # Each of them under a number of its own, side by side.
    t = tabulate(
        replace(
            problem,
            requests=tuple(
                replace(request, id=UUID(int=row), link=None) for row, request in enumerate(asked)
            ),
            declined=renamed(problem.declined),
            forbidden=renamed(problem.forbidden),
            agreed=renamed(problem.agreed),
            offered=renamed(problem.offered),
            pins=frozenset(),
        )
    )
    helpers = len(problem.helpers)

    def crossed(first: int, last: int) -> tuple[I32, I32]:
        rows = np.repeat(np.arange(first, last, dtype=np.int32), helpers)
        return rows, np.tile(np.arange(helpers, dtype=np.int32), last - first)

    plain = crossed(0, len(missed))
    bits = refusals(t, *plain).reshape(-1, helpers)
    worth = terms(t, *plain).sum(axis=1, dtype=np.int32).reshape(-1, helpers)
    return bits, worth, eligible(t, *crossed(len(missed), len(asked))).reshape(-1, helpers)


def _of_helpers(
    problem: Problem, request: Request, bits: Bits, worth: I32
) -> Iterator[tuple[tuple[int, ...], Change, int]]:
    """The best helper whom only a full week, and the best whom only an absence, keeps away; and asking again."""
    could = int((bits == 0).sum())
    declined = int((bits == Reason.DECLINED).sum())
    if declined:
        yield (1, 0), Change(ChangeKind.AGAIN, request.id), could + declined
    if request.least > 1 and could >= request.least - 1:
        yield (1, 1), Change(ChangeKind.FEWER, request.id), could
    # Where somebody could come, and serves another, a visit more would do.
    for kind, kept in (
        (ChangeKind.WEEK, (bits == Reason.WEEK_FULL) | (bits == 0)),
        (ChangeKind.BACK, bits == Reason.ABSENT),
    ):
        for place, row in enumerate(
            sorted(np.flatnonzero(kept).tolist(), key=lambda h: (-int(worth[h]), h))[:2]
        ):
            change = Change(kind, request.id, helper=problem.helpers[row].id)
            yield (1, 2 + place), change, could + int(bits[row] != 0)


def _mixed(options: Sequence[tuple[tuple[int, ...], Change, int]]) -> list[tuple[Change, int]]:
    """The best of each kind before the second best of any, so that there is a choice."""
    ordered = sorted(options, key=lambda one: (one[0], list(ChangeKind).index(one[1].kind)))
    seen = Counter[ChangeKind]()
    turns: list[tuple[int, Change, int]] = []
    for _, change, could in ordered:
        turns.append((seen[change.kind], change, could))
        seen[change.kind] += 1
    return [(change, could) for _, change, could in sorted(turns, key=lambda one: one[0])]
