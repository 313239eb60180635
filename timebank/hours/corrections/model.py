"""Values of corrections, and the way that one goes."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.core.errors import Text

LASTS_DAYS = 14


class State(StrEnum):
    """Where a correction stands.

    asked → approved    a second person agrees: the transfer is mirrored
    asked → refused     a second person does not, and says why
    asked → withdrawn   whoever asked thinks better of it
    asked → expired     nobody answered within two weeks; it may be asked again
    """

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True)
class CorrectionView:
    """A correction with what it would take back, in names that this reader may see.

    `may_decide`: a second person could be this reader. `obstacle`: why not, where it waits for one.
    """

    id: UUID
    community_id: UUID
    community: str
    transfer_id: UUID
    words: Text
    from_name: Text
    to_name: Text
    minutes: int
    state: State
    reason: str
    asked_by: UUID
    asked_by_name: Text
    asked_at: datetime
    expires_on: date
    decided_by_name: Text | None
    decided_at: datetime | None
    word: str | None
    version: int
    may_decide: bool = False
    obstacle: Text | None = None
