"""Refusals of the reception.

Conflict
├── NobodyWaits      there is nobody to call
└── VisitorMoved     what was asked does not fit where they stand
"""

from timebank.core.errors import N_, Conflict


class NobodyWaits(Conflict):
    """There is nobody to call."""

    code = "nobody-waits"
    message = N_("现在没有人在等")


class VisitorMoved(Conflict):
    """Somebody else called or served them meanwhile."""

    code = "visitor-moved"
    message = N_("这一位现在“{standing}”，不能这样做；请看一下最新内容")
