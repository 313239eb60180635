"""What forms and API bodies of a round tried out look like, and what programs read back."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from matching import Choice
from timebank.core.errors import N_
from timebank.pairing.model import Emphasis, Steering
from timebank.pairing.steering import TERMS
from timebank.web.bodies import Schema
from timebank.web.problems import FieldProblem

# The terms of a score that a coordinator may weigh otherwise.
Term = Literal["distance", "continuity", "branch", "dialect", "interests", "overlap", "offered"]


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


Choices = Annotated[list[Annotated[Choice, BeforeValidator(_choice)]], Field(max_length=STEERED_MAX)]


class StopForm(BaseModel):
    """Stop the run that was on the screen."""

    round_id: UUID


class WhatIfQuery(BaseModel):
    """A pair to begin with."""

    request_id: UUID | None = None
    helper_id: UUID | None = None
    how: Literal["pin", "forbid"] | None = None


class SteerForm(WhatIfQuery):
    """Pairs pinned and forbidden so far, one more if it is named, and how much each term counts."""

    pins: Choices = []
    forbidden: Choices = []
    distance: Emphasis = Emphasis.USUAL
    continuity: Emphasis = Emphasis.USUAL
    branch: Emphasis = Emphasis.USUAL
    dialect: Emphasis = Emphasis.USUAL
    interests: Emphasis = Emphasis.USUAL
    overlap: Emphasis = Emphasis.USUAL
    offered: Emphasis = Emphasis.USUAL
    then: Literal["try", "keep"] = "try"

    @model_validator(mode="after")
    def _whole(self) -> "SteerForm":
        if (self.request_id is None) != (self.helper_id is None):
            raise FieldProblem(N_("需求和服务者要一起选"))
        return self

    @property
    def steering(self) -> Steering:
        """What the coordinator wants; of a pair both pinned and forbidden, what was said last."""
        pins, forbidden = list(self.pins), list(self.forbidden)
        if self.request_id is not None and self.helper_id is not None:
            one = Choice(self.request_id, self.helper_id)
            pins, forbidden = [c for c in pins if c != one], [c for c in forbidden if c != one]
            (forbidden if self.how == "forbid" else pins).append(one)
        weights = {name: getattr(self, name) for name in TERMS}
        return Steering(
            pins=tuple(dict.fromkeys(pins)),
            forbidden=tuple(dict.fromkeys(forbidden)),
            weights={name: how for name, how in weights.items() if how is not Emphasis.USUAL},
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
            weights={str(name): how for name, how in self.weights.items()},
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
    """A round tried out. Nothing is kept; `problem` says why it could not be decided."""

    before: ReportOut | None
    after: ReportOut | None
    moves: list[MoveOut]
    drifted: bool
    problem: str | None
