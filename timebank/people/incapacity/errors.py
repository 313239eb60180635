"""Refusals of incapacity.

TimebankError
├── Conflict
│   ├── TakenOver            somebody has taken over already
│   └── ActsForThemselves    nobody has taken over
└── Invalid
    ├── GivesWithoutCourt    hours are given away on a court's paper only
    ├── IncapableLater       what is still to come isn't so yet
    └── WithoutPaper         it rests on a paper
"""

from timebank.core.errors import N_, Conflict, FieldError, Invalid, Text


class TakenOver(Conflict):
    """Somebody has taken over already."""

    code = "taken-over"
    message = N_("已经有人接管代办了；要换人，请先结束原来的")


class ActsForThemselves(Conflict):
    """Nobody has taken over."""

    code = "acts-for-themselves"
    message = N_("没有人接管代办，本人自己办理")


class GivesWithoutCourt(Invalid):
    """Hours are given away on a court's paper only."""

    code = "incapacity-gives-without-court"

    def __init__(self) -> None:
        said = Text(N_("凭本人事先的同意，不能替人转赠时间；要有法院或居委会指定监护的文书"))
        super().__init__([FieldError("purposes", said)])


class IncapableLater(Invalid):
    """What is still to come isn't so yet."""

    code = "incapacity-in-the-future"

    def __init__(self) -> None:
        super().__init__([FieldError("from_on", Text(N_("日期不能晚于今天")))])


class WithoutPaper(Invalid):
    """It rests on a paper."""

    code = "incapacity-without-paper"

    def __init__(self) -> None:
        super().__init__([FieldError("paper", Text(N_("请写明是哪份文书，例如日期和编号")))])
