"""Use cases that are run together: who may is asked for each, and each leaves its own traces, or none."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from tests.given import World
from timebank.access.errors import KinsAffair
from timebank.access.gathering import Each, gathered
from timebank.core import tables
from timebank.core.actor import Role
from timebank.core.database import Database
from timebank.core.errors import Forbidden, KeyReused, NotFound, TimebankError
from timebank.core.ids import new_id

POISON, MISSING, UNLUCKY = "poison", "missing", "unlucky"
_together: list[int] = []


@dataclass(frozen=True)
class Note:
    """Words about a member."""

    community_id: UUID
    member_id: UUID
    words: str


async def _of_each(db: AsyncSession, notes: Sequence[Note]) -> list[frozenset[UUID]]:
    return [frozenset({note.member_id}) for note in notes]


@gathered(Note, str, who={Role.COORDINATOR, Role.MEMBER}, on_behalf=_of_each, about="member_id")
async def _note(
    db: AsyncSession, community_id: UUID, notes: Sequence[Each[Note]]
) -> list[str | TimebankError]:
    words = [each.asks.words for each in notes]
    _together.append(len(words))
    if POISON in words:
        await db.execute(text("SELECT 1 / 0"))
    if UNLUCKY in words and len(_together) == 1:
        await db.execute(text("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$"))
    return [NotFound() if said == MISSING else f"{said} {new_id()}" for said in words]


@pytest.fixture(autouse=True)
def _count_anew() -> None:
    _together.clear()


async def _noted(world: World) -> list[UUID | None]:
    async with world.database.begin({world.here}) as db:
        rows = await db.scalars(
            select(tables.Act.subject_id).where(tables.Act.operation == "tests._note").order_by(tables.Act.id)
        )
    return list(rows)


@pytest.mark.slow
async def test_each_is_written_down_for_its_own_caller_and_only_if_it_was_done(two_desks: World) -> None:
    members = [await two_desks.add_member(number=f"0{n}", phone=f"1390000000{n}") for n in range(3)]
    desk = (await two_desks.call()).because("电话")
    told = await asyncio.gather(
        _note(desk, community_id=two_desks.here, member_id=members[0], words="a"),
        _note(
            two_desks.call_of_member(members[1]), community_id=two_desks.here, member_id=members[1], words="b"
        ),
        _note(desk, community_id=two_desks.here, member_id=members[2], words=MISSING),
        _note(
            two_desks.call_of_member(members[1]), community_id=two_desks.here, member_id=members[2], words="c"
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in told] == [str, str, NotFound, Forbidden]
    async with two_desks.database.begin({two_desks.here}) as db:
        table = tables.Act
        rows = await db.execute(
            select(table.actor_id, table.role, table.beneficiary_id, table.reason)
            .where(table.operation == "tests._note")
            .order_by(table.role)
        )
    assert rows.all() == [
        (two_desks.coordinator, "coordinator", members[0], "电话"),
        (members[1], "member", members[1], None),
    ]
    # Coordinators see what members see here, and none of them waited for another.
    assert sorted(_together) in ([1, 2], [3])


async def test_nobody_of_many_acts_in_an_office_for_their_family(two_desks: World) -> None:
    mother, other, own = [
        await two_desks.add_member(number=f"0{n}", phone=f"1390000000{n}") for n in range(3)
    ]
    await two_desks.relate(mother, "莫协调", "child")
    desk = await two_desks.call()
    desk = replace(desk, actor=replace(desk.actor, memberships=frozenset({own})))
    told = await asyncio.gather(
        *(_note(desk, community_id=two_desks.here, member_id=who, words="a") for who in (mother, other, own)),
        return_exceptions=True,
    )
    assert [type(one) for one in told] == [KinsAffair, str, str]


async def test_the_same_key_gets_the_first_answer_in_the_same_moment_and_later(two_desks: World) -> None:
    call, member = await two_desks.call(key="pressed-twice"), new_id()
    ask = {"community_id": two_desks.here, "member_id": member, "words": "a"}
    first, second = await asyncio.gather(_note(call, **ask), _note(call, **ask))
    assert first == second == await _note(call, **ask)
    with pytest.raises(KeyReused):
        await _note(call, community_id=two_desks.here, member_id=member, words="b")
    assert await _noted(two_desks) == [member]


async def test_a_key_that_was_refused_is_free_again(two_desks: World) -> None:
    call, member = await two_desks.call(key="missing-first"), new_id()
    with pytest.raises(NotFound):
        await _note(call, community_id=two_desks.here, member_id=member, words=MISSING)
    assert await _note(call, community_id=two_desks.here, member_id=member, words="here now")


async def test_a_key_pressed_at_two_services_is_done_once(two_desks: World) -> None:
    other = Database(two_desks.database.engine.url.render_as_string(hide_password=False))
    call, member = await two_desks.call(key="both-services"), new_id()
    ask = {"community_id": two_desks.here, "member_id": member, "words": "a"}
    first, second = await asyncio.gather(_note(call, **ask), _note(replace(call, database=other), **ask))
    await other.close()
    assert first == second
    assert await _noted(two_desks) == [member]


async def test_a_poisoned_call_fails_alone_and_the_others_are_done_once(two_desks: World) -> None:
    call, members = await two_desks.call(), [new_id() for _ in range(20)]
    words = dict.fromkeys(members, "a") | {members[11]: POISON}
    told = await asyncio.gather(
        *(_note(call, community_id=two_desks.here, member_id=who, words=said) for who, said in words.items()),
        return_exceptions=True,
    )
    assert isinstance(told.pop(11), DBAPIError)
    assert all(isinstance(one, str) for one in told)
    assert sorted(await _noted(two_desks)) == sorted(set(members) - {members[11]})
    assert _together[0] == 20


async def test_all_of_it_is_run_again_after_a_serialisation_failure(two_desks: World) -> None:
    call, members = await two_desks.call(), [new_id() for _ in range(5)]
    await asyncio.gather(
        *(_note(call, community_id=two_desks.here, member_id=who, words=UNLUCKY) for who in members)
    )
    assert _together == [5, 5]
    assert sorted(await _noted(two_desks)) == sorted(members)


async def test_closing_the_database_answers_whom_it_took(two_desks: World) -> None:
    url = two_desks.database.engine.url.render_as_string(hide_password=False)
    closing = Database(url)
    call, members = replace(await two_desks.call(), database=closing), [new_id() for _ in range(5)]
    asked = [
        asyncio.create_task(_note(call, community_id=two_desks.here, member_id=who, words="a"))
        for who in members
    ]
    await asyncio.sleep(0)
    await closing.close()
    assert all(isinstance(task.result(), str) for task in asked)
    assert sorted(await _noted(two_desks)) == sorted(members)
