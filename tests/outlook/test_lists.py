"""Whom to ask, whom to call, and that it was done: over a small street."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.activities.given import enrol, planned
from tests.given import NOW, World
from tests.visits.given import TODAY, Street
from timebank.activities import service as activities
from timebank.care.contacts import service as contacts
from timebank.care.contacts.errors import NotInTouch
from timebank.care.contacts.model import Contact, ContactKind
from timebank.core import clock
from timebank.core.errors import Forbidden, Invalid, NotFound
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import service as hours
from timebank.outlook import ahead, service, steps
from timebank.outlook.model import CallList, Coaching
from timebank.outlook.schemas import Otherwise
from timebank.people import service as people
from timebank.people.model import AbsenceKind, Status
from timebank.requests import service as requests
from timebank.requests.model import ANY_SCHEME, Kind, Window, Wish
from timebank.requests.offers import service as offers
from timebank.requests.offers.model import Offer
from timebank.schemes.model import HousePolicy
from timebank.visits import steps as visits
from timebank.visits.model import Move
from timebank.web.i18n import say


@dataclass
class Later:
    """The street of `Street`, and the same street so many days later, when the hours are old."""

    world: World
    street: Street
    days: int = 400

    async def asking(self, **given: object) -> Coaching:
        """Whom to ask then."""
        with clock.set_to(NOW + timedelta(days=self.days)):
            call = await self.world.call()
            return await service.asking_list(
                call,
                community_id=self.world.here,
                **({"months": 6} | given),  # type: ignore[arg-type]
            )

    async def quiet(self, days: int = 180) -> CallList:
        """Whom to call then."""
        with clock.set_to(NOW + timedelta(days=self.days)):
            return await service.call_list(await self.world.call(), community_id=self.world.here, days=days)

    async def called(self, who: UUID, days_ago: int = 0, word: str | None = None) -> UUID:
        """Somebody of the desk speaks to them, and notes it."""
        with clock.set_to(NOW + timedelta(days=self.days)):
            on = TODAY + timedelta(days=self.days - days_ago)
            return await service.note_call(
                await self.world.call(), community_id=self.world.here, member_id=who, on=on, word=word
            )


async def later(world: World, *, feng_brings: int = 600, **details: object) -> Later:
    """Feng, 82, lives alone and brought ten hours; the others have none."""
    street = await Street(world).move_in(feng_brings=feng_brings)
    seen = await people.profile(await world.call(), member_id=street.feng)
    changed = replace(seen.member.details, **({"birth_on": date(1944, 5, 1), "lives_alone": True} | details))
    await people.change_member(
        await world.call(), member_id=street.feng, details=changed, version=seen.member.version
    )
    return Later(world, street)


def names(found: Coaching) -> list[str]:
    return [one.member.name for one in found.page.rows]


async def test_who_saved_and_never_asked_is_asked_about_one_thing(world: World) -> None:
    town = await later(world)
    offer = Offer("clinic", (), 480, 720, TODAY + timedelta(days=360))
    await offers.make_offer(
        await world.call(),
        community_id=world.here,
        member_id=town.street.zhou,
        offer=offer,
        provenance=Provenance.PHONE,
    )
    town.days = 300
    found = await town.asking()
    assert (names(found), found.total, found.barred) == (["冯伯"], 1, 0)
    [advice] = found.page.rows
    told = [say(text, "zh") for text in advice.facts]
    assert told == ["83 岁", "一个人住", "存了 10 小时", "从来没有请过人"]
    assert say(advice.question, "zh") == "可以问问要不要人陪着去体检"
    assert say(advice.because[-1], "zh") == "附近的周阿姨愿意做陪诊"


async def test_young_hours_wait_a_while(world: World) -> None:
    town = await later(world)
    town.days = 100
    assert names(await town.asking()) == []
    assert names(await town.asking(months=3)) == ["冯伯"]


async def test_who_asked_within_the_year_is_not_asked_again(world: World) -> None:
    town = await later(world)
    wish = Wish(
        scheme_id=ANY_SCHEME,
        category="clinic",
        kind=Kind.ONCE,
        duration_minutes=60,
        starts_on=TODAY,
        expires_on=TODAY + timedelta(days=7),
        windows=(Window(480, 720, on_day=TODAY + timedelta(days=3)),),
    )
    await requests.submit(
        await world.call(), community_id=world.here, member_id=town.street.feng, wish=wish,
        provenance=Provenance.PHONE,
    )  # fmt: skip
    town.days = 365
    assert names(await town.asking()) == []
    town.days = 367
    [advice] = (await town.asking()).page.rows
    assert say(advice.facts[-1], "zh") == "去年秋天后没有请过人"


async def test_who_is_too_young_to_be_helped_saves_on_purpose(world: World) -> None:
    assert names(await (await later(world, birth_on=date(1985, 1, 1))).asking()) == []


async def test_who_is_away_is_not_asked_now(world: World) -> None:
    town = await later(world)
    then = TODAY + timedelta(days=town.days)
    await people.add_absence(
        await world.call(), member_id=town.street.feng, from_on=then, until_on=then, kind=AbsenceKind.SEA,
        note=None,
    )  # fmt: skip
    assert names(await town.asking()) == []
    town.days += 1
    assert names(await town.asking()) == ["冯伯"]


async def test_whoever_was_called_is_left_in_peace_for_ninety_days(world: World) -> None:
    town = await later(world)
    made = await town.called(town.street.feng, days_ago=10, word="想想再说")
    assert names(await town.asking()) == []
    assert "冯伯" not in {one.member.name for one in (await town.quiet()).page.rows}
    town.days += 79
    assert names(await town.asking()) == []
    town.days += 1
    assert names(await town.asking()) == ["冯伯"]
    town.days -= 80
    [row] = (await town.quiet()).lately
    noted = row.contact.contact
    assert (row.contact.id, noted.word, noted.by_whom, row.member.name) == (
        made, "想想再说", "莫协调", "冯伯",
    )  # fmt: skip


async def test_a_call_noted_by_mistake_is_struck_out(world: World) -> None:
    town = await later(world)
    made = await town.called(town.street.feng)
    await contacts.strike_contact(
        await world.call(), community_id=world.here, contact_id=made, reason="打错了"
    )
    assert names(await town.asking()) == ["冯伯"]
    assert (await town.quiet()).lately == ()


async def test_who_was_looked_in_on_is_left_in_peace_too_and_who_was_not_reached_is_not(world: World) -> None:
    town = await later(world)
    with clock.set_to(NOW + timedelta(days=town.days)):
        call = await world.call()
        for reached in (False, True):
            look_in = Contact(
                kind=ContactKind.LOOK_IN,
                happened_on=clock.day_of(clock.now()),
                by_whom="楼长",
                reached=reached,
            )
            assert names(await town.asking()) == ["冯伯"]
            await contacts.note_contact(
                call, community_id=world.here, member_id=town.street.feng, contact=look_in
            )
    assert names(await town.asking()) == []


async def test_a_call_is_of_a_member_here_and_not_of_tomorrow(world: World) -> None:
    town = await later(world)
    far = await world.add_member("远方人", community_id=world.there)
    dead = await world.add_member("走了的", status=Status.DEAD)
    with pytest.raises(NotFound):
        await town.called(far)
    with pytest.raises(NotInTouch):
        await town.called(dead)
    with pytest.raises(Invalid):
        await town.called(town.street.feng, days_ago=-1)


async def test_who_may_not_spend_yet_is_counted_and_not_asked(world: World) -> None:
    town = await later(world)
    await hours.set_house_policy(
        await world.call(),
        community_id=world.here,
        policy=HousePolicy(redeem_after_minutes=6_000),
        in_force_from=TODAY + timedelta(days=1),
    )
    found = await town.asking()
    assert (found.total, found.barred, found.page.rows) == (0, 1, [])


async def test_a_long_list_goes_on_where_it_stopped(world: World) -> None:
    town = await later(world)
    made = [await world.add_member(f"会员{n:03}", number=f"9{n:03}") for n in range(service.PAGE_ROWS + 5)]
    first = await town.quiet()
    with clock.set_to(NOW + timedelta(days=town.days)):
        rest = await service.call_list(
            await world.call(), community_id=world.here, days=180, after=first.page.after
        )
    seen = [one.member.id for one in (*first.page.rows, *rest.page.rows)]
    assert (len(first.page.rows), first.total, rest.page.after) == (service.PAGE_ROWS, len(made) + 3, None)
    assert len(set(seen)) == len(seen) == len(made) + 3


@pytest.mark.parametrize(
    ("fund_fen", "hour_fen", "constraint"), [(-1, 1, "backing_fund"), (0, 0, "backing_hour")]
)
async def test_the_database_refuses_what_the_rules_refuse(
    world: World, fund_fen: int, hour_fen: int, constraint: str
) -> None:
    async with world.database.begin({world.here}) as db:
        with pytest.raises(IntegrityError, match=constraint):
            async with db.begin_nested():
                await steps.record_backing(
                    db,
                    world.here,
                    backing_id=new_id(),
                    from_on=TODAY,
                    fund_fen=fund_fen,
                    hour_fen=hour_fen,
                    note=None,
                    by=world.administrator,
                    now=NOW,
                )


async def test_what_stands_behind_the_hours_is_never_written_over_not_even_by_the_owner(
    owner: AsyncConnection,
) -> None:
    for statement in ("UPDATE timebank.backings SET fund_fen = 0", "DELETE FROM timebank.backings"):
        with pytest.raises(DBAPIError, match="append"):
            async with owner.begin_nested():
                await owner.execute(text(statement))


async def test_nobody_but_the_desk_sees_who_might_ask(world: World) -> None:
    await later(world)
    for who in (world.auditor, world.neighbour):
        with pytest.raises(Forbidden):
            await service.asking_list(await world.call(who), community_id=world.here, months=6)
        with pytest.raises(Forbidden):
            await service.call_list(await world.call(who), community_id=world.here, days=90)


async def test_the_longest_silent_come_first(world: World) -> None:
    town = await later(world)
    await town.street.plan(town.street.planned(planned_from=NOW + timedelta(days=100),
                                               planned_until=NOW + timedelta(days=100, hours=2),
                                               recipient_id=town.street.chen))  # fmt: skip
    town.days = 290
    found = await town.quiet()
    # Feng's last sign is his entry; Zhou and Chen meet on the hundredth day.
    assert [(one.member.name, one.days) for one in found.page.rows] == [
        ("冯伯", 290), ("周阿姨", 190), ("陈婆", 190),
    ]  # fmt: skip
    assert found.page.rows[0].since == TODAY
    assert [one.member.name for one in (await town.quiet(days=200)).page.rows] == ["冯伯"]
    town.days = 50
    assert (await town.quiet(days=30)).total == 1


async def test_a_visit_called_off_is_no_sign_of_life(world: World) -> None:
    town = await later(world)
    [visit] = await town.street.plan()
    async with world.database.begin({world.here}) as db:
        seen = await visits.locked(db, world.here, visit)
        await visits.move(db, seen, Move.CANCEL, now=NOW, status_reason="下雨")
    found = await town.quiet()
    assert {one.member.name: one.since for one in found.page.rows} == {
        "冯伯": TODAY, "周阿姨": None, "陈婆": None,
    }  # fmt: skip


async def test_whoever_takes_part_in_a_talk_was_heard_of(world: World) -> None:
    town = await later(world)
    talk, called_off = await planned(world), await planned(world)
    await enrol(world, talk, town.street.feng)
    await enrol(world, called_off, town.street.chen)
    await activities.cancel(
        await world.call(), community_id=world.here, activity_id=called_off, version=1, reason="台风"
    )
    found = {one.member.name: one.since for one in (await town.quiet()).page.rows}
    assert found == {"冯伯": TODAY + timedelta(days=3), "周阿姨": None, "陈婆": None}


async def test_figures_agree_with_the_ledger(world: World) -> None:
    town = await later(world)
    await town.street.bring(town.street.chen, 240)
    await town.street.spend(town.street.chen, 60)
    found = await service.standing(await world.call(world.auditor), community_id=world.here)
    assert found.figures.outstanding_minutes == 780
    assert (found.figures.holders, found.figures.never_asked) == (2, 2)
    assert found.figures.by_age[3] == (600, 0, 0, 0, 0)
    assert (found.capacity.helpers, found.capacity.without_times, found.capacity.week_minutes) == (3, 3, 0)
    assert found.backing is None


async def test_backing_is_recorded_beside_the_ledger_and_never_changed(world: World) -> None:
    office = await world.call(world.administrator)
    values = {"community_id": world.here, "fund_fen": 5_000_000, "hour_fen": 2_000}
    await service.record_backing(office, from_on=date(2026, 1, 1), note="街道拨款", **values)
    later_on = {"fund_fen": 6_000_000}
    await service.record_backing(office, from_on=date(2027, 1, 1), **(values | later_on))
    found = await service.standing(await world.call(), community_id=world.here)
    assert found.backing is not None
    assert (found.backing.fund_fen, found.backing.note, found.backing.recorded_by) == (
        5_000_000, "街道拨款", "区管理",
    )  # fmt: skip
    assert [one.fund_fen for one in found.backings] == [6_000_000, 5_000_000]
    with pytest.raises(Forbidden):
        await service.record_backing(await world.call(), from_on=date(2026, 1, 1), **values)
    with pytest.raises(Invalid):
        await service.record_backing(office, from_on=date(2026, 1, 1), **(values | {"hour_fen": 0}))


async def test_the_years_ahead_start_from_what_is_there(world: World) -> None:
    await later(world)
    call = await world.call(world.auditor)
    found = await ahead.look_ahead(call, community_id=world.here, otherwise=Otherwise())
    assert found.projection.years[0].outstanding.middle == 600
    assert (found.assumptions, found.assumptions.joining) == (found.as_last_year, 0)
    other = Otherwise(years=3, mortality_percent=0, ask_hours=7, week_hours=2)
    changed = await ahead.look_ahead(call, community_id=world.here, otherwise=other)
    assert [one.outstanding.low for one in changed.projection.years] == [600] * 4
    assert (changed.assumptions.ask_minutes, changed.assumptions.week_minutes) == (420, 120)
