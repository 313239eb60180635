"""`timebank change-key`: another key signs checkpoints from now on, and the old one vouches for it."""

import asyncio

import typer

from timebank.access.guard import Call
from timebank.cli.installation import Installation, chosen_settings, installed
from timebank.cli.saying import help_text, tell
from timebank.core import signing
from timebank.core.database import Database
from timebank.core.errors import N_
from timebank.core.settings import Settings
from timebank.hours.proving import prove
from timebank.jobs.runner import system_call

app = typer.Typer()


@app.command("change-key", help=help_text(N_("换一把签账簿校验点的钥匙；旧钥匙先为新钥匙作保，再删掉。")))
def change_key() -> None:
    """Change the key that signs checkpoints."""
    with installed(chosen_settings()) as here:
        asyncio.run(_change(here))
    file = signing.place(chosen_settings())
    tell(N_("钥匙换好了：{file}。请另存一份，并把新的公钥交给审计人员"), "green", file=file)


async def _change(here: Installation) -> None:
    database = Database(here.service_url)
    try:
        await change(await system_call(database, here.seal(), job="change-key"), here.settings)
    finally:
        await database.close()


async def change(call: Call, settings: Settings) -> None:
    """Sign every book with the old key and a new one, then keep the new one only.

    Cut off halfway, both keys stand in the file and both sign; done again, it goes on with them.
    Raises `CheckpointRefused`, and what `signing.load` raises.
    """
    keys = signing.with_new(settings)
    for community_id in sorted(call.actor.communities):
        await prove(call, community_id=community_id, keys=keys)
    signing.keep(settings, keys[-1:])
