"""Refusals about visits.

Conflict
├── VisitMoved        what was asked does not fit where the visit stands
├── AlreadySpent      a correction would take back minutes that are spent; it takes a forced one
└── NotReversed       the ledger refused to take a posting back
Forbidden
└── NotYourPart       the helper says how long; the recipient says whether it is right
"""

from timebank.core.errors import N_, Conflict, Forbidden


class VisitMoved(Conflict):
    """The visit is no longer where this could be done to it."""

    code = "visit-moved"
    message = N_("这张服务单现在是“{status}”，不能这样做；请看一下最新内容")


class AlreadySpent(Conflict):
    """The helper has spent the minutes that a correction would take back."""

    code = "already-spent"
    message = N_("对方已经用掉了这些时间，还差 {short}；要更正，请勾选“仍要冲正”并写明原因")


class NotReversed(Conflict):
    """The ledger did not take the reversal, for another reason than minutes spent."""

    code = "not-reversed"
    message = N_("账簿没有接受冲正（{code}），什么都没有改；请联系管理员")


class NotYourPart(Forbidden):
    """Each side has its own part in a visit."""

    code = "not-your-part"
    message = N_("这一步要由对方来做；不方便的话，请协调员代办")
