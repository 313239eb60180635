"""A month under rules that were not in force: what would have been otherwise, and nothing is posted."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import httpx
import pytest

from tests.given import NOW, World, sign_in
from tests.visits.given import TODAY, Street
from tests.visits.test_settling import settle
from timebank.audit import rules as audit_rules
from timebank.audit.rehearsals import rules, service
from timebank.audit.rehearsals.model import Posting, Rehearsal
from timebank.core.errors import NotFound
from timebank.core.ids import new_id
from timebank.hours import queries as hours
from timebank.schemes import rules as scheme_rules
from timebank.schemes import steps as schemes
from timebank.schemes.model import (
    HousePolicy,
    OverflowTo,
    Payer,
    RemainderTo,
    Rounding,
    SchemePolicy,
)

MONTH = audit_rules.month_of(TODAY)
HERS, HIS, POOL = (UUID(int=n) for n in (1, 2, 3))


def earned(minutes: int, before: int, **changes: object) -> Posting:
    """She earned so much from him, having had `before`."""
    plain = Posting(
        kind="visit",
        minutes=minutes,
        giver_id=HIS,
        taker_id=HERS,
        giver_before=10_000,
        taker_before=before,
        subject_id=new_id(),
        served_on=TODAY,
        category="clinic",
        helper_id=HERS,
        recipient_id=HIS,
        scheme_version_id=None,
        basis=scheme_rules.payable(SchemePolicy(), minutes).basis,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def house(*postings: Posting, policy: HousePolicy) -> object:
    return rules.under_house(
        postings, policy, members={HERS, HIS}, banked={HERS: 30, HIS: 6_000}, age=lambda who, on: 61
    )


def test_what_went_to_the_pool_leaves_room_for_what_comes_later() -> None:
    """She has 100 of 150: of 80, 30 go over; she spends 60; then of 50, none."""
    spent = earned(60, 0, giver_id=HERS, taker_id=HIS, giver_before=180, kind="gift", basis={})
    found = house(
        earned(80, 100),
        spent,
        earned(50, 120),
        policy=HousePolicy(ceiling_minutes=150, overflow_to=OverflowTo.POOL),
    )
    assert (found.over, found.to_pool, found.waiting) == (1, 30, 0)  # type: ignore[attr-defined]
    waits = house(earned(80, 100), policy=HousePolicy(ceiling_minutes=150))
    assert (waits.over, waits.to_pool, waits.waiting) == (1, 0, 1)  # type: ignore[attr-defined]


def test_who_could_not_have_spent_is_counted_with_what_they_spent() -> None:
    early = earned(40, 0, giver_id=HERS, taker_id=HIS, giver_before=30)
    found = house(early, policy=HousePolicy(redeem_after_minutes=60))
    assert (found.unripe, found.unripe_minutes) == (1, 40)  # type: ignore[attr-defined]
    # Thirty were banked before, forty more in the month: then she may.
    later = house(earned(40, 0), early, policy=HousePolicy(redeem_after_minutes=60))
    assert later.unripe == 0  # type: ignore[attr-defined]
    assert house(early, policy=HousePolicy(redeem_age_min=62)).unripe == 1  # type: ignore[attr-defined]


def test_what_was_spent_below_another_floor_is_counted_once() -> None:
    spent = earned(100, 0, giver_id=HERS, taker_id=HIS, giver_before=60)
    found = house(spent, policy=HousePolicy(floor_minutes=0))
    assert (found.short, found.short_minutes) == (1, 40)  # type: ignore[attr-defined]
    assert house(spent, policy=HousePolicy(floor_minutes=-60)).short == 0  # type: ignore[attr-defined]


async def rehearse(world: World, version: UUID, scheme: UUID | None) -> Rehearsal:
    call = await world.call(world.auditor)
    return await service.rehearse(
        call, community_id=world.here, version_id=version, scheme_id=scheme, month=MONTH
    )


async def test_a_months_visits_come_to_something_else_under_whole_hours(world: World) -> None:
    street = await Street(world).move_in()
    await settle(street, await street.confirmed(80), await street.confirmed(120, helper_id=street.chen))
    async with world.database.begin({world.here}) as db:
        before = await hours.trial_balance(db, world.here, TODAY)
        by = {"now": NOW, "made_by": world.coordinator}
        whole = SchemePolicy(
            rounding_minutes=60,
            rounding=Rounding.DOWN,
            remainder_to=RemainderTo.POOL,
            weekly_cap_minutes=90,
            recipient_age_min=0,
            categories=("shopping",),
        )
        made = await schemes.add_scheme_policy(db, world.here, street.scheme, whole, TODAY, **by)  # type: ignore[arg-type]
        granted = await schemes.add_scheme_policy(
            db,
            world.here,
            street.scheme,
            SchemePolicy(payer=Payer.GRANTS, rate_numerator=2),
            TODAY.replace(day=30),
            **by,  # type: ignore[arg-type]
        )
    found = (await rehearse(world, made, street.scheme)).of_scheme
    assert found is not None
    assert (found.visits, found.different, found.served) == (2, 1, 200)
    assert (found.credited, found.charged, found.to_pool) == ((200, 180), (200, 200), (0, 20))
    assert (found.barred, found.capped) == (2, 1)
    doubled = (await rehearse(world, granted, street.scheme)).of_scheme
    assert doubled is not None
    assert doubled.credited == (200, 400)
    async with world.database.begin({world.here}) as db:
        assert await hours.trial_balance(db, world.here, TODAY) == before
    with pytest.raises(NotFound):
        await rehearse(world, made, None)
    with pytest.raises(NotFound):
        await rehearse(world, world.here, street.scheme)


async def test_a_house_policy_is_tried_on_the_page(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in()
    await settle(street, await street.confirmed(80))
    async with world.database.begin({world.here}) as db:
        low = HousePolicy(ceiling_minutes=60, kept_outside=True, overflow_to=OverflowTo.POOL)
        made = await schemes.set_house_policy(
            db, world.here, low, date(2027, 1, 1), now=NOW, made_by=world.coordinator
        )
    await sign_in(client, "mo")
    page = await client.get(f"/audit/rehearsals/{made}", params={"month": "2026-11"})
    assert page.status_code == 200
    assert "<dt>到存储上限的</dt><dd>1 人</dd>" in page.text
    assert "<dt>进公益时间池的</dt><dd>20 分</dd>" in page.text
    empty = await client.get(f"/audit/rehearsals/{made}")
    assert "2026-10" in empty.text
    assert "0 人" in empty.text
    assert (await client.get(f"/audit/rehearsals/{made}?month=2026-13")).status_code == 422
    await sign_in(client, "he")
    assert (await client.get(f"/audit/rehearsals/{made}")).status_code == 404
