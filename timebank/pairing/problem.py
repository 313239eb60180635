"""From what is known of people and requests to the problem that `matching` decides. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from matching import (
    Absence,
    Choice,
    DatedWindow,
    Helper,
    Mode,
    Past,
    Position,
    Problem,
    Tie,
    Window,
    to_json,
)
from matching import Gender as MatchingGender
from matching import Request as Wanted
from timebank.core import clock
from timebank.core.sealing import Seal
from timebank.pairing.model import Crew, Occasion, PairView, ProposalView, RoundInput, Steering
from timebank.pairing.steering import weights_of
from timebank.people.model import Apart, Candidate, MemberView
from timebank.requests.model import Kind, RequestView
from timebank.requests.offers.model import Offer
from timebank.requests.offers.rules import meets
from timebank.schemes.model import SchemePolicy

DAY_MINUTES = 1_440
# Who has not said when they are free may be asked for any day between these hours.
UNSAID_FROM, UNSAID_UNTIL = 8 * 60, 18 * 60
# New visits that one round may ask of one helper; a mentor is asked for one pair at a time.
ASKED_MAX = 3
# A wish for "a Tuesday" is looked for in so many days from its start.
DAYS_AHEAD = 21
_GENDERS = {"female": MatchingGender.FEMALE, "male": MatchingGender.MALE}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything one round is decided from, as read at one moment.

    `on` is the first day on which a visit may lie. `booked` are visits planned from then on, by helper;
    `met` counts visits by (helper, recipient); `minutes_planned` is each helper's fullest of the weeks
    ahead; `visits_lately` what they did in the last weeks; `offers` what they would gladly do;
    `volunteers` who would go, by request. `crews` say of requests for several who holds a seat already.
    `mentoring`: pairs that nobody would leave for each other are looked for.
    """

    community_id: UUID
    on: date
    requests: tuple[RequestView, ...]
    recipients: Mapping[UUID, MemberView]
    helpers: tuple[Candidate, ...]
    policies: Mapping[UUID, SchemePolicy]
    apart: tuple[Apart, ...] = ()
    met: Mapping[tuple[UUID, UUID], int] = field(default_factory=dict)
    booked: Mapping[UUID, tuple[Occasion, ...]] = field(default_factory=dict)
    pairs: tuple[PairView, ...] = ()
    proposals: tuple[ProposalView, ...] = ()
    declined: frozenset[Choice] = frozenset()
    minutes_planned: Mapping[UUID, int] = field(default_factory=dict)
    visits_lately: Mapping[UUID, int] = field(default_factory=dict)
    offers: Mapping[UUID, Sequence[Offer]] = field(default_factory=dict)
    volunteers: frozenset[Choice] = frozenset()
    crews: Mapping[UUID, Crew] = field(default_factory=dict)
    mentoring: bool = False


def problem_of(facts: Facts) -> Problem:
    """The round as `matching` wants it. Requests whose every time has passed are left out (see `lapsed`)."""
    agreed = [one for crew in facts.crews.values() for one in crew.agreed]
    asked = _asked([*facts.proposals, *agreed])
    wanted = [request for view in facts.requests if (request := _request(facts, view)) is not None]
    return Problem(
        on=facts.on,
        mode=Mode.STABLE if facts.mentoring else Mode.BEST,
        helpers=tuple(_helper(facts, one, asked.get(one.member.id, [])) for one in facts.helpers),
        requests=tuple(wanted),
        standing=frozenset(Tie(pair.helper_id, pair.recipient_id) for pair in facts.pairs),
        past=tuple(Past(helper, recipient, visits) for (helper, recipient), visits in facts.met.items()),
        do_not_pair=frozenset(
            tie
            for two in facts.apart
            for tie in (Tie(two.first_id, two.second_id), Tie(two.second_id, two.first_id))
        ),
        declined=facts.declined,
        # Nobody fills two seats of one request.
        forbidden=frozenset(
            Choice(request, one.helper_id) for request, crew in facts.crews.items() for one in crew.taken
        ),
        offered=facts.volunteers
        | frozenset(
            Choice(view.id, helper)
            for view in facts.requests
            for helper, offers in facts.offers.items()
            if any(meets(offer, view.wish) for offer in offers)
        ),
    )


def steered(problem: Problem, steering: Steering) -> Problem:
    """The round as the coordinator wants it; what is about somebody who is not in it falls away."""
    requests, helpers = {r.id for r in problem.requests}, {h.id for h in problem.helpers}

    def here(choices: Iterable[Choice]) -> frozenset[Choice]:
        return frozenset(c for c in choices if c.request in requests and c.helper in helpers)

    return replace(
        problem,
        pins=here(steering.pins),
        forbidden=problem.forbidden | here(steering.forbidden),
        weights=weights_of(steering),
    )


def lapsed(facts: Facts, problem: Problem) -> list[UUID]:
    """Requests that no round can serve any more, since every time they named has passed."""
    posed = {request.id for request in problem.requests}
    return [view.id for view in facts.requests if view.id not in posed]


def absence_kinds(facts: Facts) -> dict[UUID, dict[date, str]]:
    """Of each helper, what the absence beginning on a day is."""
    return {one.member.id: {a.from_on: str(a.kind) for a in one.absences} for one in facts.helpers}


def input_of(problem: Problem, gone_by: Iterable[UUID], seal: Seal, steering: Steering) -> RoundInput:
    """What is kept of a problem. The digests are keyed: nobody finds a home by trying out homes."""

    def keyed(value: object) -> str:
        return seal.sign(to_json(value), purpose="round")

    ties = (problem.standing, problem.past, problem.do_not_pair, problem.declined)
    choices = (problem.forbidden, problem.agreed, problem.offered, problem.pins)
    return RoundInput(
        on=problem.on,
        helpers={helper.id: keyed(helper) for helper in problem.helpers},
        requests={request.id: keyed(request) for request in problem.requests},
        passed_over={request.id: request.passed_over for request in problem.requests},
        ties=keyed((*ties, *choices)),
        weights={name: getattr(problem.weights, name) for name in problem.weights.__dataclass_fields__},
        limits={name: getattr(problem.limits, name) for name in problem.limits.__dataclass_fields__},
        lapsed=tuple(gone_by),
        steering=steering,
    )


def changed_since(then: RoundInput, now: RoundInput) -> tuple[UUID, ...]:
    """Helpers and requests that are gone, new, or no longer as they were."""
    before, after = {**then.helpers, **then.requests}, {**now.helpers, **now.requests}
    return tuple(sorted(one for one in before.keys() | after.keys() if before.get(one) != after.get(one)))


def _helper(facts: Facts, one: Candidate, asked: list[Occasion]) -> Helper:
    who = one.member.id
    pairs = [pair.occasion for pair in facts.pairs if pair.helper_id == who]
    weekly = [*pairs, *(occasion for occasion in asked if occasion.weekly)]
    once = [*facts.booked.get(who, ()), *(occasion for occasion in asked if not occasion.weekly)]
    caps = [p.weekly_cap_minutes for p in facts.policies.values() if p.weekly_cap_minutes is not None]
    # Different schemes, one week: the strictest cap of the round holds for all of it.
    cap = min(caps, default=7 * DAY_MINUTES)
    taken = facts.minutes_planned.get(who, 0) + sum(occasion.minutes for occasion in asked)
    return Helper(
        id=who,
        community=facts.community_id,
        branch=one.member.branch_id,
        position=_position(one.lat, one.lon),
        gender=_GENDERS.get(one.member.gender),
        age=one.member.age(facts.on),
        # Who offers something can do it.
        skills=one.skills | {offer.category for offer in facts.offers.get(who, ())},
        trainings=one.trainings_on(facts.on),
        dialects=one.dialects,
        interests=one.interests,
        avoids=one.avoids,
        windows=tuple(_week(w.weekday, w.from_minute, w.to_minute) for w in one.windows) or _UNSAID,
        busy=tuple(_week(o.on.weekday(), o.from_minute, o.from_minute + o.minutes) for o in weekly),
        booked=tuple(_dated(o.on, o.from_minute, o.from_minute + o.minutes) for o in once),
        absences=tuple(
            Absence(a.from_on, a.until_on + timedelta(days=1)) for a in one.absences if a.until_on >= facts.on
        ),
        minutes_left=max(0, cap - taken),
        visits_left=max(0, (1 if facts.mentoring else ASKED_MAX) - len(asked)),
        asks=frozenset(code for offer in facts.offers.get(who, ()) for code in offer.wants),
        prefers=tuple(dict.fromkeys(one for offer in facts.offers.get(who, ()) for one in offer.prefers)),
        load=facts.visits_lately.get(who, 0),
    )


def _request(facts: Facts, view: RequestView) -> Wanted | None:
    wish, whose = view.wish, facts.recipients[view.member_id].details
    policy = facts.policies[wish.scheme_id]
    weekly = wish.kind is Kind.WEEKLY
    windows = tuple(
        _week(w.weekday, w.from_minute, w.to_minute) for w in wish.windows if w.weekday is not None
    )
    crew = facts.crews.get(view.id)
    dates = () if weekly else tuple(_dates(view, facts.on))
    if crew and crew.taken:
        # Who joins the others comes when they come.
        when = crew.taken[0].occasion
        dates = (
            (_dated(when.on, when.from_minute, when.from_minute + when.minutes),)
            if when.on >= facts.on
            else ()
        )
    if not (windows if weekly else dates):
        return None
    return Wanted(
        id=view.id,
        recipient=view.member_id,
        community=facts.community_id,
        minutes=wish.duration_minutes,
        windows=windows if weekly else (),
        starts_on=wish.starts_on,
        dates=dates,
        branch=whose.branch_id,
        position=_position(whose.lat, whose.lon),
        skills=frozenset({wish.category, *wish.skills}),
        trainings=frozenset(policy.trainings_required),
        dialects=frozenset({wish.wanted_dialect} if wish.wanted_dialect else whose.dialects),
        dialect_required=wish.wanted_dialect is not None,
        interests=frozenset(whose.interests),
        circumstances=frozenset(wish.circumstances),
        recipient_gender=_GENDERS.get(whose.gender),
        recipient_age=_age(whose.birth_on, facts.on),
        recipient_age_min=policy.recipient_age_min or None,
        helper_gender=_GENDERS.get(wish.wanted_gender or ""),
        helper_age_min=policy.helper_age_min or None,
        # Hardship counts as urgency: one tier is one step of priority.
        priority=wish.priority + whose.hardship_tier,
        waiting_days=max(0, (facts.on - clock.day_of(view.published_at or view.created_at)).days),
        passed_over=view.passed_over,
        demand=max(1, len(crew.free)) if crew else wish.helpers,
        two_way=bool(wish.gives),
        gives=frozenset(wish.gives),
        helper_branches=frozenset(wish.helper_branches),
        prefers=wish.prefers,
    )


def _dates(view: RequestView, on: date) -> Iterable[DatedWindow]:
    """The days on which a one-off wish can still be met: those named, and the next of each weekday named."""
    wish = view.wish
    first = max(on, wish.starts_on)
    last = min(wish.expires_on, first + timedelta(days=DAYS_AHEAD))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for window in wish.windows:
        for day in days:
            if window.on_day == day or window.weekday == day.weekday():
                yield _dated(day, window.from_minute, window.to_minute)


def _asked(proposals: Iterable[ProposalView]) -> dict[UUID, list[Occasion]]:
    found: dict[UUID, list[Occasion]] = defaultdict(list)
    for proposal in proposals:
        found[proposal.helper_id].append(proposal.occasion)
    return found


def _age(birth_on: date | None, on: date) -> int | None:
    if birth_on is None:
        return None
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def _position(lat: float | None, lon: float | None) -> Position | None:
    return None if lat is None or lon is None else Position(lat, lon)


def _week(weekday: int, start: int, end: int) -> Window:
    return Window(weekday * DAY_MINUTES + start, weekday * DAY_MINUTES + min(end, DAY_MINUTES))


def _dated(day: date, start: int, end: int) -> DatedWindow:
    return DatedWindow(day, start, min(end, DAY_MINUTES))


_UNSAID = tuple(_week(weekday, UNSAID_FROM, UNSAID_UNTIL) for weekday in range(7))
