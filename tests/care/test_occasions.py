"""Whose day it is and what was done; what somebody is entitled to and where they were sent."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.care.test_contact_rules import member
from tests.given import World, post_form, sign_in
from tests.membership.test_merging import merge
from tests.visits.given import TODAY, Street
from timebank.care import steps
from timebank.care.contacts import service as contacts
from timebank.care.occasions import rules, service
from timebank.care.occasions.errors import GreetedAlready, GreetingStruck
from timebank.care.occasions.model import Choice, Greeting, Inclusion, Occasion, Reckoning, Week
from timebank.care.profile import queries as profiles
from timebank.care.profile import service as profile
from timebank.care.profile.errors import EntitlementEnded, ReferralClosed
from timebank.care.profile.model import Entitlement, Followed, Referral
from timebank.core.errors import Forbidden, Invalid, NotFound, Stale
from timebank.people.model import Status

NINTH = date(2026, 10, 18)
SOLAR = Choice(birthday_by=Reckoning.SOLAR)


def days(
    born: date | None, choice: Choice, from_on: date, until_on: date
) -> list[tuple[str, date, int | None]]:
    who = replace(member("1", 3), birth_on=born)
    found = rules.days_of(who, choice, from_on, until_on)
    return [(one.occasion.value, one.on, one.age) for one in found]


def test_double_ninth_spring_festival_and_a_lunar_birthday_fall_where_the_moon_says() -> None:
    # Born on the 15th of the eighth month of 1940.
    found = days(date(1940, 9, 16), Choice(), date(2026, 1, 1), date(2026, 12, 31))
    assert found == [
        ("spring_festival", date(2026, 2, 17), None),
        ("double_ninth", NINTH, None),
        ("birthday", date(2026, 9, 25), 86),
    ]
    assert days(None, Choice(), NINTH, NINTH) == [("double_ninth", NINTH, None)]


@pytest.mark.parametrize(
    ("born", "choice", "year", "on"),
    [
        (date(1940, 9, 16), SOLAR, 2026, date(2026, 9, 16)),
        (date(1940, 2, 29), SOLAR, 2026, date(2026, 2, 28)),
        (date(1940, 2, 29), SOLAR, 2028, date(2028, 2, 29)),
        # Born in a leap sixth month: kept in the sixth.
        (date(1941, 7, 24), Choice(), 2026, date(2026, 7, 14)),
        # The last days of a lunar year fall in the sun's next.
        (date(1941, 1, 20), Choice(), 2027, date(2027, 1, 30)),
    ],
)
def test_a_birthday_of_either_calendar(born: date, choice: Choice, year: int, on: date) -> None:
    found = days(born, choice, date(year, 1, 1), date(year, 12, 31))
    assert on in [day for occasion, day, _ in found if occasion == "birthday"]


def test_who_stands_on_the_calendar() -> None:
    eighty = replace(member("1", 0), birth_on=date(1946, 11, 22))
    assert rules.is_included(eighty, Choice(), TODAY)
    assert not rules.is_included(eighty, Choice(), TODAY - timedelta(days=1))
    assert rules.is_included(member("2", 1), Choice(), TODAY)
    assert not rules.is_included(member("3", 0), Choice(), TODAY)
    assert rules.is_included(member("3", 0), Choice(Inclusion.ALWAYS), TODAY)
    assert not rules.is_included(member("2", 3), Choice(Inclusion.NEVER), TODAY)


async def week(world: World, day: date) -> Week:
    return await service.week(await world.call(), community_id=world.here, day=day)


async def greet(world: World, who: UUID, **changes: Any) -> UUID:
    said = Greeting(
        occasion=Occasion.DOUBLE_NINTH, for_on=NINTH, done_on=NINTH, what="送重阳糕", by_whom="莫协调"
    )
    return await service.greet(
        await world.call(), community_id=world.here, member_id=who, greeting=replace(said, **changes)
    )


async def test_a_week_lists_whose_day_it_is_and_what_was_done(world: World) -> None:
    old = await world.add_member("沈老", birth_on=date(1931, 10, 12))
    tiered = await world.add_member("陈婆", hardship_tier=2)
    wished = await world.add_member("何姑", birth_on=date(1970, 1, 1))
    refused = await world.add_member("梁伯", birth_on=date(1930, 1, 1))
    await world.add_member("小赵", birth_on=date(1990, 1, 1))
    for who, choice in ((wished, Inclusion.ALWAYS), (refused, Inclusion.NEVER)):
        await service.choose_calendar(
            await world.call(), community_id=world.here, member_id=who, choice=Choice(choice)
        )
    found = await week(world, NINTH)
    assert (found.monday, {day.member.id for day in found.days}) == (
        date(2026, 10, 12),
        {old, tiered, wished},
    )
    first = await greet(world, tiered)
    assert [day.member.id for day in (await week(world, NINTH)).open] == [old, wished]
    with pytest.raises(GreetedAlready):
        await greet(world, tiered)
    strike: dict[str, Any] = {"community_id": world.here, "greeting_id": first, "reason": "没见到人"}
    await service.strike_greeting(await world.call(), **strike)
    with pytest.raises(GreetingStruck):
        await service.strike_greeting(await world.call(), **strike)
    assert len((await week(world, NINTH)).open) == 3
    await greet(world, tiered)
    for changes in (
        {"for_on": NINTH + timedelta(days=1)},
        {"done_on": TODAY + timedelta(days=1)},
        {"done_on": TODAY - timedelta(days=400)},
        {"occasion": Occasion.BIRTHDAY},
    ):
        with pytest.raises(Invalid):
            await greet(world, old, **changes)


async def entitled(world: World, who: UUID, due_on: date | None = TODAY) -> UUID:
    return await profile.entitle(
        await world.call(),
        community_id=world.here,
        member_id=who,
        entitlement=Entitlement(title="高龄津贴", due_on=due_on),
    )


async def referred(world: World, who: UUID, **changes: Any) -> UUID:
    said = Referral(to_whom="镇卫生院", what_for="看牙", referred_on=TODAY, ask_on=TODAY + timedelta(days=3))
    return await profile.refer(
        await world.call(), community_id=world.here, member_id=who, referral=replace(said, **changes)
    )


async def due(world: World, by: date) -> tuple[int, int]:
    found = await profile.due(await world.call(), community_id=world.here, by=by)
    return len(found.entitlements), len(found.referrals)


async def test_an_entitlement_is_due_until_it_is_renewed_or_ends(world: World) -> None:
    feng = await world.add_member("冯伯")
    one = await entitled(world, feng)
    assert (await due(world, TODAY - timedelta(days=1)), await due(world, TODAY)) == ((0, 0), (1, 0))
    ask: dict[str, Any] = {"community_id": world.here, "entitlement_id": one}
    call = await world.call()
    with pytest.raises(Invalid):
        await profile.renew_entitlement(call, due_on=TODAY, version=1, **ask)
    later = TODAY + timedelta(days=365)
    await profile.renew_entitlement(call, due_on=later, version=1, **ask)
    assert (await due(world, TODAY), await due(world, later)) == ((0, 0), (1, 0))
    with pytest.raises(Stale):
        await profile.renew_entitlement(call, due_on=None, version=1, **ask)
    await profile.end_entitlement(call, reason="迁走", version=2, **ask)
    assert await due(world, later) == (0, 0)
    with pytest.raises(EntitlementEnded):
        await profile.renew_entitlement(call, due_on=None, version=3, **ask)
    with pytest.raises(EntitlementEnded):
        await profile.end_entitlement(call, reason="迁走", version=3, **ask)
    for far in (TODAY - timedelta(days=400), TODAY + timedelta(days=4_000)):
        with pytest.raises(Invalid):
            await entitled(world, feng, far)
    await entitled(world, feng, None)
    found = await profile.profile(call, community_id=world.here, member_id=feng)
    assert [view.ended_because for view in found.entitlements] == [None, "迁走"]


async def test_a_referral_is_asked_about_until_it_is_closed(world: World) -> None:
    feng = await world.add_member("冯伯")
    one = await referred(world, feng)
    ask: dict[str, Any] = {"community_id": world.here, "referral_id": one}
    call, third = await world.call(), TODAY + timedelta(days=3)
    assert (await due(world, TODAY), await due(world, third)) == ((0, 0), (0, 1))
    today = Followed(outcome="还在等", ask_on=TODAY)
    with pytest.raises(Invalid):
        await profile.follow_referral(call, followed=today, version=1, **ask)
    again = Followed(outcome="还在等", ask_on=TODAY + timedelta(days=10))
    await profile.follow_referral(call, followed=again, version=1, **ask)
    assert await due(world, third) == (0, 0)
    await profile.follow_referral(call, followed=Followed(outcome="看好了"), version=2, **ask)
    with pytest.raises(ReferralClosed):
        await profile.follow_referral(call, followed=again, version=3, **ask)
    found = (await profile.profile(call, community_id=world.here, member_id=feng)).referrals
    assert [(view.outcome, view.closed_on) for view in found] == [("看好了", TODAY)]
    for changes in (
        {"referred_on": TODAY + timedelta(days=1)},
        {"referred_on": TODAY - timedelta(days=400)},
        {"ask_on": TODAY - timedelta(days=1)},
    ):
        with pytest.raises(Invalid):
            await referred(world, feng, **changes)


async def test_only_the_desk_of_the_community(world: World) -> None:
    feng = await world.add_member("冯伯")
    for who in (
        await world.call(world.auditor),
        world.call_of_member(feng),
        await world.call(world.neighbour),
    ):
        for reads in (profile.profile, service.remembered):
            with pytest.raises((Forbidden, NotFound)):
                await reads(who, community_id=world.here, member_id=feng)


async def test_all_of_it_goes_along_with_a_record_that_merges_and_is_forgotten(world: World) -> None:
    street = await Street(world).move_in()
    for who in (street.feng, street.chen):
        await greet(world, who)
    await entitled(world, street.chen)
    await referred(world, street.chen)
    await service.choose_calendar(
        await world.call(), community_id=world.here, member_id=street.chen, choice=SOLAR
    )
    await merge(world, street.feng, street.chen)
    call = await world.call()
    mine = await service.remembered(call, community_id=world.here, member_id=street.feng)
    assert (len(mine.greetings), mine.choice) == (1, SOLAR)
    found = await profile.profile(call, community_id=world.here, member_id=street.feng)
    assert (len(found.entitlements), len(found.referrals)) == (1, 1)
    async with world.database.begin({world.here}) as db:
        await steps.forget(db, street.feng)
        left = await profiles.profile(db, world.here, street.feng)
    assert (left.entitlements, left.referrals) == ([], [])
    mine = await service.remembered(call, community_id=world.here, member_id=street.feng)
    assert (mine.greetings, mine.choice) == ([], Choice())


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE timebank.greetings SET done_on = noted_on + 1", "greeting_not_ahead"),
        ("UPDATE timebank.greetings SET struck_because = '错'", "greeting_struck_because"),
        ("UPDATE timebank.greetings SET for_on = '2026-02-17'", "greeted_already"),
        ("UPDATE timebank.referrals SET referred_on = noted_on + 1", "referral_not_ahead"),
        ("UPDATE timebank.referrals SET ask_on = NULL", "referral_open_or_closed"),
        ("UPDATE timebank.referrals SET ask_on = NULL, closed_on = noted_on", "referral_closed_with_outcome"),
        ("UPDATE timebank.entitlements SET ended_on = due_on", "entitlement_ended"),
        ("UPDATE timebank.calendar_choices SET inclusion = 'perhaps'", "calendar_inclusion"),
    ],
)
async def test_the_database_refuses_what_the_rules_refuse(world: World, statement: str, rule: str) -> None:
    feng = await world.add_member("冯伯")
    await greet(world, feng)
    await greet(world, feng, for_on=date(2025, 10, 29))
    await entitled(world, feng)
    await referred(world, feng)
    await service.choose_calendar(await world.call(), community_id=world.here, member_id=feng, choice=SOLAR)
    with pytest.raises(IntegrityError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(statement))


@pytest.mark.slow
async def test_a_coordinator_keeps_a_profile_and_goes_round_in_a_week(
    client: httpx.AsyncClient, world: World
) -> None:
    # Born on the 14th of the tenth month: his day is this Sunday.
    feng = await world.add_member("冯伯", birth_on=date(1940, 11, 13), phone="13900001234")
    await sign_in(client, "mo")
    at = f"/members/{feng}/care"
    base = f"/members/{feng}"
    assert "没有登记" in (await client.get(at)).text
    assert "1 位" in (await client.get("/today")).text
    due_on = {"title": "高龄津贴", "due_on": str(TODAY)}
    assert (await post_form(client, f"{base}/entitlements", due_on, seen=at)).status_code == 303
    wrong = await post_form(client, f"{base}/entitlements", {"due_on": str(TODAY)}, seen=at)
    assert wrong.status_code == 422
    sent = {"to_whom": "镇卫生院", "what_for": "看牙", "referred_on": str(TODAY), "ask_on": str(TODAY)}
    assert (await post_form(client, f"{base}/referrals", sent, seen=at)).status_code == 303
    page = (await client.get("/care/week")).text
    assert all(words in page for words in ("冯伯", "86 岁", "生日", "高龄津贴", "镇卫生院"))
    work = (await client.get("/today")).text
    assert all(words in work for words in ("还没慰问", "1 项待遇", "1 次转介"))

    done = {"day": f"birthday {TODAY}", "done_on": str(TODAY), "what": "送长寿面", "by_whom": "莫协调"}
    for day in ("birthday 2026-13-99", "nothing 2026-11-22", "birthday 2026-11-21"):
        wrong = await post_form(client, f"{base}/greetings", done | {"day": day}, seen=at)
        assert wrong.status_code == 422, day
    assert (await post_form(client, f"{base}/greetings", done, seen=at)).status_code == 303
    twice = await post_form(client, f"{base}/greetings", done, seen=at)
    assert (twice.status_code, "已经记过了" in twice.text) == (409, True)
    assert "送长寿面" in (await client.get("/care/week")).text
    assert "还没慰问的 0 位" in (await client.get(f"/care/week?on={TODAY}")).text
    assert (await client.get("/care/week?on=nonsense")).status_code == 422

    call = await world.call()
    held = (await profile.profile(call, community_id=world.here, member_id=feng)).entitlements[0]
    sent_to = (await profile.profile(call, community_id=world.here, member_id=feng)).referrals[0]
    renew = {"version": "1", "due_on": str(TODAY + timedelta(days=365))}
    assert (
        await post_form(client, f"{base}/entitlements/{held.id}/renew", renew, seen=at)
    ).status_code == 303
    stale = await post_form(client, f"{base}/entitlements/{held.id}/renew", renew, seen=at)
    assert (stale.status_code, "刚才有人改过" in stale.text) == (409, True)
    ended = {"version": "2", "reason": "迁走"}
    assert (await post_form(client, f"{base}/entitlements/{held.id}/end", ended, seen=at)).status_code == 303
    asked = {"version": "1", "outcome": "排到下周", "ask_on": str(TODAY + timedelta(days=7))}
    assert (
        await post_form(client, f"{base}/referrals/{sent_to.id}/follow", asked, seen=at)
    ).status_code == 303
    closed = {"version": "2", "outcome": "看好了"}
    assert (
        await post_form(client, f"{base}/referrals/{sent_to.id}/follow", closed, seen=at)
    ).status_code == 303
    mine = await service.remembered(call, community_id=world.here, member_id=feng)
    wrongly = f"{base}/greetings/{mine.greetings[0].id}/strike"
    assert (await post_form(client, wrongly, {"reason": "打错了"}, seen=at)).status_code == 303
    choose = {"inclusion": "never", "birthday_by": "solar"}
    assert (await post_form(client, f"{base}/calendar", choose, seen=at)).status_code == 303
    page = (await client.get(at)).text
    assert all(words in page for words in ("迁走", "看好了", "打错了", "现在不在日历上"))
    assert "这一周没有" in (await client.get("/care/week")).text
    client.cookies.set("lang", "en")
    assert "Double Ninth" in (await client.get(at)).text
    assert "Whose day it is" in (await client.get("/care/week")).text


async def test_elders_who_never_joined_stand_on_the_list_and_the_calendar_too(world: World) -> None:
    served = await world.add_member(
        "外来的婆婆", status=Status.SERVED, is_helper=False, hardship_tier=3, birth_on=date(1940, 1, 1)
    )
    found = await contacts.watch(await world.call(), community_id=world.here)
    assert [one.member.id for one in found.unseen] == [served]
    assert [day.member.id for day in (await week(world, NINTH)).days] == [served]
