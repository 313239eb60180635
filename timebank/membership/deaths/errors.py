"""Refusals of choices for afterwards, and of deaths.

TimebankError
├── Forbidden
│   └── UndoneByRecorder    a second person undoes it
├── Conflict
│   ├── DeathRecorded       it was recorded before
│   ├── NotRecordedDead     no death of this member is recorded
│   ├── BalanceGone         the balance has gone where it was to go
│   ├── VisitsUnsettled     visits must be in the book before the balance goes
│   ├── HeirGone            who was chosen can't have it
│   ├── BalanceStuck        the ledger would not take it; ways out
│   └── RecordDeath         a death is recorded on its own page
└── Invalid
    ├── NotOfTheFamily      no tie says that they are
    ├── BequestToOneself    to somebody else, or the pool
    ├── SaidLater           what is still to come was not said
    └── DeathInTheFuture    a death is recorded when it has happened
"""

from typing import ClassVar

from timebank.core.errors import N_, Conflict, FieldError, Forbidden, Invalid, Text


class DeathRecorded(Conflict):
    """It was recorded before."""

    code = "death-recorded"
    message = N_("这位会员去世已经登记过了；登记错了，请另一个人撤销")


class NotRecordedDead(Conflict):
    """No death of this member is recorded."""

    code = "not-recorded-dead"
    message = N_("没有登记过这位会员去世")


class BalanceGone(Conflict):
    """The balance has gone where it was to go."""

    code = "balance-gone"
    message = N_("余额已经转出；转错了，请另一个人撤销登记，再重新登记")


class VisitsUnsettled(Conflict):
    """Visits must be in the book before the balance goes."""

    code = "visits-unsettled"
    message = N_("还有 {count} 张服务单没有记账；请先记上账再转余额，或选“余额以后再转”")


class HeirGone(Conflict):
    """Who was chosen can't have it."""

    code = "heir-gone"
    message = N_("{obstacle}；请改为进公益时间池，或选“余额以后再转”")


class BalanceStuck(Conflict):
    """The ledger would not take it; the text says why and the ways out."""

    code: ClassVar[str] = "balance-stuck"
    message = N_("{why} 也可以把放不下的进公益时间池，或选“余额以后再转”")


class UndoneByRecorder(Forbidden):
    """A second person undoes it."""

    code = "death-undone-by-recorder"
    message = N_("登记、转账的人自己不能撤销；请另一位协调员或区管理员办理")


class NotOfTheFamily(Invalid):
    """No tie says that they are."""

    code = "not-of-the-family"

    def __init__(self) -> None:
        said = Text(N_("没有登记过这位是家人；请先在“家人”那一页登记，或选“指定的人”"))
        super().__init__([FieldError("heir", said)])


class BequestToOneself(Invalid):
    """To somebody else, or the pool."""

    code = "bequest-to-oneself"

    def __init__(self) -> None:
        super().__init__([FieldError("heir", Text(N_("请选本社区另一位在册会员")))])


class SaidLater(Invalid):
    """What is still to come was not said."""

    code = "bequest-said-later"

    def __init__(self) -> None:
        super().__init__([FieldError("said_on", Text(N_("还没到那天；请填本人说的那天")))])


class DeathInTheFuture(Invalid):
    """A death is recorded when it has happened."""

    code = "death-in-the-future"

    def __init__(self) -> None:
        super().__init__([FieldError("died_on", Text(N_("去世的日期不能在今天以后；请核对")))])


class RecordDeath(Conflict):
    """A death is recorded on its own page."""

    code = "record-death"
    message = N_("请在“登记去世”那一页办理：服务、结对一起结束，余额按本人说过的转出")
