"""The long part of a round, done in a thread outside any transaction: decide, check, explain. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from matching import (
    Absence,
    Choice,
    Helper,
    Histogram,
    Look,
    Move,
    PinRefused,
    PinsClash,
    Plan,
    Problem,
    Reason,
    Report,
    Request,
    Tie,
    Unmatched,
    check,
    decide,
    looks,
    price,
    report,
    what_would_help,
)
from timebank.core.errors import N_, Text
from timebank.pairing import words
from timebank.pairing.errors import CannotPin, PlanWrong
from timebank.pairing.model import Grounds, Why, WhyNobody
from timebank.people.model import CATEGORY_LABELS

# Past so many pairs to look at, reasons are counted without saying which skill or which absence.
DETAILED_MAX = 300_000
# What would help is tried where no more than so many pairs are unmatched request times helper, and then by so many
# rounds decided again: a quarter of a second each where there are 170 helpers and 500 requests.
TRIED_MAX = 100_000
SOLVES_MAX = 60
Kinds = Mapping[UUID, Mapping[date, str]]
Volunteers = frozenset[Choice]
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Solved:
    """A plan that the independent checker found nothing wrong with, its reasons, and what it came to."""

    plan: Plan
    report: Report
    whys: tuple[Why, ...]
    nobody: tuple[WhyNobody, ...]


@dataclass(frozen=True)
class Compared:
    """Two plans: what each came to, whom the first gives each request, and the requests whose helper differs.

    `seen` is the digest of what the second was decided from.
    """

    before: Report
    after: Report
    pairs: frozenset[Choice]
    moves: tuple[Move, ...]
    seen: str


def solve(
    problem: Problem, kinds: Kinds, volunteers: Volunteers = frozenset(), told: Told | None = None
) -> Solved:
    """The best round for a problem; the same problem gives the same plan.

    `kinds` says of each helper's absences, by first day, what they are; `volunteers` who of those that
    offered did so for this very request. Raises `CannotPin`, and `PlanWrong` if the
    checker, which shares no code with the solver, objects to the plan. `told` hears how far it is, and may raise.
    """
    plan = decided(problem)
    nobody = _helped(problem, plan, _nobody(problem, plan, kinds), told)
    return Solved(plan, report(problem, plan), _whys(problem, plan, volunteers), nobody)


def decided(problem: Problem) -> Plan:
    """The best round without its reasons. Raises `PlanWrong`, and `CannotPin` where a pair pinned cannot be."""
    try:
        plan = decide(problem)
    except PinRefused as refused:
        one = Choice(refused.request, refused.helper)
        raise CannotPin(choices=[one], why=words.reasons_text(refused.reasons)) from refused
    except PinsClash as clash:
        several = [pin for pin in sorted(problem.pins) if clash.subject in (pin.request, pin.helper)]
        raise CannotPin(choices=several, why=[Text(N_("彼此排不下"))]) from clash
    violations = check(problem, plan)
    if violations:
        raise PlanWrong(found=", ".join(f"{v.rule} {v.subject}" for v in violations[:5]))
    return plan


def compared(before: Problem, after: Problem) -> Compared:
    """Decide both. Raises `CannotPin` where `after` cannot be, `PlanWrong`."""
    try:
        one = decided(before)
    except CannotPin:
        # What was pinned once cannot be any more, and is not to stand in the way of another try.
        before = replace(before, pins=frozenset())
        one = decided(before)
    other = decided(after)
    pairs = frozenset(Choice(pair.request, pair.helper) for pair in one.pairs)
    moves = price(one, other).moves
    return Compared(report(before, one), report(after, other), pairs, moves, seen=other.problem)


def grounds(problem: Problem, look: Look, volunteers: Volunteers) -> Grounds:
    """What a look found, with the visits behind its points."""
    recipient = next(r.recipient for r in problem.requests if r.id == look.request)
    return _Known(problem, volunteers).grounds(look, recipient)


def why_nobody(problem: Problem, request: Request, found: list[Look], kinds: Kinds) -> WhyNobody:
    """Count the looks of every helper at one request by the first reason that refuses."""
    helpers = {helper.id: helper for helper in problem.helpers}
    counts: Counter[str] = Counter()
    only: Counter[str] = Counter()
    for look in found:
        if not look.reasons:
            continue
        name = _detail(request, helpers[look.helper], look.reasons.first, kinds)
        counts[name] += 1
        if look.reasons == look.reasons.first and not _lacks_several(request, helpers[look.helper]):
            only[name] += 1
    eligible = len(found) - counts.total()
    return WhyNobody(
        request.id, len(found), eligible, dict(sorted(counts.items())), dict(sorted(only.items()))
    )


def _whys(problem: Problem, plan: Plan, volunteers: Volunteers) -> tuple[Why, ...]:
    known = _Known(problem, volunteers)
    recipients = {r.id: r.recipient for r in problem.requests}
    serves = {pair.helper: pair.request for pair in plan.pairs}
    chosen = [Choice(p.request, p.helper) for p in plan.pairs]
    second = [Choice(p.request, p.runner_up) for p in plan.pairs if p.runner_up is not None]
    seen = {Choice(look.request, look.helper): look for look in looks(problem, [*chosen, *second])}
    whys = []
    for pair in plan.pairs:
        to = recipients[pair.request]
        best = known.grounds(seen[Choice(pair.request, pair.helper)], to)
        if pair.runner_up is None:
            whys.append(Why(pair.request, best))
        else:
            other = known.grounds(seen[Choice(pair.request, pair.runner_up)], to)
            whys.append(Why(pair.request, best, other, serves.get(pair.runner_up)))
    return tuple(whys)


def _nobody(problem: Problem, plan: Plan, kinds: Kinds) -> tuple[WhyNobody, ...]:
    requests = {r.id: r for r in problem.requests}
    if len(plan.unmatched) * len(problem.helpers) > DETAILED_MAX:
        return tuple(_several(_plain(u.request, u.histogram), requests[u.request], u) for u in plan.unmatched)
    found = []
    for unmatched in plan.unmatched:
        all_looks = looks(problem, [Choice(unmatched.request, h.id) for h in problem.helpers])
        why = why_nobody(problem, requests[unmatched.request], list(all_looks), kinds)
        found.append(_several(why, requests[unmatched.request], unmatched))
    return tuple(found)


def _helped(
    problem: Problem, plan: Plan, nobody: tuple[WhyNobody, ...], told: Told | None
) -> tuple[WhyNobody, ...]:
    if len(nobody) * len(problem.helpers) > TRIED_MAX:
        return nobody
    # Nobody can do without the very thing that is asked for.
    found = what_would_help(problem, plan, needed=frozenset(CATEGORY_LABELS), solves=SOLVES_MAX, told=told)
    return tuple(replace(why, tried=found[why.request_id]) for why in nobody)


def _several(why: WhyNobody, request: Request, unmatched: Unmatched) -> WhyNobody:
    return replace(why, wanted=request.least, together=unmatched.together)


def _plain(request_id: UUID, histogram: Histogram) -> WhyNobody:
    return WhyNobody(
        request_id,
        histogram.helpers,
        histogram.eligible,
        {_name(count.reason): count.helpers for count in histogram.first},
        {_name(count.reason): count.helpers for count in histogram.only},
    )


def _name(reason: Reason) -> str:
    return (reason.name or "").lower()


def _detail(request: Request, helper: Helper, reason: Reason, kinds: Kinds) -> str:
    match reason:
        case Reason.SKILL:
            return f"skill:{min(request.skills - helper.skills)}"
        case Reason.TRAINING:
            return f"training:{min(request.trainings - helper.trainings)}"
        case Reason.CIRCUMSTANCE:
            return f"circumstance:{min(request.circumstances & helper.avoids)}"
        case Reason.WINDOW:
            weekdays = {w.start // 1_440 for w in request.windows} | {d.on.weekday() for d in request.dates}
            return f"window:{min(weekdays)}" if len(weekdays) == 1 else "window"
        case Reason.ABSENT:
            kind = _kind(helper.absences, kinds.get(helper.id, {}))
            return f"absent:{kind}" if kind else "absent"
        case _:
            return _name(reason)


def _lacks_several(request: Request, helper: Helper) -> bool:
    """True if no single skill or training would be enough."""
    return len(request.skills - helper.skills) > 1 or len(request.trainings - helper.trainings) > 1


def _kind(absences: tuple[Absence, ...], kinds: Mapping[date, str]) -> str | None:
    """What kind of absence keeps a helper away: that of the longest one."""
    longest = max(absences, key=lambda a: (a.until - a.since, a.since), default=None)
    return kinds.get(longest.since) if longest else None


class _Known:
    """What speaks for a pair, as far as it is not in the points."""

    def __init__(self, problem: Problem, volunteers: Volunteers) -> None:
        self._volunteers = volunteers
        self._met = {Tie(p.helper, p.recipient): p.visits for p in problem.past}
        self._standing = problem.standing
        self._lately = {h.id: h.load for h in problem.helpers}

    def grounds(self, look: Look, recipient: UUID) -> Grounds:
        tie = Tie(look.helper, recipient)
        return Grounds(
            helper_id=look.helper,
            score=look.score,
            points={name: getattr(look.terms, name) for name in look.terms.__dataclass_fields__},
            metres=look.metres,
            visits_before=self._met.get(tie, 0),
            standing=tie in self._standing,
            visits_lately=self._lately[look.helper],
            volunteered=Choice(look.request, look.helper) in self._volunteers,
        )
