"""What forms and API bodies of a round tried out look like, and what programs read back."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from matching import Choice
from timebank.core.errors import N_
from timebank.pairing.model import Emphasis, Steering, Term
from timebank.web.bodies import Schema
from timebank.web.problems import FieldProblem

STEERED_MAX = 200


def _choice(value: object) -> object:
    """A pair as a form has it: the request's id, a colon, the helper's id."""
    if not isinstance(value, str):
        return value
    request, _, helper = value.partition(":")
    try:
        return Choice(UUID(request), UUID(helper))
    except ValueError:
        raise FieldProblem(N_("请从名单里选")) from None


def _weighed(value: object) -> object:
    """A term and how much it counts as a form has them: with a colon between."""
    term, _, how = str(value).partition(":")
    try:
        return Term(term), Emphasis(how)
    except ValueError:
        raise FieldProblem(N_("请从列出的选项里选")) from None


Choices = Annotated[list[Annotated[Choice, BeforeValidator(_choice)]], Field(max_length=STEERED_MAX)]
Weighed = Annotated[
    list[Annotated[tuple[Term, Emphasis], BeforeValidator(_weighed)]], Field(max_length=len(Term))
]


class StopForm(BaseModel):
    """Stop the run that was on the screen."""

    round_id: UUID


class WhatIfQuery(BaseModel):
    """A pair to begin with."""

    request_id: UUID | None = None
    helper_id: UUID | None = None
    how: Literal["pin", "forbid"] | None = None


class SteerForm(WhatIfQuery):
    """Pairs pinned and forbidden so far, one more if it is named, and how much each term counts.

    `seen`: what was decided from when it was tried out.
    """

    pins: Choices = []
    forbidden: Choices = []
    weights: Weighed = []
    then: Literal["try", "keep"] = "try"
    seen: Annotated[str, Field(max_length=64)] = ""

    @property
    def half(self) -> Literal["request_id", "helper_id"] | None:
        """What is still to be chosen where only one of the two of a pair was."""
        if (self.request_id is None) == (self.helper_id is None):
            return None
        return "request_id" if self.request_id is None else "helper_id"

    @property
    def steering(self) -> Steering:
        """What the coordinator wants; of a pair both pinned and forbidden, what was said last."""
        pins, forbidden = list(self.pins), list(self.forbidden)
        if self.request_id is not None and self.helper_id is not None:
            one = Choice(self.request_id, self.helper_id)
            pins, forbidden = [c for c in pins if c != one], [c for c in forbidden if c != one]
            (forbidden if self.how == "forbid" else pins).append(one)
        return Steering(
            pins=tuple(dict.fromkeys(pins)),
            forbidden=tuple(dict.fromkeys(forbidden)),
            weights={term: how for term, how in self.weights if how is not Emphasis.USUAL},
        )


class Choosing(Schema):
    """A request and a helper."""

    request_id: UUID
    helper_id: UUID


class SteerBody(Schema):
    """What a coordinator wants of a round: pairs, and terms of the score that count otherwise than usual."""

    pins: Annotated[list[Choosing], Field(max_length=STEERED_MAX)] = Field(default=[])
    forbidden: Annotated[list[Choosing], Field(max_length=STEERED_MAX)] = Field(default=[])
    weights: dict[Term, Emphasis] = Field(default={})

    @property
    def steering(self) -> Steering:
        """The same as pairing has it."""
        return Steering(
            pins=tuple(Choice(one.request_id, one.helper_id) for one in self.pins),
            forbidden=tuple(Choice(one.request_id, one.helper_id) for one in self.forbidden),
            weights=dict(self.weights),
        )


class ReportOut(BaseModel):
    """What a round came to; `greedy` is what taking the requests one by one would serve, `bound` what none exceeds."""

    served: int
    waiting: int
    longest_wait_days: int | None
    metres_median: int | None
    metres_most: int | None
    load: int
    asked: int
    most_visits: int
    left_out: int
    greedy: int
    greedy_left_out: int
    bound: int


class MoveOut(BaseModel):
    """A request whose helper would be another one; null is nobody."""

    request_id: UUID
    before: UUID | None
    after: UUID | None


class WhatIfOut(BaseModel):
    """A round tried out. Nothing is kept."""

    before: ReportOut
    after: ReportOut
    moves: list[MoveOut]
    drifted: bool
