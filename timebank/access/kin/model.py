"""Values of kinship: what one person is to another, and who said so."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class KinKind(StrEnum):
    """What the other is to somebody."""

    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    PARENT_IN_LAW = "parent_in_law"
    CHILD_IN_LAW = "child_in_law"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"


@dataclass(frozen=True, kw_only=True)
class Relative:
    """Who the other is: a member of some community, or somebody with a name and maybe an office."""

    community_id: UUID | None = None
    member_id: UUID | None = None
    name: str | None = None
    phone: str | None = None
    gender: str | None = None
    staff_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Tie:
    """Two people of one family as one of them sees it: `kind` is what the other is to `member_id`.

    It counts until the day before `ended_on`. `turned`: it was recorded on the other's page.
    """

    id: UUID
    member_id: UUID
    kind: KinKind
    other: Relative
    said_by: str
    said_on: date
    recorded_by: UUID
    ended_on: date | None
    version: int
    turned: bool

    def counts(self, on: date) -> bool:
        """True while they are of one family."""
        return self.ended_on is None or on < self.ended_on
