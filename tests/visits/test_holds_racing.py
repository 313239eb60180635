"""Two at once about what is set aside: exactly one of them wins, and the books agree after."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from tests.given import World
from tests.visits.holding import AHEAD, HoldingStreet, differences, holding_street
from timebank.core import clock
from timebank.core.errors import Text, TimebankError
from timebank.hours import tasks
from timebank.hours.holds.model import HoldState
from timebank.hours.model import Balance
from timebank.visits import service, words
from timebank.visits.errors import NotSetAside
from timebank.visits.model import Outcome, Status

pytestmark = pytest.mark.slow


@pytest.fixture
async def street(two_desks: World) -> AsyncIterator[HoldingStreet]:
    """Calls commit here; and in the end the books are found to agree."""
    with clock.set_to(AHEAD):
        made = await holding_street(two_desks)
        yield made
        assert await differences(made) == []


async def both(first: Awaitable[object], second: Awaitable[object]) -> list[object]:
    """What came of two calls at once; one that lost says so as one of our own errors."""
    found = await asyncio.gather(first, second, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, TimebankError):
            raise one
    return list(found)


def lost(found: list[object]) -> list[object]:
    return [one for one in found if isinstance(one, TimebankError)]


async def test_settled_or_called_off(street: HoldingStreet) -> None:
    ends = set()
    for n in range(6):
        visit_id = await street.plan_one(60, after=timedelta(hours=2 * n))
        with clock.set_to(AHEAD + timedelta(days=1)):
            await street.claim(visit_id, 60)
            seen = await street.seen(visit_id)
            settled = service.confirm(await street.call(), **seen)
            called_off = service.cancel(await street.call(), **seen, reason="不去了")
            pair = (settled, called_off) if n % 2 else (called_off, settled)
            assert len(lost(await both(*pair))) == 1
        hold = await street.hold(visit_id)
        assert hold is not None
        ends.add((hold.state, (await street.visit(visit_id)).status))
    assert ends <= {(HoldState.CAPTURED, Status.SETTLED), (HoldState.VOIDED, Status.CANCELLED)}
    settled_minutes = (await street.balances())[0]
    assert await street.feng_has() == Balance(600 - settled_minutes, 0)


async def test_settled_while_the_hold_expires(street: HoldingStreet) -> None:
    for n in range(4):
        visit_id = await street.plan_one(60, after=timedelta(hours=2 * n))
        await street.over(visit_id)
        with clock.set_to(AHEAD + timedelta(days=1)):
            await street.claim(visit_id, 60)
            settled = service.confirm(await street.call(), **await street.seen(visit_id))
            expired = tasks.expire_holds(street.world.call_of_job(), AHEAD)
            found = await both(settled, expired)
        outcome, lapsed = found
        assert isinstance(outcome, Outcome)
        assert outcome.posted
        hold = await street.hold(visit_id)
        assert hold is not None
        assert hold.state is (HoldState.EXPIRED if lapsed == {"lapsed": 1} else HoldState.VOIDED)
        assert await street.feng_has() == Balance(600 - 60 * (n + 1), 0)


async def test_a_hold_that_ends_as_it_is_used_is_said_and_the_next_attempt_pays(
    street: HoldingStreet,
) -> None:
    """The service's clock is behind the database's."""
    visit_id = await street.plan_one(60)
    await street.over(visit_id)
    with clock.set_to(AHEAD + timedelta(days=1)):
        await street.claim(visit_id, 60)
    with clock.set_to(datetime.now(clock.zone()) - timedelta(days=1)):
        outcome = await service.confirm(await street.call(), **await street.seen(visit_id))
    assert outcome.visit.refusal is not None
    assert (outcome.posted, outcome.visit.refusal.code) == (False, "hold_expired")
    assert "再结算一次" in words.refusal(outcome.visit.refusal, Text("")).message
    again = await service.settle_again(await street.call(), **await street.seen(visit_id))
    assert again.posted
    assert await street.feng_has() == Balance(540, 0)


async def test_planned_by_two_desks_with_minutes_for_one(street: HoldingStreet) -> None:
    found = await both(
        street.plan_one(400, after=timedelta(hours=1)), street.plan_one(400, after=timedelta(days=1))
    )
    assert [type(one) for one in lost(found)] == [NotSetAside]
    assert await street.feng_has() == Balance(600, 400)
    [made] = [one for one in found if isinstance(one, UUID)]
    assert (await street.settle(made, 400)).posted
