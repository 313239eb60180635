"""Refusals about visits.

TimebankError
├── Conflict
│   ├── VisitMoved          what was asked does not fit where the visit stands
│   ├── NotToday            checking in is for the day itself
│   ├── Doubtful            it may be done, but somebody should look first
│   ├── OnlyThemselves      the scheme wants the recipient's own word, or signature
│   ├── NotSetAside         the payer has less available than the visit would take
│   ├── AlreadySpent        a correction would take back minutes that are spent; it takes a forced one
│   └── NotReversed         the ledger refused to take a posting back
├── TooLarge
│   └── TooManyToExport     a file has its limit
├── Forbidden
│   ├── NotYourPart         the helper says how long; the recipient says whether it is right
│   └── FamilyConfirms      nobody confirms their own family's hours: a desk does
└── Invalid
    └── Unfit               the people or the kind of help do not fit the scheme or the community
"""

from collections.abc import Sequence

from timebank.core.errors import N_, Conflict, FieldError, Forbidden, Invalid, Text, TooLarge


class FamilyConfirms(Forbidden):
    """The helper is of the recipient's family, so a desk confirms in the recipient's place."""

    code = "visit-family-confirms"
    message = N_("帮忙的是您的家人，时长要由社区来核对；社区会打电话问您，您不用做什么")


class VisitMoved(Conflict):
    """The visit is no longer where this could be done to it."""

    code = "visit-moved"
    message = N_("这张服务单现在是“{status}”，不能这样做；请看一下最新内容")


class NotToday(Conflict):
    """Checking in is for the day itself."""

    code = "visit-not-today"
    message = N_("这次服务排在 {day}，不是今天；可以改时间，或事后直接登记时长")


class Doubtful(Conflict):
    """It may be done, but somebody should look first."""

    code = "visit-doubtful"
    message = N_("请先看一下：{warnings}。没有问题的话，勾选“仍然登记”再提交")

    def __init__(self, warnings: Sequence[Text]) -> None:
        self.warnings = tuple(warnings)
        super().__init__(warnings=list(warnings))


class OnlyThemselves(Conflict):
    """The scheme wants the recipient's own word, or a paper with their signature."""

    code = "visit-only-themselves"
    message = N_("这个项目要受助人自己确认；协调员只能录入受助人签过字的纸单")


class NotSetAside(Conflict):
    """The scheme sets the minutes of a planned visit aside, and the payer has too few available."""

    code = "visit-not-set-aside"
    message = N_(
        "{name}的余额是 {posted}，其中已预留 {held}，可用 {available}；这次要预留 {wanted}，不够，没有排。"
        "可以先由社区发放或别人转赠时间，也可以改短时长，或取消别的已预留的服务，再排一次"
    )


class AlreadySpent(Conflict):
    """The helper has spent the minutes that a correction would take back."""

    code = "already-spent"
    message = N_("对方已经用掉了这些时间，还差 {short}；要更正，请勾选“仍要冲正”并写明原因")


class NotReversed(Conflict):
    """The ledger did not take the reversal, for another reason than minutes spent."""

    code = "not-reversed"
    message = N_("账簿没有接受冲正（{code}），什么都没有改；请联系管理员")


class TooManyToExport(TooLarge):
    """A file has its limit."""

    code = "too-many-to-export"
    message = N_("一次最多导出 {limit} 张；请把日期缩短一些，分几次导出")


class NotYourPart(Forbidden):
    """Each side has its own part in a visit."""

    code = "not-your-part"
    message = N_("这一步要由对方来做；不方便的话，请协调员代办")


class Unfit(Invalid):
    """The people or the kind of help do not fit."""

    code = "visit-unfit"

    def __init__(self, fields: Sequence[FieldError]) -> None:
        super().__init__(fields)
