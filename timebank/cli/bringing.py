"""`timebank import`: rosters and opening balances from the terminal, looked at first, applied when told to."""

import asyncio
import shlex
from collections.abc import Awaitable, Iterable, Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from timebank.access.guard import Call
from timebank.cli import acting
from timebank.cli.installation import Installation, chosen_settings, installed
from timebank.cli.saying import help_text, said, table, tell, word
from timebank.core.amounts import Minutes
from timebank.core.errors import N_, FieldError, Invalid, Text, TimebankError
from timebank.membership import importing, service, spreadsheets
from timebank.membership.amounts import amount
from timebank.membership.cells import Fault
from timebank.membership.columns import field_names
from timebank.membership.errors import ColumnsUnknown
from timebank.membership.model import (
    ImportKind,
    ImportView,
    Named,
    OpeningLook,
    OpeningRow,
    Outcome,
    RosterLook,
    RowPlan,
    Signed,
    Upload,
)

app = typer.Typer(name="import", help=help_text(N_("导入花名册和期初余额。")), no_args_is_help=True)

Sheet = Annotated[Path, typer.Argument(help=help_text(N_("表格（.xlsx 或 .csv）")))]
Apply = Annotated[bool, typer.Option("--apply", help=help_text(N_("看过没有问题，就照做；不加则什么都不动")))]
Meant = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="HEADER=FIELD",
        help=help_text(N_("说明一列是什么，例如 --column 老编码=会员号；用不着的列写 --column 待遇=-")),
    ),
]


class BadColumn(Invalid):
    """What `--column` says can't be used."""

    code = "bad-column"
    message = N_("--column 要写成“表头=列名”")


class NotSigned(Invalid):
    """Opening balances were to be posted without the number of people and the total."""

    code = "not-signed"
    message = N_(
        "记账前要签字：请用 --people 和 --total 写上清单上的人数和合计，例如 --people 120 --total 1184:30"
    )


@app.command("roster", help=help_text(N_("导入花名册：先看每一行会怎样，加 --apply 才导入。")))
def roster(
    file: Sheet,
    *,
    community: acting.Community,
    actor: acting.As,
    column: Meant = None,
    apply: Apply = False,
) -> None:
    """Look at a roster, and apply it if told to."""
    with installed(chosen_settings()) as here:
        asyncio.run(_roster(here, file, community, actor, column or (), apply=apply))


@app.command(
    "opening", help=help_text(N_("导入期初余额：先看每一行会怎样，加 --apply 并签上人数和合计才记账。"))
)
def opening(
    file: Sheet,
    *,
    community: acting.Community,
    actor: acting.As,
    column: Meant = None,
    apply: Apply = False,
    people: Annotated[int | None, typer.Option(help=help_text(N_("签字：清单上的人数")))] = None,
    total: Annotated[str | None, typer.Option(help=help_text(N_("签字：清单上的合计，例如 1184:30")))] = None,
) -> None:
    """Look at opening balances, and post them if told to and signed for."""
    with installed(chosen_settings()) as here:
        asyncio.run(
            _opening(
                here, file, community, actor, column or (), signed=_signed(people, total) if apply else None
            )
        )


async def _roster(
    here: Installation, file: Path, code: str, user_name: str, columns: Sequence[str], *, apply: bool
) -> None:
    upload, named = _read(file), _named(ImportKind.ROSTER, columns)
    async with acting.desk(here, code=code, user_name=user_name) as call:
        found = await service.look_at_roster(call, community_id=call.desk, file=upload, named=named)
        _say_sheet(found)
        counts = {str(outcome): found.plan.count(outcome) for outcome in Outcome}
        tell(N_("新增 {new}，更新 {changed}，未变 {unchanged}，拒收 {refused}"), "bold", **counts)
        _say_refused(found.plan.of(Outcome.REFUSED))
        _say_changed(found.plan.of(Outcome.CHANGED))
        _say_missing(found)
        _say_unknown(found.columns.unknown, ImportKind.ROSTER)
        if not apply:
            tell(N_("什么都没有动；要导入，请加 --apply"), "yellow")
            return
        import_id = await _upload(call, ImportKind.ROSTER, upload, named, found.columns.unknown)
        made = await _or_drop(
            call,
            ImportKind.ROSTER,
            import_id,
            importing.bring_in(call, community_id=call.desk, import_id=import_id, digest=found.plan.digest),
        )
    tell(N_("已导入：新增 {new} 位，更新 {changed} 位"), "green", **made.counts)


async def _opening(
    here: Installation,
    file: Path,
    code: str,
    user_name: str,
    columns: Sequence[str],
    *,
    signed: Signed | None,
) -> None:
    upload, named = _read(file), _named(ImportKind.OPENING, columns)
    async with acting.desk(here, code=code, user_name=user_name) as call:
        found = await service.look_at_opening(call, community_id=call.desk, file=upload, named=named)
        _say_sheet(found)
        new, total = found.of(Outcome.NEW), Minutes(found.total_minutes)
        counts = {str(outcome): found.count(outcome) for outcome in Outcome}
        tell(N_("要记账 {new}，不用记 {unchanged}，拒收 {refused}"), "bold", **counts)
        _say_refused(found.of(Outcome.REFUSED))
        _say_new(new)
        tell(N_("要给 {count} 人记账，合计 {total}"), "bold", count=len(new), total=total)
        _say_unknown(found.columns.unknown, ImportKind.OPENING)
        if signed is None:
            tell(N_("什么都没有动；要记账，请加 --apply，并用 --people 和 --total 签字"), "yellow")
            return
        import_id = await _upload(call, ImportKind.OPENING, upload, named, found.columns.unknown)
        made = await _or_drop(
            call,
            ImportKind.OPENING,
            import_id,
            service.sign_off(
                call, community_id=call.desk, import_id=import_id, digest=found.digest, signed=signed
            ),
        )
    posted = Minutes(made.counts["total_minutes"])
    tell(
        N_("已记账：{count} 人，合计 {total}；{name}签字"),
        "green",
        count=made.counts["new"],
        total=posted,
        name=made.closed_by,
    )


def _read(file: Path) -> Upload:
    try:
        return spreadsheets.read(file.read_bytes(), file.name)
    except OSError as error:
        raise Invalid([FieldError(str(file), Text(N_("读不了这个文件")))]) from error


def _named(kind: ImportKind, columns: Iterable[str]) -> list[Named]:
    """What `--column HEADER=FIELD` says; a field goes by its code or by the header we write ourselves."""
    fields = field_names(kind)
    codes = {label: field for field, label in fields.items()} | {field: field for field in fields} | {"-": ""}
    named = []
    for given in columns:
        header, separator, field = given.rpartition("=")
        if not separator or field not in codes:
            known = Text(N_("列名可以是：{known}，或 -"), {"known": list(fields.values())})
            raise BadColumn([FieldError(given, known)])
        named.append(Named(header, codes[field]))
    return named


def _signed(people: int | None, total: str | None) -> Signed:
    if people is None or total is None:
        raise NotSigned
    try:
        return Signed(people=people, minutes=amount(total, unit_minutes=60))
    except Fault as fault:
        raise NotSigned([FieldError("--total", fault.text)]) from fault


async def _upload(
    call: Call, kind: ImportKind, file: Upload, named: Sequence[Named], unknown: Sequence[str]
) -> UUID:
    if unknown:
        raise ColumnsUnknown(headers=list(unknown))
    if named:
        await service.name_columns(call, community_id=call.desk, kind=kind, named=named)
    return await service.upload(call, community_id=call.desk, kind=kind, file=file)


async def _or_drop(
    call: Call, kind: ImportKind, import_id: UUID, applying: Awaitable[ImportView]
) -> ImportView:
    """What was applied; a file that is refused does not wait for somebody at a desk."""
    try:
        return await applying
    except TimebankError:
        await service.drop_import(call, community_id=call.desk, kind=kind, import_id=import_id)
        raise


def _say_sheet(found: RosterLook | OpeningLook) -> None:
    if found.other_sheets:
        others = list(found.other_sheets)
        tell(N_("只读了“{sheet}”这一张表；没有读：{others}"), "dim", sheet=found.sheet, others=others)


def _say_refused(rows: Sequence[RowPlan | OpeningRow]) -> None:
    table(
        N_("拒收"),
        (N_("行"), N_("姓名"), N_("列"), N_("原因")),
        [(str(row.row), row.name, one.field, said(one.text)) for row in rows for one in row.reasons],
    )


def _say_changed(rows: Sequence[RowPlan]) -> None:
    table(
        N_("更新"),
        (N_("行"), N_("姓名"), N_("项目"), N_("从"), N_("改为")),
        [
            (str(row.row), row.name, word(one.label), _words(one.before), _words(one.after))
            for row in rows
            for one in row.changes
        ],
    )


def _say_new(rows: Sequence[OpeningRow]) -> None:
    table(
        N_("要记账"),
        (N_("行"), N_("会员号"), N_("姓名"), N_("时长")),
        [
            (
                str(row.row),
                row.member.number,
                row.member.name,
                said(Text("{it}", {"it": Minutes(row.minutes)})),
            )
            for row in rows
            if row.member is not None
        ],
    )


def _say_missing(found: RosterLook) -> None:
    if found.plan.missing:
        tell(N_("册上有、这份表里没有的 {count} 位（不会动他们）"), "dim", count=len(found.plan.missing))
    if found.plan.new_branches:
        tell(N_("会新建小组：{names}"), names=[name for _, name in found.plan.new_branches])


def _say_unknown(unknown: Sequence[str], kind: ImportKind) -> None:
    if not unknown:
        return
    tell(N_("有几列还不认识：{headers}"), "bold yellow", headers=list(unknown))
    tell(
        N_("请逐列说明，例如 --column {example}（不要这一列）；列名可以是：{known}"),
        "yellow",
        example=shlex.quote(f"{unknown[0]}=-"),
        known=list(field_names(kind).values()),
    )


def _words(values: Iterable[str]) -> str:
    return "、".join(word(value) for value in values) or "—"
