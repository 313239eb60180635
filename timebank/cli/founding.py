"""`timebank init`, and the code with which a browser does the same."""

import asyncio
from typing import Annotated

import typer
from pydantic import ValidationError

from timebank.access import service
from timebank.access.guard import Call
from timebank.access.schemas import FirstRun
from timebank.access.secrets import new_token
from timebank.cli.installation import Installation, chosen_settings, installed
from timebank.cli.saying import help_text, tell
from timebank.core import clock, signing
from timebank.core.actor import NOBODY
from timebank.core.database import Database
from timebank.core.errors import N_
from timebank.core.sealing import Seal
from timebank.web.problems import as_invalid

app = typer.Typer()


async def offer_first_run(database: Database, seal: Seal) -> str:
    """Let whoever has the code that is returned set the first community up."""
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
    signing.make_once(here.settings)
    database, seal = Database(here.service_url), here.seal()
    try:
        code = await offer_first_run(database, seal)
        call = Call(database, NOBODY, clock.now(), seal, request_id="cli")
        await service.set_up(call, code=code, **form.model_dump())
    finally:
        await database.close()
