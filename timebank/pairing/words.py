"""What a coordinator can read out on the phone: why this pair, why nobody, what would help. Pure, from data."""

from collections.abc import Collection, Mapping
from uuid import UUID

from matching import Change, ChangeKind, Help, Reason
from timebank.core.errors import N_, Text
from timebank.core.provenance import Provenance
from timebank.pairing.model import (
    Answer,
    Answered,
    Because,
    Dropped,
    Grounds,
    Occasion,
    PairStatus,
    ProposalStatus,
    RoundStatus,
    Side,
    Why,
    WhyNobody,
)
from timebank.people.model import (
    CATEGORY_LABELS,
    DIALECT_LABELS,
    INTEREST_LABELS,
    NEED_LABELS,
    SKILL_LABELS,
    MemberView,
)
from timebank.requests.model import Wish
from timebank.requests.recurrence.model import EVERY_WEEK, TurnState
from timebank.requests.recurrence.rules import WEEKDAYS, recurrence_text
from timebank.requests.rules import circumstances_text, reason_detail, reasons_counted, window_text
from timebank.visits import rules as visit_rules
from timebank.visits.model import Status as VisitStatus

ROUND_TEXTS = {
    RoundStatus.MADE: N_("待发邀约"),
    RoundStatus.SENT: N_("已发邀约"),
    RoundStatus.SUPERSEDED: N_("已被新的一批代替"),
}
PROPOSAL_TEXTS = {
    ProposalStatus.OPEN: N_("等待答复"),
    ProposalStatus.ACCEPTED: N_("双方同意"),
    ProposalStatus.DECLINED: N_("有人推辞"),
    ProposalStatus.EXPIRED: N_("过期未答"),
    ProposalStatus.WITHDRAWN: N_("已撤回"),
}
PAIR_TEXTS = {
    PairStatus.TRIAL: N_("试结对"),
    PairStatus.ACTIVE: N_("结对中"),
    PairStatus.PAUSED: N_("暂停"),
    PairStatus.ENDED: N_("已结束"),
}
SIDE_TEXTS = {Side.HELPER: N_("服务者"), Side.RECIPIENT: N_("受助人")}
PROVENANCE_TEXTS = {
    Provenance.APP: N_("本人在手机上"),
    Provenance.PHONE: N_("电话"),
    Provenance.PAPER: N_("纸条"),
    Provenance.DESK: N_("当面"),
    Provenance.SYSTEM: N_("系统"),
}

# Kept with a visit that its own date cancelled, by the state of its turn.
FELL_AWAY = {
    TurnState.SKIPPED: N_("这一次不来"),
    TurnState.MOVED_AWAY: N_("改到别的日子"),
    TurnState.HOLIDAY: N_("放假停一次"),
}

# One person, as in “李兰：不会推轮椅、那天出海”.
_ONE = {
    Reason.STATUS: N_("不是在册的服务者"),
    Reason.SELF: N_("就是受助人自己"),
    Reason.CONSENT: N_("还没有签同意书"),
    Reason.SKILL: N_("没有登记需要的技能"),
    Reason.TRAINING: N_("没有参加规定的培训"),
    Reason.AGE: N_("年龄不合规则，或没有登记生日"),
    Reason.GENDER: N_("性别不合受助人的要求"),
    Reason.DIALECT: N_("不说要求的方言"),
    Reason.DO_NOT_PAIR: N_("登记了这两位不宜结对"),
    Reason.FORBIDDEN: N_("这一批里被排除"),
    Reason.DECLINED: N_("最近四周推辞过，或没有答复"),
    Reason.DISTANCE: N_("住得太远"),
    Reason.ABSENT: N_("那些日子外出不在"),
    Reason.WINDOW: N_("那些时间没空"),
    Reason.BOOKED: N_("那些时间已有别的服务"),
    Reason.WEEK_FULL: N_("这一周已经排满"),
    Reason.CIRCUMSTANCE: N_("登记了不便接受这家的情况"),
    Reason.EXCHANGE: N_("想得到的帮助，受助人给不了"),
    Reason.BRANCH: N_("不是指定小组的成员"),
}
_BECAUSE: dict[str, str] = {
    Because.MOVED: N_("需求刚刚改过、撤回或已派给别人"),
    Because.ASKED: N_("正在邀约别人"),
    Because.PASSED: N_("时间已经过了"),
}
# What a coordinator could ask of the recipient, for reasons that alone keep people away.
_WOULD_HELP = {
    "skill": N_("不要求“{what}”"),
    "gender": N_("不限性别"),
    "dialect": N_("不限方言"),
    "distance": N_("可以从远处来"),
    "window": N_("换个时间"),
    "booked": N_("换个时间"),
    "absent": N_("换个日子"),
    "week_full": N_("等到下一周"),
    "declined": N_("再问一次推辞过的人"),
    "branch": N_("别的小组也可以来"),
}

# What a coordinator could ask of the recipient, or of one helper; each was tried.
_CHANGES = {
    ChangeKind.EARLIER: N_("时间早一个小时开始"),
    ChangeKind.LATER: N_("时间晚一个小时结束"),
    ChangeKind.DAY: N_("{day}也行"),
    ChangeKind.DIALECT: N_("不限方言"),
    ChangeKind.GENDER: N_("不限性别"),
    ChangeKind.REACH: N_("可以从远一倍的地方来"),
    ChangeKind.SKILL: N_("不要求“{what}”"),
    ChangeKind.FEWER: N_("少来一位"),
    ChangeKind.AGAIN: N_("再问一次推辞过的人"),
    ChangeKind.WEEK: N_("{helper}这一周多去一次"),
    ChangeKind.BACK: N_("{helper}那时在家"),
}


def category_text(code: str) -> Text:
    """A category of service."""
    return Text(CATEGORY_LABELS.get(code, code))


def skill_text(code: str) -> Text:
    """A skill."""
    return Text(SKILL_LABELS.get(code, code))


def circumstances(wish: Wish) -> list[Text]:
    """What a helper is told before they answer: stairs, pets, a wheelchair."""
    return circumstances_text(wish)


def circumstance_text(code: str) -> Text:
    """One of these."""
    return Text(NEED_LABELS.get(code, code))


def times_text(wish: Wish) -> Text:
    """When a wish can be met: its first two windows, and whether there are more."""
    said = [window_text(window, wish.recurrence) for window in wish.windows[:2]]
    if len(wish.windows) > 2:
        return Text(N_("{windows} 等"), {"windows": said})
    return Text("{windows}", {"windows": said})


def occasion_text(occasion: Occasion) -> Text:
    """“11 月 25 日 周三 09:00–10:00”, or “每周三 09:00–10:00，从 … 起”."""
    values = {"day": occasion.on, **_hours(occasion)}
    if occasion.recurrence is None:
        return Text(N_("{day} {begin}–{end}"), values)
    values["often"] = recurrence_text(occasion.recurrence, occasion.on.weekday())
    return Text(N_("{often} {begin}–{end}，从 {day} 起"), values)


def weekly_text(occasion: Occasion) -> Text:
    """“每周三 09:00–10:00”."""
    often = recurrence_text(occasion.recurrence or EVERY_WEEK, occasion.on.weekday())
    return Text(N_("{often} {begin}–{end}"), {"often": often, **_hours(occasion)})


def _hours(occasion: Occasion) -> dict[str, object]:
    return {
        "begin": clock_text(occasion.from_minute),
        "end": clock_text(occasion.from_minute + occasion.minutes),
    }


def visit_status_text(status: VisitStatus) -> Text:
    """Where a visit stands."""
    return visit_rules.status_text(status)


def clock_text(minute: int) -> str:
    """A minute of the day as 09:05."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def answer_text(answered: Answered | None) -> Text:
    """What a side has said, and how it reached us."""
    if answered is None:
        return Text(N_("还没有答复"))
    yes = answered.answer is Answer.YES
    return Text(
        N_("同意（{how}）") if yes else N_("推辞（{how}）"),
        {"how": Text(PROVENANCE_TEXTS[answered.provenance])},
    )


def reasons_text(reasons: Reason) -> list[Text]:
    """Every reason that refuses one helper."""
    return [Text(_ONE[reason]) for reason in Reason if reason and reason & reasons]


def pair_text(helper: MemberView, recipient: MemberView) -> Text:
    """“李兰帮陈阿婆”."""
    return Text(N_("{helper}帮{recipient}"), {"helper": helper.name, "recipient": recipient.name})


def dropped_text(dropped: Dropped) -> list[Text]:
    """Why a pair of the plan was not asked after all."""
    named = {reason.name.lower(): _ONE[reason] for reason in Reason if reason.name and reason in _ONE}
    return [Text((_BECAUSE | named)[one]) for one in dropped.because]


def why_nobody_text(why: WhyNobody) -> Text:
    """“212 位服务者：140 人没有登记“轮椅”、51 人周三没空、12 人出海”, the most frequent first."""
    if why.helpers == 0:
        return Text(N_("社区里还没有服务者"))
    values = {
        "helpers": why.helpers,
        "parts": reasons_counted(why.counts),
        "eligible": why.eligible,
        "wanted": why.wanted,
        "together": why.together,
    }
    if why.together is not None and why.together < why.wanted:
        return Text(
            N_("要 {wanted} 位一起来，{helpers} 位服务者里同一时间最多 {together} 位能来；{parts}"), values
        )
    if why.eligible and why.counts:
        return Text(
            N_("{helpers} 位服务者里有 {eligible} 位合适，这一批都去帮更急的需求了；其余{parts}"), values
        )
    if why.eligible:
        return Text(N_("{helpers} 位服务者都合适，这一批都去帮更急的需求了"), values)
    return Text(N_("{helpers} 位服务者：{parts}"), values)


def would_help(why: WhyNobody) -> list[Text]:
    """What would let somebody come, the most helpful first: true of those whom one reason alone keeps away."""
    found: dict[str, int] = {}
    for key, helpers in why.only.items():
        name, _, what = key.partition(":")
        # Nobody can do without the very thing that is asked for.
        if name in _WOULD_HELP and what not in CATEGORY_LABELS:
            label = name if name != "skill" else key
            # A time that is taken and one that is not free are mended alike.
            label = "window" if label == "booked" else label
            found[label] = found.get(label, 0) + helpers
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [
        Text(
            N_("{change}，就有 {helpers} 人能来"),
            {
                "change": Text(_WOULD_HELP[key.partition(":")[0]], {"what": reason_detail(key)}),
                "helpers": helpers,
            },
        )
        for key, helpers in ranked[:3]
    ]


def tried_text(
    tried: Help, people: Mapping[UUID, MemberView], recipients: Mapping[UUID, MemberView]
) -> Text | None:
    """“周四也行，就有 3 人能来，会派给李兰”; and who would have nobody then. `recipients` by request.

    None where somebody it names is not known.
    """
    named = {*tried.by, *((tried.change.helper,) if tried.change.helper else ())}
    if named - people.keys() or set(tried.unserved) - recipients.keys():
        return None
    values: dict[str, object] = {
        "change": _change_text(tried.change, people),
        "helpers": tried.could,
        "names": [people[one].name for one in tried.by],
        "others": [recipients[one].name for one in tried.unserved],
    }
    # Of a change of one helper it is plain who could come.
    hers = tried.change.helper is not None
    said = N_("{change}，就能派给{names}") if hers else N_("{change}，就有 {helpers} 人能来，会派给{names}")
    if tried.unserved:
        return Text(N_("{said}；但{others}这一批就派不到了"), {"said": Text(said, values), **values})
    return Text(said, values)


def _change_text(change: Change, people: Mapping[UUID, MemberView]) -> Text:
    day: object = change.on if change.weekday is None else Text(WEEKDAYS[change.weekday])
    what = skill_text(change.skill) if change.skill else None
    helper = people[change.helper].name if change.helper else None
    return Text(_CHANGES[change.kind], {"day": day, "what": what, "helper": helper})


def why_pair_text(why: Why, people: Mapping[UUID, MemberView], recipient: MemberView) -> list[Text]:
    """What speaks for the chosen one, in the order in which it counts."""
    return _because(why.chosen, people[why.chosen.helper_id], recipient)


def runner_up_text(
    why: Why, people: Mapping[UUID, MemberView], recipient: MemberView, serves: MemberView | None
) -> Text | None:
    """Who would be next, and what speaks for the chosen one against them."""
    other = why.runner_up
    if other is None:
        return Text(N_("没有第二位合适的人"))
    if other.helper_id not in people:
        return None
    name = people[other.helper_id].name
    if serves is not None and other.score >= why.chosen.score:
        return Text(N_("{name}也合适，但这一批去帮{other}"), {"name": name, "other": serves.name})
    against = _against(why.chosen, other)
    if not against:
        return Text(N_("次选是{name}，差别不大"), {"name": name})
    return Text(N_("次选是{name}：{parts}"), {"name": name, "parts": against})


def metres_text(metres: int | None) -> Text | None:
    """A distance as one says it."""
    if metres is None:
        return None
    if metres < 100:
        return Text(N_("就住在旁边"))
    if metres < 1_000:
        return Text(N_("离得近，约 {metres} 米"), {"metres": round(metres, -2)})
    return Text(N_("约 {km} 公里"), {"km": f"{metres / 1_000:.1f}"})


def _farther_text(metres: int | None) -> Text:
    if metres is None:
        return Text(N_("住址没有登记"))
    if metres < 1_000:
        return Text(N_("住得远些，约 {metres} 米"), {"metres": max(100, round(metres, -2))})
    return Text(N_("住得远些，约 {km} 公里"), {"km": f"{metres / 1_000:.1f}"})


def _because(chosen: Grounds, helper: MemberView, recipient: MemberView) -> list[Text]:
    points = chosen.points
    parts: list[Text | None] = []
    if chosen.volunteered:
        parts.append(Text(N_("自己报名要去")))
    elif points.get("offered"):
        parts.append(Text(N_("自己说过乐意做")))
    if chosen.standing:
        parts.append(Text(N_("本来就是固定搭档")))
    if chosen.visits_before:
        parts.append(Text(N_("以前上门过 {visits} 次"), {"visits": chosen.visits_before}))
    if points.get("branch") and helper.branch:
        parts.append(Text(N_("同在“{branch}”"), {"branch": helper.branch}))
    parts.append(metres_text(chosen.metres))
    if points.get("dialect"):
        parts.append(
            _shared(N_("都说{what}"), helper.details.dialects, recipient.details.dialects, DIALECT_LABELS)
        )
    if points.get("interests"):
        parts.append(
            _shared(
                N_("都喜欢{what}"), helper.details.interests, recipient.details.interests, INTEREST_LABELS
            )
        )
    if points.get("overlap", 0) >= 30:
        parts.append(Text(N_("时间宽裕")))
    if not chosen.visits_lately:
        parts.append(Text(N_("最近四周还没有轮到过")))
    return [part for part in parts if part is not None]


def _against(chosen: Grounds, other: Grounds) -> list[Text]:
    """What the runner-up has less of, the largest loss first."""
    losses = {name: points - other.points.get(name, 0) for name, points in chosen.points.items()}
    said: dict[str, Text | None] = {
        "distance": _farther_text(other.metres),
        "continuity": Text(N_("没有上门过")) if not other.visits_before else Text(N_("上门次数少")),
        "branch": Text(N_("不在一个小组")),
        "offered": Text(N_("没有自己报名")) if chosen.volunteered else Text(N_("没有说过乐意做")),
        "dialect": Text(N_("方言不通")),
        "interests": Text(N_("共同爱好少")),
        "overlap": Text(N_("时间紧一些")),
        "load": Text(N_("最近四周已有 {visits} 次"), {"visits": other.visits_lately}),
    }
    ranked = sorted((name for name in said if losses.get(name, 0) > 0), key=lambda name: -losses[name])
    return [part for name in ranked[:3] if (part := said[name]) is not None]


def _shared(
    message: str, one: Collection[str], other: Collection[str], labels: Mapping[str, str]
) -> Text | None:
    common = [Text(labels.get(code, code)) for code in one if code in other]
    return Text(message, {"what": common}) if common else None
