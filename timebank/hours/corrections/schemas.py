"""What forms and API bodies of corrections look like."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from timebank.hours.corrections.model import CorrectionView, State
from timebank.hours.schemas import Reason, Say
from timebank.web.bodies import Schema
from timebank.web.forms import Version


class AskForm(BaseModel):
    """Why it should be taken back."""

    reason: Reason


class SeenCorrection(BaseModel):
    """The correction as it was on the screen, and whose book it is of."""

    community_id: UUID
    version: Version


class ApproveForm(SeenCorrection):
    """Agreed; `forced` takes back even what was spent."""

    forced: bool = False


class RefuseForm(SeenCorrection):
    """Not agreed, and why."""

    word: Reason


class NewCorrection(Schema):
    """A transfer to be taken back, and why."""

    transfer_id: UUID
    reason: Reason


class ApproveBody(Schema):
    """Agreed, as it was seen."""

    version: Version
    forced: bool = False


class RefuseBody(Schema):
    """Not agreed, as it was seen, and why."""

    version: Version
    word: Reason


class WithdrawBody(Schema):
    """Thought better of, as it was seen."""

    version: Version


class CorrectionBody(BaseModel):
    """A correction; `may_decide` where the caller could be the second person, else `obstacle` says why not."""

    id: UUID
    community_id: UUID
    transfer_id: UUID
    words: str
    from_name: str
    to_name: str
    minutes: int
    state: State
    reason: str
    asked_by_name: str
    asked_at: datetime
    expires_on: date
    decided_by_name: str | None
    decided_at: datetime | None
    word: str | None
    version: int
    may_decide: bool
    obstacle: str | None

    @classmethod
    def of(cls, found: CorrectionView, say: Say) -> "CorrectionBody":
        """From the room's own value, in the reader's language."""
        plain = {name: getattr(found, name) for name in cls.model_fields}
        texts = ("words", "from_name", "to_name", "asked_by_name", "decided_by_name", "obstacle")
        told = {name: None if plain[name] is None else say(plain[name]) for name in texts}
        return cls.model_validate(plain | told)


class CorrectionsBody(BaseModel):
    """What waits, here and next door, and a page of what ended here."""

    waiting: list[CorrectionBody]
    ended: list[CorrectionBody]
    after: str | None
