"""Contacts in the database and at the desk: noted, struck out, reckoned with visits, merged, forgotten."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.given import NOW, World, post_form, sign_in
from tests.membership.test_merging import merge
from tests.visits.given import TODAY, Street
from timebank.care import steps
from timebank.care.contacts import queries, service
from timebank.care.contacts.errors import ContactStruck, NotInTouch
from timebank.care.contacts.model import Contact, ContactKind, InTouch, Rhythm, Seen, Watch
from timebank.core import clock
from timebank.core.errors import Forbidden, Invalid, NotFound
from timebank.people.model import Status


async def note(world: World, member: UUID, on: date = TODAY, *, reached: bool = True) -> UUID:
    contact = Contact(kind=ContactKind.CALL, happened_on=on, by_whom="莫协调", reached=reached, word="都好")
    return await service.note_contact(
        await world.call(), community_id=world.here, member_id=member, contact=contact
    )


async def watch(world: World) -> Watch:
    return await service.watch(await world.call(), community_id=world.here)


async def in_touch(world: World, member: UUID) -> InTouch:
    return await service.in_touch(await world.call(), community_id=world.here, member_id=member)


async def test_visits_that_happened_and_calls_that_reached_somebody_count(world: World) -> None:
    street = await Street(world).move_in()
    async with world.database.begin({world.here}) as db:
        await db.execute(text("UPDATE timebank.members SET hardship_tier = 2"))
    assert len((await watch(world)).unseen) == 3
    await street.plan(street.planned(recipient_id=street.chen, helper_id=street.feng))
    await street.confirmed()
    await note(world, street.zhou, TODAY - timedelta(days=14))
    await note(world, street.chen, reached=False)
    found = await watch(world)
    # Chen's visit is only planned, and nobody answered her telephone.
    assert [one.member.id for one in found.unseen] == [street.chen]
    last = {one.member.id: one.last for one in found.watched}
    assert last[street.feng] is not None
    assert last[street.feng].by is Seen.VISIT
    assert found.longest is not None
    assert (found.longest.member.id, found.longest.gap_days) == (street.zhou, 14)


async def test_what_is_struck_out_does_not_count_and_stays_to_be_read(world: World) -> None:
    member = await world.add_member("陈婆", hardship_tier=3)
    contact = await note(world, member)
    assert (await watch(world)).unseen == []
    strike = {"community_id": world.here, "contact_id": contact, "reason": "打的是别人"}
    await service.strike_contact(await world.call(), **strike)  # type: ignore[arg-type]
    assert [one.member.id for one in (await watch(world)).unseen] == [member]
    assert [one.struck_because for one in (await in_touch(world, member)).contacts] == ["打的是别人"]
    with pytest.raises(ContactStruck):
        await service.strike_contact(await world.call(), **strike)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        await service.strike_contact(await world.call(), **(strike | {"contact_id": uuid4()}))  # type: ignore[arg-type]


async def test_a_rhythm_holds_from_its_day_on_and_the_later_word_stands(world: World) -> None:
    async def set_(first: int, days: int) -> None:
        await service.set_rhythm(
            await world.call(),
            community_id=world.here,
            rhythm=Rhythm({1: first, 2: 14, 3: 7}),
            in_force_from=TODAY + timedelta(days=days),
        )

    async def holds(days: int) -> int:
        async with world.database.begin({world.here}) as db:
            return (await queries.rhythm_on(db, world.here, TODAY + timedelta(days=days))).days[1]

    assert await holds(0) == 14
    await set_(30, 10)
    await set_(20, 5)
    with clock.set_to(NOW + timedelta(minutes=1)):
        await set_(25, 5)
    assert [await holds(days) for days in (4, 5, 9, 10)] == [14, 25, 25, 30]
    with pytest.raises(Invalid):
        await set_(13, 0)
    today, versions = await service.rhythms(await world.call(), community_id=world.here)
    assert (today.days[1], [one.rhythm.days[1] for one in versions]) == (14, [30, 25, 20])


async def test_only_the_desk_and_nobody_of_themselves(world: World) -> None:
    member = await world.add_member("陈婆", hardship_tier=3)
    for who in (
        await world.call(world.auditor),
        world.call_of_member(member),
        await world.call(world.neighbour),
    ):
        with pytest.raises((Forbidden, NotFound)):
            await service.in_touch(who, community_id=world.here, member_id=member)
    left = await world.add_member("梁伯", status=Status.LEFT)
    with pytest.raises(NotInTouch):
        await note(world, left)
    far = await world.add_member("远方人", community_id=world.there)
    with pytest.raises(NotFound):
        await note(world, far)


async def test_what_was_said_stands_in_no_record_of_acts(world: World) -> None:
    await note(world, await world.add_member("陈婆"))
    async with world.database.begin({world.here}) as db:
        acts = (await db.execute(text("SELECT operation, reason FROM timebank.acts"))).all()
    assert [tuple(act) for act in acts] == [("care.note_contact", None)]


async def test_contacts_go_along_with_a_record_that_merges_and_are_forgotten_with_who_is_erased(
    world: World,
) -> None:
    street = await Street(world).move_in()
    await note(world, street.chen)
    await merge(world, street.feng, street.chen)
    assert len((await in_touch(world, street.feng)).contacts) == 1
    async with world.database.begin({world.here}) as db:
        await steps.forget(db, street.feng)
    assert (await in_touch(world, street.feng)).contacts == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE timebank.contacts SET happened_on = noted_on + 1", "contact_not_ahead"),
        ("UPDATE timebank.contacts SET struck_because = '错了'", "contact_struck_because"),
        ("UPDATE timebank.contacts SET kind = 'letter'", "contact_kind"),
        ("UPDATE timebank.contacts SET member_id = gen_random_uuid()", "contact_of_member"),
    ],
)
async def test_the_database_refuses_what_the_rules_refuse(world: World, statement: str, rule: str) -> None:
    await note(world, await world.add_member("陈婆"))
    with pytest.raises(IntegrityError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(statement))


@pytest.mark.parametrize(
    ("days", "made", "rule"),
    [
        ("367, 14, 7", "'2026-11-22'", "rhythm_days"),
        ("14, 7, 14", "'2026-11-22'", "rhythm_harder_is_oftener"),
        ("30, 14, 7", "'2026-11-23'", "rhythm_not_backdated"),
    ],
)
async def test_the_database_refuses_a_rhythm_that_the_rules_refuse(
    world: World, days: str, made: str, rule: str
) -> None:
    with pytest.raises(IntegrityError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(
                text(
                    "INSERT INTO timebank.contact_rhythms VALUES "
                    f"(gen_random_uuid(), :here, '2026-11-22', {days}, gen_random_uuid(), {made}, now())"
                ),
                {"here": world.here},
            )


async def test_a_rhythm_that_was_set_is_never_changed(world: World) -> None:
    with pytest.raises(DBAPIError):
        async with world.database.begin({world.here}) as db:
            await db.execute(text("UPDATE timebank.contact_rhythms SET tier_3_days = 100"))


async def test_a_coordinator_rings_down_the_list(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member("陈婆", hardship_tier=3, phone="13900001234", birth_on=date(1940, 1, 1))
    await world.add_member("何姑")
    await sign_in(client, "mo")
    page = (await client.get("/care")).text
    assert all(words in page for words in ("1 位", "陈婆", "86 岁", "13900001234", "还没见过"))
    assert "何姑" not in page
    at = f"/members/{member}/contacts"
    call = {"kind": "call", "happened_on": str(TODAY), "by_whom": "莫协调", "word": "胃口好"}
    early = await post_form(client, at, call | {"happened_on": str(TODAY + timedelta(days=1))})
    assert (early.status_code, "还没到那天" in early.text, "胃口好" in early.text) == (422, True, True)
    assert (await post_form(client, at, call | {"missed": "true"})).status_code == 303
    assert "没联系上" in (await client.get(at)).text
    assert "还没见过" in (await client.get("/care")).text
    assert (await post_form(client, at, call)).status_code == 303
    page = (await client.get("/care")).text
    assert all(words in page for words in ("0 位", "一个不落", "都按时见过了"))
    last = (await in_touch(world, member)).contacts[0].id
    for status in (303, 409):
        wrong = await post_form(client, f"{at}/{last}/strike", {"reason": "打错了"}, seen=at)
        assert wrong.status_code == status
    assert (await client.get(at)).text.count("划掉了") == 1
    none = await post_form(client, f"{at}/{last}/strike", {}, seen=at)
    assert none.status_code == 422

    days = {"tier_1_days": "30", "tier_2_days": "14", "tier_3_days": "20", "in_force_from": str(TODAY)}
    wrong = await post_form(client, "/care/rhythm", days)
    assert (wrong.status_code, "越困难的要联系得越勤" in wrong.text) == (422, True)
    assert (await post_form(client, "/care/rhythm", days | {"tier_3_days": "7"})).status_code == 303
    assert "困难三级每 7 天" in (await client.get("/care")).text
    client.cookies.set("lang", "en")
    assert "7 days" in (await client.get("/care/rhythm")).text


async def test_a_desk_without_anybody_in_a_tier_is_told_where_tiers_are_set(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, "mo")
    assert "还没有登记困难等级的会员" in (await client.get("/care")).text
