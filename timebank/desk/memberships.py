"""Who wants to join, whose balance waits after a death, what trainings end: pure, from what waits."""

from collections.abc import Iterator

from timebank.core import clock
from timebank.core.errors import N_, Text, plain
from timebank.desk.model import Task, Urgency, Waiting
from timebank.desk.wording import ONE_BY_ONE, REVIEW, person_text


def applications(waiting: Waiting) -> Iterator[Task]:
    """Applications to join: the longest waiting by name, the rest in one line."""
    for one in waiting.applications[:ONE_BY_ONE]:
        yield Task(
            Urgency.SOON,
            Text(N_("入会申请")),
            person_text(one.member, waiting),
            Text(N_("还差一个人批准")) if one.approvals else Text(N_("等审核")),
            None,
            f"/members/{one.member.id}/application",
            N_("办理"),
            one.since or waiting.now,
            REVIEW,
        )
    rest = len(waiting.applications) - ONE_BY_ONE
    if rest > 0:
        yield Task(
            Urgency.SOON,
            Text(N_("入会申请")),
            Text(N_("另有 {count} 位"), {"count": rest}),
            Text(N_("申请入会，等审核")),
            None,
            "/members/applications",
            N_("逐个审核"),
            waiting.now,
            REVIEW * rest,
        )


def deaths(waiting: Waiting) -> Iterator[Task]:
    """A balance that nobody has moved yet where the dead wanted it."""
    for brief, death in waiting.deaths:
        yield Task(
            Urgency.WHEN_YOU_CAN,
            Text(N_("身后的时间")),
            plain(brief.name),
            Text(N_("去世已登记，余额还没转出")),
            None,
            f"/members/{brief.id}/death",
            N_("办理"),
            death.recorded_at,
            REVIEW,
        )


def trainings(waiting: Waiting) -> Iterator[Task]:
    """Trainings and checks that end soon, in one line."""
    if waiting.trainings:
        first = waiting.trainings[0]
        over = first.valid_until < clock.day_of(waiting.now)
        yield Task(
            Urgency.SOON if over else Urgency.WHEN_YOU_CAN,
            Text(N_("有效期")),
            Text(N_("{count} 项培训、证明"), {"count": len(waiting.trainings)}),
            Text(N_("过期了或快到期")),
            Text(N_("最早的是{name}，到 {day}"), {"name": first.member.name, "day": first.valid_until}),
            "/members/trainings",
            N_("看名单"),
            waiting.now,
            REVIEW * len(waiting.trainings),
        )
