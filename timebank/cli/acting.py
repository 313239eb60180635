"""Who acts at the terminal: the staff member named with `--as`, written down like any other act."""

from typing import Annotated

import typer

from timebank.access import queries
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.database import Database
from timebank.core.errors import N_, NotFound
from timebank.core.ids import new_id
from timebank.core.sealing import Seal

# The option of every command that acts: `actor: acting.As`.
As = Annotated[str, typer.Option("--as", metavar="USER", envvar="TIMEBANK_AS", help="登录名 · user name")]


class NoSuchStaff(NotFound):
    """Nobody who may act has this user name."""

    code = "no-such-staff"
    message = N_("没有登录名为“{user_name}”的在职人员；请用 --as 写明由谁来办")


async def call_as(database: Database, seal: Seal, user_name: str) -> Call:
    """What a command needs to call use cases as this staff member. Raises NoSuchStaff."""
    async with database.begin(()) as db:
        staff_id = await queries.staff_named(db, user_name)
        actor = await queries.staff_actor(db, staff_id) if staff_id else None
    if actor is None:
        raise NoSuchStaff(user_name=user_name)
    return Call(database, actor, clock.now(), seal, request_id=f"cli-{new_id()}")
