"""A death: what was in progress ends with thanks, and the balance goes where the member said, in one posting."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.given import PASSWORD, World, post_form, sign_in
from tests.visits.given import Street
from timebank.access.errors import KinsAffair
from timebank.core.errors import Stale
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import queries as hours
from timebank.hours import steps as hours_steps
from timebank.hours.errors import NotEnough
from timebank.hours.gifts.service import give
from timebank.hours.model import About, AccountKind, Kind, Wish, common_account
from timebank.membership.deaths import service, steps
from timebank.membership.deaths.errors import (
    BalanceGone,
    BalanceStuck,
    BequestToOneself,
    DeathInTheFuture,
    DeathRecorded,
    HeirGone,
    NotOfTheFamily,
    RecordDeath,
    SaidLater,
    UndoneByRecorder,
    VisitsUnsettled,
)
from timebank.membership.deaths.model import Look, Said, To, Way
from timebank.membership.joining import service as joining
from timebank.membership.steps import open_accounts
from timebank.people.model import Status
from timebank.schemes import steps as schemes
from timebank.schemes.model import HousePolicy, SchemePolicy, Unclaimed
from timebank.visits import queries as visits
from timebank.visits.model import Status as VisitStatus


async def house(world: World, policy: HousePolicy) -> None:
    async with world.database.begin({world.here}) as db:
        await schemes.set_house_policy(
            db, world.here, policy, world.now.date(), now=world.now, made_by=world.administrator
        )


async def joined(world: World, name: str, minutes: int = 0, **fields: Any) -> UUID:
    member = await world.add_member(name, **fields)
    async with world.database.begin({world.here}) as db:
        await open_accounts(db, world.here, [member], actor_id=world.coordinator, now=world.now)
    if minutes:
        about = About(kind=Kind.GRANT, subject_id=member, provenance=Provenance.DESK, basis={})
        wish = Wish(
            id=new_id(),
            from_account=common_account(AccountKind.GRANTS, world.here),
            to_account=member,
            minutes=minutes,
            about=about,
        )
        async with world.database.begin({world.here}) as db:
            await hours_steps.post(db, world.here, [wish], actor_id=world.coordinator, now=world.now)
    return member


async def choose(world: World, member: UUID, to: To, heir: UUID | None = None, version: int = 0) -> int:
    said = Said(to=to, heir_id=heir, source=Provenance.PAPER, heard_by="莫协调", said_on=world.now.date())
    return await service.choose(await world.call(), member_id=member, said=said, version=version)


async def die(
    world: World, member: UUID, way: Way = Way.AS_CHOSEN, version: int = 1, died_on: date | None = None
) -> Look:
    call = await world.call()
    await service.record_death(
        call,
        member_id=member,
        died_on=died_on or world.now.date(),
        told_by="女儿",
        way=way,
        version=version,
    )
    return await service.look(call, member_id=member)


async def balances(world: World, **members: UUID) -> Counter[str]:
    accounts = members | {"pool": common_account(AccountKind.POOL, world.here)}
    async with world.database.begin({world.here}) as db:
        found = await hours.balances(db, world.here, list(accounts.values()))
    return Counter({name: found[id_].posted for name, id_ in accounts.items()})


async def test_the_hours_go_to_the_nominee_and_a_later_choice_replaces_the_first(world: World) -> None:
    old, heir, friend = (
        await joined(world, "老许", 600),
        await joined(world, "许妹"),
        await joined(world, "友"),
    )
    assert await choose(world, old, To.POOL) == 1
    assert await choose(world, old, To.NOMINEE, friend, version=1) == 2
    with pytest.raises(Stale):
        await choose(world, old, To.NOMINEE, heir, version=1)
    await choose(world, old, To.NOMINEE, heir, version=2)
    found = await die(world, old)
    assert found.member.status is Status.DEAD
    assert found.death is not None
    assert (found.death.minutes, found.death.rest_minutes) == (600, 0)
    assert await balances(world, old=old, heir=heir, friend=friend) == {
        "old": 0, "heir": 600, "friend": 0, "pool": 0,
    }  # fmt: skip
    with pytest.raises(DeathRecorded):
        await die(world, old, version=found.member.version)


async def test_who_said_nothing_leaves_it_to_the_house(world: World) -> None:
    one = await joined(world, "没说过的", 300)
    await die(world, one)
    assert await balances(world, one=one) == {"one": 0, "pool": 300}
    other = await joined(world, "也没说过", 200)
    await house(world, HousePolicy(unclaimed=Unclaimed.KEPT))
    found = await die(world, other)
    assert found.death is not None
    assert found.death.settled
    assert await balances(world, one=one, other=other) == {"one": 0, "other": 200, "pool": 300}


async def test_what_the_heir_has_no_room_for_is_refused_with_ways_out(world: World) -> None:
    await house(world, HousePolicy(ceiling_minutes=1_000))
    old, heir = await joined(world, "老许", 700), await joined(world, "许妹", 600)
    await choose(world, old, To.NOMINEE, heir)
    with pytest.raises(BalanceStuck) as refused:
        await die(world, old)
    assert "许妹" in str(refused.value.text.values["why"].values["name"].values)
    assert await balances(world, old=old, heir=heir) == {"old": 700, "heir": 600, "pool": 0}
    found = await die(world, old, Way.REST_TO_POOL)
    assert found.death is not None
    assert (found.death.minutes, found.death.rest_minutes) == (400, 300)
    assert await balances(world, old=old, heir=heir) == {"old": 0, "heir": 1_000, "pool": 300}


async def test_an_heir_who_left_can_have_nothing_and_the_balance_may_wait(world: World) -> None:
    old, heir = await joined(world, "老许", 700), await joined(world, "许妹")
    await choose(world, old, To.NOMINEE, heir)
    await joining.move(await world.call(), member_id=heir, to=Status.LEFT, version=1)
    with pytest.raises(HeirGone):
        await die(world, old)
    found = await die(world, old, Way.LATER)
    assert found.death is not None
    assert not found.death.settled
    await joining.move(await world.call(), member_id=heir, to=Status.ACTIVE, version=2)
    await service.settle_death(await world.call(), member_id=old, way=Way.AS_CHOSEN, version=1)
    assert await balances(world, old=old, heir=heir) == {"old": 0, "heir": 700, "pool": 0}
    with pytest.raises(BalanceGone):
        await service.settle_death(await world.call(), member_id=old, way=Way.POOL, version=2)


async def test_the_pool_makes_good_for_what_the_dead_were_short_of(world: World) -> None:
    await house(world, HousePolicy(floor_minutes=-600))
    one, rich = await joined(world, "欠的"), await joined(world, "富的", 500)
    call = await world.call()
    await give(call, community_id=world.here, member_id=rich, receiver_id=None, minutes=300, reason=None)
    async with world.database.begin({world.here}) as db:
        about = About(kind=Kind.GRANT, subject_id=one, provenance=Provenance.DESK, basis={})
        spent = Wish(id=new_id(), from_account=one, to_account=rich, minutes=120, about=about)
        await hours_steps.post(db, world.here, [spent], actor_id=world.coordinator, now=world.now)
    found = await die(world, one)
    assert found.death is not None
    assert found.death.minutes == -120
    assert await balances(world, one=one) == {"one": 0, "pool": 180}


async def test_what_was_in_progress_ends_with_thanks(world: World) -> None:
    street = await Street(world).move_in(SchemePolicy(hold_days=14))
    begins = datetime(2098, 1, 5, 2, 0, tzinfo=UTC)
    plan = street.planned(planned_from=begins, planned_until=begins + timedelta(hours=2))
    await street.plan(plan)
    before = await service.look(await world.call(), member_id=street.feng)
    assert before.planned == 1
    async with world.database.begin({world.here}) as db:
        assert (await hours.balance(db, world.here, street.feng)).held == 120
    # The helper dies: the recipient's minutes are free again, and nobody comes.
    found = await die(world, street.zhou)
    assert found.planned == 0
    async with world.database.begin({world.here}) as db:
        visit = (await visits.visits(db, [plan.id]))[plan.id]
        assert visit.status is VisitStatus.CANCELLED
        assert visit.status_reason == "会员去世；谢谢您一直以来的陪伴"
        assert (await hours.balance(db, world.here, street.feng)).held == 0
    await die(world, street.feng)
    assert await balances(world, feng=street.feng) == {"feng": 0, "pool": 600}


async def test_a_visit_that_took_place_is_in_the_book_first(world: World) -> None:
    street = await Street(world).move_in()
    await street.confirmed()
    with pytest.raises(VisitsUnsettled):
        await die(world, street.feng)
    found = await die(world, street.feng, Way.LATER)
    assert found.unsettled == 1


async def test_a_second_person_takes_a_mistake_back(world: World) -> None:
    old, heir = await joined(world, "老许", 600), await joined(world, "许妹")
    await choose(world, old, To.NOMINEE, heir)
    found = await die(world, old)
    assert found.death is not None

    async def undo(staff: UUID, *, forced: bool = False) -> None:
        await service.undo_death(
            await world.call(staff), member_id=old, reason="同名的人", version=2, forced=forced
        )

    with pytest.raises(UndoneByRecorder):
        await undo(world.coordinator)
    call = await world.call()
    await give(call, community_id=world.here, member_id=heir, receiver_id=None, minutes=100, reason=None)
    with pytest.raises(NotEnough):
        await undo(world.second)
    await undo(world.second, forced=True)
    assert await balances(world, old=old, heir=heir) == {"old": 600, "heir": -100, "pool": 100}
    back = await service.look(await world.call(), member_id=old)
    assert back.member.status is Status.ACTIVE
    assert back.death is None
    # The real one may be recorded afterwards.
    await die(world, old, Way.LATER, version=back.member.version)


async def test_what_is_refused_says_why(world: World) -> None:
    old, heir = await joined(world, "老许"), await joined(world, "许妹")
    for to, who in ((To.NOMINEE, old), (To.NOMINEE, None), (To.POOL, heir)):
        with pytest.raises(BequestToOneself):
            await choose(world, old, to, who)
    with pytest.raises(NotOfTheFamily):
        await choose(world, old, To.KIN, heir)
    await world.relate(old, heir, "child")
    assert await choose(world, old, To.KIN, heir) == 1
    tomorrow = world.now.date() + timedelta(days=1)
    said = Said(to=To.POOL, heir_id=None, source=Provenance.DESK, heard_by="莫", said_on=tomorrow)
    with pytest.raises(SaidLater):
        await service.choose(await world.call(), member_id=old, said=said, version=1)
    with pytest.raises(DeathInTheFuture):
        await die(world, old, died_on=tomorrow)
    with pytest.raises(RecordDeath):
        await joining.move(await world.call(), member_id=old, to=Status.DEAD, version=1)


async def test_nobody_records_what_their_own_family_gets(world: World) -> None:
    old, heir = await joined(world, "老许", 60), await joined(world, "许妹")
    await world.relate(heir, "莫协调", "child")
    with pytest.raises(KinsAffair):
        await choose(world, old, To.NOMINEE, heir)
    said = Said(to=To.NOMINEE, heir_id=heir, source=Provenance.DESK, heard_by="麦", said_on=world.now.date())
    await service.choose(await world.call(world.second), member_id=old, said=said, version=0)
    with pytest.raises(KinsAffair):
        await die(world, old)


async def test_a_merged_record_brings_its_choice_and_a_merged_heir_is_found(world: World) -> None:
    kept, ended = await joined(world, "老许"), await joined(world, "许伯")
    heir = await joined(world, "许妹")
    await choose(world, ended, To.NOMINEE, heir)
    async with world.database.begin({world.here}) as db:
        await steps.hand_over(db, from_id=ended, to_id=kept)
        await steps.hand_over(db, from_id=ended, to_id=heir)
    _, brought = await service.bequest(await world.call(), member_id=kept)
    assert brought is not None
    assert brought.said.heir_id == heir
    _, none = await service.bequest(await world.call(), member_id=heir)
    assert none is None


async def test_pages_say_what_will_happen_and_do_it(client: httpx.AsyncClient, world: World) -> None:
    old, heir = await joined(world, "老许", 600, number="0201"), await joined(world, "许妹", number="0202")
    await sign_in(client, "mo")
    path = f"/members/{old}/bequest"
    said = {"to": "nominee", "heir": "0202", "source": "paper", "heard_by": "莫协调", "said_on": "2026-11-20"}
    assert (await post_form(client, path, said | {"version": "0"})).status_code == 303
    assert "许妹" in (await client.get(path)).text
    assert (await post_form(client, path, said | {"version": "0"})).status_code == 409
    place = f"/members/{old}/death"
    assert "10 小时" in (await client.get(place)).text
    sent = {"died_on": "2026-11-21", "told_by": "女儿", "way": "as_chosen", "version": "1"}
    assert (await post_form(client, place, sent)).status_code == 303
    page = (await client.get(place)).text
    assert "已登记" in page
    assert "要请另一个人" in page
    await sign_in(client, "mai")
    undone = {"reason": "弄错人了", "version": "2"}
    assert (await post_form(client, f"{place}/undo", undone, seen=place)).status_code == 303
    assert await balances(world, old=old, heir=heir) == {"old": 600, "heir": 0, "pool": 0}


async def test_a_program_does_the_same(client: httpx.AsyncClient, world: World) -> None:
    old = await joined(world, "老许", 600)
    token = (await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})).json()[
        "token"
    ]
    client.headers["authorization"] = f"Bearer {token}"
    path = f"/api/v1/communities/{world.here}/members/{old}"
    assert (await client.get(f"{path}/bequest")).json() is None
    chosen = {"to": "pool", "heard_by": "莫协调", "said_on": "2026-11-20", "version": 0}
    assert (await client.put(f"{path}/bequest", json=chosen)).json() == {"version": 1}
    sent = {"died_on": "2026-11-21", "told_by": "女儿", "way": "later", "version": 1}
    key = {"idempotency-key": "k" * 16}
    assert (await client.post(f"{path}/death", json=sent, headers=key)).status_code == 201
    look = (await client.get(f"{path}/death")).json()
    assert (look["status"], look["minutes"], look["version"]) == ("dead", 600, 1)
    settle = {"way": "as_chosen", "version": 1}
    done = await client.post(f"{path}/death/settle", json=settle, headers={"idempotency-key": "s" * 16})
    assert done.status_code == 204
    assert (await client.get(f"{path}/death")).json()["moved_minutes"] == 600
    no = await client.post(
        f"{path}/death/undo", json={"reason": "错", "version": 2}, headers={"idempotency-key": "u" * 16}
    )
    assert no.json()["code"] == "death-undone-by-recorder"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("died_on = '2026-11-23'", "death_in_the_future"),
        (
            "undone_by = recorded_by, undone_at = now(), undone_because = '错'",
            "death_undone_by_recorder",
        ),
        ("undone_by = member_id, undone_at = now(), undone_because = ' '", "death_undone_without_reason"),
        ("way = 'pool'", "death_settled"),
    ],
)
async def test_the_database_refuses_by_the_same_names(world: World, change: str, rule: str) -> None:
    old = await joined(world, "老许")
    await die(world, old, Way.LATER)
    with pytest.raises(DBAPIError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(f"UPDATE timebank.deaths SET {change}"))


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ("'nominee', NULL, '2026-11-22'", "bequest_names_heir"),
        ("'nominee', :member, '2026-11-22'", "bequest_to_oneself"),
        ("'pool', NULL, '2026-11-23'", "bequest_said_later"),
    ],
)
async def test_the_database_knows_choices_by_the_same_names(world: World, values: str, rule: str) -> None:
    old = await joined(world, "老许")
    sent = f"""
        INSERT INTO timebank.bequests (id, community_id, member_id, number, source, heard_by, kind, heir_id,
            said_on, recorded_by, recorded_on, recorded_at)
        VALUES (:id, :here, :member, 1, 'desk', '莫', {values}, :member, '2026-11-22', now())"""
    with pytest.raises(DBAPIError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(sent), {"id": new_id(), "here": world.here, "member": old})
