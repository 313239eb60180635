"""What a member fills in about a visit: few choices, all in sight."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from timebank.core.errors import N_
from timebank.visits.model import MINUTES_MAX
from timebank.web.forms import Line, Version
from timebank.web.problems import FieldProblem

Words = Annotated[Line, Field(max_length=200)]
Hours = Annotated[int, Field(ge=0, le=24)]
Rest = Annotated[int, Field(ge=0, le=59)]


class Reason(StrEnum):
    """Why somebody calls a visit off."""

    ILL = "ill"
    BUSY = "busy"
    LATER = "later"
    OTHER = "other"


class Wrong(StrEnum):
    """What is not right about a claim."""

    MINUTES = "minutes"
    NEVER = "never"
    OTHER = "other"


REASONS: dict[Reason, str] = {
    Reason.ILL: N_("身体不舒服"),
    Reason.BUSY: N_("有别的事"),
    Reason.LATER: N_("想改天"),
    Reason.OTHER: N_("别的原因"),
}
WRONGS: dict[Wrong, str] = {
    Wrong.MINUTES: N_("来过，时间不对"),
    Wrong.NEVER: N_("没有来过"),
    Wrong.OTHER: N_("别的不对"),
}


class SeenForm(BaseModel):
    """The visit as it was seen."""

    version: Version


class MyClaimForm(SeenForm):
    """How long it took."""

    hours: Hours = 0
    minutes: Rest = 0

    @model_validator(mode="after")
    def _something(self) -> "MyClaimForm":
        if not 1 <= self.total <= MINUTES_MAX:
            raise FieldProblem(N_("请选一下用了多长时间"))
        return self

    @property
    def total(self) -> int:
        """In minutes."""
        return self.hours * 60 + self.minutes


class MyObjectionForm(SeenForm):
    """What is not right, and how long it was."""

    wrong: Wrong
    hours: Hours = 0
    minutes: Rest = 0
    words: Words | None = None

    @model_validator(mode="after")
    def _how_long(self) -> "MyObjectionForm":
        if self.wrong is Wrong.MINUTES and not 1 <= self.hours * 60 + self.minutes <= MINUTES_MAX:
            raise FieldProblem(N_("请选一下是多长时间"))
        return self

    @property
    def said_minutes(self) -> int | None:
        """What they say it was; 0: it never took place, None: they do not say."""
        match self.wrong:
            case Wrong.MINUTES:
                return self.hours * 60 + self.minutes
            case Wrong.NEVER:
                return 0
            case Wrong.OTHER:
                return None


class MyCancelForm(SeenForm):
    """Why not this time."""

    why: Reason
    words: Words | None = None

    @property
    def reason(self) -> str:
        """What the desk reads."""
        return self.words or REASONS[self.why]
