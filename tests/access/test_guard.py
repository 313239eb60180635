"""A use case runs once, for those who may, and is written down."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.given import World
from timebank.access.errors import OwnAffair
from timebank.access.guard import DECLARED, Act, use_case
from timebank.access.service import issue_card, list_staff
from timebank.access.tables import Card
from timebank.core import tables
from timebank.core.actor import Role
from timebank.core.errors import Forbidden, KeyReused
from timebank.core.ids import new_id


@use_case(who={Role.COORDINATOR, Role.MEMBER}, where="community_id", on_behalf="member_id")
async def _note(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, words: str) -> UUID:
    await db.execute(text("SELECT 1"))
    return act.id_for("note", words) if act.role is Role.COORDINATOR else member_id


async def test_a_coordinator_acts_for_a_member_and_it_is_written_down(world: World) -> None:
    member = new_id()
    call = (await world.call()).because("电话")
    made = await _note(call, community_id=world.here, member_id=member, words="a")
    async with world.database.begin({world.here}) as db:
        act = (await db.scalars(select(tables.Act).where(tables.Act.subject_id == made))).one()
    assert (act.actor_id, act.beneficiary_id, act.reason, act.role) == (
        world.coordinator,
        member,
        "电话",
        "coordinator",
    )


async def test_a_member_acts_for_nobody_else(world: World) -> None:
    me, other = new_id(), new_id()
    call = world.call_of_member(me)
    assert await _note(call, community_id=world.here, member_id=me, words="a") == me
    with pytest.raises(Forbidden):
        await _note(call, community_id=world.here, member_id=other, words="a")


async def test_a_coordinator_is_nobody_in_the_next_community(world: World) -> None:
    call = await world.call(world.neighbour)
    with pytest.raises(Forbidden):
        await _note(call, community_id=world.here, member_id=new_id(), words="a")


async def test_an_auditor_may_not_what_a_coordinator_may(world: World) -> None:
    call = await world.call(world.auditor)
    with pytest.raises(Forbidden):
        await _note(call, community_id=world.here, member_id=new_id(), words="a")
    with pytest.raises(Forbidden):
        await list_staff(call)


async def test_staff_hold_no_office_in_their_own_affairs(world: World) -> None:
    member = await world.add_member()
    async with world.database.begin({world.here}) as db:
        await db.execute(
            text("INSERT INTO timebank.staff_memberships VALUES (:staff, :member)"),
            {"staff": world.coordinator, "member": member},
        )
    with pytest.raises(OwnAffair):
        await issue_card(await world.call(), community_id=world.here, member_id=member)


async def test_the_same_key_gets_the_first_answer_and_another_content_is_refused(world: World) -> None:
    member, key = new_id(), "press-it-twice"
    call = await world.call(key=key)
    first = await _note(call, community_id=world.here, member_id=member, words="a")
    assert await _note(call, community_id=world.here, member_id=member, words="a") == first
    with pytest.raises(KeyReused):
        await _note(call, community_id=world.here, member_id=member, words="b")


async def test_two_at_once_with_one_key_do_it_once(two_desks: World) -> None:
    member = new_id()
    call = await two_desks.call(key="both-at-once")
    first, second = await asyncio.gather(
        *(_note(call, community_id=two_desks.here, member_id=member, words="a") for _ in range(2))
    )
    assert first == second
    async with two_desks.database.begin({two_desks.here}) as db:
        acts = (await db.scalars(select(tables.Act).where(tables.Act.operation.endswith("_note")))).all()
    assert len(acts) == 1


@pytest.mark.parametrize("statement", ["UPDATE timebank.acts SET reason = 'x'", "DELETE FROM timebank.acts"])
async def test_the_log_of_acts_is_append_only(world: World, owner: object, statement: str) -> None:
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.ext.asyncio import AsyncConnection

    assert isinstance(owner, AsyncConnection)
    with pytest.raises(DBAPIError, match="append_only"):
        await owner.execute(text(statement))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(statement))


def test_every_service_method_is_declared() -> None:
    import importlib
    import inspect
    import pkgutil

    import timebank

    missing = []
    for room in pkgutil.iter_modules(timebank.__path__, "timebank."):
        try:
            service = importlib.import_module(f"{room.name}.service")
        except ModuleNotFoundError:
            continue
        for name, method in inspect.getmembers(service, inspect.iscoroutinefunction):
            ours = method.__module__.startswith(service.__name__) and not name.startswith("_")
            if ours and not hasattr(method, "__use_case__"):
                missing.append(f"{room.name}.{name}")
    assert missing == []
    assert "access.issue_card" in DECLARED
    assert Card.__tablename__ == "cards"
