"""The scheduled jobs: what each does and when."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from apscheduler.triggers.cron import CronTrigger

from timebank.access.guard import Call
from timebank.audit import tasks as audit_tasks
from timebank.core import clock
from timebank.core.errors import N_
from timebank.hours import tasks as hours_tasks
from timebank.jobs.errors import BadSchedule
from timebank.pairing import tasks as pairing_tasks
from timebank.requests import tasks as requests_tasks
from timebank.visits import tasks as visits_tasks

Task = Callable[[Call, datetime], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Job:
    """Something done on a schedule. `cron` is in the time bank's own time zone; a sixth field in front is seconds.

    `run` is told the slot it is for, and derives every id and key from it, so that running a slot
    again changes nothing. `title` says what it does.
    """

    name: str
    cron: str
    run: Task
    title: str = ""

    @property
    def trigger(self) -> CronTrigger:
        """The schedule."""
        *second, minute, hour, day, month, weekday = self.cron.split()
        return CronTrigger(
            second=second[0] if second else "0",
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week=weekday,
            timezone=clock.zone(),
        )

    def slots_between(self, after: datetime, until: datetime) -> list[datetime]:
        """The slots in `(after, until]`."""
        found: list[datetime] = []
        at = self.next_after(after)
        while at is not None and at <= until:
            found.append(at)
            at = self.next_after(at)
        return found

    def next_after(self, at: datetime) -> datetime | None:
        """The first slot after a moment."""
        found: datetime | None = self.trigger.get_next_fire_time(None, at + timedelta(microseconds=1))
        return found


JOBS: tuple[Job, ...] = (
    Job(
        "hours.expire_holds",
        "2 0 * * *",
        hours_tasks.expire_holds,
        N_("到期没有用掉的预留，自动释放"),
    ),
    Job(
        "hours.apply_house_policies",
        "5 0 * * *",
        hours_tasks.apply_house_policies,
        N_("当天生效的社区规则，用到每个账户"),
    ),
    Job("requests.expire", "15 0 * * *", requests_tasks.expire, N_("过了最后日期的服务需求，自动结束")),
    Job(
        "pairing.close_proposals",
        "20 0 * * *",
        pairing_tasks.close_proposals,
        N_("过了答复期限的邀约，自动结束"),
    ),
    Job(
        "visits.retry_refused",
        "30 0 * * *",
        visits_tasks.retry_refused,
        N_("没记上账的服务单，再记一次"),
    ),
    Job("pairing.plan_pairs", "40 0 * * *", pairing_tasks.plan_pairs, N_("给结对排好以后几周的服务")),
    Job("reconcile", "0 2 * * *", audit_tasks.reconcile, N_("核对每个社区的账，记下差异")),
)


def at_other_times(jobs: tuple[Job, ...], chosen: Mapping[str, str]) -> tuple[Job, ...]:
    """The jobs at the times an installation chose. Raises `BadSchedule`."""
    known = {job.name for job in jobs}
    for name, cron in chosen.items():
        if name not in known:
            raise BadSchedule.unknown(name, known)
        try:
            _ = Job(name, cron, _nothing).trigger
        except ValueError as error:
            raise BadSchedule.unreadable(name, cron) from error
    return tuple(replace(job, cron=chosen.get(job.name, job.cron)) for job in jobs)


async def _nothing(call: Call, slot: datetime) -> dict[str, Any]:
    return {}
