"""A roster as a spreadsheet, in the shape in which it comes in: brought back, it changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from fastapi.responses import Response

from timebank.core.errors import Text
from timebank.membership import spreadsheets
from timebank.membership.columns import OPENING, REASON, ROSTER, cell_of, tidy
from timebank.membership.model import Cell, RefusedRows
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
    Gender,
    MemberView,
    Status,
)
from timebank.web.csv_files import csv_response

_HEADERS = [names[0] for names in ROSTER.values()]
_ID = list(ROSTER).index("id_number")
# A spreadsheet makes 1.1E+17 of so many digits, unless something stands before them.
_DIGITS_KEPT = 12
_YES_NO = {True: "是", False: "否"}
_EXAMPLE: dict[str, Cell] = {
    "name": "张三（示例，请删掉这一行）",
    "gender": "男",
    "birth_on": "1949-01-01",
    "phone": "13800138000",
    "skills": "陪诊、买菜",
    "dialects": "粤语",
    "is_helper": "是",
    "is_recipient": "是",
    "hardship_tier": "无",
    "lives_alone": "否",
}


@dataclass(frozen=True)
class Roster:
    """Everybody of a community; ID numbers masked but for `ids`."""

    members: Sequence[MemberView]
    ids: Mapping[UUID, str] = field(default_factory=dict)

    def as_xlsx(self, community: str) -> bytes:
        """The roster as a workbook."""
        return spreadsheets.write(_HEADERS, self._rows(), sheet="花名册", title=f"{community}花名册")

    def as_csv(self) -> Response:
        """The roster as .csv to download."""
        return csv_response("roster", _HEADERS, ([_kept_text(cell) for cell in row] for row in self._rows()))

    def _rows(self) -> Iterator[list[Cell]]:
        for member in self.members:
            row = [_cell(member, name) for name in ROSTER]
            row[_ID] = self.ids.get(member.id, member.id_mask)
            yield row


def example() -> bytes:
    """An empty roster with one example row, to be filled in."""
    row = [_EXAMPLE.get(field) for field in ROSTER]
    return spreadsheets.write(_HEADERS, [row], sheet="花名册")


def refused(found: RefusedRows, say: Callable[[Text], str]) -> bytes:
    """Refused rows as they came in, each with its reasons; corrected, they can be brought in again."""
    kept = [at for at, header in enumerate(found.headers) if tidy(header) != REASON]
    rows = (
        [*(cell_of(cells, at) for at in kept), "；".join(f"{one.field}：{say(one.text)}" for one in reasons)]
        for cells, reasons in found.rows
    )
    return spreadsheets.write([*(found.headers[at] for at in kept), REASON], rows, sheet="拒收")


def opening(members: Iterable[MemberView]) -> bytes:
    """Active members with an empty column for the hours they bring along, to be filled in."""
    rows = ([one.number, one.name, None] for one in members if one.status is Status.ACTIVE)
    headers = [OPENING[field][0] for field in ("number", "name", "hours")]
    return spreadsheets.write(headers, rows, sheet="期初余额")


def _cell(member: MemberView, name: str) -> Cell:
    details = member.details
    match name:
        case "number":
            return member.number
        case "id_number":
            return member.id_mask
        case "branch":
            return member.branch
        case "status":
            return STATUS_LABELS[member.status]
        case "gender":
            return None if details.gender is Gender.UNKNOWN else GENDER_LABELS[details.gender]
        case "contact":
            return CONTACT_LABELS[details.contact]
        case "hardship_tier":
            return TIER_LABELS[str(details.hardship_tier)][:2].removesuffix("（")
        case "skills":
            return _words(details.skills, SKILL_LABELS)
        case "dialects":
            return _words(details.dialects, DIALECT_LABELS)
        case "interests":
            return _words(details.interests, INTEREST_LABELS)
        case "needs":
            return _words(details.needs, NEED_LABELS)
        case "trainings":
            return _words(details.trainings, TRAINING_LABELS)
        case "avoids":
            return _words(details.avoids, AVOID_LABELS)
        case "is_helper" | "is_recipient" | "lives_alone":
            return _YES_NO[getattr(details, name)]
        case _:
            cell: Cell = getattr(details, name)
            return cell


def _kept_text(cell: Cell) -> Cell:
    long = isinstance(cell, str) and len(cell) >= _DIGITS_KEPT and cell[:_DIGITS_KEPT].isdigit()
    return f"'{cell}" if long else cell


def _words(codes: Iterable[str], labels: Mapping[str, str]) -> Cell:
    return "、".join(labels.get(code, code) for code in codes) or None
