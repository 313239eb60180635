"""`timebank serve`: the database, the sample if asked for, and the service until somebody stops it."""

import asyncio
import sys
from functools import partial
from typing import Annotated

import typer

from timebank import __version__, sample
from timebank.access import queries
from timebank.app import create_app
from timebank.cli import listening
from timebank.cli.background import background
from timebank.cli.founding import offer_first_run
from timebank.cli.installation import Installation, chosen_settings, installed
from timebank.cli.saying import help_text, show, tell
from timebank.core import logs, signing
from timebank.core.database import Database
from timebank.core.errors import N_
from timebank.core.sealing import Seal

app = typer.Typer()


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
        listening.stopped_by_signals(),
        listening.listen(host or chosen.host, port or chosen.port) as door,
        installed(chosen) as here,
    ):
        tell(N_("时间银行 {version}"), "bold", version=__version__)
        for note in here.notes:
            show(note, "dim")
        seal = here.seal()
        is_sample, code = asyncio.run(_prepare(here, seal, with_sample=with_sample))
        open_at = listening.addresses(door)
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
        database = Database(here.service_url, waiting_max=chosen.waiting_max)
        made = create_app(database, seal, sample=is_sample, background=background(here))
        listening.run(made, door, trusted_proxies=chosen.trusted_proxies)


async def _prepare(here: Installation, seal: Seal, *, with_sample: bool) -> tuple[bool, str | None]:
    """Migrate and load the sample if asked; whether it is the sample, and the code of a first run."""
    if done := await here.migrate():
        tell(N_("数据库已升级：{revisions}"), "dim", revisions=done)
    signing.make_once(here.settings)
    database = Database(here.service_url)
    try:
        if with_sample:
            await sample.load(database, seal, owner_url=here.owner(), say=partial(show, style="dim"))
        await sample.refuse_unfinished(database)
        async with database.begin(()) as db:
            is_sample, empty = await queries.is_sample(db), await queries.is_empty(db)
        if not empty or is_sample:
            return is_sample, None
        return False, await offer_first_run(database, seal)
    finally:
        await database.close()
