"""Refusals about activities.

Conflict
├── ActivityMoved      what was asked does not fit where the activity stands
├── ActivityBegun      nobody enrols in what has begun
├── ActivityAhead      no sign-in sheet of what is still to come
├── SeatsTaken         every seat is taken; one may wait for one
├── TakesPartAlready   speakers and helpers take no seat besides
├── NotTakingPart      who takes no part has nothing to withdraw
├── EarnedAndSpent     what the sheet takes back is spent already
└── NotOnRoster        somebody who is not an active member takes part in nothing
"""

from timebank.core.errors import N_, Conflict


class ActivityMoved(Conflict):
    """The activity is no longer where this could be done to it."""

    code = "activity-moved"
    message = N_("这次活动现在是“{status}”，不能这样做；请看一下最新内容")


class ActivityBegun(Conflict):
    """It has begun: whoever comes now signs on the sheet."""

    code = "activity-begun"
    message = N_("活动已经开始，不能再报名；人到了请在签到表上签名")


class ActivityAhead(Conflict):
    """It is still to come."""

    code = "activity-ahead"
    message = N_("活动还没有开始（{day}），签到表到时候再录")


class SeatsTaken(Conflict):
    """Every seat is taken."""

    code = "seats-taken"
    message = N_("{seats} 个名额已经报满，候补的有 {waiting} 位；可以排候补，有人不来就自动补上")


class TakesPartAlready(Conflict):
    """They are in it in another part."""

    code = "takes-part-already"
    message = N_("{name}已经是这次活动的{part}；要改的话，请先取消那一项")


class NotTakingPart(Conflict):
    """They are not in it."""

    code = "not-taking-part"
    message = N_("{name}没有报这次活动，不用取消")


class EarnedAndSpent(Conflict):
    """What the sheet no longer says was earned and is spent."""

    code = "earned-and-spent"
    message = N_("{name}这次活动记的时间已经用掉了，还差 {short} 才收得回；请先请人转赠或发放，再改签到表")


class NotOnRoster(Conflict):
    """They are no active member."""

    code = "not-on-roster"
    message = N_("{name}现在不在册，不能报名；请先在“会员”里恢复")
