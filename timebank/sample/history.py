"""Three months of history, day by day: mornings at the desk, the day's visits, nights of jobs."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from timebank.audit.reconciling import reconcile_now
from timebank.core import clock
from timebank.core.errors import N_, Text
from timebank.pairing import service as pairing
from timebank.requests import service as requests
from timebank.sample import asking, giving, helping, paper, stories
from timebank.sample.cast import Desk
from timebank.sample.district import DALANG
from timebank.visits import service as visits

_SATURDAY = 5
_SUNDAY = 6
_SAID_EVERY = 31


async def tell(desks: Sequence[Desk], *, first: date, today: date, say: Callable[[Text], None]) -> None:
    """Everything that happened from `first` to the evening before `today`."""
    for n in range((today - first).days):
        day = first + timedelta(days=n)
        if n % _SAID_EVERY == 0:
            say(Text(N_("正在写 {day} 起的服务记录"), {"day": day}))
        # Whatever makes visits goes one desk after the other, so that they get the same numbers every time;
        # all else goes at once.
        for desk in desks:
            await _morning(desk, day, first=first, today=today)
        await asyncio.gather(*(_day(desk, day, first=first, today=today) for desk in desks))
        at_work = [desk for desk in desks if _jobs_run(desk, day, first=first, today=today)]
        for desk in at_work:
            with desk.at(day, 22, 30):
                await pairing.plan_pairs(desk.call_of_job("pairing.plan_pairs"), community_id=desk.id)
        await asyncio.gather(*(_night(desk, day) for desk in at_work))


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
        await desk.live_until(clock.midnight(day) + timedelta(hours=22))


def _jobs_run(desk: Desk, day: date, *, first: date, today: date) -> bool:
    """Every Sunday in one place, every second one elsewhere, and last night: every night would take too long."""
    if day == today - timedelta(days=1):
        return True
    week = (day - first).days // 7
    return day.weekday() == _SUNDAY and (desk.place is DALANG or week % 2 == 0)


async def _night(desk: Desk, day: date) -> None:
    with desk.at(day, 23):
        await requests.expire_due(desk.call_of_job("requests.expire"), community_id=desk.id)
        await pairing.close_due(desk.call_of_job("pairing.close_proposals"), community_id=desk.id)
        await visits.retry_refused(desk.call_of_job("visits.retry_refused"), community_id=desk.id)
        await reconcile_now(desk.call_of_job("reconcile", day), community_id=desk.id)
