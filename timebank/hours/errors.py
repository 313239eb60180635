"""Refusals of the ledger, where a use case moves one thing only and so cannot go on.

TimebankError
├── Conflict
│   ├── NotPosted               the ledger refused
│   │   ├── NotEnough           below the floor
│   │   ├── NoRoom              above the ceiling
│   │   └── NoSuchAccount       not opened, or closed
│   ├── MinutesLeft             an account is put to rest empty
│   └── GiftRefused             the house policy does not allow this gift
│       ├── GiftNotAllowed      not to these people
│       ├── GiftTooLarge        more than one gift may be
│       ├── GiftsOfTheYear      more than may be given in a year
│       └── MustKeep            too little would be left
└── Invalid
    └── OutsideLimits           new limits would leave somebody outside, and nobody said so
"""

from typing import ClassVar

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Conflict, FieldError, Invalid, Text
from timebank.hours.refusals import CeilingBreached, FloorBreached, NoAccount, Refused


class NotPosted(Conflict):
    """The ledger refused; the text says why and what can be done."""

    code: ClassVar[str] = "not-posted"
    message = N_("没有记账")

    def __init__(self, refused: Refused, told: Text) -> None:
        self.refused = refused
        self._told = told
        super().__init__(account_id=refused.account_id, short_minutes=refused.short_minutes)

    @property
    def text(self) -> Text:
        """Why, and what can be done."""
        return self._told


class NotEnough(NotPosted):
    """There are not enough minutes to take."""

    code = "floor-breached"


class NoRoom(NotPosted):
    """There is no room for the minutes."""

    code = "ceiling-breached"


class NoSuchAccount(NotPosted):
    """One of the two has no account, or a closed one."""

    code = "no-account"


class MinutesLeft(Conflict):
    """Something stands in the account, or is held, or is owed."""

    code = "minutes-left"
    message = N_(
        "{name}的余额是 {balance}，预留 {held}；要先都到零：有余额可以用掉、转赠或捐给公益时间池，"
        "欠的由社区发放补上，预留的先取消那次服务"
    )


class GiftRefused(Conflict):
    """The house policy does not allow this gift; the text says what could be given."""

    code = "gift-refused"
    message = N_("按社区规则，现在不能这样转赠")


class GiftNotAllowed(GiftRefused):
    """Not to these people."""

    code = "gift-not-allowed"
    message = N_("按社区规则，时间{rule}；请改一下转赠给谁")


class GiftTooLarge(GiftRefused):
    """More than one gift may be."""

    code = "gift-too-large"
    message = N_("按社区规则，一次最多转赠 {most}；请少转一些")


class GiftsOfTheYear(GiftRefused):
    """More than may be given in a year."""

    code = "gifts-of-the-year"
    message = N_("按社区规则，一年最多转赠 {cap}；今年已转赠 {given}，还可以转赠 {left}")


class MustKeep(GiftRefused):
    """Too little would be left: of what is there, or of what the policy wants kept."""

    code = "gift-must-keep"
    message = N_("时间不够：转赠后要留下 {kept}，现在最多可以转赠 {most}")


class OutsideLimits(Invalid):
    """New limits would break a promise made to somebody, unless the policy says that they stay as they are."""

    code = "outside-limits"
    message = N_("有 {people} 人的余额在新的限度以外，一共 {time}；请勾上“照旧，只能往回”，或改限度")

    def __init__(self, people: int, minutes: int) -> None:
        known = {"people": people, "time": Minutes(minutes)}
        super().__init__([FieldError("kept_outside", Text(self.message, known))], **known)


_KINDS: dict[type[Refused], type[NotPosted]] = {
    FloorBreached: NotEnough,
    CeilingBreached: NoRoom,
    NoAccount: NoSuchAccount,
}


def as_error(refused: Refused, told: Text) -> NotPosted:
    """A refusal as the error that ends a use case."""
    return _KINDS.get(type(refused), NotPosted)(refused, told)
