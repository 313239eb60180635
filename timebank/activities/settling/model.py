"""What somebody served in an activity, and what of it is posted."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True)
class InForce:
    """A settlement that was not taken back: of so many minutes served, as these transfers."""

    revision: int
    served_minutes: int
    transfer_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class Service:
    """Somebody's part in an activity as the ledger sees it. `served` 0: nothing is to be earned."""

    participation_id: UUID
    member_id: UUID
    revision: int
    served: int
    in_force: InForce | None


class Due(StrEnum):
    """What is to be done so that what is posted is what was served."""

    NOTHING = "nothing"
    POST = "post"
    TAKE_BACK = "take_back"
    REPLACE = "replace"
