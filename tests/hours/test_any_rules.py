"""Any valid rules, and whatever happens under them: the book sums to zero, limits hold, everything explains itself."""

import contextlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

import ledger
from tests.given import NOW, World
from tests.one_connection import OneConnection
from tests.schemes.agreeing import agree
from timebank.core import clock
from timebank.core.errors import TimebankError
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import queries, service, steps
from timebank.hours.gifts import service as gifts
from timebank.hours.model import Kind
from timebank.hours.reckoning import minutes_again
from timebank.schemes import rules
from timebank.schemes import steps as schemes
from timebank.schemes.model import (
    EarnedBy,
    GiftTo,
    HousePolicy,
    OverflowTo,
    Payer,
    Price,
    RemainderTo,
    Rounding,
    SchemeKind,
    SchemePolicy,
)
from timebank.visits import queries as visit_queries
from timebank.visits import service as visits
from timebank.visits.model import Served
from timebank.visits.model import Status as VisitStatus

TODAY = clock.day_of(NOW)
BEGAN = date(2026, 1, 1)

houses = st.builds(
    HousePolicy,
    floor_minutes=st.sampled_from([0, -45, -600]),
    ceiling_minutes=st.sampled_from([None, 60, 200, 90_000]),
    kept_outside=st.just(True),
    overflow_to=st.sampled_from(OverflowTo),
    redeem_age_min=st.sampled_from([0, 60]),
    redeem_after_minutes=st.sampled_from([0, 30]),
    gift_to=st.sampled_from(GiftTo),
    gift_minutes_max=st.sampled_from([None, 50]),
    gift_kept_minutes=st.sampled_from([0, 20]),
).filter(lambda policy: not rules.house_policy_problems(policy))
policies = st.builds(
    SchemePolicy,
    recipient_age_min=st.just(0),
    payer=st.sampled_from(Payer),
    earned_by=st.sampled_from(EarnedBy),
    rate_numerator=st.integers(1, 4),
    rate_denominator=st.integers(1, 3),
    rounding_minutes=st.sampled_from([1, 15, 30, 60]),
    rounding=st.sampled_from(Rounding),
    remainder_to=st.sampled_from(RemainderTo),
    prices=st.sampled_from([(), (Price(category="haircut", minutes=25),)]),
).filter(lambda policy: not rules.scheme_policy_problems(policy))
people = st.integers(0, 3)
deeds = st.one_of(
    st.tuples(st.just("visit"), people, people, st.integers(1, 300), st.sampled_from(["clinic", "haircut"])),
    st.tuples(st.just("gift"), people, st.one_of(people, st.none()), st.integers(1, 120)),
    st.tuples(st.just("grant"), st.one_of(people, st.none()), st.integers(1, 300)),
    st.tuples(st.just("correct"), st.integers(0, 30), st.one_of(st.none(), st.integers(1, 300))),
)


@dataclass
class Town:
    """Four people under some rules, one of them young, and the visits so far."""

    world: World
    scheme: UUID = field(default_factory=new_id)
    people: list[UUID] = field(default_factory=list)
    visits: list[UUID] = field(default_factory=list)

    async def found(self, house: HousePolicy, policy: SchemePolicy) -> "Town":
        """Let them move in, and the rules have been in force all year."""
        world = self.world
        for n, born in enumerate((1940, 1950, 1960, 1999)):
            self.people.append(await world.add_member(f"某{n}", number=f"9{n}", birth_on=date(born, 1, 1)))
        by = {"now": NOW, "made_by": world.coordinator}
        async with world.database.begin({world.here}) as db:
            await schemes.set_house_policy(db, world.here, house, BEGAN, **by)  # type: ignore[arg-type]
            await steps.open_members(db, world.here, self.people, house=house, actor_id=world.coordinator)
            await schemes.open_scheme(
                db,
                world.here,
                "任意",
                SchemeKind.MUTUAL_AID,
                policy,
                BEGAN,
                NOW,
                made_by=world.coordinator,
                scheme_id=self.scheme,
            )
        for place in range(len(self.people)):
            await self.do(("grant", place, 60), TODAY)
        return self

    async def change(self, house: HousePolicy, policy: SchemePolicy) -> None:
        """Other rules from today on, which a second person agrees to."""
        world = self.world
        by = {"now": NOW, "made_by": world.coordinator}
        async with world.database.begin({world.here}) as db:
            made = await schemes.set_house_policy(db, world.here, house, TODAY, **by)  # type: ignore[arg-type]
            await agree(db, world, made, house=True)
            made = await schemes.add_scheme_policy(
                db,
                world.here,
                self.scheme,
                policy,
                TODAY,
                **by,  # type: ignore[arg-type]
            )
            await agree(db, world, made)
            await steps.apply_house_policy(db, world.here, on=TODAY, actor_id=world.coordinator)

    async def do(self, deed: tuple[Any, ...], served_on: date) -> None:
        """Do it through the use case, as a desk would; what is refused changes nothing."""
        call, here = await self.world.call(), self.world.here
        match deed:
            case ("visit", helper, recipient, minutes, category):
                row = Served(
                    scheme_id=self.scheme,
                    category=category,
                    helper_id=self.people[helper],
                    recipient_id=self.people[recipient],
                    served_on=served_on,
                    minutes=minutes,
                )
                entered = await visits.enter(
                    call, community_id=here, rows=[row], provenance=Provenance.PAPER, signed=True
                )
                self.visits += [outcome.visit.id for outcome in entered.outcomes]
            case ("gift", giver, receiver, minutes):
                await gifts.give(
                    call,
                    community_id=here,
                    member_id=self.people[giver],
                    receiver_id=None if receiver is None else self.people[receiver],
                    minutes=minutes,
                    reason=None,
                )
            case ("grant", member, minutes):
                to = None if member is None else self.people[member]
                await service.grant(call, community_id=here, member_id=to, minutes=minutes, reason="发放")
            case ("correct", place, minutes) if self.visits:
                async with self.world.database.begin({here}) as db:
                    visit = await visit_queries.visit(db, self.visits[place % len(self.visits)])
                if visit.status is VisitStatus.SETTLED:
                    await visits.correct(
                        call,
                        community_id=here,
                        visit_id=visit.id,
                        version=visit.version,
                        minutes=minutes,
                        reason="登记错了",
                    )

    async def balances(self) -> dict[UUID, int]:
        """Every account; together they are zero, and the members' are within their limits or as they were."""
        async with self.world.database.begin({self.world.here}) as db:
            accounts = await ledger.accounts(db, self.world.here)
        assert sum(account.balance_minutes for account in accounts) == 0
        return {account.id: account.balance_minutes for account in accounts}

    async def within(self, before: dict[UUID, int]) -> dict[UUID, int]:
        """Nobody went over a limit, nor further outside of one that came later."""
        after = await self.balances()
        async with self.world.database.begin({self.world.here}) as db:
            for account in await ledger.accounts(db, self.world.here):
                stood, stands = before.get(account.id, 0), after[account.id]
                if account.ceiling_minutes is not None:
                    assert stands <= max(account.ceiling_minutes, stood)
                if account.floor_minutes is not None:
                    assert stands >= min(account.floor_minutes, stood)
        return after

    async def explain_all(self) -> int:
        """Every transfer of a visit comes to the same minutes again; how many there were."""
        checked = 0
        async with self.world.database.begin({self.world.here}) as db:
            caused = await queries.transfers_about(db, self.world.here, self.visits)
            for transfer_id in (one for transfers in caused.values() for one in transfers):
                found = await queries.explain(db, self.world.here, transfer_id)
                assert found.about is not None
                if found.about.kind is Kind.VISIT:
                    assert found.minutes_again == found.minutes, found
                    checked += 1
        return checked


@pytest.mark.slow(30)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
@given(
    first=st.tuples(houses, policies),
    then=st.tuples(houses, policies),
    happened=st.lists(st.tuples(deeds, st.booleans()), min_size=4, max_size=16),
    turn=st.integers(0, 15),
)
async def test_any_rules_conserve_and_explain_themselves(
    engine: AsyncEngine,
    first: tuple[HousePolicy, SchemePolicy],
    then: tuple[HousePolicy, SchemePolicy],
    happened: list[tuple[tuple[Any, ...], bool]],
    turn: int,
) -> None:
    async with engine.connect() as connection, connection.begin() as transaction:
        with clock.set_to(NOW):
            town = await Town(await World(OneConnection(connection)).settle_in()).found(*first)
            stands = await town.balances()
            for place, (deed, late) in enumerate(happened):
                if place == turn:
                    await town.change(*then)
                with contextlib.suppress(TimebankError):
                    await town.do(deed, TODAY - timedelta(days=1) if late else TODAY)
                stands = await town.within(stands)
            await town.explain_all()
        await transaction.rollback()


async def test_a_posting_that_is_not_by_its_rules_is_told_apart(world: World) -> None:
    """The same reckoning must be able to say no: under other rules the hour comes to something else."""
    town = await Town(world).found(HousePolicy(), SchemePolicy(payer=Payer.GRANTS))
    await town.do(("visit", 0, 1, 50, "clinic"), TODAY)
    assert await town.explain_all() == 1
    async with world.database.begin({world.here}) as db:
        [[transfer_id]] = (await queries.transfers_about(db, world.here, town.visits)).values()
        about = (await queries.abouts(db, world.here, [transfer_id]))[transfer_id]
    wrong = SchemePolicy(payer=Payer.GRANTS, rounding_minutes=60)
    assert minutes_again(about, policy=wrong, house=HousePolicy(), to_helper=True) == 60
