"""What a contact and a rhythm must be, and whom nobody has seen for too long. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from timebank.care.contacts.model import (
    DAYS_AHEAD_MAX,
    DAYS_BACK_MAX,
    RHYTHM_DAYS_MAX,
    TIERS,
    Contact,
    ContactKind,
    LastSeen,
    Rhythm,
    Seen,
    Watched,
)
from timebank.core.errors import N_, FieldError, Text
from timebank.people.model import Brief

KIND_TEXTS = {ContactKind.CALL: N_("打电话"), ContactKind.LOOK_IN: N_("上门看望")}
SEEN_TEXTS = {Seen.VISIT: N_("有人上门服务"), Seen.CALL: N_("通过电话"), Seen.LOOK_IN: N_("上门看过")}


def contact_not_ahead(happened_on: date, noted_on: date) -> bool:
    """What is noted has happened."""
    return happened_on <= noted_on


def rhythm_days(rhythm: Rhythm) -> bool:
    """Every tier has its days, from one to a year."""
    return set(rhythm.days) == set(TIERS) and all(1 <= n <= RHYTHM_DAYS_MAX for n in rhythm.days.values())


def rhythm_harder_is_oftener(rhythm: Rhythm) -> bool:
    """Who is in a harder tier is seen at least as often."""
    return rhythm.days[3] <= rhythm.days[2] <= rhythm.days[1]


def rhythm_not_backdated(in_force_from: date, made_on: date) -> bool:
    """No rhythm holds before the day on which it was made: nobody was in time only afterwards."""
    return made_on <= in_force_from


def problems(contact: Contact, *, today: date) -> list[FieldError]:
    """Everything wrong with a contact, by field."""
    found = []
    if not contact_not_ahead(contact.happened_on, today):
        found.append(FieldError("happened_on", Text(N_("还没到那天；联系过了再记"))))
    if contact.happened_on < today - timedelta(days=DAYS_BACK_MAX):
        found.append(FieldError("happened_on", Text(N_("最多可以补记一年以内的联系"))))
    return found


def rhythm_problems(rhythm: Rhythm, in_force_from: date, *, today: date) -> list[FieldError]:
    """Everything wrong with a rhythm, by field."""
    found = []
    if not rhythm_days(rhythm):
        told = Text(N_("天数要在 1 和 {most} 之间"), {"most": RHYTHM_DAYS_MAX})
        found.append(FieldError("tier_3_days", told))
    elif not rhythm_harder_is_oftener(rhythm):
        found.append(
            FieldError(
                "tier_3_days", Text(N_("越困难的要联系得越勤：三级的天数不能比二级多，二级的不能比一级多"))
            )
        )
    if not rhythm_not_backdated(in_force_from, today):
        found.append(FieldError("in_force_from", Text(N_("只能从今天或以后起；过去的按当时的算"))))
    if in_force_from > today + timedelta(days=DAYS_AHEAD_MAX):
        found.append(FieldError("in_force_from", Text(N_("最多可以提前一年登记"))))
    return found


def later(first: LastSeen | None, second: LastSeen | None) -> LastSeen | None:
    """The later of two; on one day the visit says more than the call."""
    known = [one for one in (first, second) if one is not None]
    return max(known, key=lambda one: one.on, default=None)


def watched(
    members: Iterable[Brief], seen: Mapping[UUID, LastSeen], rhythm: Rhythm, *, day: date
) -> Sequence[Watched]:
    """Everybody in a hardship tier, the most pressing first: the hardest tier of those unseen, then by last day."""
    found = [
        Watched(
            member=one,
            last=seen.get(one.id),
            allowed_days=rhythm.days[one.hardship_tier],
            gap_days=(day - seen[one.id].on).days if one.id in seen else None,
        )
        for one in members
        if one.hardship_tier
    ]
    return sorted(found, key=_pressing)


def _pressing(one: Watched) -> tuple[bool, int, date, str]:
    tier = one.member.hardship_tier if one.is_unseen else 0
    return not one.is_unseen, -tier, one.due_on or date.min, one.member.number
