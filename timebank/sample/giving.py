"""Minutes that move without a visit: grants, and gifts to the pool."""

from datetime import date

from timebank.hours import queries, service
from timebank.hours.gifts import service as gifts
from timebank.sample.cast import Desk
from timebank.visits import queries as visit_queries
from timebank.visits import service as visits
from timebank.visits.model import Status

_WEDNESDAY = 2
_POOL_MINUTES, _GRANT_MINUTES = 30_000, 120
_OLDEST = 30
_FULL, _ROOM_MINUTES = "ceiling_breached", 300
_RICH_MINUTES, _KEPT_MINUTES = 1_500, 600


async def give(desk: Desk, day: date) -> None:
    """Every second Wednesday somebody gives hours to the pool, and one of the oldest is granted some."""
    if day.weekday() != _WEDNESDAY or day.isocalendar().week % 2:
        return
    await _gift(desk, day)
    await _make_room(desk, day)
    without = [one for one in desk.people.values() if not one.opening_minutes and one.is_recipient]
    who = desk.chance.choice(sorted(without, key=lambda one: (one.birth_on, one.number))[:_OLDEST])
    await service.grant(
        desk.call("grant", day),
        community_id=desk.id,
        member_id=desk.ids[who.number],
        minutes=_GRANT_MINUTES,
        reason=f"{day.year - who.birth_on.year} 岁老人，慰问时间",
    )


async def fill_the_pool(desk: Desk) -> None:
    """What the town gave the pool to begin with."""
    await service.grant(
        desk.call_of_administrator("pool"),
        community_id=desk.id,
        member_id=None,
        minutes=_POOL_MINUTES,
        reason="街镇首批公益时间",
    )


async def _make_room(desk: Desk, day: date) -> None:
    """Some of those whose accounts are full give to the pool what they have too much, and are paid then."""
    async with desk.reading() as db:
        waiting = await visit_queries.list_visits(db, desk.id, statuses=[Status.CONFIRMED])
    full = [one for one in waiting.rows if one.refusal and one.refusal.code == _FULL]
    for visit in full[::3]:
        await gifts.give(
            desk.call("room", visit.id, day),
            community_id=desk.id,
            member_id=visit.helper_id,
            receiver_id=None,
            minutes=_ROOM_MINUTES,
            reason="账户满了，捐给公益时间池",
        )
        await visits.settle_again(desk.call(), community_id=desk.id, visit_id=visit.id, version=visit.version)


async def _gift(desk: Desk, day: date) -> None:
    rich = [one for one in desk.people.values() if one.is_helper and one.opening_minutes >= _RICH_MINUTES]
    giver = desk.chance.choice(rich)
    async with desk.reading() as db:
        balance = await queries.balance(db, desk.id, desk.ids[giver.number])
    if balance.available < _KEPT_MINUTES:
        return
    own = giver.contact == "smartphone"
    await gifts.give(
        desk.call_of_member(giver.number, "gift", day) if own else desk.call("gift", day),
        community_id=desk.id,
        member_id=desk.ids[giver.number],
        receiver_id=None,
        minutes=desk.chance.choice((60, 120, 300)),
        reason=desk.chance.choice((None, "给更需要的人")),
    )
