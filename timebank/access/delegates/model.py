"""Values of delegates: for what, how it was agreed, and until when."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Purpose(StrEnum):
    """What a delegate may do: this and nothing else."""

    BALANCE = "balance"
    ASK = "ask"
    CONFIRM = "confirm"
    GIVE = "give"


class Consent(StrEnum):
    """How the member agreed."""

    PAPER = "paper"
    IN_PERSON = "in_person"
    PHONE = "phone"


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How the member agreed, who took it, on which day, and until when it holds (that day included)."""

    until_on: date
    consent: Consent
    consent_by: str
    consent_on: date


@dataclass(frozen=True, kw_only=True)
class DelegateIs:
    """Who it is: a member of some community, or somebody with a name and a phone."""

    community_id: UUID | None = None
    member_id: UUID | None = None
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Delegation:
    """Somebody who may do one thing for a member."""

    id: UUID
    community_id: UUID
    member_id: UUID
    purpose: Purpose
    delegate: DelegateIs
    agreed: Agreement
    recorded_by: UUID
    revoked_at: datetime | None
    version: int

    def counts(self, on: date) -> bool:
        """True while they may."""
        return self.revoked_at is None and on <= self.agreed.until_on
