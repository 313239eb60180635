"""The checklist of somebody who joins at retirement: 三个一、三对接."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from timebank.core.errors import N_
from timebank.people.model import Brief


class Item(StrEnum):
    """Three that are held once, and three hand-overs."""

    TALK = "talk"
    CEREMONY = "ceremony"
    ACTIVITY = "activity"
    TO_MANAGEMENT = "to_management"
    TO_PLATFORM = "to_platform"
    TO_COMMUNITY = "to_community"


HELD = (Item.TALK, Item.CEREMONY, Item.ACTIVITY)
HAND_OVERS = (Item.TO_MANAGEMENT, Item.TO_PLATFORM, Item.TO_COMMUNITY)
ITEM_LABELS: dict[Item, str] = {
    Item.TALK: N_("一次谈话"),
    Item.CEREMONY: N_("一个仪式"),
    Item.ACTIVITY: N_("一次活动"),
    Item.TO_MANAGEMENT: N_("对接服务管理"),
    Item.TO_PLATFORM: N_("对接服务平台"),
    Item.TO_COMMUNITY: N_("对接社区"),
}


@dataclass(frozen=True, kw_only=True)
class Done:
    """One item as it was done: on which day, who talked, spoke or took over, and what is worth knowing."""

    done_on: date
    who: str
    note: str | None = None
    by_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Retirement:
    """A member's checklist. `retired_from`: the workplace; `version` grows with every change."""

    member: Brief
    retired_on: date
    retired_from: str | None
    done: Mapping[Item, Done]
    version: int

    @property
    def missing(self) -> list[Item]:
        """What is still to be done, in order."""
        return [item for item in Item if item not in self.done]
