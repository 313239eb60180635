"""Why the ledger did not do what was wished, in words, and what can be done."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Text


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The wish moved nothing. Its id stays refused: the next attempt brings another.

    `account_id` stood in the way, by `short_minutes`; `because_id` is the wish of the same group that was
    refused.
    """

    id: UUID
    code: str
    account_id: UUID | None = None
    short_minutes: int | None = None
    because_id: UUID | None = None
    message: ClassVar[str] = N_("记不了账：{code}；请联系管理员")

    def text(self, name: Text | str = "") -> Text:
        """Why, and what can be done; `name` is whose account stood in the way."""
        return Text(
            self.message, {"code": self.code, "name": name, "short": Minutes(self.short_minutes or 0)}
        )


class FloorBreached(Refused):
    """There are not enough minutes to take."""

    message: ClassVar[str] = N_(
        "{name}的余额不够，还差 {short}。可以先由社区发放或别人转赠时间，也可以改短时长，再结算一次"
    )


class CeilingBreached(Refused):
    """There is no room for the minutes."""

    message: ClassVar[str] = N_(
        "{name}的账户已到存储上限，会超出 {short}。可以先捐给公益时间池，或用掉一些，再结算一次"
    )


class NoAccount(Refused):
    """One of the two has no account, or a closed one."""

    message: ClassVar[str] = N_("{name}没有可用的账户；请先在会员资料里办理入会，再结算一次")


class MonthClosed(Refused):
    """The month of the posting is closed."""

    message: ClassVar[str] = N_("这个月已经月末结账，不能再记。请再结算一次：会记在现在的月份，服务日期不变")


class MonthClosing(Refused):
    """The month of the posting is being closed."""

    message: ClassVar[str] = N_(
        "这个月正在月末结账，只收经批准的更正。请再结算一次：会记在现在的月份，服务日期不变"
    )


class AlreadyReversed(Refused):
    """It was taken back before."""

    message: ClassVar[str] = N_("这一笔已经更正过，不能再更正一次；请看最新的明细")


class GroupRefused(Refused):
    """Another wish of the same group was refused, and they go together."""

    message: ClassVar[str] = N_("同一批里有一笔没有记上，这一笔也没有记")


class WrongAmount(Refused):
    """A transfer moves 1 to 10,000,000 minutes."""

    message: ClassVar[str] = N_("一笔要在 1 分钟到 1000 万分钟之间；请改一下时长")


class SameAccount(Refused):
    """A transfer has two ends."""

    message: ClassVar[str] = N_("付出和收到的是同一个账户；请改成两个不同的人")


class ReasonMissing(Refused):
    """What is forced says why, and takes something back."""

    message: ClassVar[str] = N_("强制更正要写明原因；请写上原因，再试一次")


class NothingToReverse(Refused):
    """The transfer to take back is not there."""

    message: ClassVar[str] = N_("要更正的那一笔不在这本账上；请刷新页面，看最新的明细")


class CorrectionStands(Refused):
    """A reversal is not taken back."""

    message: ClassVar[str] = N_("这一笔本身就是更正，不能再更正；请按正确的时长重新记一笔")


class ReversalDiffers(Refused):
    """A reversal takes back exactly what was moved."""

    message: ClassVar[str] = N_("更正要和原来那一笔正好相反；请刷新页面，从原来那一笔重新更正")


class HoldGone(Refused):
    """There is no such hold between the two, or it has ended: captured, released, expired."""

    message: ClassVar[str] = N_("为这次服务预留的时间已经用掉、释放或到期。请再试一次：会按现在的余额记账")


class HoldLapsed(Refused):
    """The time of the hold is over, or would be at once."""

    message: ClassVar[str] = N_("预留的时间已经到期。请再结算一次：会按现在的余额记账")


class HoldTooSmall(Refused):
    """More would be captured than was held."""

    message: ClassVar[str] = N_("比预留的多 {short}。请再结算一次：会释放预留，按实际的时长记账")


class AccountMoved(Refused):
    """The account has other entries than the caller saw."""

    message: ClassVar[str] = N_("{name}的账户刚刚有了新的进出；请看最新的余额，再试一次")


class AvailableShort(Refused):
    """Less is available than the caller asks for."""

    message: ClassVar[str] = N_("{name}可用的时间还差 {short}；请看最新的余额，再试一次")


class BooksDiffer(Refused):
    """Two books would not say the same of what one owes the other."""

    message: ClassVar[str] = N_("两个社区的往来账对不上，两边都没有记；请联系管理员")


class IdReused(Refused):
    """The same id came with another content."""

    message: ClassVar[str] = N_("同一个操作前后内容不一样，没有再记；请刷新页面，看最新的内容，再做一次")
