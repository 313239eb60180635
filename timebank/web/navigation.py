"""The rail: which pages stand there for whom."""

from dataclasses import dataclass

from timebank.core.actor import Actor, Role
from timebank.core.errors import N_


@dataclass(frozen=True)
class Entry:
    """A page in the rail."""

    path: str
    label: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class Link:
    """A rail entry as this reader sees it."""

    path: str
    label: str
    current: bool


_DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
_BOOKS = _DESK | {Role.AUDITOR}
ENTRIES = (
    Entry("/today", N_("今日工作"), _DESK),
    Entry("/reception", N_("接待"), _DESK),
    Entry("/members", N_("会员"), _DESK),
    Entry("/requests", N_("服务需求"), _DESK),
    Entry("/rounds", N_("派单"), _DESK),
    Entry("/visits", N_("服务单"), _DESK),
    Entry("/activities", N_("活动"), _DESK),
    Entry("/care", N_("关怀"), _DESK),
    Entry("/accounts", N_("账目"), _BOOKS),
    Entry("/corrections", N_("更正"), _DESK),
    Entry("/outlook", N_("兑付"), _BOOKS),
    Entry("/audit", N_("对账"), _BOOKS),
    Entry("/schemes", N_("项目与规则"), _BOOKS),
    Entry("/holidays", N_("放假安排"), _DESK),
    Entry("/staff", N_("工作人员"), frozenset({Role.ADMINISTRATOR})),
    Entry("/units", N_("单位"), frozenset({Role.ADMINISTRATOR})),
    Entry("/acts", N_("操作记录"), _BOOKS),
    Entry("/jobs", N_("后台任务"), _DESK),
)


def rail(actor: Actor, path: str) -> list[Link]:
    """The entries this actor may open, the one that is open marked."""
    return [
        Link(entry.path, entry.label, path == entry.path or path.startswith(entry.path + "/"))
        for entry in ENTRIES
        if actor.anywhere(*entry.roles)
    ]
