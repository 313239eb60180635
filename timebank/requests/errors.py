"""Refusals about requests.

Conflict
├── RequestMoved     what was asked does not fit where the request stands
├── NoScheme         no scheme of the community takes this kind of help now
├── AskedAlready     the member has asked for the same help on the same days
├── NotActive        somebody who is not an active member asks for nothing
└── NoHelper         somebody who is no active helper offers nothing
"""

from uuid import UUID

from timebank.core.errors import N_, Conflict


class RequestMoved(Conflict):
    """The request is no longer where this could be done to it."""

    code = "request-moved"
    message = N_("这条需求现在是“{status}”，不能这样做；请看一下最新内容")


class NoScheme(Conflict):
    """No scheme of the community takes this kind of help now."""

    code = "no-scheme"
    message = N_("现在没有互助项目提供这类服务；请协调员先在“项目与规则”里开通")


class AskedAlready(Conflict):
    """The member has asked for the same help on the same days; it may still be another wish."""

    code = "asked-already"
    message = N_("{name} 已经请人“{what}”，日子也有重叠。如果是另一件事，可以照样登记")

    def __init__(self, request_id: UUID, **values: object) -> None:
        super().__init__(**values)
        self.about = request_id


class NotActive(Conflict):
    """Somebody who is not an active member asks for nothing."""

    code = "member-not-active"
    message = N_("{name} 现在不是在册会员，不能登记需求")


class NoHelper(Conflict):
    """Somebody who is no active helper offers nothing."""

    code = "no-helper"
    message = N_("{name} 还不是在册的服务者；请社区先在会员资料里勾上“帮助别人”")
