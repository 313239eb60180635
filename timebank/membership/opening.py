"""Pure decisions on opening balances: whose they are, what would be posted, whether it may be signed off."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, FieldError, Text
from timebank.core.provenance import Provenance
from timebank.hours.model import About, AccountKind, AccountView, Brought, Kind, Wish, common_account
from timebank.hours.refusals import Refused
from timebank.membership.amounts import minutes_of
from timebank.membership.cells import Fault, read_person
from timebank.membership.columns import cell_of
from timebank.membership.errors import NoAmounts, OpeningRefused, OpeningTooLong, TotalDiffers
from timebank.membership.model import Cell, Columns, OpeningPreview, OpeningRow, Outcome, Signed, Table
from timebank.membership.recognition import Doubt, Register, said
from timebank.people.model import STATUS_LABELS, MemberView, Status

# What stands below a list is no member.
_SUMS = frozenset({"合计", "总计", "小计", "共计"})
_WHO, _HOW_MUCH = ("number", "id_number", "name"), ("hours", "minutes")


@dataclass(frozen=True)
class Accounts:
    """Members' accounts as they stand, and what each of them has brought before."""

    views: Mapping[UUID, AccountView]
    brought: Mapping[UUID, Brought]


@dataclass(frozen=True)
class _Person:
    """A row once it is known whose it is, or why it is not."""

    row: int
    cells: tuple[Cell, ...]
    name: str
    member: MemberView | None
    reasons: tuple[FieldError, ...]


def plan(table: Table, columns: Columns, register: Register, accounts: Accounts) -> tuple[OpeningRow, ...]:
    """What each row of opening balances would do."""
    people = [_person(row, cells, columns, table.headers, register) for row, cells in table.rows]
    rows_of = defaultdict(list)
    for person in people:
        if person.member is not None:
            rows_of[person.member.id].append(person.row)
    return tuple(
        _decide(person, columns, table.headers, rows_of[person.member.id] if person.member else [], accounts)
        for person in people
    )


def with_merged(brought: Mapping[UUID, Brought], members: Iterable[MemberView]) -> dict[UUID, Brought]:
    """What each has brought in, under the number of a record that was merged too: that moved along."""
    whole = dict(brought)
    for member in members:
        if member.merged_into is not None:
            kept = whole[member.merged_into]
            whole[member.merged_into] = replace(kept, minutes=kept.minutes + brought[member.id].minutes)
    return whole


def refuse_unusable(table: Table, columns: Columns, *, rows_max: int) -> None:
    """Raise `NoAmounts` where no column can be the hours, `OpeningTooLong` past `rows_max`."""
    if not columns.unknown and not columns.fields.keys() & set(_HOW_MUCH):
        raise NoAmounts
    if len(table.rows) > rows_max:
        raise OpeningTooLong(limit=rows_max)


def digest(rows: Iterable[OpeningRow]) -> str:
    """Names what would be posted: the same rows, to the same members, under the same ids."""
    content = hashlib.sha256()
    for row in rows:
        member_id = row.member.id if row.member else None
        content.update(repr((row.row, row.outcome, member_id, row.minutes, row.transfer_id)).encode())
    return content.hexdigest()


def refuse_another_total(preview: OpeningPreview, signed: Signed) -> None:
    """Raise `TotalDiffers` unless what was signed is what would be posted."""
    found = Signed(people=preview.count(Outcome.NEW), minutes=preview.total_minutes)
    if signed != found:
        raise TotalDiffers(signed, found)


def concerns(preview: OpeningPreview, memberships: Collection[UUID]) -> bool:
    """True if one of these members would get something."""
    return any(row.member is not None and row.member.id in memberships for row in preview.of(Outcome.NEW))


def wishes(
    rows: Iterable[OpeningRow],
    *,
    community_id: UUID,
    import_id: UUID,
    signed_by: UUID,
    house_version_id: UUID | None,
) -> list[Wish]:
    """One transfer for each new row, from the book's opening account to the member."""
    opening = common_account(AccountKind.OPENING, community_id)
    made = []
    for row in rows:
        if row.outcome is not Outcome.NEW or row.member is None or row.transfer_id is None:
            continue
        about = About(
            kind=Kind.OPENING,
            subject_id=import_id,
            provenance=Provenance.DESK,
            house_version_id=house_version_id,
            confirmed_by=signed_by,
            basis={"minutes": row.minutes, "row": row.row},
        )
        made.append(
            Wish(
                id=row.transfer_id,
                from_account=opening,
                to_account=row.member.id,
                minutes=row.minutes,
                about=about,
            )
        )
    return made


def refuse_refusals(rows: Collection[OpeningRow], refused: Collection[Refused]) -> None:
    """Raise `OpeningRefused` with every row that the ledger would not take."""
    by_id = {row.transfer_id: row for row in rows}
    faults = [
        FieldError(row.name, answer.text(said(row.member)), row.row)
        for answer in refused
        if (row := by_id[answer.id]).member is not None
    ]
    if faults:
        raise OpeningRefused(faults)


def _person(
    row: int, cells: tuple[Cell, ...], columns: Columns, headers: tuple[str, ...], register: Register
) -> _Person:
    given, faults, shown = read_person(row, cells, columns, headers)
    if given is None or shown in _SUMS:
        return _Person(row, cells, shown, None, tuple(faults))
    found = register.find(given)
    if isinstance(found, Doubt):
        said_in = [field for field in _WHO if _cell(cells, columns, field) is not None]
        fault = FieldError(_column(said_in, columns, headers), found.text, row)
        return _Person(row, cells, shown, None, (fault,))
    return _Person(row, cells, given.name or found.name, found, ())


def _decide(
    person: _Person, columns: Columns, headers: tuple[str, ...], rows: list[int], accounts: Accounts
) -> OpeningRow:
    who, how_much = _column(_WHO, columns, headers), _column(_HOW_MUCH, columns, headers)
    member = person.member
    made = OpeningRow(
        row=person.row, name=person.name, outcome=Outcome.REFUSED, member=member, reasons=person.reasons
    )
    if member is None:
        return made if person.reasons else _unchanged(made, who, Text(N_("这是合计，不是会员")))
    if len(rows) > 1:
        return _because(made, who, Text(N_("第 {rows} 行是同一个人；请合成一行"), {"rows": rows}))
    try:
        minutes = minutes_of(*(_cell(person.cells, columns, field) for field in _HOW_MUCH))
    except Fault as fault:
        return _because(made, how_much, fault.text)
    if minutes is None:
        return _unchanged(made, how_much, Text(N_("没有写时长，不记")))
    brought = accounts.brought[member.id]
    made = replace(made, minutes=minutes, there_minutes=brought.minutes)
    there = {"there": Minutes(brought.minutes)}
    if brought.minutes:
        if minutes == brought.minutes:
            return _unchanged(made, how_much, Text(N_("已经记过 {there}"), there))
        return _because(
            made,
            how_much,
            Text(N_("已有期初余额 {there}，与这一行不同；要更正，请先收回那一笔再导入"), there),
        )
    if minutes == 0:
        return _unchanged(made, how_much, Text(N_("零，没有要记的")))
    barred = _barred(member, minutes, accounts.views.get(member.id))
    if barred is not None:
        return _because(made, how_much, barred)
    return replace(made, outcome=Outcome.NEW, transfer_id=brought.next_id)


def _barred(member: MemberView, minutes: int, account: AccountView | None) -> Text | None:
    """Why a member's account can't take these minutes, and what can be done."""
    who = {"member": said(member)}
    if member.status is not Status.ACTIVE:
        status = Text(STATUS_LABELS[member.status])
        return Text(N_("{member}的状态是“{status}”；请先在会员页面转为在册"), who | {"status": status})
    if account is None or account.closed:
        return Text(N_("{member}没有可用的账户；请先在会员页面办理入会"), who)
    ceiling, would = account.ceiling_minutes, account.balance.posted + minutes
    if ceiling is not None and would > ceiling:
        return Text(
            N_("加上会有 {would}，超过社区规则的存储上限 {ceiling}；请先核对，或先改社区规则"),
            {"would": Minutes(would), "ceiling": Minutes(ceiling)},
        )
    return None


def _because(row: OpeningRow, column: str, text: Text) -> OpeningRow:
    return replace(row, reasons=(FieldError(column, text, row.row),))


def _unchanged(row: OpeningRow, column: str, text: Text) -> OpeningRow:
    return replace(_because(row, column, text), outcome=Outcome.UNCHANGED)


def _column(fields: Iterable[str], columns: Columns, headers: tuple[str, ...]) -> str:
    """The header of the first of these fields that there is."""
    return next((headers[columns.fields[field]] for field in fields if field in columns.fields), "")


def _cell(cells: tuple[Cell, ...], columns: Columns, field: str) -> Cell:
    return cell_of(cells, columns.fields[field]) if field in columns.fields else None
