"""Refusals of dated trainings.

TimebankError
└── Invalid
    ├── EndsBeforeItBegan   it would have been over before it was done
    ├── TrainedLater        what is still to come isn't held
    └── NoTraining          it needs a name
"""

from timebank.core.errors import N_, FieldError, Invalid, Text


class EndsBeforeItBegan(Invalid):
    """It would have been over before it was done."""

    code = "training-ends-before-it-began"

    def __init__(self) -> None:
        super().__init__([FieldError("valid_until", Text(N_("有效期不能早于培训或开具的那天；请核对")))])


class TrainedLater(Invalid):
    """What is still to come isn't held."""

    code = "training-done-later"

    def __init__(self) -> None:
        super().__init__([FieldError("done_on", Text(N_("还没到那天；培训过、开具了再记")))])


class NoTraining(Invalid):
    """It needs a name."""

    code = "no-training"

    def __init__(self) -> None:
        super().__init__([FieldError("training", Text(N_("请选一项，或写上名称")))])
