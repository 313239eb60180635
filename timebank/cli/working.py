"""`timebank match` and `timebank reconcile`: what the desk's buttons do, for a script or a night's job."""

import asyncio
from collections.abc import Iterable
from typing import Annotated

import typer

from timebank.audit import service as audit
from timebank.audit.model import CheckState
from timebank.audit.reconciling import reconcile_now
from timebank.audit.views import FindingView, RunPage
from timebank.cli import acting
from timebank.cli.installation import Installation, chosen_settings, installed
from timebank.cli.saying import help_text, said, table, tell, word
from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Text, plain
from timebank.pairing import service as pairing
from timebank.pairing import words
from timebank.pairing.running import run_round
from timebank.pairing.views import RoundPage

app = typer.Typer()

Send = Annotated[bool, typer.Option("--send", help=help_text(N_("派好就把邀约全部发出；不加则只算不发")))]


@app.command(help=help_text(N_("派一批单，看派到谁、没派到的为什么；加 --send 才发邀约。")))
def match(*, community: acting.Community, actor: acting.As, send: Send = False) -> None:
    """Run a match round and print what it came to."""
    with installed(chosen_settings()) as here:
        asyncio.run(_match(here, community, actor, send=send))


async def _match(here: Installation, code: str, user_name: str, *, send: bool) -> None:
    async with acting.desk(here, code=code, user_name=user_name) as call:
        made = await run_round(call, community_id=call.desk)
        page = await pairing.round_page(call, community_id=call.desk, round_id=made.id)
        _say_round(page)
        if not send:
            tell(N_("还没有问任何人；要发出邀约，请加 --send，或在网页上发"), "yellow")
            return
        sent = await pairing.send_round(call, community_id=call.desk, round_id=made.id)
    tell(N_("已发出 {sent} 个邀约"), "green", sent=len(sent.made))
    names = {line.request.id: line.recipient.name for line in page.pairs}
    for dropped in sent.dropped:
        tell(
            N_("没有发给 {name}：{because}"),
            "yellow",
            name=names.get(dropped.request_id, ""),
            because=words.dropped_text(dropped),
        )


def _say_round(page: RoundPage) -> None:
    view = page.detail.view
    tell(
        N_("派到 {served} 个需求，没派到 {waiting} 个；考虑了 {helpers} 位服务者"),
        "bold",
        served=view.served,
        waiting=view.waiting,
        helpers=view.helpers,
    )
    table(
        N_("派到"),
        (N_("受助人"), N_("服务者"), N_("什么时候"), N_("为什么是这一对")),
        [
            (
                line.recipient.name,
                line.helper.name,
                said(words.occasion_text(line.occasion)),
                _list(line.why),
            )
            for line in page.pairs
        ],
    )
    table(
        N_("没派到"),
        (N_("受助人"), N_("服务类别"), N_("为什么"), N_("怎样就能派到")),
        [
            (
                line.recipient.name,
                said(words.category_text(line.request.wish.category)),
                said(line.why),
                _list(line.helps),
            )
            for line in page.unmatched
        ],
    )
    for lapsed in page.lapsed:
        tell(N_("{name}写的时间都已过去，没有参加派单"), "yellow", name=lapsed.recipient.name)


@app.command(help=help_text(N_("对账：有差异或没能核对的，退出码为 1。")))
def reconcile(*, actor: acting.As, community: acting.CommunityOrAll = None) -> None:
    """Reconcile the books of one community, or of all that the actor works in."""
    with installed(chosen_settings()) as here:
        agree = asyncio.run(_reconcile(here, community, actor))
    if not agree:
        raise typer.Exit(1)


async def _reconcile(here: Installation, code: str | None, user_name: str) -> bool:
    agree = True
    async with acting.desks(here, code=code, user_name=user_name) as (call, places):
        for place in places:
            made = await reconcile_now(call, community_id=place.id)
            tell(N_("{name}（{code}）"), "bold", name=place.name, code=place.code)
            _say_run(await audit.run_page(call, community_id=place.id, run_id=made.id))
            agree = agree and made.agrees
    return agree


def _say_run(page: RunPage) -> None:
    run = page.run
    values = {"passed": run.passed or 0, "checks": run.checks, "transfers": run.counts.get("transfers", 0)}
    if run.agrees:
        tell(N_("✓ {checks} 项都对得上，共 {transfers} 笔划转"), "green", **values)
        return
    tell(N_("✗ {checks} 项里有 {passed} 项对得上，共 {transfers} 笔划转"), "bold red", **values)
    for one in page.checks:
        if one.state is CheckState.UNCHECKED:
            label = Text(one.check.label) if one.check else plain(one.name)
            tell(N_("没能核对：{check}（{problem}）"), "red", check=label, problem=one.problem or "")
    table(
        N_("差异"),
        (N_("编号"), N_("核对"), N_("差在哪里"), N_("差多少")),
        [_finding(one) for found in page.findings.values() for one in found],
    )


def _finding(one: FindingView) -> tuple[str, str, str, str]:
    minutes = one.difference_minutes
    shown = "—" if minutes is None else said(Text("{it}", {"it": Minutes(minutes)}))
    return str(one.number), word(one.check_label), said(one.says), shown


def _list(texts: Iterable[Text]) -> str:
    return "；".join(map(said, texts))
