"""Nobody at a desk settles their family's hours, and nobody confirms them: there is a second person."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.given import World
from tests.visits.given import TODAY, Street
from timebank.access.errors import KinsAffair
from timebank.core.errors import Invalid
from timebank.core.provenance import Provenance
from timebank.desk import service as desk
from timebank.schemes.model import ConfirmBy, SchemePolicy
from timebank.visits import service
from timebank.visits.errors import FamilyConfirms, OnlyThemselves
from timebank.visits.model import Served, SheetRow, Status

DEEDS: dict[str, tuple[Callable[..., Awaitable[Any]], dict[str, Any]]] = {
    "claim": (service.claim, {"minutes": 60}),
    "confirm": (service.confirm, {}),
    "dispute": (service.dispute, {}),
    "resolve": (service.resolve, {"minutes": 60, "reason": "双方都说是一小时"}),
    "settle_again": (service.settle_again, {}),
    "amend": (service.amend, {"minutes": 60, "reason": "改短"}),
    "correct": (service.correct, {"minutes": 60, "reason": "记错"}),
    "cancel": (service.cancel, {"reason": "算了"}),
}


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_coordinator_does_nothing_to_a_visit_of_their_family(world: World, deed: str) -> None:
    street = await Street(world).move_in()
    [visit_id] = await street.plan()
    await world.relate(street.feng, "莫协调", "child")
    act, values = DEEDS[deed]
    with pytest.raises(KinsAffair):
        await act(await world.call(), community_id=world.here, visit_id=visit_id, version=1, **values)


async def test_a_colleague_settles_what_the_coordinator_may_not(world: World) -> None:
    street = await Street(world).move_in()
    visit_id = await street.confirmed()
    await world.relate(street.zhou, "莫协调")
    seen = await street.visit(visit_id)
    settle = {"community_id": world.here, "visit_id": visit_id, "version": seen.version}
    with pytest.raises(KinsAffair):
        await service.settle_again(await world.call(), **settle)
    outcome = await service.settle_again(await world.call(world.second), **settle)
    assert outcome.posted


async def test_a_line_about_the_familys_hours_is_crossed_out(world: World) -> None:
    street = await Street(world).move_in()
    await world.relate(street.feng, "莫协调", "child")
    row = SheetRow(helper="周阿姨", recipient="冯伯", category="shopping", served_on=TODAY, minutes=60)
    sheet = {"community_id": world.here, "rows": [row], "scheme_id": street.scheme}
    [line] = await service.check_sheet(await world.call(), **sheet)
    assert [(error.field, error.text.message) for error in line.errors] == [
        ("recipient", "这一行是您家人的事；请划掉，让另一位协调员录入")
    ]
    with pytest.raises((KinsAffair, Invalid)):
        await service.apply_sheet(await world.call(), **sheet)
    served = Served(
        category="shopping",
        helper_id=street.zhou,
        recipient_id=street.feng,
        served_on=TODAY,
        minutes=60,
        scheme_id=street.scheme,
    )
    with pytest.raises(KinsAffair):
        await service.enter(
            await world.call(),
            community_id=world.here,
            rows=[served],
            provenance=Provenance.PAPER,
            signed=True,
        )


async def test_a_wife_does_not_confirm_her_husbands_hours_and_a_desk_does(world: World) -> None:
    street = await Street(world).move_in(SchemePolicy(confirm_by=ConfirmBy.RECIPIENT))
    [visit_id] = await street.plan()
    seen = {"community_id": world.here, "visit_id": visit_id}
    zhou, feng = world.call_of_member(street.zhou), world.call_of_member(street.feng)
    await service.claim(zhou, **seen, version=1, minutes=60)
    with pytest.raises(OnlyThemselves):
        await service.confirm(await world.call(), **seen, version=2)
    await world.relate(street.feng, street.zhou)
    with pytest.raises(FamilyConfirms):
        await service.confirm(feng, **seen, version=2)
    home = await desk.home(feng, community_id=world.here, member_id=street.feng)
    mine = await service.of_member(feng, community_id=world.here, member_id=street.feng)
    assert (home.to_confirm, mine.to_confirm) == ([], [])
    assert (await service.my_visit(feng, **seen)).family
    outcome = await service.confirm(await world.call(), **seen, version=2)
    assert (outcome.posted, outcome.visit.status) == (True, Status.SETTLED)


async def test_who_is_family_may_still_say_that_it_is_not_right(world: World) -> None:
    street = await Street(world).move_in()
    [visit_id] = await street.plan()
    await world.relate(street.feng, street.zhou)
    seen = {"community_id": world.here, "visit_id": visit_id}
    await service.claim(world.call_of_member(street.zhou), **seen, version=1, minutes=60)
    said = await service.dispute(world.call_of_member(street.feng), **seen, version=2, minutes=30)
    assert said.status is Status.DISPUTED
