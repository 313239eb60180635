"""Zhou helps Feng: they check in, claim, confirm, disagree, call off, and each may do their own part only."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.given import NOW, World
from tests.requests.given import wish
from tests.visits.given import TODAY, Street
from timebank.access.errors import OwnAffair
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import Forbidden, Invalid, NotFound, Stale
from timebank.core.provenance import Provenance
from timebank.people.service import link_staff
from timebank.requests import queries as requests
from timebank.requests import service as request_service
from timebank.requests.model import Status as RequestStatus
from timebank.schemes.model import ConfirmBy, SchemePolicy
from timebank.visits import service
from timebank.visits.errors import Doubtful, NotToday, NotYourPart, OnlyThemselves, Unfit, VisitMoved
from timebank.visits.model import NewPlan, PaidBy, Side, Status


class Told:
    """One visit, and what is done to it with the version last seen."""

    def __init__(self, street: Street, visit_id: UUID) -> None:
        self.street = street
        self.visit_id = visit_id

    async def __call__(self, call: Call, act: Any, **values: Any) -> Any:
        version = (await self.street.visit(self.visit_id)).version
        return await act(
            call, community_id=self.street.world.here, visit_id=self.visit_id, version=version, **values
        )


async def told(world: World, policy: SchemePolicy | None = None, **changes: object) -> tuple[Street, Told]:
    street = await Street(world).move_in(policy)
    return street, Told(street, (await street.plan(street.planned(**changes)))[0])


@pytest.mark.slow
async def test_a_visit_from_check_in_to_the_passbook(world: World) -> None:
    street, tell = await told(world)
    zhou, feng = world.call_of_member(street.zhou), world.call_of_member(street.feng)
    here = await tell(zhou, service.check_in)
    assert (here.status, here.checked_in.at, here.checked_in.source) == (Status.ATTENDED, NOW, Provenance.APP)
    await tell(zhou, service.undo_check_in)
    await tell(zhou, service.check_in)
    with clock.set_to(NOW + timedelta(minutes=95)):
        left = await tell(world.call_of_member(street.zhou), service.check_out)
    assert left.checked_out.at == NOW + timedelta(minutes=95)
    await tell(zhou, service.claim, minutes=100)
    claimed = await tell(zhou, service.claim, minutes=95)
    assert (claimed.status, claimed.claimed.minutes, claimed.claimed.by) == (Status.CLAIMED, 95, street.zhou)
    mine = await service.of_member(feng, community_id=world.here, member_id=street.feng)
    assert [row.helper.name for row in mine.to_confirm] == ["周阿姨"]
    outcome = await tell(feng, service.confirm)
    assert (outcome.posted, outcome.visit.status) == (True, Status.SETTLED)
    assert await street.balances() == (95, 505)


@pytest.mark.slow
async def test_each_side_has_its_own_part(world: World) -> None:
    street, tell = await told(world)
    zhou, feng = world.call_of_member(street.zhou), world.call_of_member(street.feng)
    for act, values in ((service.check_in, {}), (service.claim, {"minutes": 60})):
        with pytest.raises(NotYourPart):
            await tell(feng, act, **values)
    await tell(zhou, service.claim, minutes=60)
    for act in (service.confirm, service.dispute):
        with pytest.raises(NotYourPart):
            await tell(zhou, act)
    with pytest.raises(NotYourPart):
        await tell(zhou, service.cancel, reason="算了")
    chen = world.call_of_member(street.chen)
    with pytest.raises(Forbidden):
        await service.one(chen, community_id=world.here, visit_id=tell.visit_id)
    with pytest.raises(Forbidden):
        await tell(chen, service.confirm)
    with pytest.raises(Forbidden):
        await tell(feng, service.resolve, minutes=60, reason="我说了算")
    with pytest.raises(NotFound):
        await service.one(
            await world.call(world.administrator), community_id=world.there, visit_id=tell.visit_id
        )


@pytest.mark.slow
async def test_staff_hold_no_office_in_their_own_visits(world: World) -> None:
    street, tell = await told(world)
    await link_staff(
        await world.call(world.administrator),
        staff_id=world.coordinator,
        member_id=street.zhou,
        linked=True,
    )
    desk, second = await world.call(), await world.call(world.second)
    claimed = await tell(desk, service.claim, minutes=60)
    assert (claimed.claimed.by, claimed.claimed.source) == (street.zhou, Provenance.APP)
    with pytest.raises(NotYourPart):
        await tell(desk, service.confirm)
    await tell(second, service.dispute, minutes=30)
    with pytest.raises(OwnAffair):
        await tell(desk, service.resolve, minutes=60, reason="没错")
    await tell(second, service.resolve, minutes=45, reason="两边都同意")
    with pytest.raises(OwnAffair):
        await tell(desk, service.correct, minutes=60, reason="改回来")


@pytest.mark.slow
async def test_a_small_difference_needs_no_dispute_and_a_large_one_is_heard(world: World) -> None:
    street, tell = await told(world, SchemePolicy(tolerance_minutes=15))
    feng, desk = world.call_of_member(street.feng), await world.call()
    await tell(desk, service.claim, minutes=120, provenance=Provenance.PHONE)
    outcome = await tell(feng, service.confirm, minutes=105)
    assert (outcome.visit.status, outcome.visit.settled_minutes) == (Status.SETTLED, 120)
    assert outcome.visit.said_minutes == 105
    later = NOW + timedelta(hours=4)
    other = Told(
        street,
        (await street.plan(street.planned(planned_from=later, planned_until=later + timedelta(hours=2))))[0],
    )
    await other(desk, service.claim, minutes=120)
    disputed = await other(feng, service.confirm, minutes=60, words="她四点就走了")
    assert (disputed.posted, disputed.visit.status) == (False, Status.DISPUTED)
    with pytest.raises(VisitMoved):
        await other(desk, service.cancel, reason="吵架")
    outcome = await other(desk, service.resolve, minutes=90, reason="两边电话都打过")
    story = await service.one(desk, community_id=world.here, visit_id=other.visit_id)
    dispute = story.disputes[0]
    assert (dispute.claimed_minutes, dispute.said_minutes, dispute.outcome_minutes) == (120, 60, 90)
    assert (dispute.words, dispute.reason) == ("她四点就走了", "两边电话都打过")
    assert await street.balances() == (210, 390)


async def test_a_dispute_may_end_in_nothing(world: World) -> None:
    street, tell = await told(world)
    await tell(world.call_of_member(street.zhou), service.claim, minutes=60)
    await tell(world.call_of_member(street.feng), service.dispute, minutes=0, words="没有来")
    outcome = await tell(await world.call(), service.resolve, minutes=None, reason="确实没去")
    assert outcome.visit.status is Status.CANCELLED
    assert await street.balances() == (0, 600)


async def test_where_only_the_recipient_may_confirm_a_desk_needs_their_signature(world: World) -> None:
    _, tell = await told(world, SchemePolicy(confirm_by=ConfirmBy.RECIPIENT))
    desk = await world.call()
    await tell(desk, service.claim, minutes=60)
    with pytest.raises(OnlyThemselves):
        await tell(desk, service.confirm, provenance=Provenance.PHONE)
    assert (await tell(desk, service.confirm, provenance=Provenance.PAPER)).posted


async def test_late_work_keeps_its_true_day_and_the_future_is_refused(world: World) -> None:
    street, tell = await told(world)
    zhou = world.call_of_member(street.zhou)
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=500)):
        with pytest.raises(Invalid):
            await tell(zhou, service.claim, minutes=60, served_on=day)
    with pytest.raises(Invalid):
        await tell(zhou, service.claim, minutes=1441)
    visit = await tell(zhou, service.claim, minutes=60, served_on=TODAY - timedelta(days=3))
    assert visit.served_on == TODAY - timedelta(days=3)


async def test_nobody_checks_in_on_another_day(world: World) -> None:
    tomorrow = NOW + timedelta(days=1)
    street, tell = await told(world, planned_from=tomorrow, planned_until=tomorrow + timedelta(hours=1))
    with pytest.raises(NotToday):
        await tell(world.call_of_member(street.zhou), service.check_in)
    with pytest.raises(NotToday):
        await tell(await world.call(), service.no_show, absent=Side.HELPER)


@pytest.mark.slow
async def test_a_refusal_waits_with_its_ways_out(world: World) -> None:
    street, tell = await told(world)
    await street.spend(street.feng, 570)
    zhou, desk = world.call_of_member(street.zhou), await world.call()
    await tell(zhou, service.claim, minutes=120)
    outcome = await tell(world.call_of_member(street.feng), service.confirm)
    assert (outcome.posted, outcome.visit.status) == (False, Status.CONFIRMED)
    assert outcome.visit.refusal.short_minutes == 90
    again = await tell(desk, service.settle_again)
    assert (again.posted, again.visit.revision) == (False, 2)
    with pytest.raises(Invalid):
        await tell(desk, service.amend, minutes=180, reason="更长")
    shorter = await tell(desk, service.amend, minutes=60, reason="双方同意改短")
    assert not shorter.posted
    paid = await tell(desk, service.amend, paid_by=PaidBy.POOL, reason="困难家庭，公益池出")
    assert (paid.posted, paid.visit.refusal, paid.visit.settled_minutes) == (True, None, 60)
    assert await street.balances() == (60, 30)


@pytest.mark.slow
async def test_at_night_the_ledger_is_asked_again(world: World) -> None:
    street, tell = await told(world)
    await street.spend(street.feng, 600)
    await tell(await world.call(), service.claim, minutes=120)
    await tell(await world.call(), service.confirm)
    assert await service.retry_refused(world.call_of_job(), community_id=world.here) == 0
    await street.bring(street.feng, 120)
    assert await service.retry_refused(world.call_of_job(), community_id=world.here) == 1
    assert await street.balances() == (120, 0)


@pytest.mark.slow
async def test_what_is_called_off_looks_for_somebody_else_or_ends_and_can_be_undone(world: World) -> None:
    street, _ = await told(world)
    desk = await world.call()
    request_id = await request_service.submit(
        desk,
        community_id=world.here,
        member_id=street.feng,
        wish=wish(skills=()),
        provenance=Provenance.PHONE,
        publish=True,
    )

    async def status() -> RequestStatus:
        async with world.database.begin({world.here}) as db:
            return (await requests.request(db, request_id)).status

    plan = NewPlan(
        scheme_id=street.scheme,
        category="clinic",
        helper_id=street.chen,
        recipient_id=street.feng,
        planned_from=NOW + timedelta(hours=5),
        planned_until=NOW + timedelta(hours=7),
        request_id=request_id,
    )
    tell = Told(street, await service.plan_visit(desk, community_id=world.here, plan=plan))
    assert await status() is RequestStatus.MATCHED
    await tell(world.call_of_member(street.chen), service.cancel, reason="孙子发烧")
    assert await status() is RequestStatus.PUBLISHED
    await tell(desk, service.restore)
    assert await status() is RequestStatus.MATCHED
    await tell(world.call_of_member(street.feng), service.cancel, reason="不用去了")
    assert await status() is RequestStatus.WITHDRAWN
    await tell(desk, service.restore)
    with clock.set_to(NOW + timedelta(hours=6)):
        at_six = await world.call()
        with pytest.raises(NotYourPart):
            await tell(world.call_of_member(street.chen), service.no_show, absent=Side.HELPER)
        gone = await tell(at_six, service.no_show, absent=Side.HELPER, reason="打电话没人接")
        assert (gone.status, gone.absent) == (Status.NO_SHOW, Side.HELPER)
        assert await status() is RequestStatus.PUBLISHED
        await tell(at_six, service.restore)
        await tell(at_six, service.claim, minutes=60)
        assert (await tell(at_six, service.confirm)).posted
    assert await status() is RequestStatus.DONE


@pytest.mark.slow
async def test_a_plan_that_clashes_is_looked_at_first(world: World) -> None:
    street, _ = await told(world, SchemePolicy(weekly_cap_minutes=240, forbidden_categories=("haircut",)))
    desk = await world.call()
    plan = {
        "scheme_id": street.scheme,
        "category": "clinic",
        "helper_id": street.zhou,
        "recipient_id": street.chen,
        "planned_from": NOW + timedelta(hours=2),
        "planned_until": NOW + timedelta(hours=4),
    }
    with pytest.raises(Doubtful) as doubt:
        await service.plan_visit(desk, community_id=world.here, plan=NewPlan(**plan))  # type: ignore[arg-type]
    assert [text.message for text in doubt.value.warnings] == ["{name} 同一时间还有别的服务"]
    made = await service.plan_visit(desk, community_id=world.here, plan=NewPlan(**plan), anyway=True)  # type: ignore[arg-type]
    later = NOW + timedelta(days=7)
    moved = await Told(street, made)(
        desk, service.reschedule, planned_from=later, planned_until=later + timedelta(hours=1)
    )
    assert moved.served_on == TODAY + timedelta(days=7)
    for wrong, field in (
        ({"category": "haircut"}, "category"),
        ({"recipient_id": street.zhou}, "recipient"),
        ({"helper_id": world.coordinator}, "helper"),
        ({"scheme_id": world.here}, "scheme_id"),
        # Two hours are planned already in this week, and four are all.
        ({"planned_until": NOW + timedelta(hours=5)}, "helper"),
    ):
        with pytest.raises(Unfit) as unfit:
            await service.plan_visit(
                desk,
                community_id=world.here,
                plan=NewPlan(**{**plan, **wrong}),  # type: ignore[arg-type]
            )
        assert unfit.value.fields[0].field == field


@pytest.mark.slow
async def test_two_desks_confirm_one_visit_and_the_second_is_told(two_desks: World) -> None:
    street, tell = await told(two_desks)
    first, second = await two_desks.call(), await two_desks.call(two_desks.second)
    await tell(first, service.claim, minutes=60)
    seen = await street.visit(tell.visit_id)
    answers = await asyncio.gather(
        *(
            service.confirm(desk, community_id=two_desks.here, visit_id=seen.id, version=seen.version)
            for desk in (first, second)
        ),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Outcome", "Stale"]
    assert isinstance(next(a for a in answers if isinstance(a, Exception)), Stale)
    assert await street.balances() == (60, 540)


@pytest.mark.slow
async def test_pressing_twice_confirms_once(two_desks: World) -> None:
    street, tell = await told(two_desks)
    await tell(await two_desks.call(), service.claim, minutes=60)
    seen = await street.visit(tell.visit_id)
    call = two_desks.call_of_member(street.feng, key="pressed-with-both-thumbs")
    first, second = await asyncio.gather(
        *(
            service.confirm(call, community_id=two_desks.here, visit_id=seen.id, version=seen.version)
            for _ in range(2)
        )
    )
    assert first.visit.id == second.visit.id
    assert first.posted
    assert await street.balances() == (60, 540)
