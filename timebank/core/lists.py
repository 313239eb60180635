"""Pages of long lists by key, not by offset: the next page starts after the last row seen."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from timebank.core.errors import N_, FieldError, Invalid, Text

T = TypeVar("T")
PAGE_ROWS_MAX = 100


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and where the next ones start (`None`: these are the last)."""

    rows: list[T]
    after: str | None = None


def cut(rows: list[T], *, limit: int, key: list[list[str]]) -> Page[T]:
    """A page of `limit` rows from `limit + 1` rows read; `key` holds each row's sort key as texts."""
    if len(rows) <= limit:
        return Page(rows)
    return Page(rows[:limit], encode(key[limit - 1]))


def encode(key: list[str]) -> str:
    """A sort key as an opaque text for a URL."""
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def decode(after: str | None, *, parts: int) -> list[str] | None:
    """The sort key that `encode` made; `Invalid` if it was tampered with."""
    if not after:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (binascii.Error, ValueError):
        key = None
    if not isinstance(key, list) or len(key) != parts or not all(isinstance(part, str) for part in key):
        raise lost_place()
    return key


def instant_and_id(after: str | None) -> tuple[datetime, UUID] | None:
    """The key of a list sorted by an instant and an id; `Invalid` if it was tampered with."""
    key = decode(after, parts=2)
    if key is None:
        return None
    try:
        at, row_id = datetime.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        raise lost_place() from None
    if at.tzinfo is None:
        raise lost_place()
    return at, row_id


def lost_place() -> Invalid:
    """The refusal of a key that was tampered with."""
    return Invalid([FieldError("after", Text(N_("翻页位置不对；请从第一页开始")))])
