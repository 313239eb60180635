"""Visits are planned once, found again, and cannot be written wrongly."""

from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.given import NOW, World
from tests.visits.given import TODAY, Street
from timebank.core.errors import NotFound, Stale
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.visits import queries, rules, steps
from timebank.visits.errors import VisitMoved
from timebank.visits.model import BEGINNINGS, ENDS, MOVES, Move, Stamp, Status, Waiting


def test_every_status_is_reached_and_has_a_way_to_an_end() -> None:
    ways = {status: {after for before, after in MOVES.values() if status in before} for status in Status}

    def reached(*first: Status) -> set[Status]:
        seen, waiting = set(first), deque(first)
        while waiting:
            for after in ways[waiting.popleft()] - seen:
                seen.add(after)
                waiting.append(after)
        return seen

    assert reached(*BEGINNINGS) == set(Status)
    for status in Status:
        assert reached(status) & ENDS, status
        assert status in ENDS or ways[status] - {status}, status


async def test_planning_twice_plans_once(world: World) -> None:
    street = await Street(world).move_in()
    first = street.planned(pair_id=new_id())
    assert await street.plan(first) == [first.id]
    assert await street.plan(replace(first, id=new_id())) == []
    proposed = replace(first, id=new_id(), pair_id=None, proposal_id=new_id())
    assert len(await street.plan(proposed, replace(proposed, id=new_id()))) == 1
    async with world.database.begin({world.here}) as db:
        assert len(await queries.today(db, world.here, TODAY)) == 2


async def test_planning_again_uses_up_no_number(world: World) -> None:
    street = await Street(world).move_in()
    monday = street.planned()
    await street.plan(monday)
    for _ in range(3):
        await street.plan(monday)
    [tuesday] = await street.plan(street.planned())
    assert (await street.visit(tuesday)).number == (await street.visit(monday.id)).number + 1


async def test_a_visit_is_found_by_day_by_number_and_by_its_people(world: World) -> None:
    street = await Street(world).move_in()
    tomorrow = NOW + timedelta(days=1)
    late = street.planned(planned_from=tomorrow, planned_until=tomorrow + timedelta(hours=2))
    soon = street.planned(recipient_id=street.chen)
    await street.plan(late, soon)
    async with world.database.begin({world.here}) as db:
        view = await queries.visit(db, soon.id)
        assert (view.status, view.served_on, view.revision) == (Status.PLANNED, TODAY, 0)
        assert await queries.numbered(db, [view.number]) == {view.number: view}
        page = await queries.list_visits(db, world.here, limit=1)
        assert [row.id for row in page.rows] == [late.id]
        rest = await queries.list_visits(db, world.here, after=page.after)
        assert [row.id for row in rest.rows] == [soon.id]
        mine = await queries.list_visits(db, world.here, member_id=soon.recipient_id)
        assert [row.id for row in mine.rows] == [soon.id]
        week = rules.week_of(TODAY)
        assert await queries.minutes_in_week(db, world.here, [soon.helper_id], week) == {soon.helper_id: 120}
        assert await queries.met(db, world.here) == {}
    async with world.database.begin({world.there}) as db:
        with pytest.raises(NotFound):
            await queries.visit(db, soon.id)


async def test_a_visit_moves_only_along_its_ways_and_the_second_desk_is_told(world: World) -> None:
    street = await Street(world).move_in()
    made = street.planned()
    await street.plan(made)
    async with world.database.begin({world.here}) as db:
        seen = await steps.locked(db, world.here, made.id, version=1)
        with pytest.raises(VisitMoved):
            await steps.move(db, seen, Move.CONFIRM, now=NOW)
        cancelled = await steps.move(db, seen, Move.CANCEL, now=NOW, status_reason="下雨")
        assert (cancelled.status, cancelled.version, cancelled.status_reason) == (Status.CANCELLED, 2, "下雨")
        with pytest.raises(Stale):
            await steps.locked(db, world.here, made.id, version=1)
        with pytest.raises(NotFound):
            await steps.locked(db, world.there, made.id)


async def test_what_waits_for_a_desk_says_why_and_since_when(world: World) -> None:
    street = await Street(world).move_in()
    made = street.planned()
    await street.plan(made)
    async with world.database.begin({world.here}) as db:
        assert await queries.due(db, world.here, NOW) == []
        found = await queries.due(db, world.here, NOW + timedelta(hours=2))
        assert [(each.visit.id, each.waiting, each.since) for each in found] == [
            (made.id, Waiting.UNATTENDED, made.planned_from)
        ]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("recipient_id = helper_id", "visit_parties_differ"),
        ("planned_until = planned_from", "visit_ends_after_it_begins"),
        ("planned_from = NULL, planned_until = NULL", "visit_planned_at_a_time"),
        ("status = 'claimed'", "visit_claimed_before_it_is_confirmed"),
        ("status = 'settled', settled_minutes = 60", "visit_claimed_before_it_is_confirmed"),
        ("settled_minutes = 60", "visit_settled_has_minutes"),
        ("claimed_minutes = 60", "visit_claim_is_whole"),
        ("said_minutes = 1441", "visit_said_minutes"),
        ("checked_in_at = now()", "visit_check_in_has_a_source"),
        ("refusal = '{}'", "visit_refused_stays_confirmed"),
    ],
)
async def test_the_database_refuses_a_wrong_row(world: World, change: str, rule: str) -> None:
    street = await Street(world).move_in()
    await street.plan()
    with pytest.raises(IntegrityError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(f"UPDATE timebank.visits SET {change}"))


def test_half_open_times_do_not_clash() -> None:
    hour = timedelta(hours=1)
    assert rules.overlapping((NOW, NOW + hour), []) == []
    assert rules.within_tolerance(60, 75, tolerance_minutes=15)
    assert not rules.within_tolerance(60, 76, tolerance_minutes=15)


@pytest.mark.parametrize(("stayed", "suggested"), [(0, 120), (4, 120), (92, 90), (93, 95), (2000, 1440)])
async def test_the_helper_is_offered_the_measured_time_or_else_the_planned_one(
    world: World, stayed: int, suggested: int
) -> None:
    street = await Street(world).move_in()
    (visit_id,) = await street.plan()
    planned = await street.visit(visit_id)
    came, left = Stamp(NOW, Provenance.APP), Stamp(NOW + timedelta(minutes=stayed), Provenance.APP)
    assert rules.suggested_minutes(planned) == 120
    assert rules.suggested_minutes(replace(planned, checked_in=came, checked_out=left)) == suggested
