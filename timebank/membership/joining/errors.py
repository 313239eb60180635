"""Refusals of applications.

TimebankError
├── Conflict
│   ├── ApprovedTwiceByOne     the second approval comes from another person
│   ├── SecondApprovalMissing  the house wants two, and there is one
│   ├── ApplicationRefused     it was refused; it must be reopened first
│   └── NotApplying            there is no application to decide on
└── Invalid
    └── TwoApprove             nobody is taken in at once where two must approve
"""

from timebank.core.errors import N_, Conflict, FieldError, Invalid, Text


class ApprovedTwiceByOne(Conflict):
    """The second approval comes from another person."""

    code = "approved-twice-by-one"
    message = N_("您已经批准过了；本社区入会要两个人批准，请另一位协调员、隔壁社区的协调员或区管理员批准")


class SecondApprovalMissing(Conflict):
    """The house wants two approvals, and there are fewer."""

    code = "second-approval-missing"
    message = N_("本社区入会要两个人批准；请先登记为待审核，再由两个人在“入会申请”那一页批准")


class ApplicationRefused(Conflict):
    """It was refused; it must be reopened first."""

    code = "application-refused"
    message = N_("这份入会申请没有通过；要重新考虑，请在“入会申请”那一页撤回不通过")


class NotApplying(Conflict):
    """There is no application to decide on."""

    code = "not-applying"
    message = N_("这位没有等审核的入会申请")


class TwoApprove(Invalid):
    """Nobody is taken in at once where two must approve."""

    code = "two-approve"

    def __init__(self) -> None:
        said = Text(N_("本社区入会要两个人批准；请先登记为待审核"))
        super().__init__([FieldError("status", said)])
