"""Lines of the work list about care: whom nobody has seen for too long, which plans are to be looked at again."""

from collections.abc import Iterator
from datetime import timedelta

from timebank.care.contacts.rules import SEEN_TEXTS
from timebank.core import clock
from timebank.core.errors import N_, Text
from timebank.desk.model import Task, Urgency, Waiting
from timebank.desk.wording import CALL, ONE_BY_ONE, REVIEW, person_text


def unseen(waiting: Waiting) -> Iterator[Task]:
    """A few by name, the rest in one line: on a first day nobody has been seen, and other things wait too."""
    for one in waiting.unseen[:ONE_BY_ONE]:
        days = one.gap_days
        yield Task(
            Urgency.NOW,
            Text(N_("还没见过")) if days is None else Text(N_("{days} 天未见"), {"days": days}),
            person_text(one.member, waiting),
            Text(N_("困难 {tier} 级"), {"tier": one.member.hardship_tier}),
            None
            if one.last is None
            else Text(
                N_("上次见到 {day}（{how}）"), {"day": one.last.on, "how": Text(SEEN_TEXTS[one.last.by])}
            ),
            f"/members/{one.member.id}/contacts",
            N_("联系"),
            waiting.now - timedelta(days=days if days is not None else 999),
            CALL,
        )
    rest = len(waiting.unseen) - ONE_BY_ONE
    if rest > 0:
        yield Task(
            Urgency.SOON,
            Text(N_("久未见")),
            Text(N_("另有 {count} 位"), {"count": rest}),
            Text(N_("有困难的会员久未有人联系")),
            None,
            "/care",
            N_("看名单"),
            waiting.now,
            CALL * rest,
        )


def reviews(waiting: Waiting) -> Iterator[Task]:
    """Care plans that are to be looked at again."""
    for line in waiting.plans[:ONE_BY_ONE]:
        due_on = line.view.latest.plan.review_on
        yield Task(
            Urgency.SOON,
            Text(N_("该复评")),
            person_text(line.member, waiting),
            Text(N_("的方案该复评了")),
            Text(N_("定的是 {day}"), {"day": due_on}),
            f"/care/plans/{line.view.id}",
            N_("复评"),
            clock.midnight(due_on),
            REVIEW,
        )
    rest = len(waiting.plans) - ONE_BY_ONE
    if rest > 0:
        yield Task(
            Urgency.SOON,
            Text(N_("该复评")),
            Text(N_("另有 {count} 份方案"), {"count": rest}),
            Text(N_("该复评了")),
            None,
            "/care/plans",
            N_("看名单"),
            waiting.now,
            REVIEW * rest,
        )


def week(waiting: Waiting) -> Iterator[Task]:
    """Whose day it is this week, what is to be renewed, what is to be asked about: each kind in one line."""
    found = waiting.profiles
    kinds = (
        (waiting.greetings, N_("{count} 位"), N_("本周过节、过生日，还没慰问"), N_("慰问")),
        (found.entitlements if found else (), N_("{count} 项待遇"), N_("到期了，要再办"), N_("待遇到期")),
        (found.referrals if found else (), N_("{count} 次转介"), N_("该问问结果了"), N_("转介")),
    )
    for those, who, says, tag in kinds:
        if those:
            yield Task(
                Urgency.WHEN_YOU_CAN,
                Text(tag),
                Text(who, {"count": len(those)}),
                Text(says),
                None,
                "/care/week",
                N_("看名单"),
                waiting.now,
                CALL * len(those),
            )
