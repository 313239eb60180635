"""Refusals about requests.

Conflict
└── RequestMoved     what was asked does not fit where the request stands
"""

from timebank.core.errors import N_, Conflict


class RequestMoved(Conflict):
    """The request is no longer where this could be done to it."""

    code = "request-moved"
    message = N_("这条需求现在是“{status}”，不能这样做；请看一下最新内容")
