"""What pages of proof are asked, and what programs read."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

NUMBER_MAX = 2**31 - 1
Numbered = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
Number = Annotated[int, Field(ge=1, le=NUMBER_MAX)]


class CheckpointFilter(BaseModel):
    """Where the list goes on: after which number, downwards."""

    after: Number | None = None


class ProofFilter(CheckpointFilter):
    """And between which two checkpoints growth is looked for."""

    older: Number | None = None
    newer: Number | None = None


class GrowthFilter(BaseModel):
    """Between which two checkpoints growth is to be proved."""

    older: Number
    newer: Number


class CheckpointOut(BaseModel):
    """A checkpoint. `text` is the file (c2sp.org/tlog-checkpoint); `signed_by` are ids of keys whose signature is true.

    `stands`: the tree still begins with it; null where too much of the tree is missing to say.
    """

    number: int
    size: int
    root: str
    made_at: datetime
    signed_by: list[str]
    stands: bool | None
    text: str


class CheckpointRows(BaseModel):
    """Checkpoints, newest first; `after` gives the next page."""

    rows: list[CheckpointOut]
    after: int | None


class KeyOut(BaseModel):
    """A public key; `verifier_key` as programs for signed notes take it. The first was vouched for by nobody."""

    key_id: str
    verifier_key: str
    since_checkpoint: int
    since: datetime
    vouched_by: list[str]


class GrowthOut(BaseModel):
    """What proves that `newer` goes on from `older`: `text` is the file, checked with the older checkpoint's."""

    older: int
    newer: int
    text: str
