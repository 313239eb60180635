"""A sheet is printed, signed, and typed back in: all its lines or none, each with its true day."""

import asyncio
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.given import NOW, World
from tests.visits.given import TODAY, Street
from timebank.access.errors import OwnAffair
from timebank.core.errors import Invalid, TooLarge
from timebank.core.provenance import Provenance
from timebank.people.service import link_staff
from timebank.schemes.model import ConfirmBy, SchemePolicy
from timebank.visits import queries, service
from timebank.visits.errors import OnlyThemselves
from timebank.visits.model import Served, SheetRow, Status

LAST_WEEK = TODAY - timedelta(days=6)


def row(**changes: Any) -> SheetRow:
    plain: dict[str, Any] = {
        "helper": "周阿姨",
        "recipient": "fengbo",
        "category": "shopping",
        "served_on": LAST_WEEK,
        "minutes": 45,
    }
    return SheetRow(**{**plain, **changes})


async def apply(street: Street, *rows: SheetRow, key: str | None = None, **more: Any) -> Any:
    return await service.apply_sheet(
        await street.world.call(key=key),
        community_id=street.world.here,
        rows=list(rows),
        scheme_id=street.scheme,
        **more,
    )


async def check(street: Street, *rows: SheetRow) -> Any:
    return await service.check_sheet(
        await street.world.call(), community_id=street.world.here, rows=list(rows), scheme_id=street.scheme
    )


async def test_a_sheet_becomes_visits_with_their_true_days(world: World) -> None:
    street = await Street(world).move_in()
    rows = (row(), row(minutes=None, begin=time(9), end=time(10, 30), served_on=TODAY), SheetRow())
    entered = await apply(street, *rows)
    assert (len(entered.outcomes), entered.posted) == (2, 2)
    assert await street.balances() == (135, 465)
    async with world.database.begin({world.here}) as db:
        page = await queries.list_visits(db, world.here, from_on=LAST_WEEK, until_on=LAST_WEEK)
        assert [(v.served_on, v.settled_minutes, v.provenance) for v in page.rows] == [
            (LAST_WEEK, 45, Provenance.PAPER)
        ]
        timed = (await queries.list_visits(db, world.here, from_on=TODAY)).rows[0]
    assert timed.checked_in is not None
    assert (timed.checked_in.at, timed.checked_in.source) == (NOW - timedelta(hours=1), Provenance.PAPER)


@pytest.mark.slow
async def test_the_lines_of_a_printed_sheet_fill_in_what_was_planned_once(world: World) -> None:
    street = await Street(world).move_in()
    visit_id = (await street.plan())[0]
    number = (await street.visit(visit_id)).number
    entered = await apply(street, SheetRow(number=number, minutes=90))
    assert entered.outcomes[0].visit.id == visit_id
    assert (await street.visit(visit_id)).settled_minutes == 90
    again = await check(street, SheetRow(number=number, minutes=90))
    assert again[0].errors[0].text.message == "这一行已经登记过：服务单现在是“{status}”"
    with pytest.raises(Invalid):
        await apply(street, SheetRow(number=number, minutes=90))


@pytest.mark.slow
async def test_a_long_sheet_asks_the_database_no_more_often_than_a_short_one(
    world: World, settled: tuple[World, AsyncEngine]
) -> None:
    engine = settled[1]
    street = await Street(world).move_in()
    await street.bring(street.feng, 600)

    def served(n: int) -> Served:
        return Served("shopping", street.zhou, street.feng, TODAY - timedelta(days=n), 30, street.scheme)

    asked: list[str] = []

    def note(*details: Any) -> None:
        asked.append(details[2])

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    counts = []
    for lines in (1, 30):
        asked.clear()
        await service.enter(
            await world.call(), community_id=world.here, rows=[served(n) for n in range(lines)],
            provenance=Provenance.PAPER, signed=True,
        )  # fmt: skip
        counts.append(len(asked))
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert counts[0] == counts[1] > 0


@pytest.mark.slow
async def test_blank_lines_have_numbers_that_count_once(world: World) -> None:
    street = await Street(world).move_in()
    desk = await world.call()
    first = await service.reserve_numbers(desk, community_id=world.here, count=3)
    assert await service.reserve_numbers(desk, community_id=world.here, count=3) >= first + 3
    entered = await apply(street, row(number=first + 1))
    assert entered.outcomes[0].visit.number == first + 1
    lines = await check(
        street, row(number=first + 1), row(number=first + 2), row(number=first + 2), row(number=9_999_999)
    )
    said = [[error.text.message for error in line.errors] for line in lines]
    assert said[0] == ["这一行已经登记过：服务单现在是“{status}”"]
    assert said[1] == []
    assert said[2] == ["这个编号在上面已经填过一次"]
    assert said[3] == ["没有印过这个编号；抄错了就改，没有就空着"]
    with pytest.raises(TooLarge):
        await service.reserve_numbers(desk, community_id=world.here, count=101)


@pytest.mark.slow
async def test_each_line_says_what_is_wrong_and_one_wrong_line_stops_all(world: World) -> None:
    street = await Street(world).move_in()
    await world.add_member("周阿姨", number="0199")
    wrong = (
        row(helper="0101"),
        row(),
        row(helper="没有这个人"),
        row(helper="0101", recipient="0101"),
        row(helper="0101", category=None),
        row(helper="0101", served_on=TODAY + timedelta(days=1)),
        row(helper="0101", served_on=None),
        row(helper="0101", minutes=None),
        row(helper="0101", minutes=None, begin=time(11), end=time(10)),
        row(helper="0101", minutes=None, begin=time(11)),
        row(helper="0101", minutes=2000),
    )
    lines = await check(street, *wrong)
    assert [{error.field for error in line.errors} for line in lines] == [
        set(),
        {"helper"},
        {"helper"},
        {"recipient"},
        {"category"},
        {"served_on"},
        {"served_on"},
        {"minutes"},
        {"minutes", "end"},
        {"end", "minutes"},
        {"minutes"},
    ]
    assert sorted(brief.number for brief in lines[1].helpers) == ["0101", "0199"]
    assert {error.row for line in lines[1:] for error in line.errors} == set(range(2, 12))
    with pytest.raises(Invalid) as refused:
        await apply(street, *wrong)
    assert {found.row for found in refused.value.fields} == set(range(2, 12))
    assert await street.balances() == (0, 600)
    with pytest.raises(Invalid):
        await apply(street, SheetRow())
    with pytest.raises(TooLarge):
        await apply(street, *[row()] * 101)


async def test_lines_at_the_same_time_are_pointed_out(world: World) -> None:
    street = await Street(world).move_in()
    timed = {"served_on": TODAY, "minutes": None, "begin": time(9), "end": time(10)}
    lines = await check(
        street,
        row(**timed),
        row(**timed, recipient="陈婆"),
        row(**{**timed, "begin": time(10), "end": time(11)}, recipient="陈婆"),
    )
    assert [len(line.doubts) for line in lines] == [1, 1, 0]


async def test_without_both_signatures_the_recipient_is_still_to_confirm(world: World) -> None:
    street = await Street(world).move_in()
    entered = await apply(street, row(), provenance=Provenance.PHONE, signed=False)
    assert (entered.posted, entered.outcomes[0].visit.status) == (0, Status.CLAIMED)
    mine = await service.of_member(
        world.call_of_member(street.feng), community_id=world.here, member_id=street.feng
    )
    assert len(mine.to_confirm) == 1


@pytest.mark.slow
async def test_a_scheme_that_wants_the_recipients_own_word_takes_paper_not_hearsay(world: World) -> None:
    street = await Street(world).move_in(SchemePolicy(confirm_by=ConfirmBy.RECIPIENT))
    for hearsay in (Provenance.PHONE, Provenance.DESK):
        with pytest.raises(OnlyThemselves):
            await apply(street, row(), provenance=hearsay)
    assert (await apply(street, row(), provenance=Provenance.PHONE, signed=False)).posted == 0
    assert (await apply(street, row())).posted == 1


async def test_nobody_types_in_their_own_hours(world: World) -> None:
    street = await Street(world).move_in()
    await link_staff(
        await world.call(world.administrator),
        staff_id=world.coordinator,
        member_id=street.zhou,
        linked=True,
    )
    with pytest.raises(OwnAffair):
        await apply(street, row())
    served = Served(
        category="shopping",
        helper_id=street.zhou,
        recipient_id=street.feng,
        served_on=TODAY,
        minutes=60,
        scheme_id=street.scheme,
    )
    for staff, error in ((world.coordinator, OwnAffair), (world.second, None)):
        entering = service.enter(
            await world.call(staff),
            community_id=world.here,
            rows=[served],
            provenance=Provenance.PAPER,
            signed=True,
        )
        if error:
            with pytest.raises(error):
                await entering
        else:
            assert (await entering).posted == 1


@pytest.mark.slow
async def test_the_same_sheet_sent_twice_is_entered_once(two_desks: World) -> None:
    street = await Street(two_desks).move_in()
    sent = await asyncio.gather(
        *(apply(street, row(), row(served_on=TODAY), key="one-sheet") for _ in range(2))
    )
    assert [entered.posted for entered in sent] == [2, 2]
    assert await street.balances() == (90, 510)


@pytest.mark.slow
async def test_two_desks_type_in_the_same_number_and_one_is_told(two_desks: World) -> None:
    street = await Street(two_desks).move_in()
    first = await service.reserve_numbers(await two_desks.call(), community_id=two_desks.here, count=1)
    sent = await asyncio.gather(*(apply(street, row(number=first)) for _ in range(2)), return_exceptions=True)
    assert len([entered for entered in sent if not isinstance(entered, Exception)]) == 1
    assert await street.balances() == (45, 555)
