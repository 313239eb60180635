"""Values of an application: every step in the order in which it was taken, and where that leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.core.errors import Text
from timebank.core.provenance import Provenance
from timebank.people.model import Brief


class StepKind(StrEnum):
    """What happened to an application."""

    RECEIVED = "received"
    ID_SEEN = "id_seen"
    HOME_VISITED = "home_visited"
    TALKED = "talked"
    APPROVED = "approved"
    REFUSED = "refused"
    REOPENED = "reopened"


CHECKS = (StepKind.ID_SEEN, StepKind.HOME_VISITED, StepKind.TALKED)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: on which day it happened, who wrote it down and when. `round`: grows with each reopening."""

    id: UUID
    member_id: UUID
    round: int
    kind: StepKind
    on_day: date
    note: str | None
    provenance: Provenance | None
    by: UUID
    by_name: str
    at: datetime


# received → approved (once or twice) → a member; received → refused → reopened → …
@dataclass(frozen=True, kw_only=True)
class Application:
    """An applicant, every step of the application in order, and how many approvals the house wants.

    `version`: how many steps there are, so that whoever decides has seen them all.
    """

    member: Brief
    steps: Sequence[Step]
    approvals_needed: int

    @property
    def version(self) -> int:
        """How many steps were seen; one where nothing was written down."""
        return max(1, len(self.steps))

    @property
    def this_round(self) -> list[Step]:
        """The steps since it was received, or reopened."""
        last = max((step.round for step in self.steps), default=0)
        return [step for step in self.steps if step.round == last]

    @property
    def approvals(self) -> list[Step]:
        """Who agreed so far."""
        return [step for step in self.this_round if step.kind is StepKind.APPROVED]

    @property
    def refusal(self) -> Step | None:
        """Why it was refused, if that is how it stands."""
        return next((step for step in self.this_round if step.kind is StepKind.REFUSED), None)

    @property
    def unchecked(self) -> list[StepKind]:
        """What nobody has checked yet, in any round."""
        done = {step.kind for step in self.steps}
        return [kind for kind in CHECKS if kind not in done]

    @property
    def since(self) -> datetime | None:
        """Since when it waits."""
        return self.this_round[0].at if self.this_round else None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An application that waits, of which community, and what is in this reader's way to approve it."""

    application: Application
    community_id: UUID
    community: str
    obstacle: Text | None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """An applicant who was refused, and the last step that says why."""

    member: Brief
    step: Step
