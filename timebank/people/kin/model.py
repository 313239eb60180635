"""Values of a member's family as it is shown."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from timebank.access.kin.model import Tie
from timebank.people.model import MemberView


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A tie with the words for it. `name` None: a member of a community that is not to be seen from here."""

    tie: Tie
    word: str
    name: str | None
    number: str | None = None
    community: str | None = None
    here: UUID | None = None
    office: str | None = None
    recorded_by: str | None = None


@dataclass(frozen=True)
class Family:
    """A member and their family on a day."""

    member: MemberView
    today: date
    relations: list[Relation]

    @property
    def standing(self) -> list[Relation]:
        """Those who are family now."""
        return [each for each in self.relations if each.tie.counts(self.today)]

    @property
    def past(self) -> list[Relation]:
        """Those who were."""
        return [each for each in self.relations if not each.tie.counts(self.today)]
