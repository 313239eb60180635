"""The commands and their options; what they do stands in the modules beside this one."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from timebank import __version__, sample
from timebank.access import queries, service
from timebank.access.guard import Call
from timebank.access.schemas import FirstRun
from timebank.access.secrets import new_token
from timebank.app import create_app
from timebank.cli import bringing, keys, serving, working
from timebank.cli.background import background
from timebank.cli.doctor import PREPARATION, examine, without_settings
from timebank.cli.examining import report
from timebank.cli.installation import BadSetting, Installation, chosen_settings, installed
from timebank.cli.saying import help_text, refuse, show, tell
from timebank.core import backups, clock, logs
from timebank.core.actor import NOBODY
from timebank.core.database import Database
from timebank.core.errors import N_, TimebankError
from timebank.core.sealing import Seal
from timebank.web.problems import as_invalid

app = typer.Typer(
    help=help_text(N_("时间银行：互助养老的时间，记得清，换得到。")),
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
)
app.add_typer(bringing.app, name="import")
app.command(help=help_text(N_("派一批单，看派到谁、没派到的为什么；加 --send 才发邀约。")))(working.match)
app.command(help=help_text(N_("对账：有差异或没能核对的，退出码为 1。")))(working.reconcile)


def main() -> None:
    """The `timebank` command."""
    try:
        app()
    except TimebankError as error:
        sys.exit(refuse(error))


@app.callback(invoke_without_command=True)
def start(
    *, version: Annotated[bool, typer.Option("--version", help=help_text(N_("显示版本")))] = False
) -> None:
    """Say the version."""
    if version:
        typer.echo(f"timebank {__version__}")
        raise typer.Exit


@app.command(help=help_text(N_("启动服务；加 --sample 则在空的数据文件夹里装入样例片区。")))
def serve(
    *,
    host: Annotated[
        str | None, typer.Option(help=help_text(N_("监听的地址；0.0.0.0 让家里的手机也能打开")))
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help=help_text(N_("端口；被占用时用下一个空闲的")))
    ] = None,
    with_sample: Annotated[bool, typer.Option("--sample", help=help_text(N_("装入样例片区")))] = False,
) -> None:
    """Serve until stopped."""
    chosen = chosen_settings()
    logs.configure(chosen.log_level, lines=sys.stderr.isatty())
    with (
        serving.stopped_by_signals(),
        serving.listen(host or chosen.host, port or chosen.port) as listening,
        installed(chosen) as here,
    ):
        tell(N_("时间银行 {version}"), "bold", version=__version__)
        for note in here.notes:
            show(note, "dim")
        seal = here.seal()
        is_sample, code = asyncio.run(_prepare(here, seal, with_sample=with_sample))
        open_at = serving.addresses(listening)
        tell(N_("请用浏览器打开 {addresses}（按 Ctrl-C 停止）"), "bold green", addresses=open_at)
        if code is not None:
            tell(
                N_("还没有社区。请打开 {address} 建立第一个社区"),
                "bold",
                address=f"{open_at[0]}/setup/{code}",
            )
        for line in sample.how_to_sign_in(open_at[0]) if is_sample else ():
            show(line)
        sys.stdout.flush()
        made = create_app(Database(here.service_url), seal, sample=is_sample, background=background(here))
        serving.run(made, listening, trusted_proxies=chosen.trusted_proxies)


async def _prepare(here: Installation, seal: Seal, *, with_sample: bool) -> tuple[bool, str | None]:
    """Migrate and load the sample if asked; whether it is the sample, and the code of a first run."""
    if done := await here.migrate():
        tell(N_("数据库已升级：{revisions}"), "dim", revisions=done)
    database = Database(here.service_url)
    try:
        if with_sample:
            await sample.load(database, seal, owner_url=here.owner(), say=partial(show, style="dim"))
        await sample.refuse_unfinished(database)
        async with database.begin(()) as db:
            is_sample, empty = await queries.is_sample(db), await queries.is_empty(db)
        if not empty or is_sample:
            return is_sample, None
        return False, await _offer_first_run(database, seal)
    finally:
        await database.close()


async def _offer_first_run(database: Database, seal: Seal) -> str:
    code = new_token()
    await service.offer_setup(Call(database, NOBODY, clock.now(), seal, request_id="cli"), code=code)
    return code


@app.command(help=help_text(N_("建立第一个区、街镇、社区和协调员（也可以在网页上做）。")))
def init(
    *,
    district: Annotated[str, typer.Option(prompt=help_text(N_("区的名称")))],
    town: Annotated[str, typer.Option(prompt=help_text(N_("街镇的名称")))],
    community: Annotated[str, typer.Option(prompt=help_text(N_("社区的名称")))],
    name: Annotated[str, typer.Option(prompt=help_text(N_("协调员的姓名")))],
    user_name: Annotated[str, typer.Option(prompt=help_text(N_("协调员的登录名")))],
    password: Annotated[
        str,
        typer.Option(
            prompt=help_text(N_("协调员的密码")),
            hide_input=True,
            confirmation_prompt=True,
            envvar="TIMEBANK_INIT_PASSWORD",
        ),
    ],
) -> None:
    """Make the first community."""
    given = {
        "district": district,
        "town": town,
        "community": community,
        "name": name,
        "user_name": user_name,
        "password": password,
    }
    try:
        form = FirstRun.model_validate({field: value.strip() for field, value in given.items()})
    except ValidationError as error:
        raise as_invalid(error) from error
    with installed(chosen_settings()) as here:
        asyncio.run(_found(here, form))
    tell(N_("社区“{community}”已建好；{name}可以用登录名 {user_name} 登录"), "green", **form.model_dump())


async def _found(here: Installation, form: FirstRun) -> None:
    await here.migrate()
    database, seal = Database(here.service_url), here.seal()
    try:
        code = await _offer_first_run(database, seal)
        call = Call(database, NOBODY, clock.now(), seal, request_id="cli")
        await service.set_up(call, code=code, **form.model_dump())
    finally:
        await database.close()


@app.command(help=help_text(N_("把数据库升级到这个版本的样子。")))
def migrate() -> None:
    """Run the migrations that are pending."""
    with installed(chosen_settings()) as here:
        done = asyncio.run(here.migrate())
    if done:
        tell(N_("数据库已升级：{revisions}"), "green", revisions=done)
    else:
        tell(N_("数据库已经是最新的样子"))


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


@app.command(help=help_text(N_("备份整个数据库到一个文件。")))
def backup(
    *,
    into: Annotated[Path | None, typer.Option(help=help_text(N_("放备份的文件夹")))] = None,
) -> None:
    """Write a backup, and say what isn't in it."""
    with installed(chosen_settings()) as here:
        seal = here.seal()
        made = asyncio.run(
            backups.make(here.owner(), here.tools(), into or here.backups, seal=seal, now=clock.now())
        )
        rows = sum(made.manifest.rows.values())
        tell(N_("备份好了：{path}（{rows} 行）"), "green", path=made.path, rows=rows)
        if here.settings.secret_key is None:
            tell(
                N_("封存身份证号的钥匙不在备份里。请把 {key} 另存一份，和备份分开放"),
                "yellow",
                key=here.settings.data / keys.NAME,
            )


@app.command(help=help_text(N_("把备份恢复到空的数据文件夹。")))
def restore(
    file: Annotated[Path, typer.Argument(help=help_text(N_("备份文件")))],
    *,
    key: Annotated[Path | None, typer.Option(help=help_text(N_("当时的 seal.key")))] = None,
) -> None:
    """Fill an empty data folder or database from a backup."""
    chosen = chosen_settings()
    backups.read_manifest(file)
    keys.bring(chosen, key)
    with installed(chosen) as here:
        manifest = asyncio.run(
            backups.restore(
                file, here.owner(), here.tools(), seal=here.seal(), scratch=here.settings.data / "backups"
            )
        )
    rows = sum(manifest.rows.values())
    tell(N_("已恢复 {made_at} 的备份（{rows} 行，逐表核对过）"), "green", made_at=manifest.made_at, rows=rows)
