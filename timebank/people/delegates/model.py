"""Values of delegates as they are shown."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from timebank.access.delegates.model import Delegation, Purpose
from timebank.people.model import Brief


@dataclass(frozen=True, kw_only=True)
class DelegateShown:
    """A delegation with the delegate's name; None: a member of a community that may not be seen from here."""

    delegation: Delegation
    name: str | None
    community: str | None
    here: UUID | None
    recorded_by: str | None


@dataclass(frozen=True)
class DoneFor:
    """Something a delegate did for a member."""

    operation: str
    by: str | None
    at: datetime


@dataclass(frozen=True)
class Delegates:
    """Who acts, or acted, for a member, and what was done."""

    member: Brief
    today: date
    all: list[DelegateShown]
    done: list[DoneFor]

    @property
    def standing(self) -> list[DelegateShown]:
        """Those who may now."""
        return [one for one in self.all if one.delegation.counts(self.today)]

    @property
    def past(self) -> list[DelegateShown]:
        """Those who may no more."""
        return [one for one in self.all if not one.delegation.counts(self.today)]


@dataclass(frozen=True)
class Principal:
    """Somebody whom a member acts for, for what, each until when."""

    member: Brief
    until: dict[Purpose, date]
