"""Refusals as facts. Each kind has one HTTP status, in `web/problems.py`.

TimebankError
├── Invalid            the input cannot be taken as it is: fields say why
├── Unauthenticated    nobody is signed in
├── Forbidden          signed in, and not allowed
├── NotFound           no such thing, or none that the actor may see
├── Conflict           the state of things does not allow it
│   ├── Stale          somebody else changed it first
│   └── KeyReused      the same Idempotency-Key with another content
├── TooLarge           past a stated limit
├── TooMany            too many tries; come back later
└── Unavailable        the service cannot answer now (Busy and Closing in core/gather.py)
    └── Unsure         the answer to a commit was lost, and nothing says whether it was kept
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a text for translation where it is not yet shown."""
    return text


@dataclass(frozen=True)
class Text:
    """A text to show in the reader's language: the Chinese message and the values to put in it."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)


def plain(words: str) -> Text:
    """What a person typed, to be shown as it is: never a message, whatever braces it holds."""
    return Text("{words}", {"words": words})


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field (dotted path, or a column's name), and in which row of a table."""

    field: str
    text: Text
    row: int | None = None


class TimebankError(Exception):
    """Base of every refusal. A subclass names its `code` and its `message` (Chinese, with {values}).

    `about` is the other thing that stands in the way, where there is one to look at.
    """

    code: ClassVar[str] = "error"
    message: ClassVar[str] = N_("出了点问题")
    about: UUID | None = None

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(f"{self.code} {values}" if values else self.code)

    @property
    def text(self) -> Text:
        """What to tell the reader."""
        return Text(self.message, self.values)


class Invalid(TimebankError):
    """The input cannot be taken as it is."""

    code = "invalid"
    message = N_("请检查标出的内容")

    def __init__(self, fields: Sequence[FieldError] = (), **values: object) -> None:
        self.fields = tuple(fields)
        super().__init__(**values)


class Unauthenticated(TimebankError):
    """Nobody is signed in."""

    code = "sign-in-needed"
    message = N_("请先登录")


class Forbidden(TimebankError):
    """Signed in, and not allowed."""

    code = "forbidden"
    message = N_("您没有权限做这件事；请联系社区协调员")


class NotFound(TimebankError):
    """No such thing, or none that the actor may see: the two are not told apart."""

    code = "not-found"
    message = N_("找不到您要的内容；它可能不在您的社区")


class Conflict(TimebankError):
    """The state of things does not allow it."""

    code = "conflict"
    message = N_("现在不能这样做")


@dataclass(frozen=True)
class Change:
    """Who changed something, when, and by which operation."""

    by: str
    at: datetime
    operation: str


class Stale(Conflict):
    """Somebody else changed it first: `last` says who, where that is known, and `version` what it is now."""

    code = "changed-meanwhile"
    message = N_("刚才有人改过这条记录；请看一下最新内容再试")
    last: Change | None = None

    def __init__(self, version: int | None = None) -> None:
        self.version = version
        super().__init__()

    @property
    def text(self) -> Text:
        """What to tell the reader."""
        if self.last is None:
            return super().text
        known = N_("刚才有人改过这条记录（{by}，{at}）；请看一下最新内容再试")
        return Text(known, {"by": self.last.by, "at": self.last.at})


class KeyReused(Conflict):
    """The same Idempotency-Key came with another content."""

    code = "key-reused"
    message = N_("同一个提交编号用在了不同的内容上；请刷新页面再试")


class TooLarge(TimebankError):
    """Past a stated limit."""

    code = "too-large"
    message = N_("内容太多：最多 {limit}")


class TooMany(TimebankError):
    """Too many tries."""

    code = "too-many-tries"
    message = N_("试的次数太多了；请 {minutes} 分钟后再试")


class Unavailable(TimebankError):
    """The service cannot answer now."""

    code = "unavailable"
    message = N_("系统正忙；请稍后再试")


class Unsure(Unavailable):
    """The answer to a commit was lost, and no Idempotency-Key lets it be asked again."""

    code = "unsure"
    message = N_("数据库的连接刚才断了，不知道有没有保存；请先看一看，再决定要不要重做")
