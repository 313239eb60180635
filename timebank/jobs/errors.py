"""Refusals of jobs.

NotFound
└── NoSuchJob
Invalid
└── BadSchedule     TIMEBANK_SCHEDULE names no job, or no time
"""

from collections.abc import Collection

from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text

_SETTING = "TIMEBANK_SCHEDULE"


class NoSuchJob(NotFound):
    """No job has this name."""

    code = "no-such-job"
    message = N_("没有叫“{name}”的后台任务")


class BadSchedule(Invalid):
    """The setting names a job that isn't there, or a time that can't be read."""

    code = "bad-setting"

    @classmethod
    def unknown(cls, name: str, known: Collection[str]) -> "BadSchedule":
        """There is no such job; these there are."""
        values = {"name": name, "known": "、".join(sorted(known))}
        return cls([FieldError(_SETTING, Text(N_("没有“{name}”；有：{known}"), values))])

    @classmethod
    def unreadable(cls, name: str, cron: str) -> "BadSchedule":
        """The time is no cron expression."""
        values = {"name": name, "cron": cron}
        return cls([FieldError(_SETTING, Text(N_("“{name}”的“{cron}”应写成 0 2 * * * 这样"), values))])
