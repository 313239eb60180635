"""Talks in Dalang: two that were held, one to come with nobody's seat left, and a campaign that counts them."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from timebank.activities import queries, service
from timebank.activities.campaigns import queries as campaign_queries
from timebank.activities.campaigns import service as campaigns
from timebank.activities.campaigns.model import Campaign, Measure, Target
from timebank.activities.model import ActivityKind, Part, Planned, SignIn, Standing
from timebank.core.provenance import Provenance
from timebank.people import queries as people
from timebank.people.model import Status
from timebank.sample.cast import Desk
from timebank.sample.district import DALANG

_AHEAD = timedelta(days=7)
_SEATS = 24
# On which day from the one on which the sample is loaded, where, and how many more want to come than there are seats.
_TALKS = (
    (-21, "榕树下的声音：家风家训", "榕树广场", -3),
    (-7, "榕树下的声音：防诈骗", "大朗党群服务中心", 0),
    (4, "榕树下的声音：织城故事", "榕树广场", 2),
)
_WALKED_IN, _GUESTS = 3, 12


async def hold(desk: Desk, day: date, *, first: date, today: date) -> None:
    """Plan what is a week ahead, and copy yesterday's sheet back."""
    if desk.place is not DALANG:
        return
    if day == first:
        await _start(desk, first, today)
    for n, (offset, title, place, more) in enumerate(_TALKS):
        on = today + timedelta(days=offset)
        if day == on - _AHEAD:
            await _plan(desk, n, title, place, on, more)
        if day == on + timedelta(days=1):
            await _copy_back(desk, n)


async def _start(desk: Desk, first: date, today: date) -> None:
    targets = (Target("进社区", Measure.ACTIVITIES, 3), Target("听讲", Measure.PEOPLE, 100))
    campaign = Campaign("五进五送", first, today + timedelta(days=60), targets)
    await campaigns.start(desk.call("campaign"), community_id=desk.id, campaign=campaign)


async def _plan(desk: Desk, n: int, title: str, place: str, on: date, more: int) -> None:
    async with desk.reading() as db:
        counts = {one.target.id for one in await campaign_queries.choices(db, desk.id, on) if one.target.id}
    plan = Planned(
        kind=ActivityKind.TALK,
        title=title,
        place=place,
        held_on=on,
        from_minute=900,
        to_minute=990,
        seats=_SEATS,
    )
    talk = await service.plan(
        desk.call("talk", n), community_id=desk.id, plan=plan, targets=frozenset(counts)
    )
    desk.talks.append(talk)
    speaker, *listeners = await _living(desk)
    where = {"community_id": desk.id, "activity_id": talk}
    told = {"member_id": speaker, "part": Part.SPEAKER, "provenance": Provenance.DESK}
    await service.staff(desk.call("speaker", n), **where, **told)  # type: ignore[arg-type]
    for one in listeners[: _SEATS + more]:
        said = {"member_id": one, "or_wait": True, "provenance": Provenance.PHONE}
        await service.enrol(desk.call("enrol", n, one), **where, **said)  # type: ignore[arg-type]


async def _copy_back(desk: Desk, n: int) -> None:
    talk = desk.talks[n]
    async with desk.reading() as db:
        found = await queries.gathering(db, talk)
    enrolled = [one.member.id for one in found.of(Standing.ENROLLED)]
    living = await _living(desk)
    walked_in = [one for one in living if one not in enrolled][-_WALKED_IN:]
    # Two of those who enrolled stay away.
    sheet = SignIn(frozenset(enrolled[:-2] + walked_in), guests=_GUESTS)
    where = {"community_id": desk.id, "activity_id": talk}
    held = await service.sign_in(
        desk.call("sheet", n),
        sheet=sheet,
        version=found.activity.version,
        **where,
    )
    await service.report(
        desk.call("report", n),
        notes="天气好，凳子坐满了。",
        went_well="讲完以后大家留下来聊了很久。",
        version=held.version,
        **where,
    )


async def _living(desk: Desk) -> Sequence[UUID]:
    """Those who are active, by number."""
    ids = [desk.ids[number] for number in sorted(desk.ids)][:60]
    async with desk.reading() as db:
        known = await people.briefs(db, ids)
    return [one for one in ids if one in known and known[one].status is Status.ACTIVE]
