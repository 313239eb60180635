"""Refusals of the ledger, where a use case moves one thing only and so cannot go on.

TimebankError
└── Conflict
    └── NotPosted               the ledger refused
        ├── NotEnough           below the floor
        ├── NoRoom              above the ceiling
        └── NoSuchAccount       not opened, or closed
"""

from typing import ClassVar

from timebank.core.errors import N_, Conflict, Text
from timebank.hours.model import CeilingBreached, FloorBreached, NoAccount, Refused


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


_KINDS: dict[type[Refused], type[NotPosted]] = {
    FloorBreached: NotEnough,
    CeilingBreached: NoRoom,
    NoAccount: NoSuchAccount,
}


def as_error(refused: Refused, told: Text) -> NotPosted:
    """A refusal as the error that ends a use case."""
    return _KINDS.get(type(refused), NotPosted)(refused, told)
