"""What people call the fields of a member, and how their values read; and what two editors changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from timebank.core.errors import N_
from timebank.people.model import (
    AVOID_LABELS,
    CONTACT_LABELS,
    DIALECT_LABELS,
    GENDER_LABELS,
    INTEREST_LABELS,
    NEED_LABELS,
    SKILL_LABELS,
    STATUS_LABELS,
    TIER_LABELS,
    TRAINING_LABELS,
)

FIELD_LABELS: dict[str, str] = {
    "number": N_("会员号"),
    "name": N_("姓名"),
    "gender": N_("性别"),
    "birth_on": N_("出生日期"),
    "id_number": N_("身份证号"),
    "phone": N_("电话"),
    "address": N_("住址"),
    "lat": N_("纬度"),
    "lon": N_("经度"),
    "branch_id": N_("小组"),
    "skills": N_("会做什么"),
    "dialects": N_("会说的话"),
    "interests": N_("兴趣"),
    "needs": N_("需要什么"),
    "trainings": N_("受过的培训"),
    "avoids": N_("不便接受的情况"),
    "roles": N_("角色"),
    "is_helper": N_("帮助别人"),
    "is_recipient": N_("接受帮助"),
    "hardship_tier": N_("困难等级"),
    "living": N_("居住情况"),
    "lives_alone": N_("独居"),
    "contact": N_("联系方式"),
    "joined_on": N_("入会日期"),
    "emergency_name": N_("紧急联系人"),
    "emergency_phone": N_("紧急联系电话"),
    "note": N_("备注"),
    "status": N_("状态"),
}
ROLE_LABELS: dict[str, str] = {"helper": N_("帮助别人"), "recipient": N_("接受帮助")}
LIVING_LABELS: dict[str, str] = {"alone": N_("独居")}
YES_NO: dict[str, str] = {"True": N_("是"), "False": N_("否")}
_LABELS: dict[str, dict[str, str]] = {
    "gender": GENDER_LABELS,
    "contact": CONTACT_LABELS,
    "status": STATUS_LABELS,
    "hardship_tier": TIER_LABELS,
    "skills": SKILL_LABELS,
    "dialects": DIALECT_LABELS,
    "interests": INTEREST_LABELS,
    "needs": NEED_LABELS,
    "trainings": TRAINING_LABELS,
    "avoids": AVOID_LABELS,
    "roles": ROLE_LABELS,
    "living": LIVING_LABELS,
    "is_helper": YES_NO,
    "is_recipient": YES_NO,
    "lives_alone": YES_NO,
}


@dataclass(frozen=True)
class TheirChange:
    """A field that somebody else changed meanwhile: its name, what stands there now, and if one typed too."""

    field: str
    label: str
    now: list[str]
    clashes: bool


def words_of(field: str, value: object, branches: Mapping[str, str]) -> list[str]:
    """A field's value as words to translate; empty where there is none. `branches` has names by id."""
    if value is None or value in ("", [], ()):
        return []
    labels = branches if field == "branch_id" else _LABELS.get(field.removesuffix("_other"), {})
    many = value if isinstance(value, list | tuple) else [value]
    return [labels.get(str(one), str(one)) for one in many]


def both(
    seen: Mapping[str, Any], typed: Mapping[str, Any], now: Mapping[str, Any], branches: Mapping[str, str]
) -> tuple[dict[str, Any], list[TheirChange]]:
    """A form after two people changed one record, and what the other one changed.

    Where only the other changed a field their value stands; where this reader typed, the typed one stays.
    """
    merged = dict(typed)
    theirs = []
    for field, value in now.items():
        before = seen.get(field, value)
        if _plain(before) == _plain(value):
            continue
        mine = _plain(typed.get(field, "")) != _plain(before)
        if not mine:
            merged[field] = value
        if _plain(merged.get(field, "")) != _plain(value) or not mine:
            name = field.removesuffix("_other")
            label = FIELD_LABELS.get(name, name)
            theirs.append(TheirChange(name, label, words_of(name, value, branches), mine))
    return merged, theirs


def _plain(value: object) -> object:
    if isinstance(value, list):
        return sorted(map(str, value))
    return "" if value is None else str(value)
