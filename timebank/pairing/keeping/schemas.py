"""What forms and API bodies of keeping a pair look like."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.pairing.keeping.model import Note, NoteKind
from timebank.web.bodies import Schema
from timebank.web.forms import Day, Version

Word = Annotated[str, Field(min_length=1, max_length=200)]


class NoteForm(BaseModel):
    """What was done for a pair."""

    kind: NoteKind
    on: Day
    word: Word
    next_on: Day | None = None


class SubstituteForm(BaseModel):
    """Who goes this once; by `who` where a number or name was typed."""

    version: Version
    helper_id: UUID | None = None
    who: Annotated[str, Field(max_length=60)] = ""
    anyway: bool = False


class NewNote(Schema):
    """What was done for a pair; `next_on` with a review only."""

    kind: NoteKind
    on: Day
    word: Word
    next_on: Day | None = None


class NewSubstitute(Schema):
    """Who goes this once instead."""

    visit_id: UUID
    version: Version
    helper_id: UUID
    anyway: bool = False


class Made(BaseModel):
    """The id of what was made."""

    id: UUID


class NoteOut(BaseModel):
    """A note of a pair."""

    id: UUID
    kind: NoteKind
    on: date
    word: str
    next_on: date | None
    by_name: str

    @classmethod
    def of(cls, note: Note) -> "NoteOut":
        """From the room's own value."""
        return cls.model_validate(note, from_attributes=True)


class KeptOut(BaseModel):
    """How a pair is kept."""

    notes: list[NoteOut]
    review_on: date | None
    accompanied: bool
    silent_since: date | None
