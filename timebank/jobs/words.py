"""A job's times and outcome in words."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from timebank.core.errors import N_, Text, plain
from timebank.core.slots import PROCESS_LOST
from timebank.jobs.schedule import Job

# In the order in which they are told.
_OUTCOMES: dict[str, str] = {
    "communities": N_("{n} 个社区"),
    "accounts": N_("改了 {n} 个账户"),
    "agreeing": N_("{n} 个账套相符"),
    "closed": N_("结束了 {n} 个邀约"),
    "dropped": N_("删掉 {n} 份旧备份"),
    "expired": N_("结束了 {n} 个需求"),
    "findings": N_("{n} 处差异"),
    "lapsed": N_("释放了 {n} 笔到期的预留"),
    "planned": N_("排好 {n} 次服务"),
    "short": N_("{n} 次服务余额不够，没有排"),
    "posted": N_("记上 {n} 张"),
    "rows": N_("{n} 行"),
    "skipped": N_("跳过：以后的一次会办"),
    "unchecked": N_("{n} 项没能核对"),
}
_FAILURES: dict[str, str] = {
    PROCESS_LOST: N_("办到一半，进程没了"),
    "unavailable": N_("数据库一时连不上"),
}


def when(job: Job) -> Text:
    """At what times a job runs."""
    parts = job.cron.split()
    minute, hour = parts[0], parts[1]
    if len(parts) == 5 and parts[2:] == ["*", "*", "*"] and minute.isdigit() and hour.isdigit():
        return Text(N_("每天 {at}"), {"at": f"{time(int(hour), int(minute)):%H:%M}"})
    return Text(N_("按 {cron}"), {"cron": job.cron})


def outcome(found: Mapping[str, Any]) -> list[Text]:
    """What came of a run, part by part."""
    known = [Text(words, {"n": found[name]}) for name, words in _OUTCOMES.items() if name in found]
    return known + [plain(f"{name}: {n}") for name, n in found.items() if name not in _OUTCOMES]


def took(long: timedelta) -> Text:
    """How long a run took."""
    seconds = round(long.total_seconds())
    if seconds < 60:
        return Text(N_("{n} 秒"), {"n": max(1, seconds)})
    return Text(N_("{m} 分 {s} 秒"), {"m": seconds // 60, "s": seconds % 60})


def failure(kind: str) -> Text:
    """What kind of failure it was: ours in words, another by its name."""
    return Text(_FAILURES[kind]) if kind in _FAILURES else plain(kind)
