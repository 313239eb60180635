"""Policies, and what was reckoned by them, in plain words."""

from collections.abc import Mapping, Sequence

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Text
from timebank.schemes.model import (
    Change,
    ConfirmBy,
    EarnedBy,
    GiftTo,
    HousePolicy,
    Line,
    OverflowTo,
    Payer,
    RemainderTo,
    Rounding,
    SchemeKind,
    SchemePolicy,
    Unclaimed,
)

PAYERS = {
    Payer.RECIPIENT: N_("受助人付"),
    Payer.POOL: N_("公益时间池付"),
    Payer.GRANTS: N_("社区发放"),
}
KINDS = {
    SchemeKind.MUTUAL_AID: N_("互助"),
    SchemeKind.MENTORING: N_("结对帮带"),
}
EARNERS = {
    EarnedBy.HELPER: N_("归帮助的人"),
    EarnedBy.POOL: N_("全部进公益时间池"),
}
OVERFLOWS = {
    OverflowTo.NOBODY: N_("不能再存，等用掉一些再记账"),
    OverflowTo.POOL: N_("超出的进公益时间池"),
}
UNCLAIMED = {
    Unclaimed.POOL: N_("进公益时间池"),
    Unclaimed.KEPT: N_("留在账户里"),
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


def words(basis: Mapping[str, int | str]) -> tuple[Text, ...]:
    """How a payable was reckoned, step by step, from the numbers kept of it; empty for another basis."""
    if "served_minutes" not in basis or "credited" not in basis:
        return ()
    made = [Text(N_("服务了 {served}"), {"served": _minutes(basis, "served_minutes")})]
    if "price_minutes" in basis:
        made.append(Text(N_("这类服务一次 {price}，不论多久"), {"price": _minutes(basis, "price_minutes")}))
        return (*made, *_over(basis), _paid_by(basis))
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
    return (*made, *_over(basis), _paid_by(basis))


def _over(basis: Mapping[str, int | str]) -> list[Text]:
    """What became of minutes that are not the helper's own: above the ceiling, or all of them."""
    if basis.get("earned_by") == EarnedBy.POOL:
        return [Text(N_("按项目规则，挣的时间全部进公益时间池"))]
    if not basis.get("overflow"):
        return []
    known = {"room": _minutes(basis, "room"), "over": _minutes(basis, "overflow")}
    return [Text(N_("离存储上限只差 {room}，超出的 {over} 进公益时间池"), known)]


def _paid_by(basis: Mapping[str, int | str]) -> Text:
    return Text(N_("由谁支付：{payer}"), {"payer": Text(PAYERS[Payer(str(basis["payer"]))])})


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
        *_ceiling_lines(policy),
        *([Line(Text(N_("已经在限度以外的")), Text(N_("照旧，只能往回")))] if policy.kept_outside else []),
        *_redeem_lines(policy),
        Line(
            Text(N_("单位")),
            Text(N_("1 {unit} = {minutes} 分钟"), {"unit": policy.unit_name, "minutes": policy.unit_minutes}),
        ),
        Line(Text(N_("转赠")), Text(GIFTS[policy.gift_to])),
        *_gift_lines(policy),
        *([Line(Text(N_("入会")), Text(N_("要两个人批准")))] if policy.approvals_to_join > 1 else []),
        Line(Text(N_("去世而没有说过给谁的")), Text(UNCLAIMED[policy.unclaimed])),
    ]


def differences(before: Sequence[Line], after: Sequence[Line]) -> list[Change]:
    """What would change, rule by rule, in the order of the new ones; what goes comes last."""
    was = {line.label.message: line for line in before}
    will = {line.label.message: line for line in after}
    found = []
    for label, line in {**will, **was}.items():
        old, new = was.get(label), will.get(label)
        if old is None or new is None or old.value != new.value:
            found.append(Change(line.label, old.value if old else None, new.value if new else None))
    return found


def _ceiling_lines(policy: HousePolicy) -> list[Line]:
    if policy.ceiling_minutes is None:
        return []
    return [Line(Text(N_("超出上限的")), Text(OVERFLOWS[policy.overflow_to]))]


def _redeem_lines(policy: HousePolicy) -> list[Line]:
    found = []
    if policy.redeem_age_min:
        age = Text(N_("满 {age} 岁"), {"age": policy.redeem_age_min})
        found.append(Line(Text(N_("几岁起可以用")), age))
    if policy.redeem_after_minutes:
        least = Text("{amount}", {"amount": Minutes(policy.redeem_after_minutes)})
        found.append(Line(Text(N_("存满多少才能用")), least))
    if policy.star_minutes:
        levels = [Text("{amount}", {"amount": Minutes(one)}) for one in policy.star_minutes]
        found.append(Line(Text(N_("星级")), Text("{levels}", {"levels": levels})))
    return found


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
        Line(Text(N_("挣的时间归谁")), Text(EARNERS[policy.earned_by])),
        Line(Text(N_("怎么折算")), Text(N_("服务 {served} 分记 {paid} 分"), rate)),
        Line(Text(N_("怎么取整")), step),
        Line(Text(N_("两边相差多少算一致")), Text("{amount}", {"amount": Minutes(policy.tolerance_minutes)})),
        Line(Text(N_("每人每周最多服务")), cap),
        Line(Text(N_("邀约几天内答复")), Text(N_("{days} 天"), {"days": policy.proposal_days})),
        Line(Text(N_("谁来确认时长")), Text(CONFIRMERS[policy.confirm_by])),
        Line(Text(N_("预留时间")), hold),
        Line(Text(N_("服务类别")), named(policy.categories) if policy.categories else Text(N_("全部"))),
    ]
    if policy.prices:
        priced = [
            Text(
                N_("{what} {price}"),
                {
                    "what": Text(category_names.get(price.category, price.category)),
                    "price": Minutes(price.minutes),
                },
            )
            for price in policy.prices
        ]
        lines.append(Line(Text(N_("按次计价的")), Text("{prices}", {"prices": priced})))
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


def _minutes(basis: Mapping[str, int | str], name: str) -> Minutes:
    return Minutes(int(basis[name]))
