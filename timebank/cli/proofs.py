"""`timebank proof`: what is given out to be checked without us, and the tree reckoned anew."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import typer

from timebank.access.guard import Call
from timebank.audit import service as audit
from timebank.audit.checks import BY_NAME, fault, proofs
from timebank.audit.model import Checked, CheckState, Difference
from timebank.audit.proofs import service
from timebank.audit.proofs.telling import keys_file
from timebank.cli import acting
from timebank.cli.installation import Installation, chosen_settings, installed
from timebank.cli.saying import help_text, tell
from timebank.core.errors import N_, NotFound, Text
from timebank.hours.proofs import service as receipts

app = typer.Typer(
    name="proof", help=help_text(N_("账簿的证明：校验点、公钥、入账证明。")), no_args_is_help=True
)

Transfer = Annotated[UUID, typer.Argument(help=help_text(N_("划转编号")))]


class NoCheckpoint(NotFound):
    """Nothing was signed yet."""

    code = "no-checkpoint"
    message = N_("还没有校验点；记过账以后，timebank serve 每小时签一次")


@app.command(help=help_text(N_("打印最新的校验点。")))
def checkpoint(*, community: acting.Community, actor: acting.As) -> None:
    """Print the newest checkpoint."""
    _print(community, actor, _newest)


@app.command(help=help_text(N_("打印签过校验点的全部公钥。")))
def keys(*, community: acting.Community, actor: acting.As) -> None:
    """Print the public keys."""
    _print(community, actor, _keys)


@app.command(help=help_text(N_("打印一笔划转的入账证明。")))
def receipt(transfer: Transfer, *, community: acting.Community, actor: acting.As) -> None:
    """Print a transfer's receipt."""

    async def told(call: Call) -> str:
        return (await receipts.receipt(call, community_id=call.desk, transfer_id=transfer)).text

    _print(community, actor, told)


@app.command(help=help_text(N_("从每笔划转重新算账簿树，和每个校验点比；对不上的，退出码为 1。")))
def check(*, actor: acting.As, community: acting.CommunityOrAll = None) -> None:
    """Reckon the tree anew and compare every checkpoint."""
    with installed(chosen_settings()) as here:
        holds = asyncio.run(_check(here, community, actor))
    if not holds:
        raise typer.Exit(1)


def _print(code: str, user_name: str, told: Callable[[Call], Awaitable[str]]) -> None:
    async def read(here: Installation) -> str:
        async with acting.desk(here, user_name=user_name, code=code) as call:
            return await told(call)

    with installed(chosen_settings()) as here:
        text = asyncio.run(read(here))
    # As it is to the last byte: it goes into a file.
    typer.echo(text, nl=False)


async def _newest(call: Call) -> str:
    found = (await service.checkpoints(call, community_id=call.desk)).rows
    if not found:
        raise NoCheckpoint
    return found[0].checkpoint.note


async def _keys(call: Call) -> str:
    return keys_file(await service.keys(call, community_id=call.desk))


async def _check(here: Installation, code: str | None, user_name: str) -> bool:
    holds = True
    async with acting.desks(here, code=code, user_name=user_name) as (call, places):
        for place in places:
            tell(N_("{name}（{code}）"), "bold", name=place.name, code=place.code)
            found = await audit.compare(
                call, community_id=place.id, cut_off_at=call.now, checks=proofs.CHECKS
            )
            for one in found.checks:
                _say(one)
            holds = holds and all(one.state is CheckState.PASSED for one in found.checks)
    return holds


def _say(one: Checked) -> None:
    label = Text(BY_NAME[one.name].label)
    if one.state is CheckState.PASSED:
        tell("✓ {check}", "green", check=label)
    elif one.state is CheckState.UNCHECKED:
        tell(N_("没能核对：{check}（{problem}）"), "red", check=label, problem=one.problem or "")
    else:
        tell(N_("✗ {check}：{count} 处"), "bold red", check=label, count=one.found)
    for named in one.differences:
        tell("  {says} {transfer}", says=_says(named.difference), transfer=named.difference.transfer_id or "")


def _says(found: Difference) -> Text:
    return Text(fault(found.check, found.fault).label, found.facts)
