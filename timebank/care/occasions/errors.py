"""Refusals about the care calendar.

Conflict
├── GreetedAlready    it was noted before
└── GreetingStruck    it has been struck out already
"""

from timebank.core.errors import N_, Conflict


class GreetedAlready(Conflict):
    """Somebody noted it before."""

    code = "greeted-already"
    message = N_("{name}的这一次已经记过了（{day}，{who}）；记错了请先划掉")


class GreetingStruck(Conflict):
    """It was struck out before."""

    code = "greeting-struck"
    message = N_("这一次慰问已经划掉了：{reason}")
