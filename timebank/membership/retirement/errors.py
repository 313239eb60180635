"""Refusals of the retirement checklist.

TimebankError
├── Conflict
│   └── NotRetiring        no checklist was begun for this member
└── Invalid
    ├── ItemBeforeItsDay   what is still to come isn't done
    └── DoneByNobody       an item says who did it
"""

from timebank.core.errors import N_, Conflict, FieldError, Invalid, Text


class NotRetiring(Conflict):
    """No checklist was begun for this member."""

    code = "not-retiring"
    message = N_("还没有给这位会员建荣誉退休清单；请先填退休日期")


class ItemBeforeItsDay(Invalid):
    """What is still to come isn't done."""

    code = "retirement-item-before-its-day"

    def __init__(self) -> None:
        super().__init__([FieldError("done_on", Text(N_("还没到那天；办过以后再记")))])


class DoneByNobody(Invalid):
    """An item says who did it."""

    code = "retirement-item-done-by-nobody"

    def __init__(self) -> None:
        super().__init__([FieldError("who", Text(N_("请写明是谁办的")))])
