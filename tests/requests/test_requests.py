"""A wish for help goes its way, and no other."""

from collections import deque
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.given import NOW, World
from tests.requests.given import TODAY, open_scheme, wish
from timebank.core.errors import NotFound, Stale
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.requests import queries, rules, steps
from timebank.requests.errors import RequestMoved
from timebank.requests.model import ENDS, MOVES, Kind, Move, Status, Window, Wish


async def submitted(world: World, asked: Wish | None = None) -> UUID:
    member_id = await world.add_member()
    scheme_id = await open_scheme(world, name=f"银龄互助 {member_id}")
    async with world.database.begin({world.here}) as db:
        return await steps.submit(
            db,
            world.here,
            member_id,
            replace(asked or wish(), scheme_id=scheme_id),
            request_id=new_id(),
            provenance=Provenance.PHONE,
            created_by=world.coordinator,
            now=NOW,
        )


def test_every_status_is_reached_and_has_a_way_to_an_end() -> None:
    ways = {status: {after for before, after in MOVES.values() if status in before} for status in Status}

    def reached(first: Status) -> set[Status]:
        seen, waiting = {first}, deque([first])
        while waiting:
            for after in ways[waiting.popleft()] - seen:
                seen.add(after)
                waiting.append(after)
        return seen

    assert reached(Status.SUBMITTED) == set(Status)
    for status in Status:
        assert reached(status) & ENDS, status
    assert ways[Status.DONE] == set()


async def test_a_request_is_read_back_as_it_was_asked(world: World) -> None:
    asked = wish(note="五楼，没有电梯", priority=2, wanted_gender="female", wanted_dialect="粤语")
    request_id = await submitted(world, asked)
    async with world.database.begin({world.here}) as db:
        view = await queries.request(db, request_id)
        assert replace(view.wish, scheme_id=asked.scheme_id) == asked
        assert (view.status, view.provenance) == (Status.SUBMITTED, Provenance.PHONE)
        page = await queries.list_requests(db, world.here, statuses=[Status.SUBMITTED])
        assert [row.id for row in page.rows] == [request_id]
    async with world.database.begin({world.there}) as db:
        with pytest.raises(NotFound):
            await queries.request(db, request_id)


async def test_a_request_is_published_matched_returned_and_done(world: World) -> None:
    request_id = await submitted(world)
    async with world.database.begin({world.here}) as db:
        await steps.publish(db, request_id, now=NOW, version=1)
        assert [r.id for r in await queries.open_for_matching(db, world.here, TODAY)] == [request_id]
        await steps.note_passed_over(db, {request_id: {"SKILL": 140, "WINDOW": 51, "ABSENT": 12}})
        assert (await queries.request(db, request_id)).last_why == {"SKILL": 140, "WINDOW": 51, "ABSENT": 12}
        await steps.mark_matched(db, [request_id], now=NOW)
        assert await queries.open_for_matching(db, world.here, TODAY) == []
        await steps.mark_published(db, [request_id], now=NOW)
        await steps.mark_matched(db, [request_id], now=NOW)
        await steps.mark_done(db, [request_id], now=NOW)
        await steps.mark_done(db, [request_id], now=NOW)
        view = await queries.request(db, request_id)
        assert (view.status, view.passed_over, view.moves) == (Status.DONE, 1, frozenset())


async def test_who_comes_second_is_told_and_what_does_not_fit_is_refused(world: World) -> None:
    request_id = await submitted(world)
    async with world.database.begin({world.here}) as db:
        await steps.publish(db, request_id, now=NOW, version=1)
        with pytest.raises(Stale):
            await steps.withdraw(db, request_id, now=NOW, version=1)
        with pytest.raises(RequestMoved):
            await steps.publish(db, request_id, now=NOW)
        with pytest.raises(NotFound):
            await steps.publish(db, new_id(), now=NOW)


async def test_requests_expire_after_their_last_day_unless_somebody_was_found(world: World) -> None:
    waiting, matched = await submitted(world), await submitted(world)
    async with world.database.begin({world.here}) as db:
        await steps.publish(db, matched, now=NOW)
        await steps.mark_matched(db, [matched], now=NOW)
        assert await steps.expire_due(db, now=NOW + timedelta(days=14)) == []
        assert await steps.expire_due(db, now=NOW + timedelta(days=15)) == [waiting]
        await steps.move(db, waiting, Move.RENEW, now=NOW)
        assert (await queries.request(db, waiting)).status is Status.SUBMITTED


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE timebank.requests SET duration_minutes = 0", "request_duration"),
        ("UPDATE timebank.requests SET expires_on = starts_on - 1", "request_expires_after_it_starts"),
        ("UPDATE timebank.requests SET status = 'rejected'", "request_rejected_with_a_reason"),
        ("UPDATE timebank.requests SET status = 'matched'", "request_published_before_it_is_matched"),
        ("UPDATE timebank.request_windows SET weekday = 1", "request_window_day_or_weekday"),
        ("UPDATE timebank.request_windows SET to_minute = from_minute", "request_window_within_the_day"),
    ],
)
async def test_the_database_refuses_a_wrong_row(world: World, statement: str, rule: str) -> None:
    await submitted(world)
    with pytest.raises(IntegrityError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(statement))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"duration_minutes": 300}, "windows"),
        ({"windows": ()}, "windows"),
        ({"kind": Kind.WEEKLY}, "windows"),
        ({"windows": (Window(600, 540, on_day=TODAY),)}, "windows"),
        ({"windows": (Window(480, 720),)}, "windows"),
        ({"windows": (Window(480, 720, on_day=TODAY - timedelta(days=1)),)}, "windows"),
        ({"expires_on": TODAY - timedelta(days=1)}, "expires_on"),
        ({"expires_on": date(2030, 1, 1)}, "expires_on"),
    ],
)
def test_a_wish_that_cannot_be_served_is_refused_by_field(changes: dict[str, object], field: str) -> None:
    assert field in {found.field for found in rules.problems(wish(**changes), today=TODAY)}
    assert rules.problems(wish(), today=TODAY) == []
