"""Pure decisions: what a roster would do, which way a membership may go."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from timebank.core.errors import N_, FieldError, Text
from timebank.core.ids import derived_id
from timebank.membership.cells import read_row
from timebank.membership.model import Columns, FieldChange, Given, Outcome, Plan, RowPlan, Stage, Table
from timebank.membership.recognition import Doubt, Register, said
from timebank.people import rules as people_rules
from timebank.people.id_numbers import IdNumber
from timebank.people.model import Details, MemberView, Status
from timebank.people.showing import FIELD_LABELS, words_of

# applied → active; active ⇄ paused; any of them → served, left or dead; served and left → active, or applied
# (again); left → served and back. Death is final.
MOVES: dict[Status, frozenset[Status]] = {
    Status.APPLIED: frozenset({Status.ACTIVE, Status.SERVED, Status.LEFT, Status.DEAD}),
    Status.SERVED: frozenset({Status.ACTIVE, Status.APPLIED, Status.LEFT, Status.DEAD}),
    Status.ACTIVE: frozenset({Status.PAUSED, Status.SERVED, Status.LEFT, Status.DEAD}),
    Status.PAUSED: frozenset({Status.ACTIVE, Status.SERVED, Status.LEFT, Status.DEAD}),
    Status.LEFT: frozenset({Status.ACTIVE, Status.APPLIED, Status.SERVED, Status.DEAD}),
    Status.DEAD: frozenset(),
}
# So many rows are checked, or written, before it is told how far it is.
TOLD_EVERY = 500
_CODES = frozenset({"skills", "dialects", "interests", "needs", "trainings", "avoids"})
_OUTSIDE = frozenset({Status.APPLIED, Status.SERVED, Status.LEFT})
_TEXTS = frozenset({"address", "emergency_name", "note"})
# Fields of `Given` that stand in `Details` under the same name.
_DETAILS = tuple(name for name in Given.__dataclass_fields__ if name in Details.__dataclass_fields__)


@dataclass
class _Seen:
    """What earlier rows of the same file were about."""

    members: dict[UUID, int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    people: dict[tuple[str, object, object], int] = field(default_factory=dict)

    def earlier(self, given: Given, member: MemberView | None, number: str | None) -> int | None:
        """The earlier row about the same person, or with the same number; and remember this one."""
        found = []
        if member is not None:
            found.append(self.members.get(member.id))
        if given.id_number is not None:
            found.append(self.ids.get(given.id_number.text))
        if number is not None:
            found.append(self.numbers.get(number))
        key = (given.name, given.birth_on, given.phone)
        if member is None and given.id_number is None:
            found.append(self.people.get(key))
        return next((row for row in found if row is not None), None)

    def remember(self, row: int, given: Given, member: MemberView | None, number: str | None) -> None:
        """Note what this row is about."""
        if member is not None:
            self.members[member.id] = row
        if given.id_number is not None:
            self.ids[given.id_number.text] = row
        if number is not None:
            self.numbers[number] = row
        self.people.setdefault((given.name, given.birth_on, given.phone), row)


def plan(
    table: Table,
    columns: Columns,
    register: Register,
    *,
    community_id: UUID,
    branches: Mapping[str, UUID],
    told: Callable[[str, int, int], None],
    approvals_needed: int = 1,
) -> Plan:
    """What each row of a roster would do; members the file does not mention are listed, never touched."""
    seen = _Seen()
    made: dict[str, UUID] = {}

    def branch_of(name: str) -> UUID:
        known = branches.get(name) or made.get(name)
        if known is None:
            known = made[name] = derived_id("branch", community_id, name)
            names[str(known)] = name
        return known

    names = {str(branch_id): name for name, branch_id in branches.items()}
    rows: list[RowPlan] = []
    for number, cells in table.rows:
        if len(rows) % TOLD_EVERY == 0:
            told(Stage.CHECKING, len(rows), len(table.rows))
        given, faults, notes, shown = read_row(number, cells, columns, table.headers)
        if given is None:
            rows.append(RowPlan(row=number, name=shown, outcome=Outcome.REFUSED, reasons=tuple(faults)))
            continue
        decided = _decide(
            number, given, register, seen, branch_of, names, table.headers[columns.fields["name"]]
        )
        if approvals_needed > 1:
            decided = _as_applicant(decided, given, table.headers[columns.fields["name"]])
        if kept := register.merged(given.number):
            values = {"number": given.number, "member": said(kept)}
            notes.append(Text(N_("会员号 {number} 已并入{member}，按那条记录办"), values))
        rows.append(replace(decided, notes=tuple(notes)))
    used = {row.details.branch_id for row in rows if row.details and row.outcome is not Outcome.REFUSED}
    new_branches = tuple((branch_id, name) for name, branch_id in made.items() if branch_id in used)
    present = {row.member.id for row in rows if row.member is not None}
    missing = tuple(
        member
        for member in register.members
        # Who is no member is missing from no roster of members.
        if member.id not in present and member.status not in (Status.SERVED, Status.LEFT, Status.DEAD)
    )
    return Plan(
        rows=tuple(rows), missing=missing, new_branches=new_branches, digest=_digest(rows, new_branches)
    )


def may_move(status: Status, to: Status) -> bool:
    """True if a membership may go there."""
    return to in MOVES[status]


def _decide(
    row: int,
    given: Given,
    register: Register,
    seen: _Seen,
    branch_of: Callable[[str], UUID],
    branch_names: Mapping[str, str],
    column: str,
) -> RowPlan:
    def refused(text: Text, member: MemberView | None = None) -> RowPlan:
        reasons = (FieldError(column, text, row),)
        return RowPlan(row=row, name=given.name, outcome=Outcome.REFUSED, member=member, reasons=reasons)

    found = register.recognise(given)
    if isinstance(found, Doubt):
        return refused(found.text)
    # By the number of a record that was merged the other is found, and keeps its own.
    number = None if register.merged(given.number) else _number(given, found)
    earlier = seen.earlier(given, found, number)
    if earlier is not None:
        twice = {"one": earlier, "other": row}
        return refused(Text(N_("第 {one} 行和第 {other} 行是同一个人或同一个号；请删掉一行"), twice), found)
    seen.remember(row, given, found, number)
    if found is None:
        if given.id_mask:
            return refused(Text(N_("身份证号带星号，又找不到这个人；请写完整的身份证号或会员号")))
        becomes = given.status or Status.ACTIVE
        details = _new(given, becomes, branch_of)
        if not people_rules.served_only_receives(becomes, details):
            return refused(people_rules.HELPS_NOT)
        return RowPlan(
            row=row,
            name=given.name,
            outcome=Outcome.NEW,
            details=details,
            number=given.number,
            id_number=given.id_number,
            status=becomes,
        )
    status = given.status if given.status not in (None, found.status) else None
    if status is not None and (status is Status.SERVED or not may_move(found.status, status)):
        # Whose membership ends has an account to be emptied first: that is no matter of a list.
        return refused(Text(N_("{member}的状态不能这样改；请在会员页面办理"), {"member": said(found)}), found)
    if status is Status.DEAD:
        return refused(
            Text(N_("{member}去世请在会员页面 → 会籍登记，余额按本人说过的转出"), {"member": said(found)}),
            found,
        )
    details = _merged(found.details, given, branch_of)
    if not people_rules.served_only_receives(status or found.status, details):
        return refused(people_rules.HELPS_NOT, found)
    id_number = given.id_number if found.id_mask is None else None
    changes = _changes(found, details, number, id_number, status, branch_names, given)
    return RowPlan(
        row=row,
        name=given.name,
        outcome=Outcome.CHANGED if changes else Outcome.UNCHANGED,
        member=found,
        details=details,
        number=number,
        id_number=id_number,
        status=status,
        changes=changes,
    )


def _as_applicant(decided: RowPlan, given: Given, column: str) -> RowPlan:
    """Where two people must approve, nobody becomes a member by a roster: who is new applies, who applied waits."""
    joins = decided.outcome is Outcome.NEW and given.status in (Status.ACTIVE, Status.PAUSED)
    joins |= (
        decided.status is Status.ACTIVE and decided.member is not None and decided.member.status in _OUTSIDE
    )
    if joins and decided.outcome is not Outcome.REFUSED:
        said_no = Text(N_("本社区入会要两个人批准；请先以“待审核”导入，再在“入会申请”那一页批准"))
        reasons = (FieldError(column, said_no, decided.row),)
        return RowPlan(
            row=decided.row,
            name=decided.name,
            outcome=Outcome.REFUSED,
            member=decided.member,
            reasons=reasons,
        )
    if decided.outcome is Outcome.NEW and given.status is None:
        return replace(decided, status=Status.APPLIED)
    return decided


def _number(given: Given, found: MemberView | None) -> str | None:
    """The member number a row would give; None: the one there stays."""
    if found is None or given.number is None or given.number == found.number:
        return given.number if found is None else None
    dropped_zeros = given.number.isdigit() and given.number.lstrip("0") == found.number.lstrip("0")
    return None if dropped_zeros else given.number


def _new(given: Given, status: Status, branch_of: Callable[[str], UUID]) -> Details:
    details = _merged(Details(name=given.name), given, branch_of)
    if status is Status.SERVED:
        return replace(details, is_recipient=True)
    if given.is_helper is None and given.is_recipient is None:
        # Mutual aid: who is on the roster helps and is helped, until somebody says otherwise.
        return replace(details, is_helper=True, is_recipient=True)
    return details


def _merged(before: Details, given: Given, branch_of: Callable[[str], UUID]) -> Details:
    """The details with what the row says; an empty cell leaves what is there."""
    said_values = {name: getattr(given, name) for name in _DETAILS if getattr(given, name) is not None}
    for name in _CODES & said_values.keys():
        # A word that was typed may since have become one of ours: 打牌 is `cards`.
        if set(words_of(name, said_values[name], {})) == set(words_of(name, getattr(before, name), {})):
            del said_values[name]
    for name in _TEXTS & said_values.keys():
        # A cell has no lines of its own, and one space between words.
        if said_values[name] == " ".join((getattr(before, name) or "").split()):
            del said_values[name]
    if given.branch is not None:
        said_values["branch_id"] = branch_of(given.branch)
    return replace(before, **said_values)


def _changes(
    found: MemberView,
    details: Details,
    number: str | None,
    id_number: IdNumber | None,
    status: Status | None,
    branch_names: Mapping[str, str],
    given: Given,
) -> tuple[FieldChange, ...]:
    names = dict(branch_names) | ({str(details.branch_id): given.branch} if given.branch else {})
    pairs: list[tuple[str, object, object]] = [
        (name, getattr(found.details, name), getattr(details, name))
        for name in FIELD_LABELS
        if name in Details.__dataclass_fields__
    ]
    if number is not None:
        pairs.append(("number", found.number, number))
    if status is not None:
        pairs.append(("status", found.status, status))
    changes = [
        FieldChange(
            name,
            FIELD_LABELS[name],
            tuple(words_of(name, before, names)),
            tuple(words_of(name, after, names)),
        )
        for name, before, after in pairs
        if before != after
    ]
    if id_number is not None:
        changes.append(FieldChange("id_number", FIELD_LABELS["id_number"], (), (id_number.mask,)))
    return tuple(changes)


def _digest(rows: Sequence[RowPlan], new_branches: Iterable[tuple[UUID, str]]) -> str:
    """Names what the plan would do: the same rows to the same versions of the same members."""
    content = hashlib.sha256()
    for row in rows:
        version = (row.member.id, row.member.version) if row.member else None
        id_text = row.id_number.text if row.id_number else None
        content.update(
            repr((row.row, row.outcome, version, row.details, row.number, id_text, row.status)).encode()
        )
    content.update(repr(sorted(new_branches)).encode())
    return content.hexdigest()
