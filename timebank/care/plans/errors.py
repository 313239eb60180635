"""Refusals about care plans.

Conflict
├── PlanAlready    one person has one running plan
├── PlanEnded      what has ended is not changed
└── NotForPlan     who has died or left is planned for no more
"""

from timebank.core.errors import N_, Conflict


class PlanAlready(Conflict):
    """There is one that runs."""

    code = "plan-already"
    message = N_("{name}已经有一份方案（{day} 起）；请更改那一份，或先结束它")


class PlanEnded(Conflict):
    """It has ended."""

    code = "plan-ended"
    message = N_("这份方案 {day} 已经结束（{reason}）；要接着做，请另订一份")


class NotForPlan(Conflict):
    """They are no longer a member."""

    code = "not-for-plan"
    message = N_("{name}现在是“{status}”，不能订方案；请先在“会员”里恢复")
