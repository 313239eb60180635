"""Three months of history, day by day: mornings at the desk, the day's visits, nights of jobs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta

from timebank.audit.reconciling import reconcile_now
from timebank.core import clock
from timebank.core.errors import N_, Text
from timebank.pairing import service as pairing
from timebank.requests import service as requests
from timebank.sample import asking, caring, gathering, giving, helping, paper, stories
from timebank.sample.cast import Desk
from timebank.sample.district import DALANG
from timebank.visits import service as visits

_SATURDAY = 5
_SUNDAY = 6
_SAID_EVERY = 31


class _Baton:
    """Goes round the desks in their order: whatever makes visits is done with it in hand.

    So visits get the same numbers every time, though all else goes on at the same time everywhere.
    """

    def __init__(self, desks: int) -> None:
        self._places = [asyncio.Event() for _ in range(desks)]
        self._places[0].set()

    @asynccontextmanager
    async def at(self, place: int) -> AsyncIterator[None]:
        """Wait for it, and hand it on afterwards."""
        await self._places[place].wait()
        self._places[place].clear()
        yield
        self._places[(place + 1) % len(self._places)].set()


async def tell(desks: Sequence[Desk], *, first: date, today: date, say: Callable[[Text], None]) -> None:
    """Everything that happened from `first` to the evening before `today`."""
    baton = _Baton(len(desks))

    async def live(place: int, desk: Desk) -> None:
        jobs_ran = False
        for n in range((today - first).days):
            day = first + timedelta(days=n)
            if place == 0 and n % _SAID_EVERY == 0:
                say(Text(N_("正在写 {day} 起的服务记录"), {"day": day}))
            async with baton.at(place):
                if jobs_ran:
                    await _plan_pairs(desk, day - timedelta(days=1))
                await _morning(desk, day, first=first, today=today)
            await _day(desk, day, first=first, today=today)
            jobs_ran = _jobs_run(desk, day, first=first, today=today)
            if jobs_ran:
                await _night(desk, day)
        async with baton.at(place):
            await _plan_pairs(desk, today - timedelta(days=1))

    async with asyncio.TaskGroup() as everywhere:
        for place, desk in enumerate(desks):
            everywhere.create_task(live(place, desk))


async def _morning(desk: Desk, day: date, *, first: date, today: date) -> None:
    with desk.at(day, 6, 30):
        await stories.before(desk, day, first=first, today=today)
        await paper.type_in(desk, day, first=first, today=today)
        await asking.answer(desk)
        await asking.look_after_pairs(desk, day)


async def _day(desk: Desk, day: date, *, first: date, today: date) -> None:
    with desk.at(day, 8):
        if day.weekday() < _SATURDAY:
            await asking.ask(desk, day, first=first)
        await helping.expect(desk, day, today=today)
        await giving.give(desk, day)
        await caring.attend(desk, day, today=today)
        await gathering.hold(desk, day, first=first, today=today)
        await desk.live_until(clock.midnight(day) + timedelta(hours=22))


async def _plan_pairs(desk: Desk, day: date) -> None:
    with desk.at(day, 23, 50):
        await pairing.plan_pairs(desk.call_of_job("pairing.plan_pairs"), community_id=desk.id)


def _jobs_run(desk: Desk, day: date, *, first: date, today: date) -> bool:
    """Every Sunday in one place, one in three elsewhere, and last night: every night would take too long."""
    if day == today - timedelta(days=1):
        return True
    week = (day - first).days // 7
    return day.weekday() == _SUNDAY and (desk.place is DALANG or week % 3 == 0)


async def _night(desk: Desk, day: date) -> None:
    with desk.at(day, 23):
        await requests.expire_due(desk.call_of_job("requests.expire"), community_id=desk.id)
        await pairing.close_due(desk.call_of_job("pairing.close_proposals"), community_id=desk.id)
        await visits.retry_refused(desk.call_of_job("visits.retry_refused"), community_id=desk.id)
        await reconcile_now(desk.call_of_job("reconcile", day), community_id=desk.id)
