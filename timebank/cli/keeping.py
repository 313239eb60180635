"""`timebank migrate`, `backup` and `restore`: what keeps a database."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from timebank.cli import keys
from timebank.cli.installation import chosen_settings, installed
from timebank.cli.saying import help_text, tell
from timebank.core import backups, clock
from timebank.core.errors import N_

app = typer.Typer()


@app.command(help=help_text(N_("把数据库升级到这个版本的样子。")))
def migrate() -> None:
    """Run the migrations that are pending."""
    with installed(chosen_settings()) as here:
        done = asyncio.run(here.migrate())
    if done:
        tell(N_("数据库已升级：{revisions}"), "green", revisions=done)
    else:
        tell(N_("数据库已经是最新的样子"))


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
