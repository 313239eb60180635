"""Refusals of audit.

TimebankError
└── Conflict
    ├── FindingClosed        a closed finding takes no more notes
    ├── NotExplained         only an explained finding can be closed or sent back
    └── SecondPersonNeeded   who explained a finding does not also close it
"""

from timebank.core.errors import N_, Conflict


class FindingClosed(Conflict):
    """A closed finding takes no more notes; if a run sees another difference, it opens again by itself."""

    code = "finding-closed"
    message = N_("这条差异已经结案；以后的对账如果又看到不同，会自动重新打开")


class NotExplained(Conflict):
    """Only an explained finding can be closed or sent back."""

    code = "finding-not-explained"
    message = N_("这条差异还没有说明；请先写明原因，再由另一个人结案")


class SecondPersonNeeded(Conflict):
    """Who explained a finding does not also close it."""

    code = "second-person-needed"
    message = N_("说明是您写的，要由另一个人来结案或退回")
