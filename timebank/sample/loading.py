"""Loading the sample district: all of it into an empty database, or none."""

import asyncio
from collections.abc import Callable
from datetime import datetime, time, timedelta

from timebank.access import queries as access
from timebank.access import steps as access_steps
from timebank.core import clock, migrating
from timebank.core.database import Database
from timebank.core.errors import N_, Conflict, Text, Unavailable
from timebank.core.sealing import Seal
from timebank.sample.district import HISTORY_DAYS, PLACES
from timebank.sample.founding import found
from timebank.sample.history import tell
from timebank.sample.joining import join
from timebank.sample.writing import HistoryDatabase

Say = Callable[[Text], None]


class RealCommunity(Conflict):
    """The database holds a real community; the sample would mix with it."""

    code = "real-community"
    message = N_("这个数据文件夹里已有真实的社区，不能装入样例。请用 TIMEBANK_DATA 换一个文件夹。")


class UnfinishedSample(Unavailable):
    """Half of the sample is here: it is of no use, and nothing of it is real."""

    code = "unfinished-sample"
    message = N_("上次装样例时中断了。请再运行一次 timebank serve --sample，会从头装起。")


async def load(database: Database, seal: Seal, *, owner_url: str, say: Say) -> None:
    """Load the sample district into an empty database; nothing to do if it is there. Raises RealCommunity.

    Half a sample, left by a load that was interrupted, is taken away and loaded anew. `say` is told how far it is.
    """
    async with database.begin(()) as db:
        sample, unfinished = await access.is_sample(db), await access.is_unfinished_sample(db)
        empty = await access.is_empty(db)
    if sample and not unfinished:
        return
    if not sample and not empty:
        raise RealCommunity
    if unfinished:
        say(Text(N_("上次装样例时中断了：清掉那一半，从头装起")))
        await database.close()
        await migrating.downgrade(owner_url)
        await migrating.upgrade(owner_url)
    history = HistoryDatabase(owner_url)
    try:
        await _write(history, seal, say)
    finally:
        await history.close()
    async with database.begin(()) as db:
        await access_steps.note_setup(db, sample=True, used_at=clock.now())


async def refuse_unfinished(database: Database) -> None:
    """Half a sample is not served. Raises UnfinishedSample."""
    async with database.begin(()) as db:
        if await access.is_unfinished_sample(db):
            raise UnfinishedSample


async def _write(history: Database, seal: Seal, say: Say) -> None:
    today = clock.day_of(clock.now())
    first = today - timedelta(days=HISTORY_DAYS)
    people = sum(place.people for place in PLACES)
    say(Text(N_("正在装入样例：{places} 个社区"), {"places": len(PLACES)}))
    with clock.set_to(datetime.combine(first, time(8), clock.zone())):
        desks = await found(history, seal, first=first)
    say(Text(N_("正在按花名册登记 {people} 位会员"), {"people": people}))
    await asyncio.gather(*(join(desk, today=today, first=first) for desk in desks))
    await tell(desks, first=first, today=today, say=say)
