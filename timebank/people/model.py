"""Values about people: who a member is, what they can and need, when they are free or away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from timebank.core.errors import N_

DAY_MINUTES = 1_440
NAME_LENGTH_MAX = 60


class Category(StrEnum):
    """Categories of service."""

    CLINIC = "clinic"
    SHOPPING = "shopping"
    CLEANING = "cleaning"
    COOKING = "cooking"
    COMPANY = "company"
    CALL = "call"
    HAIRCUT = "haircut"
    REPAIR = "repair"
    PHONE_LESSON = "phone_lesson"
    ERRAND = "errand"
    ESCORT = "escort"
    TUTORING = "tutoring"
    MEAL = "meal"
    TALK = "talk"
    KNITTING = "knitting"


class Gender(StrEnum):
    """As the roster has it."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


class Contact(StrEnum):
    """How a member can be reached."""

    SMARTPHONE = "smartphone"
    PHONE = "phone"
    NONE = "none"


class Status(StrEnum):
    """Where a membership stands. SERVED: on record to be helped, and no member: no account, no card."""

    APPLIED = "applied"
    SERVED = "served"
    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"
    DEAD = "dead"


# Who may be helped.
RECEIVING = frozenset({Status.ACTIVE, Status.SERVED})


class AbsenceKind(StrEnum):
    """Why somebody is away."""

    SEA = "sea"
    FAMILY = "family"
    ILL = "ill"
    TRAVEL = "travel"
    OTHER = "other"


# The Chinese (msgid) of every code that people see. A code that is not here is shown as it was typed.
CATEGORY_LABELS: dict[str, str] = {
    "clinic": N_("陪诊"),
    "shopping": N_("买菜"),
    "cleaning": N_("助洁"),
    "cooking": N_("做饭"),
    "company": N_("陪聊"),
    "call": N_("探访"),
    "haircut": N_("理发"),
    "repair": N_("维修"),
    "phone_lesson": N_("手机教学"),
    "errand": N_("代办"),
    "escort": N_("接送"),
    "tutoring": N_("辅导"),
    "meal": N_("送餐"),
    "talk": N_("宣讲"),
    "knitting": N_("织衣"),
}
SKILL_LABELS: dict[str, str] = CATEGORY_LABELS | {
    "wheelchair": N_("会推轮椅"),
    "first_aid": N_("急救"),
    "driving": N_("开车"),
    "electric": N_("水电"),
    "massage": N_("推拿按摩"),
    "music": N_("乐器歌唱"),
    "calligraphy": N_("书法"),
    "sign_language": N_("手语"),
    "accounting": N_("记账"),
}
DIALECT_LABELS: dict[str, str] = {
    "mandarin": N_("普通话"),
    "cantonese": N_("粤语"),
    "hakka": N_("客家话"),
    "teochew": N_("潮汕话"),
    "tanka": N_("水上话"),
    "hunan": N_("湘语"),
    "sichuan": N_("四川话"),
    "minnan": N_("闽南话"),
}
INTEREST_LABELS: dict[str, str] = {
    "opera": N_("粤剧戏曲"),
    "singing": N_("唱歌"),
    "dancing": N_("跳舞"),
    "chess": N_("下棋"),
    "cards": N_("打牌"),
    "reading": N_("读书看报"),
    "gardening": N_("种花"),
    "walking": N_("散步"),
    "fishing": N_("钓鱼"),
    "crafts": N_("手工"),
    "tea": N_("喝茶聊天"),
    "photography": N_("摄影"),
}
NEED_LABELS: dict[str, str] = CATEGORY_LABELS | {
    "wheelchair_user": N_("坐轮椅"),
    "hearing": N_("听力不好"),
    "sight": N_("视力不好"),
    "memory": N_("记性不好"),
    "stairs": N_("楼梯房"),
    "pets": N_("家有宠物"),
    "oxygen": N_("在吸氧"),
    "smoker": N_("家里有人抽烟"),
}
# Those of the needs that a helper is told before they answer, and that a request may name.
CIRCUMSTANCES = ("stairs", "pets", "wheelchair_user", "oxygen", "smoker", "hearing", "sight", "memory")
# Circumstances that a helper may exclude, in the helper's words.
AVOID_LABELS: dict[str, str] = {
    "stairs": N_("爬不了楼梯"),
    "pets": N_("怕猫狗"),
    "wheelchair_user": N_("推不动轮椅"),
    "oxygen": N_("照看不了吸氧"),
    "smoker": N_("受不了烟味"),
    "memory": N_("照看不了记性不好的人"),
}
TRAINING_LABELS: dict[str, str] = {
    "volunteer_basic": N_("志愿服务基础"),
    "elder_care": N_("老年照护"),
    "first_aid_course": N_("急救培训"),
    "safety": N_("居家安全"),
    "health_check": N_("健康证明"),
    "no_record": N_("无犯罪记录证明"),
}
GENDER_LABELS: dict[str, str] = {"female": N_("女"), "male": N_("男"), "unknown": N_("未说明")}
CONTACT_LABELS: dict[str, str] = {
    "smartphone": N_("智能手机"),
    "phone": N_("电话"),
    "none": N_("没有电话"),
}
STATUS_LABELS: dict[str, str] = {
    "applied": N_("待审核"),
    "served": N_("受助对象"),
    "active": N_("在册"),
    "paused": N_("暂停"),
    "left": N_("已退出"),
    "dead": N_("已故"),
}
ABSENCE_LABELS: dict[str, str] = {
    "sea": N_("出海"),
    "family": N_("带孙、探亲"),
    "ill": N_("生病住院"),
    "travel": N_("外出"),
    "other": N_("其他"),
}
TIER_LABELS: dict[str, str] = {"0": N_("无"), "1": N_("一级"), "2": N_("二级"), "3": N_("三级（最困难）")}


def training_ended(valid_until: Mapping[str, date], training: str, day: date) -> bool:
    """True if a training is past its day; one without a day does not end."""
    return training in valid_until and valid_until[training] < day


@dataclass(frozen=True, order=True)
class Window:
    """A weekly window: weekday 0 = Monday … 6, half-open minutes of the day within 0..1440."""

    weekday: int
    from_minute: int
    to_minute: int


@dataclass(frozen=True)
class AbsenceView:
    """Days away, both ends included."""

    id: UUID
    member_id: UUID
    from_on: date
    until_on: date
    kind: AbsenceKind
    note: str | None = None

    def covers(self, day: date) -> bool:
        """True if the member is away on that day."""
        return self.from_on <= day <= self.until_on


@dataclass(frozen=True, kw_only=True)
class Details:
    """What a form or a roster may say about a person. `lat`/`lon` are WGS 84 degrees of a grid cell."""

    name: str
    gender: Gender = Gender.UNKNOWN
    birth_on: date | None = None
    phone: str | None = None
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    branch_id: UUID | None = None
    skills: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    trainings: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()
    is_helper: bool = False
    is_recipient: bool = False
    hardship_tier: int = 0
    lives_alone: bool = False
    contact: Contact = Contact.PHONE
    joined_on: date | None = None
    emergency_name: str | None = None
    emergency_phone: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewMember:
    """A person to take in. Without a `number` the next free one is given."""

    details: Details
    number: str | None = None
    id_number: str | None = None
    status: Status = Status.ACTIVE


@dataclass(frozen=True, kw_only=True)
class MemberView:
    """A member as the desk sees them: of the ID number only its mask."""

    id: UUID
    community_id: UUID
    number: str
    details: Details
    status: Status
    id_mask: str | None
    branch: str | None
    version: int
    week_version: int
    merged_into: UUID | None = None
    valid_until: Mapping[str, date] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The member's name."""
        return self.details.name

    def trainings_on(self, day: date) -> tuple[str, ...]:
        """The trainings that hold on that day."""
        return tuple(
            code for code in self.details.trainings if not training_ended(self.valid_until, code, day)
        )


@dataclass(frozen=True, kw_only=True)
class Brief:
    """The few facts that a list shows of a member."""

    id: UUID
    community_id: UUID
    number: str
    name: str
    gender: Gender
    birth_on: date | None
    phone: str | None
    contact: Contact
    status: Status
    is_helper: bool
    is_recipient: bool
    hardship_tier: int
    branch_id: UUID | None
    merged_into: UUID | None = None

    def age(self, on: date) -> int | None:
        """Full years on a day; None where the birthday is unknown."""
        if self.birth_on is None:
            return None
        return on.year - self.birth_on.year - ((on.month, on.day) < (self.birth_on.month, self.birth_on.day))


@dataclass(frozen=True, kw_only=True)
class Found:
    """A member that a search found, in which community."""

    member: Brief
    community: str


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """All that pairing needs of an active helper."""

    member: Brief
    lat: float | None
    lon: float | None
    skills: frozenset[str]
    dialects: frozenset[str]
    interests: frozenset[str]
    trainings: frozenset[str]
    avoids: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    absences: tuple[AbsenceView, ...] = ()
    valid_until: Mapping[str, date] = field(default_factory=dict)

    def trainings_on(self, day: date) -> frozenset[str]:
        """The trainings that hold on that day."""
        return frozenset(code for code in self.trainings if not training_ended(self.valid_until, code, day))

    def away(self, day: date) -> bool:
        """True if away on that day."""
        return any(absence.covers(day) for absence in self.absences)


@dataclass(frozen=True)
class BranchView:
    """A branch and how many active members it has."""

    id: UUID
    name: str
    members: int


@dataclass(frozen=True)
class Apart:
    """Two members who are not to be paired, and why."""

    first_id: UUID
    second_id: UUID
    reason: str


@dataclass(frozen=True)
class ApartFrom:
    """Somebody a member must not be paired with."""

    member: Brief
    reason: str


@dataclass(frozen=True)
class Profile:
    """A member with their week, absences and whom they must not meet; who changed the record last."""

    member: MemberView
    windows: tuple[Window, ...]
    absences: list[AbsenceView]
    apart: list[ApartFrom]
    changed_by: str | None
    changed_at: datetime | None
