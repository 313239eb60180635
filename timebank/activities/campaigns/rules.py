"""What a campaign must be. Pure."""

from collections.abc import Collection, Mapping
from uuid import UUID

from timebank.activities.campaigns.model import DAYS_MAX, GOAL_MAX, TARGETS_MAX, Campaign, Measure, Target
from timebank.core.amounts import Minutes
from timebank.core.errors import N_, FieldError, Text

MEASURE_TEXTS = {
    Measure.ACTIVITIES: N_("场次"),
    Measure.PEOPLE: N_("参加和受访的人次"),
    Measure.STAFFING: N_("主讲和帮手的人次"),
    Measure.MINUTES: N_("服务小时"),
}
_AMOUNTS = {
    Measure.ACTIVITIES: N_("{n} 场"),
    Measure.PEOPLE: N_("{n} 人次"),
    Measure.STAFFING: N_("{n} 人次"),
}


def campaign_ends_after_it_begins(campaign: Campaign) -> bool:
    """It lasts a day at least."""
    return campaign.from_on <= campaign.until_on


def problems(campaign: Campaign, *, counted: Mapping[UUID, str]) -> list[FieldError]:
    """Everything wrong with a campaign; `counted` are targets that activities count for, which must stay."""
    found = []
    if not campaign_ends_after_it_begins(campaign):
        found.append(FieldError("until_on", Text(N_("结束的日子要在开始之后"))))
    elif (campaign.until_on - campaign.from_on).days > DAYS_MAX:
        found.append(FieldError("until_on", Text(N_("最长三年"))))
    if not campaign.targets:
        found.append(FieldError("targets", Text(N_("至少写一个目标"))))
    if len(campaign.targets) > TARGETS_MAX:
        found.append(FieldError("targets", Text(N_("最多 {most} 个目标"), {"most": TARGETS_MAX})))
    for row, target in enumerate(campaign.targets, start=1):
        if not 1 <= target.goal <= GOAL_MAX:
            found.append(FieldError("targets", Text(N_("目标要是一个正数")), row=row))
    kept = {target.id for target in campaign.targets}
    for target_id, title in counted.items():
        if target_id not in kept:
            gone = Text(N_("已经有活动算在“{title}”里，不能删去；请先在活动里取消"), {"title": title})
            found.append(FieldError("targets", gone))
    return found


def uncounted(targets: Collection[UUID], offered: Collection[UUID]) -> list[FieldError]:
    """What is wrong where an activity would count for targets that its day does not belong to."""
    if set(targets) <= set(offered):
        return []
    return [FieldError("targets", Text(N_("这个目标不在活动那一天的专项行动里")))]


def amount_text(target: Target, amount: int) -> Text:
    """5 场, 100 人次, 20 小时."""
    if target.measure is Measure.MINUTES:
        return Text("{amount}", {"amount": Minutes(amount)})
    return Text(_AMOUNTS[target.measure], {"n": amount})
