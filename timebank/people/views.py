"""What the API answers about people."""

from dataclasses import asdict, fields
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from timebank.people import rules
from timebank.people.model import AbsenceKind, Brief, Contact, Gender, Profile, Status
from timebank.people.schemas import MemberFields


class BriefView(BaseModel):
    """A row of the list; the phone is masked."""

    id: UUID
    community_id: UUID
    number: str
    name: str
    gender: Gender
    birth_on: date | None
    phone: str
    contact: Contact
    status: Status
    is_helper: bool
    is_recipient: bool
    hardship_tier: int
    branch_id: UUID | None


class MemberPage(BaseModel):
    """Some rows; `after` asks for the next ones."""

    rows: list[BriefView]
    after: str | None


class WindowView(BaseModel):
    """A weekly window."""

    weekday: int
    from_minute: int
    to_minute: int


class WeekView(BaseModel):
    """A member's week, and the version to change it at."""

    version: int
    windows: list[WindowView]


class AbsenceRow(BaseModel):
    """Days away."""

    id: UUID
    from_on: date
    until_on: date
    kind: AbsenceKind
    note: str | None


class ApartRow(BaseModel):
    """Somebody not to be paired with."""

    member_id: UUID
    name: str
    reason: str


class ProfileView(MemberFields):
    """A member in full; of the ID number only its mask."""

    id: UUID
    community_id: UUID
    number: str
    status: Status
    id_mask: str | None
    branch: str | None
    merged_into: UUID | None
    version: int
    changed_at: datetime | None
    changed_by: str | None
    availability: list[WindowView]
    availability_version: int
    absences: list[AbsenceRow]
    apart: list[ApartRow]


class IdNumberView(BaseModel):
    """An ID number in full."""

    id_number: str


class CardView(BaseModel):
    """A fresh card: its secret and its PIN are told only here."""

    number: str
    secret: str
    pin: str


class BranchRow(BaseModel):
    """A branch and its active members."""

    id: UUID
    name: str
    members: int


class Made(BaseModel):
    """The id of what was made."""

    id: UUID


class Versioned(BaseModel):
    """The version a record has now."""

    version: int


def brief_view(row: Brief) -> BriefView:
    """A row of the list."""
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    return BriefView.model_validate(values | {"phone": rules.mask_phone(row.phone)})


def week_view(known: Profile) -> WeekView:
    """When a member can help."""
    windows = [WindowView(**asdict(window)) for window in known.windows]
    return WeekView(version=known.member.week_version, windows=windows)


def profile_view(known: Profile) -> ProfileView:
    """A member in full."""
    member = known.member
    values = {name: getattr(member.details, name) for name in MemberFields.model_fields}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return ProfileView(
        **plain,
        id=member.id,
        community_id=member.community_id,
        number=member.number,
        status=member.status,
        id_mask=member.id_mask,
        branch=member.branch,
        merged_into=member.merged_into,
        version=member.version,
        changed_at=known.changed_at,
        changed_by=known.changed_by,
        availability=week_view(known).windows,
        availability_version=member.week_version,
        absences=[
            AbsenceRow(id=a.id, from_on=a.from_on, until_on=a.until_on, kind=a.kind, note=a.note)
            for a in known.absences
        ],
        apart=[
            ApartRow(member_id=pair.member.id, name=pair.member.name, reason=pair.reason)
            for pair in known.apart
        ],
    )
