"""Refusals of proof.

TimebankError
└── Conflict
    ├── NotSignedYet      no checkpoint holds the transfer so far
    └── TreeIncomplete    hashes of the book's tree are missing: somebody was at the tables
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from ledger import proof
from timebank.core.errors import N_, Conflict, Text


class NotSignedYet(Conflict):
    """No checkpoint holds the transfer so far; the text says when to come again."""

    code = "not-signed-yet"
    message = N_(
        "这一笔还没有签进账簿校验点，入账证明还开不出来。校验点每小时签一次，请过一小时再来；"
        "到时还没有，请协调员看一下后台任务。"
    )

    def __init__(self, next_at: datetime | None = None) -> None:
        self.next_at = next_at
        super().__init__()

    @property
    def text(self) -> Text:
        """What to tell the reader."""
        if self.next_at is None:
            return super().text
        known = N_("这一笔还没有签进账簿校验点，入账证明还开不出来。下一次在 {at} 签，请过几分钟再来。")
        return Text(known, {"at": self.next_at})


class TreeIncomplete(Conflict):
    """Hashes of the book's tree are missing."""

    code = "tree-incomplete"
    message = N_(
        "账簿树里少了 {missing} 个摘要，有人动过数据库，所以证明开不出来。请马上对账，并告诉审计员。"
    )


@contextmanager
def complete_tree() -> Iterator[None]:
    """What is proved within needs the whole tree. Raises `TreeIncomplete`."""
    try:
        yield
    except proof.TreeBroken as error:
        raise TreeIncomplete(missing=error.missing) from error
