"""Who acts at the terminal: the staff member named with `--as`, written down like any other act."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated

import typer

from timebank.access import queries
from timebank.access.guard import Call
from timebank.access.model import UnitNode
from timebank.cli.installation import Installation
from timebank.cli.saying import help_text
from timebank.core import clock
from timebank.core.database import Database
from timebank.core.errors import N_, NotFound
from timebank.core.ids import new_id
from timebank.core.sealing import Seal

# The option of every command that acts: `actor: acting.As`.
As = Annotated[str, typer.Option("--as", metavar="USER", envvar="TIMEBANK_AS", help="登录名 · user name")]


# Where a command acts: `community: acting.Community`, or all of the actor's communities where it is left out.
Community = Annotated[
    str,
    typer.Option(
        "--community",
        metavar="CODE",
        envvar="TIMEBANK_COMMUNITY",
        help=help_text(N_("社区的编号")),
    ),
]
CommunityOrAll = Annotated[
    str | None,
    typer.Option(
        "--community",
        metavar="CODE",
        envvar="TIMEBANK_COMMUNITY",
        help=help_text(N_("社区的编号；不写则是本人的所有社区")),
    ),
]


class NoSuchCommunity(NotFound):
    """The actor works in no community of this code."""

    code = "no-such-community"
    message = N_("没有编号为“{code}”的社区；{user_name}的社区有：{known}")


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


@asynccontextmanager
async def desks(
    here: Installation, *, user_name: str, code: str | None
) -> AsyncIterator[tuple[Call, list[UnitNode]]]:
    """A call of this staff member, and the community of `code` or else all of theirs.

    Brings the database to this version's shape first. Raises NoSuchStaff, NoSuchCommunity.
    """
    await here.migrate()
    database = Database(here.service_url)
    try:
        call = await call_as(database, here.seal(), user_name)
        async with database.begin(()) as db:
            theirs = await queries.communities(db, call.actor.communities)
        found = [one for one in theirs if code in (None, one.code)]
        if not found:
            raise NoSuchCommunity(code=code or "", user_name=user_name, known=[one.code for one in theirs])
        yield call, found
    finally:
        await database.close()


@asynccontextmanager
async def desk(here: Installation, *, user_name: str, code: str) -> AsyncIterator[Call]:
    """A call of this staff member at the desk of one community. Raises NoSuchStaff, NoSuchCommunity."""
    async with desks(here, user_name=user_name, code=code) as (call, [community]):
        yield replace(call, community_id=community.id)
