"""What a policy decides: what served minutes come to, who may help and receive, what contradicts what."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import floor

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, FieldError, Text
from timebank.schemes.model import (
    ROUNDINGS_MINUTES,
    ConfirmBy,
    Dated,
    GiftTo,
    HousePolicy,
    Line,
    Payable,
    Payer,
    RemainderTo,
    Rounding,
    SchemePolicy,
    T,
)

PAYERS = {
    Payer.RECIPIENT: N_("受助人付"),
    Payer.POOL: N_("公益时间池付"),
    Payer.GRANTS: N_("社区发放"),
}
ROUNDINGS = {
    Rounding.DOWN: N_("不满的舍去"),
    Rounding.NEAREST: N_("取最接近的"),
    Rounding.UP: N_("不满的补足"),
}
REMAINDERS = {
    RemainderTo.NOBODY: N_("余下的不计"),
    RemainderTo.POOL: N_("余下的进公益时间池"),
}
GIFTS = {
    GiftTo.NOBODY: N_("只能捐给公益时间池"),
    GiftTo.KIN: N_("可以转赠给家人，或捐给公益时间池"),
    GiftTo.MEMBERS: N_("可以转赠给本社区任何会员，或捐给公益时间池"),
}
CONFIRMERS = {
    ConfirmBy.RECIPIENT: N_("只能由受助人自己确认"),
    ConfirmBy.EITHER: N_("受助人确认，或由协调员代为确认"),
}


def in_force(versions: Sequence[Dated[T]], on: date) -> Dated[T] | None:
    """The version in force on a day: the last that began by then, as it was last replaced."""
    begun = [version for version in versions if version.in_force_from <= on]
    return max(begun, key=lambda version: (version.in_force_from, version.number), default=None)


def payable(policy: SchemePolicy, served_minutes: int) -> Payable:
    """What `served_minutes` come to: first the rate, then the rounding, once.

    Nothing is lost on the way: charged = credited + to_pool, none of them negative.
    """
    if served_minutes < 0:
        raise ValueError("minutes served are never negative")
    value = served_minutes * policy.rate
    steps = value / policy.rounding_minutes
    match policy.rounding:
        case Rounding.DOWN:
            whole = floor(steps)
        case Rounding.UP:
            whole = -floor(-steps)
        case Rounding.NEAREST:
            whole = floor(steps + Fraction(1, 2))  # a half goes up: in favour of who helped
    credited = whole * policy.rounding_minutes
    left = max(0, floor(value) - credited)
    # What is left of the pool's own minutes stays in the pool.
    kept = policy.remainder_to is RemainderTo.POOL and policy.payer is not Payer.POOL
    to_pool = left if kept else 0
    return Payable(
        served_minutes=served_minutes,
        payer=policy.payer,
        rate_numerator=policy.rate_numerator,
        rate_denominator=policy.rate_denominator,
        rounding_minutes=policy.rounding_minutes,
        rounding=policy.rounding,
        remainder_to=policy.remainder_to,
        value_minutes=floor(value),
        charged=credited + to_pool,
        credited=credited,
        to_pool=to_pool,
    )


def words(basis: Mapping[str, int | str]) -> tuple[Text, ...]:
    """How a payable was reckoned, step by step, from the numbers kept of it; empty for another basis."""
    if "served_minutes" not in basis or "credited" not in basis:
        return ()
    made = [Text(N_("服务了 {served}"), {"served": _minutes(basis, "served_minutes")})]
    if basis["rate_numerator"] != basis["rate_denominator"]:
        rate = {"paid": basis["rate_numerator"], "served": basis["rate_denominator"]}
        made.append(
            Text(
                N_("按服务 {served} 分记 {paid} 分，值 {value}"),
                {**rate, "value": _minutes(basis, "value_minutes")},
            )
        )
    if basis["rounding_minutes"] != 1:
        way = Text(ROUNDINGS[Rounding(str(basis["rounding"]))])
        step = _minutes(basis, "rounding_minutes")
        made.append(
            Text(
                N_("以 {step} 为一档，{way}，记 {credited}"),
                {"step": step, "way": way, "credited": _minutes(basis, "credited")},
            )
        )
    if basis.get("to_pool"):
        made.append(Text(N_("余下的 {left} 进公益时间池"), {"left": _minutes(basis, "to_pool")}))
    elif basis["rounding_minutes"] != 1 and int(basis["value_minutes"]) > int(basis["credited"]):
        left = Minutes(int(basis["value_minutes"]) - int(basis["credited"]))
        made.append(Text(N_("余下的 {left} 不计"), {"left": left}))
    made.append(Text(N_("由谁支付：{payer}"), {"payer": Text(PAYERS[Payer(str(basis["payer"]))])}))
    return tuple(made)


def minutes_left_in_week(policy: SchemePolicy, helped_minutes: int) -> int | None:
    """How much more one helper may do in a week after `helped_minutes`; None: as much as they like."""
    if policy.weekly_cap_minutes is None:
        return None
    return max(0, policy.weekly_cap_minutes - helped_minutes)


def within_tolerance(policy: SchemePolicy, claimed_minutes: int, confirmed_minutes: int) -> bool:
    """True if the two sides' minutes are close enough to count as agreed."""
    return abs(claimed_minutes - confirmed_minutes) <= policy.tolerance_minutes


def category_barrier(policy: SchemePolicy, category: str) -> Text | None:
    """Why this kind of service does not belong to the scheme; None if it does."""
    if category in policy.forbidden_categories:
        return Text(N_("这个项目的规则不允许这类服务"))
    if policy.categories and category not in policy.categories:
        return Text(N_("这个项目不包括这类服务"))
    return None


def helper_barriers(policy: SchemePolicy, *, age: int | None, trainings: Collection[str]) -> tuple[Text, ...]:
    """Why somebody may not help in the scheme; empty if they may. An unknown age is no barrier."""
    found = []
    if age is not None and age < policy.helper_age_min:
        found.append(Text(N_("服务人员须满 {age} 岁"), {"age": policy.helper_age_min}))
    missing = [training for training in policy.trainings_required if training not in trainings]
    if missing:
        found.append(Text(N_("还没有参加培训：{trainings}"), {"trainings": missing}))
    return tuple(found)


def recipient_barriers(policy: SchemePolicy, *, age: int | None) -> tuple[Text, ...]:
    """Why somebody may not receive help in the scheme; empty if they may. An unknown age is no barrier."""
    if age is not None and age < policy.recipient_age_min:
        return (Text(N_("受助人须满 {age} 岁"), {"age": policy.recipient_age_min}),)
    return ()


def policy_backdated(*, in_force_from: date, today: date, first: bool) -> bool:
    """A first version may begin in the past; a later one never changes days that are gone."""
    return not first and in_force_from < today


def policy_begun(*, in_force_from: date, today: date) -> bool:
    """Only a version that has not begun may be replaced."""
    return in_force_from <= today


def house_policy_problems(policy: HousePolicy) -> list[FieldError]:
    """Everything that is wrong with a house policy, each by its field."""
    found = _ranges(policy, {"floor_minutes": (-600_000, 0), "unit_minutes": (1, 1_440)})
    if policy.ceiling_minutes is not None:
        found += _ranges(policy, {"ceiling_minutes": (60, 10_000_000)})
    found += _ranges(policy, {"gift_kept_minutes": (0, 600_000)})
    caps = {
        "gift_minutes_max": policy.gift_minutes_max,
        "gift_year_minutes_max": policy.gift_year_minutes_max,
    }
    found += _ranges(policy, {name: (1, 10_000_000) for name, cap in caps.items() if cap is not None})
    if not 1 <= len(policy.unit_name.strip()) <= 10:
        found.append(FieldError("unit_name", Text(N_("单位的名称要有 1 到 10 个字"))))
    return found


def scheme_policy_problems(policy: SchemePolicy) -> list[FieldError]:
    """Everything that is wrong with a scheme's policy, and what contradicts what, each by its field."""
    ranges = {
        "helper_age_min": (0, 100),
        "recipient_age_min": (0, 120),
        "rate_numerator": (1, 100),
        "rate_denominator": (1, 100),
        "tolerance_minutes": (0, 240),
        "proposal_days": (1, 60),
    }
    if policy.weekly_cap_minutes is not None:
        ranges["weekly_cap_minutes"] = (15, 10_080)
    if policy.hold_days is not None:
        ranges["hold_days"] = (1, 90)
    found = _ranges(policy, ranges)
    if policy.rate_denominator > 0 and policy.rate > 10:
        found.append(FieldError("rate_numerator", Text(N_("每服务 1 分钟最多记 10 分钟"))))
    if policy.rounding_minutes not in ROUNDINGS_MINUTES:
        found.append(FieldError("rounding_minutes", Text(N_("只能是 1、15、30 或 60 分钟"))))
    if policy.remainder_to is RemainderTo.POOL and policy.rounding is Rounding.UP:
        found.append(FieldError("remainder_to", Text(N_("不满的补足时没有余下的；请改成“余下的不计”"))))
    both = set(policy.categories) & set(policy.forbidden_categories)
    if both:
        found.append(FieldError("forbidden_categories", Text(N_("同一类服务不能既包括又不允许"))))
    if any(not 1 <= len(name) <= 40 for name in policy.trainings_required):
        found.append(FieldError("trainings_required", Text(N_("培训的名称要有 1 到 40 个字"))))
    return found


def _ranges(policy: HousePolicy | SchemePolicy, ranges: Mapping[str, tuple[int, int]]) -> list[FieldError]:
    return [
        FieldError(name, Text(N_("要在 {least} 和 {most} 之间"), {"least": least, "most": most}))
        for name, (least, most) in ranges.items()
        if not least <= getattr(policy, name) <= most
    ]


def _minutes(basis: Mapping[str, int | str], name: str) -> Minutes:
    return Minutes(int(basis[name]))


def house_lines(policy: HousePolicy) -> list[Line]:
    """A house policy in plain words."""
    ceiling = (
        Text(N_("没有上限"))
        if policy.ceiling_minutes is None
        else Text("{amount}", {"amount": Minutes(policy.ceiling_minutes)})
    )
    return [
        Line(Text(N_("最低余额")), Text("{amount}", {"amount": Minutes(policy.floor_minutes)})),
        Line(Text(N_("存储上限")), ceiling),
        Line(
            Text(N_("单位")),
            Text(N_("1 {unit} = {minutes} 分钟"), {"unit": policy.unit_name, "minutes": policy.unit_minutes}),
        ),
        Line(Text(N_("转赠")), Text(GIFTS[policy.gift_to])),
        *_gift_lines(policy),
    ]


def _gift_lines(policy: HousePolicy) -> list[Line]:
    amounts = (
        (N_("一次最多转赠"), policy.gift_minutes_max),
        (N_("一年最多转赠"), policy.gift_year_minutes_max),
        (N_("转赠后至少留下"), policy.gift_kept_minutes or None),
    )
    return [
        Line(Text(label), Text("{amount}", {"amount": Minutes(minutes)}))
        for label, minutes in amounts
        if minutes is not None
    ]


def scheme_lines(policy: SchemePolicy, category_names: Mapping[str, str]) -> list[Line]:
    """A scheme's policy in plain words; `category_names` gives each category's Chinese name."""

    def named(codes: Sequence[str]) -> Text:
        return Text("{names}", {"names": [Text(category_names.get(code, code)) for code in codes]})

    rate = {"served": policy.rate_denominator, "paid": policy.rate_numerator}
    step = Text(N_("一分不差")) if policy.rounding_minutes == 1 else _step(policy)
    cap = (
        Text(N_("不限"))
        if policy.weekly_cap_minutes is None
        else Text(N_("每周最多 {amount}"), {"amount": Minutes(policy.weekly_cap_minutes)})
    )
    hold = (
        Text(N_("不预留"))
        if policy.hold_days is None
        else Text(N_("排好就预留，服务结束 {days} 天后到期"), {"days": policy.hold_days})
    )
    lines = [
        Line(Text(N_("谁来帮助")), Text(N_("满 {age} 岁的会员"), {"age": policy.helper_age_min})),
        Line(Text(N_("帮助谁")), Text(N_("满 {age} 岁的会员"), {"age": policy.recipient_age_min})),
        Line(Text(N_("时间由谁支付")), Text(PAYERS[policy.payer])),
        Line(Text(N_("怎么折算")), Text(N_("服务 {served} 分记 {paid} 分"), rate)),
        Line(Text(N_("怎么取整")), step),
        Line(Text(N_("两边相差多少算一致")), Text("{amount}", {"amount": Minutes(policy.tolerance_minutes)})),
        Line(Text(N_("每人每周最多服务")), cap),
        Line(Text(N_("邀约几天内答复")), Text(N_("{days} 天"), {"days": policy.proposal_days})),
        Line(Text(N_("谁来确认时长")), Text(CONFIRMERS[policy.confirm_by])),
        Line(Text(N_("预留时间")), hold),
        Line(Text(N_("服务类别")), named(policy.categories) if policy.categories else Text(N_("全部"))),
    ]
    if policy.forbidden_categories:
        lines.append(Line(Text(N_("不允许的服务")), named(policy.forbidden_categories)))
    if policy.trainings_required:
        lines.append(Line(Text(N_("须先参加的培训")), named(policy.trainings_required)))
    return lines


def _step(policy: SchemePolicy) -> Text:
    values = {
        "step": Minutes(policy.rounding_minutes),
        "way": Text(ROUNDINGS[policy.rounding]),
        "left": Text(REMAINDERS[policy.remainder_to]),
    }
    if policy.rounding is Rounding.UP:
        return Text(N_("以 {step} 为一档，{way}"), values)
    return Text(N_("以 {step} 为一档，{way}，{left}"), values)
