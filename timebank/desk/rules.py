"""What to do first: pure, from what waits."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import UUID

from timebank.activities.rules import begins_at
from timebank.core import clock
from timebank.core.errors import N_, Text, plain
from timebank.desk import caring, memberships
from timebank.desk.model import Task, Urgency, Waiting
from timebank.desk.wording import CALL, ONE_BY_ONE, REVIEW, category_text, person_text, since_text
from timebank.people.model import Contact
from timebank.requests.model import RequestView
from timebank.requests.model import Status as RequestStatus
from timebank.visits.model import DueVisit, VisitView
from timebank.visits.model import Waiting as Why

TASKS_SHOWN_MAX = 40

# Minutes that one such task takes at a desk, from the coordinators' own guess.
_NOBODY, _DISPUTE, _REFUSED, _LOOK = 15, 20, 8, 3
_ORDER = {Urgency.NOW: 0, Urgency.SOON: 1, Urgency.WHEN_YOU_CAN: 2}


def tasks(waiting: Waiting) -> list[Task]:
    """The work list: the most urgent first, and of those the longest waiting."""
    found = [
        *_first_steps(waiting),
        *_findings(waiting),
        *_nobody(waiting),
        *caring.unseen(waiting),
        *caring.reviews(waiting),
        *caring.week(waiting),
        *_away(waiting),
        *_visits(waiting),
        *_reviews(waiting),
        *memberships.applications(waiting),
        *memberships.deaths(waiting),
        *memberships.trainings(waiting),
        *_volunteers(waiting),
        *_proposals(waiting),
        *_trials(waiting),
        *_neglected(waiting),
        *_hits(waiting),
        *_sheets(waiting),
    ]
    return sorted(found, key=lambda task: (_ORDER[task.urgency], task.since))


def _first_steps(waiting: Waiting) -> Iterator[Task]:
    """What a community does on its first day, in this order."""
    first, then = Text(N_("第一步")), Text(N_("第二步"))
    if not waiting.has_members:
        yield Task(
            Urgency.NOW,
            first,
            Text(N_("还没有会员。")),
            Text(N_("把名册导进来")),
            Text(N_("人事系统导出的表格就行，先看后存，不会重复")),
            "/members/import",
            N_("导入名册"),
            waiting.now - timedelta(days=9_999),
            30,
        )
    if not waiting.has_schemes:
        yield Task(
            Urgency.NOW,
            then if not waiting.has_members else first,
            Text(N_("还没有互助项目。")),
            Text(N_("定下谁能帮、谁来付、怎么算")),
            None,
            "/schemes/new",
            N_("开办项目"),
            waiting.now - timedelta(days=9_998),
            15,
        )


def _findings(waiting: Waiting) -> Iterator[Task]:
    if waiting.findings:
        yield Task(
            Urgency.NOW,
            Text(N_("对账")),
            Text(N_("{count} 处差异"), {"count": waiting.findings}),
            Text(N_("等人说明")),
            Text(N_("机器只指出，不改账")),
            "/audit/findings",
            N_("查看"),
            waiting.now,
            waiting.findings * _DISPUTE,
        )


def _nobody(waiting: Waiting) -> Iterator[Task]:
    for request in waiting.requests:
        if request.status is RequestStatus.PUBLISHED and request.passed_over:
            yield Task(
                Urgency.NOW,
                Text(
                    N_("等了 {time}"),
                    {"time": since_text(waiting, request.published_at or request.created_at)},
                ),
                person_text(waiting.people.get(request.member_id), waiting),
                Text(N_("的{category}需求没有人"), {"category": category_text(request.wish.category)}),
                Text(N_("已派 {rounds} 批，都没有合适的人"), {"rounds": request.passed_over}),
                f"/requests/{request.id}",
                N_("想办法"),
                request.published_at or request.created_at,
                _NOBODY,
            )


def _away(waiting: Waiting) -> Iterator[Task]:
    for visit in waiting.planned:
        if (visit.helper_id, visit.served_on) in waiting.away:
            yield Task(
                Urgency.SOON,
                Text(N_("服务者不在")),
                person_text(waiting.people.get(visit.recipient_id), waiting),
                Text(
                    N_("{day} 的{category}"),
                    {"day": visit.served_on, "category": category_text(visit.category)},
                ),
                Text(N_("{name} 那天请了假"), {"name": _name(waiting, visit.helper_id)}),
                f"/visits/{visit.id}",
                N_("另作安排"),
                waiting.now,
                CALL,
            )


_VISIT_LINES = {
    Why.DISPUTED: (Urgency.SOON, N_("有异议"), N_("对时长说法不一"), N_("处理"), _DISPUTE),
    Why.REFUSED: (Urgency.SOON, N_("没记上账"), N_("的服务单没有记上账"), N_("看办法"), _REFUSED),
    Why.UNCONFIRMED: (Urgency.SOON, N_("待确认"), N_("的服务单等人确认"), N_("打电话"), CALL),
    Why.UNCLAIMED: (Urgency.WHEN_YOU_CAN, N_("待登记"), N_("的服务时长还没登记"), N_("登记"), CALL),
    Why.UNATTENDED: (Urgency.WHEN_YOU_CAN, N_("没签到"), N_("的服务到时没人签到"), N_("问一下"), CALL),
}
_VISIT_GROUPS = {
    Why.UNCONFIRMED: (N_("{count} 张服务单"), N_("等受助人确认"), "/visits?status=claimed", N_("逐个拨打")),
    Why.UNCLAIMED: (N_("{count} 张服务单"), N_("还没登记时长"), "/visits?status=attended", N_("逐个登记")),
    Why.UNATTENDED: (N_("{count} 次服务"), N_("到时没人签到"), "/visits?status=planned", N_("逐个询问")),
}


def _visits(waiting: Waiting) -> Iterator[Task]:
    for why, (urgency, tag, says, label, minutes) in _VISIT_LINES.items():
        due = [each for each in waiting.visits if each.waiting is why]
        if why in _VISIT_GROUPS and len(due) > ONE_BY_ONE:
            yield _group(waiting, why, due, urgency, minutes)
            continue
        for each in due:
            visit = each.visit
            whose = visit.recipient_id if why is not Why.UNCLAIMED else visit.helper_id
            yield Task(
                urgency,
                Text(N_("{what} {time}"), {"what": Text(tag), "time": since_text(waiting, each.since)}),
                person_text(waiting.people.get(whose), waiting),
                Text(says),
                _visit_detail(waiting, visit),
                f"/visits/{visit.id}",
                label,
                each.since,
                minutes,
            )


def _group(waiting: Waiting, why: Why, due: list[DueVisit], urgency: Urgency, minutes: int) -> Task:
    count, says, to, label = _VISIT_GROUPS[why]
    asked = {each.visit.helper_id if why is Why.UNCLAIMED else each.visit.recipient_id for each in due}
    without = sum(1 for each in asked if _has_no_phone_app(waiting, each))
    oldest = min(each.since for each in due)
    detail = Text(N_("其中 {count} 位不用智能手机，可打电话代办"), {"count": without}) if without else None
    what = Text(_VISIT_LINES[why][1])
    tag = Text(N_("{what} {time}"), {"what": what, "time": since_text(waiting, oldest)})
    who = Text(count, {"count": len(due)})
    return Task(urgency, tag, who, Text(says), detail, to, label, oldest, minutes * len(due))


def _reviews(waiting: Waiting) -> Iterator[Task]:
    due = [each for each in waiting.requests if each.status is RequestStatus.SUBMITTED]
    if len(due) > ONE_BY_ONE:
        oldest = min(each.created_at for each in due)
        yield Task(
            Urgency.SOON,
            Text(N_("待审核")),
            Text(N_("{count} 个新需求"), {"count": len(due)}),
            Text(N_("等您审核发布")),
            None,
            "/requests?status=submitted",
            N_("逐个审核"),
            oldest,
            REVIEW * len(due),
        )
        return
    for request in due:
        yield _review(waiting, request)


def _review(waiting: Waiting, request: RequestView) -> Task:
    return Task(
        Urgency.SOON,
        Text(N_("待审核")),
        person_text(waiting.people.get(request.member_id), waiting),
        Text(N_("请人{category}"), {"category": category_text(request.wish.category)}),
        plain(request.wish.note) if request.wish.note else None,
        f"/requests/{request.id}",
        N_("审核"),
        request.created_at,
        REVIEW,
    )


def _volunteers(waiting: Waiting) -> Iterator[Task]:
    """Who is ready to go waits for a decision, not for the next round."""
    said = waiting.volunteers
    if said:
        who = dict.fromkeys(one.member_id for one in said)
        held = [_name(waiting, one) for one in who if one in waiting.hindered]
        yield Task(
            Urgency.SOON,
            Text(N_("自己报名")),
            plain(_name(waiting, said[0].member_id))
            if len(who) == 1
            else Text(N_("{count} 位"), {"count": len(who)}),
            Text(N_("愿意去帮忙，等您安排")),
            Text(N_("{names}现在去不了"), {"names": held}) if held else None,
            f"/proposals/new?request_id={said[0].request_id}" if len(said) == 1 else "/rounds",
            N_("安排"),
            said[0].said_at,
            _LOOK * len(said),
        )


def _proposals(waiting: Waiting) -> Iterator[Task]:
    if not waiting.proposals:
        return
    first = min(each.deadline for each in waiting.proposals)
    soon = first - waiting.now < timedelta(hours=24)
    yield Task(
        Urgency.SOON if soon else Urgency.WHEN_YOU_CAN,
        Text(N_("今明到期")) if soon else Text(N_("等答复")),
        Text(N_("{count} 个邀约"), {"count": len(waiting.proposals)}),
        Text(N_("还没人答复")),
        Text(N_("最早 {when} 到期，到期后自动另请人"), {"when": first}),
        "/proposals",
        N_("打电话问"),
        min(each.made_at for each in waiting.proposals),
        CALL * len(waiting.proposals),
    )


def _hits(waiting: Waiting) -> Iterator[Task]:
    if waiting.hits:
        yield Task(
            Urgency.SOON,
            Text(N_("放假")),
            Text(N_("{count} 次服务"), {"count": len(waiting.hits)}),
            Text(N_("碰到改过的放假安排")),
            Text(N_("先问两位，再决定停不停")),
            "/pairs/holidays",
            N_("查看"),
            waiting.now,
            len(waiting.hits) * CALL,
        )


def _sheets(waiting: Waiting) -> Iterator[Task]:
    """Who came is known on paper only, until somebody types it in."""
    for view in waiting.activities[:ONE_BY_ONE]:
        yield Task(
            Urgency.WHEN_YOU_CAN,
            Text(N_("等录签到表")),
            plain(view.plan.title),
            Text(N_("{day} 的活动，谁来了还没录"), {"day": view.plan.held_on}),
            plain(view.plan.place),
            f"/activities/{view.id}/sign-in",
            N_("录入"),
            begins_at(view.plan),
            REVIEW,
        )
    rest = len(waiting.activities) - ONE_BY_ONE
    if rest > 0:
        yield Task(
            Urgency.WHEN_YOU_CAN,
            Text(N_("等录签到表")),
            Text(N_("另有 {count} 次活动"), {"count": rest}),
            Text(N_("谁来了还没录")),
            None,
            "/activities?when=past",
            N_("查看"),
            waiting.now,
            REVIEW * rest,
        )


def _trials(waiting: Waiting) -> Iterator[Task]:
    for pair in waiting.trials:
        yield Task(
            Urgency.WHEN_YOU_CAN,
            Text(N_("试结对期满")),
            Text(
                N_("{helper} 与 {recipient}"),
                {
                    "helper": _name(waiting, pair.helper_id),
                    "recipient": _name(waiting, pair.recipient_id),
                },
            ),
            Text(N_("处得怎么样？")),
            None,
            f"/pairs/{pair.id}",
            N_("问一问"),
            pair.made_at,
            _LOOK,
        )


def _neglected(waiting: Waiting) -> Iterator[Task]:
    for one in waiting.neglected:
        yield Task(
            Urgency.SOON if one.silent_since else Urgency.WHEN_YOU_CAN,
            Text(N_("好久没有服务")) if one.silent_since else Text(N_("该回顾了")),
            Text(
                N_("{helper} 与 {recipient}"),
                {
                    "helper": _name(waiting, one.pair.helper_id),
                    "recipient": _name(waiting, one.pair.recipient_id),
                },
            ),
            Text(N_("上一次在 {day}"), {"day": one.silent_since})
            if one.silent_since
            else Text(N_("处得怎么样？")),
            None,
            f"/pairs/{one.pair.id}",
            N_("问一问"),
            clock.midnight(one.silent_since or one.review_on or clock.day_of(waiting.now)),
            _LOOK,
        )


def _visit_detail(waiting: Waiting, visit: VisitView) -> Text:
    values = {
        "helper": _name(waiting, visit.helper_id),
        "recipient": _name(waiting, visit.recipient_id),
        "day": visit.served_on,
        "category": category_text(visit.category),
    }
    return Text(N_("{helper} → {recipient}，{category}，{day}"), values)


def _name(waiting: Waiting, member_id: UUID) -> str:
    brief = waiting.people.get(member_id)
    return brief.name if brief else "—"


def _has_no_phone_app(waiting: Waiting, member_id: UUID) -> bool:
    brief = waiting.people.get(member_id)
    return brief is not None and brief.contact is not Contact.SMARTPHONE


def people_in(views: Iterable[VisitView]) -> set[UUID]:
    """Everybody named by some visits."""
    return {member for view in views for member in (view.helper_id, view.recipient_id)}
