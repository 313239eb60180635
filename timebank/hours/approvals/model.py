"""What waits for a second person."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from timebank.core.errors import Text
from timebank.schemes.model import Change


@dataclass(frozen=True)
class Outside:
    """Members whose balance is outside of limits, and by how many minutes together."""

    people: int
    minutes: int


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A version of rules that waits. `scheme` None: of the house. `outside`: whom new limits leave outside.

    `may_decide`: a second person could be this reader.
    """

    version_id: UUID
    community_id: UUID
    community: str
    scheme_id: UUID | None
    scheme: str | None
    number: int
    in_force_from: date
    made_by_name: str
    made_at: datetime
    changes: tuple[Change, ...]
    outside: Outside
    obstacle: Text | None

    @property
    def may_decide(self) -> bool:
        """True if nothing is in this reader's way."""
        return self.obstacle is None
