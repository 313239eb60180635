"""Values of incapacity."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from timebank.access.delegates.model import DelegateIs, Purpose
from timebank.core.errors import N_


class Basis(StrEnum):
    """On what somebody takes over: what the member signed while they could, or a court's paper."""

    CONSENT = "consent"
    COURT = "court"


BASIS_LABELS: dict[Basis, str] = {
    Basis.CONSENT: N_("本人事先签的书面同意"),
    Basis.COURT: N_("法院或居委会指定监护的文书"),
}


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Who takes over what, on which paper, from which day and until when."""

    from_on: date
    until_on: date
    basis: Basis
    paper: str
    delegate: DelegateIs
    purposes: frozenset[Purpose]


@dataclass(frozen=True, kw_only=True)
class Incapacity:
    """As it was recorded; it stands until it is ended."""

    id: UUID
    member_id: UUID
    taken: Taken
    recorded_by: UUID
    version: int
