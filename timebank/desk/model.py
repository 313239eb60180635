"""What a desk sees at a glance: the work list, and one person on one page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.access.incapacity.model import Incapacity
from timebank.activities.model import ActivityView, Invitation
from timebank.audit.views import RunView
from timebank.care.contacts.model import LastSeen, Watched
from timebank.care.occasions.model import Day
from timebank.care.plans.model import PlanLine, PlanView
from timebank.care.profile.model import Due
from timebank.core.errors import Text
from timebank.hours.gifts.model import GiftView
from timebank.hours.model import Balance
from timebank.membership.deaths.model import Death
from timebank.membership.joining.model import Application
from timebank.membership.retirement.model import Retirement
from timebank.pairing.keeping.model import Neglected
from timebank.pairing.model import Hit, PairView, ProposalView
from timebank.pairing.volunteering.model import Volunteered, Volunteering
from timebank.people.delegates.model import DelegateShown, Principal
from timebank.people.kin.model import Family
from timebank.people.model import AbsenceView, Brief, MemberView
from timebank.people.trainings.model import Ending
from timebank.requests.model import RequestView
from timebank.visits.model import DueVisit, VisitView


class Urgency(StrEnum):
    """How a task is marked; the value is the tag's class."""

    NOW = "seal"
    SOON = "amber"
    WHEN_YOU_CAN = "plain"


@dataclass(frozen=True)
class Task:
    """One line of the work list: why, who, what to do next, and about how long it takes."""

    urgency: Urgency
    tag: Text
    who: Text
    says: Text
    detail: Text | None
    to: str
    label: str
    since: datetime
    minutes: int


@dataclass(frozen=True)
class Waiting:
    """Everything of one community that waits for somebody at the desk, read at one moment."""

    now: datetime
    requests: list[RequestView]
    visits: list[DueVisit]
    proposals: list[ProposalView]
    planned: list[VisitView]
    away: set[tuple[UUID, date]]
    trials: list[PairView]
    unseen: Sequence[Watched]
    findings: int
    people: Mapping[UUID, Brief]
    has_members: bool = True
    has_schemes: bool = True
    hits: Sequence[Hit] = ()
    volunteers: Sequence[Volunteering] = ()
    hindered: Collection[UUID] = ()  # volunteered, and cannot go to all of it as things stand
    activities: Sequence[ActivityView] = ()
    plans: Sequence[PlanLine] = ()
    greetings: Sequence[Day] = ()  # whose day it is this week, and nobody has been
    profiles: Due | None = None
    neglected: Sequence[Neglected] = ()
    applications: Sequence[Application] = ()
    deaths: Sequence[tuple[Brief, Death]] = ()
    trainings: Sequence[Ending] = ()


@dataclass(frozen=True)
class Today:
    """The page of today: tasks first, today's visits and activities, the week's load, last night's reconciliation."""

    tasks: list[Task]
    visits: list[VisitView]
    people: Mapping[UUID, Brief]
    week: list[tuple[date, int]]
    run: RunView | None
    findings: int
    counts: Mapping[str, int]
    activities: Sequence[ActivityView] = ()

    @property
    def minutes(self) -> int:
        """About how long the work list takes."""
        return sum(task.minutes for task in self.tasks)

    @property
    def busiest(self) -> tuple[date, int]:
        """The day of the week with the most planned help."""
        return max(self.week, key=lambda day: day[1])


@dataclass(frozen=True)
class PersonPage:
    """One person on one page, as a desk needs it on the phone."""

    member: MemberView
    balance: Balance | None
    coming: list[VisitView]
    past: list[VisitView]
    requests: list[RequestView]
    pairs: list[PairView]
    proposals: list[ProposalView]
    absences: list[AbsenceView]
    has_card: bool
    family: Family
    delegates: list[DelegateShown]
    gifts: list[GiftView]
    people: Mapping[UUID, Brief]
    merged_from: list[Brief]
    merged_into: Brief | None
    last_seen: LastSeen | None = None
    plan: PlanView | None = None
    activities: Sequence[Invitation] = ()
    retirement: Retirement | None = None
    incapacity: Incapacity | None = None


@dataclass(frozen=True)
class Home:
    """A member's first page: the balance, what is next, what waits for an answer.

    `not_chosen`: what they volunteered for and somebody else does, or nobody has to, told for two weeks.
    """

    member: MemberView
    balance: Balance | None
    next: list[VisitView]
    to_confirm: list[VisitView]
    to_claim: list[VisitView]
    proposals: list[ProposalView]
    requests: list[RequestView]
    people: Mapping[UUID, Brief]
    delegates: list[DelegateShown]
    principals: list[Principal]
    not_chosen: Sequence[Volunteered] = ()
    activities: Sequence[Invitation] = ()
