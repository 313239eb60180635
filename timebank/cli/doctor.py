"""Whether everything here is fit to serve from, and what a server of one's own must be told."""

import asyncio
from typing import Annotated

import typer

from timebank.cli.examining import folder, kept, machine, program, report, server
from timebank.cli.examining.findings import Check, Finding, run
from timebank.cli.installation import BadSetting, chosen_settings, installed
from timebank.cli.saying import help_text
from timebank.core import embedded
from timebank.core.embedded import ROLES
from timebank.core.errors import N_, Text, TimebankError
from timebank.core.settings import Settings

# A script for psql: the roles, the database and the GRANTs, safe to repeat.
PREPARATION = f"""\
-- psql --set=migrator='…' --set=service='…' --dbname=postgres --file=this.sql   (as superuser; … are passwords)
{ROLES}"""

app = typer.Typer()

_SETTINGS = Check("settings", N_("设置写得对"))
_STARTS = Check("database-starts", N_("数据库起得来"))

_NO_DATABASE = Text(N_("还没有数据库；第一次启动时会建"))


@app.command(help=help_text(N_("看看哪里不对、怎么改；加 --sql 则给出自备服务器要执行的语句。")))
def doctor(
    *,
    sql: Annotated[bool, typer.Option("--sql", help=help_text(N_("给出建立角色和数据库的语句")))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=help_text(N_("给程序读的 JSON")))] = False,
) -> None:
    """Say what is as it should be, what isn't and how to mend it; exit code 1 if anything is wrong."""
    if sql:
        typer.echo(PREPARATION)
        return
    try:
        found = examine(chosen_settings())
    except BadSetting as error:
        found = without_settings(error)
    (report.document if as_json else report.lines)(found)
    if not report.is_fit(found):
        raise typer.Exit(1)


def examine(chosen: Settings) -> list[Finding]:
    """Look at everything. What can't be looked at, the database above all, is a finding, not an error."""
    found = [
        *program.examine(),
        _SETTINGS.fit(),
        *machine.examine(chosen),
        *folder.examine(chosen),
        *kept.examine(chosen),
    ]
    return [*found, *_database(chosen)]


def without_settings(error: BadSetting) -> list[Finding]:
    """What can be said when a setting is wrong: which one, and whether the program is whole."""
    return [*program.examine(), *_wrong_settings(error)]


def _wrong_settings(error: BadSetting) -> list[Finding]:
    mend = Text(N_("请改环境变量或 .env 文件；docs/settings.md 写着每一项"))
    return [
        _SETTINGS.wrong(Text("{name}: {why}", {"name": field.field, "why": field.text}), mend)
        for field in error.fields
    ]


def _database(chosen: Settings) -> list[Finding]:
    if chosen.database_url is None and not embedded.is_made(chosen.data):
        return [_STARTS.advice(_NO_DATABASE, run("timebank serve"))]
    try:
        with installed(chosen) as here:
            return [_STARTS.fit(), *asyncio.run(server.examine(here))]
    except BadSetting as error:
        return _wrong_settings(error)
    except TimebankError as error:
        return [_STARTS.wrong(error.text, Text(N_("按上面说的做，再运行一次 timebank doctor")))]
