"""Refusals of corrections.

TimebankError
└── Conflict
    ├── CorrectedElsewhere    a visit is corrected on its own page, an opening balance on the roster's
    ├── CorrectionStands      one is asked for already, or the transfer was taken back
    ├── CorrectionOver        it was decided, withdrawn, or nobody answered in time
    └── AnotherMustDecide     whoever asked does not also approve
"""

from timebank.core.errors import N_, Conflict


class CorrectedElsewhere(Conflict):
    """A visit is corrected on its own page, an opening balance with the roster."""

    code = "corrected-elsewhere"
    message = N_("这一笔不在这里更正：服务请在服务单上更正，期初余额请在会员的期初页上更正")


class CorrectionStands(Conflict):
    """One is asked for already, or the transfer was taken back."""

    code = "correction-stands"
    message = N_("这一笔已经请求更正，或已经更正过了；请看最新的情况")


class CorrectionOver(Conflict):
    """It was decided, withdrawn, or nobody answered in time."""

    code = "correction-over"
    message = N_("这个更正请求已经有了结果，或过了期限；要更正，请重新请求")


class AnotherMustDecide(Conflict):
    """Whoever asked does not also approve."""

    code = "another-must-decide"
    message = N_("更正是您请求的，要由另一个人来批准")
