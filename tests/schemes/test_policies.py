"""Policies are dated, never changed, and never begin twice on one day."""

import json
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.given import World
from tests.schemes.agreeing import agree
from timebank.core.errors import Invalid, NotFound, Stale
from timebank.schemes import queries, steps
from timebank.schemes.errors import (
    ApprovedByMaker,
    ApprovedLate,
    NoPolicyInForce,
    PolicyBackdated,
    PolicyBegun,
    PolicyDateTaken,
    SchemeNameTaken,
)
from timebank.schemes.model import HousePolicy, Payer, Rounding, SchemeKind, SchemePolicy
from timebank.schemes.tables import SchemePolicyVersion

TODAY = date(2026, 11, 22)
NEXT_MONTH = date(2026, 12, 1)


async def _open(world: World, policy: SchemePolicy | None = None, name: str = "银龄互助") -> UUID:
    async with world.database.begin({world.here}) as db:
        return await steps.open_scheme(
            db,
            world.here,
            name,
            SchemeKind.MUTUAL_AID,
            policy or SchemePolicy(),
            date(2026, 9, 1),
            world.now,
            made_by=world.coordinator,
        )


async def test_a_visit_finds_the_rules_of_its_own_day(world: World) -> None:
    scheme = await _open(world, SchemePolicy(rounding_minutes=15, rounding=Rounding.DOWN))
    async with world.database.begin({world.here}) as db:
        after = SchemePolicy(rounding_minutes=60, payer=Payer.POOL, trainings_required=("急救",))
        made = await steps.add_scheme_policy(
            db, world.here, scheme, after, NEXT_MONTH, now=world.now, made_by=world.coordinator
        )
        await agree(db, world, made)
        assert (await queries.scheme_policy(db, scheme, TODAY)).content.rounding_minutes == 15
        found = await queries.scheme_policy(db, scheme, NEXT_MONTH)
        assert (found.version_id, found.number, found.content) == (made, 2, after)
        with pytest.raises(NoPolicyInForce):
            await queries.scheme_policy(db, scheme, date(2026, 8, 31))
        again = (await queries.policy_versions(db, [made]))[made]
        assert (again.scheme.name, again.policy.content, again.policy.number) == ("银龄互助", after, 2)


async def test_a_community_without_a_house_policy_has_the_defaults(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        found = await queries.house_policy(db, world.here, TODAY)
        assert (found.version_id, found.content) == (None, HousePolicy())
        policy = HousePolicy(ceiling_minutes=45_000)
        made = await steps.set_house_policy(
            db, world.here, policy, TODAY, now=world.now, made_by=world.coordinator
        )
        assert (await queries.house_policy(db, world.here, TODAY)).version_id == made
        assert (await queries.house_policy(db, world.here, TODAY - timedelta(1))).version_id is None
        assert (await queries.house_policy(db, world.there, TODAY)).version_id is None


async def test_two_versions_never_begin_on_one_day_and_none_in_the_past(world: World) -> None:
    scheme = await _open(world)
    async with world.database.begin({world.here}) as db:
        by = {"now": world.now, "made_by": world.coordinator}
        await steps.add_scheme_policy(db, world.here, scheme, SchemePolicy(), NEXT_MONTH, **by)
        with pytest.raises(PolicyDateTaken):
            await steps.add_scheme_policy(db, world.here, scheme, SchemePolicy(), NEXT_MONTH, **by)
        with pytest.raises(PolicyBackdated):
            await steps.add_scheme_policy(db, world.here, scheme, SchemePolicy(), TODAY - timedelta(1), **by)
        with pytest.raises(Invalid) as refused:
            await steps.add_scheme_policy(
                db, world.here, scheme, SchemePolicy(rounding_minutes=7), TODAY, **by
            )
        assert [found.field for found in refused.value.fields] == ["rounding_minutes"]


async def test_a_version_that_has_not_begun_is_replaced_by_whoever_saw_it_last(world: World) -> None:
    scheme = await _open(world)
    by = {"now": world.now, "made_by": world.coordinator}
    async with world.database.begin({world.here}) as db:
        wrong = await steps.add_scheme_policy(
            db, world.here, scheme, SchemePolicy(tolerance_minutes=1), NEXT_MONTH, **by
        )
        await agree(db, world, wrong)
        right = await steps.add_scheme_policy(
            db, world.here, scheme, SchemePolicy(tolerance_minutes=10), TODAY, replaces=wrong, **by
        )
        # Until somebody agrees to it, the one that it is to replace begins all the same.
        assert (await queries.scheme_policy(db, scheme, NEXT_MONTH)).version_id == wrong
        await agree(db, world, right)
        found = await queries.scheme_policy(db, scheme, NEXT_MONTH)
        assert (found.version_id, found.in_force_from) == (right, NEXT_MONTH)
        versions = (await queries.scheme_policies(db, [scheme]))[scheme]
        assert [(v.number, v.replaced) for v in versions] == [(3, False), (2, True), (1, False)]
        with pytest.raises(Stale):
            await steps.add_scheme_policy(db, world.here, scheme, SchemePolicy(), TODAY, replaces=wrong, **by)
        first = versions[-1].version_id
        with pytest.raises(PolicyBegun):
            await steps.add_scheme_policy(db, world.here, scheme, SchemePolicy(), TODAY, replaces=first, **by)


async def test_a_house_policy_that_has_not_begun_is_replaced(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        by = {"now": world.now, "made_by": world.coordinator}
        wrong = await steps.set_house_policy(
            db, world.here, HousePolicy(ceiling_minutes=60), NEXT_MONTH, **by
        )
        right = HousePolicy(ceiling_minutes=600)
        made = await steps.set_house_policy(db, world.here, right, NEXT_MONTH, replaces=wrong, **by)
        await agree(db, world, made, house=True)
        assert (await queries.house_policy(db, world.here, NEXT_MONTH)).content == right


async def test_a_scheme_is_renamed_and_ended_by_whoever_saw_it_last(world: World) -> None:
    scheme = await _open(world)
    await _open(world, name="银发系扣子")
    async with world.database.begin({world.here}) as db:
        await steps.change_scheme(db, scheme, name="银龄互助（二期）", closed_on=TODAY, version=1)
        with pytest.raises(Stale):
            await steps.change_scheme(db, scheme, name="别的", closed_on=None, version=1)
        with pytest.raises(SchemeNameTaken):
            await steps.change_scheme(db, scheme, name="银发系扣子", closed_on=None, version=2)
        assert [s.name for s in await queries.schemes(db, world.here, open_on=TODAY)] == ["银发系扣子"]
        assert len(await queries.schemes(db, world.here)) == 2
    async with world.database.begin({world.there}) as db:
        with pytest.raises(NotFound):
            await queries.scheme(db, scheme)


@pytest.mark.parametrize("table", ["house_policies", "scheme_policies"])
@pytest.mark.parametrize("deed", ["UPDATE timebank.{} SET number = 9", "DELETE FROM timebank.{}"])
async def test_nobody_changes_a_policy(owner: AsyncConnection, table: str, deed: str) -> None:
    with pytest.raises(DBAPIError, match="append_only"):
        await owner.execute(text(deed.format(table)))


@pytest.mark.parametrize(
    ("constraint", "content"),
    [
        ("policy_rounding", {"rounding_minutes": 7}),
        ("policy_rate", {"rate_denominator": 0}),
        ("policy_payer", {"payer": "somebody"}),
        ("policy_remainder", {"remainder_to": "pool", "rounding": "up"}),
        ("policy_hold_days", {"hold_days": 0}),
        ("policy_hold_days", {"hold_days": 91}),
        ("policy_earned_by", {"earned_by": "somebody"}),
        ("policy_earned_by", {"earned_by": "pool", "payer": "pool"}),
    ],
)
async def test_the_database_refuses_a_policy_that_contradicts_itself(
    world: World, constraint: str, content: dict[str, object]
) -> None:
    scheme = await _open(world)
    statement = text("""
        INSERT INTO timebank.scheme_policies
        SELECT gen_random_uuid(), community_id, scheme_id, 2, '2027-01-01', content || CAST(:changed AS jsonb),
               made_by, made_on, made_at, NULL, true
        FROM timebank.scheme_policies WHERE scheme_id = :scheme""")
    with pytest.raises(DBAPIError, match=constraint):
        async with world.database.begin({world.here}) as db:
            await db.execute(statement, {"changed": json.dumps(content), "scheme": scheme})


async def test_the_database_refuses_a_version_that_begins_in_the_past(world: World) -> None:
    scheme = await _open(world)
    statement = text("""
        INSERT INTO timebank.scheme_policies
        SELECT gen_random_uuid(), community_id, scheme_id, :number, :day, content, made_by, made_on, made_at,
               CASE WHEN CAST(:replaces AS uuid) IS NOT NULL THEN id END, true
        FROM timebank.scheme_policies WHERE scheme_id = :scheme""")
    for constraint, number, day, replaces in (
        ("policy_backdated", 2, date(2026, 11, 21), None),
        ("policy_date_taken", 1, date(2026, 9, 1), None),
        ("policy_begun", 1, date(2026, 9, 1), scheme),
    ):
        with pytest.raises(DBAPIError, match=constraint):
            async with world.database.begin({world.here}) as db:
                await db.execute(
                    statement, {"number": number, "day": day, "scheme": scheme, "replaces": replaces}
                )


async def test_a_later_version_begins_only_with_a_second_persons_word(world: World) -> None:
    scheme = await _open(world)
    by = {"now": world.now, "made_by": world.coordinator}
    async with world.database.begin({world.here}) as db:
        made = await steps.add_scheme_policy(
            db, world.here, scheme, SchemePolicy(tolerance_minutes=1), TODAY, **by
        )
        assert (await queries.scheme_policy(db, scheme, TODAY)).number == 1
        assert [one.version_id for one in await queries.unapproved(db, TODAY)] == [made]
        assert await queries.unapproved(db, TODAY + timedelta(1)) == []
        with pytest.raises(ApprovedByMaker):
            await steps.approve(
                db, SchemePolicyVersion, world.here, made, by=world.coordinator, now=world.now
            )
        with pytest.raises(ApprovedLate):
            await agree(db, world, made, now=world.now + timedelta(days=1))
        await agree(db, world, made)
        assert (await queries.scheme_policy(db, scheme, TODAY)).number == 2
        assert await queries.unapproved(db, TODAY) == []
        with pytest.raises(Stale):
            await agree(db, world, made)
        with pytest.raises(NotFound):
            await agree(db, world, scheme)


async def test_one_that_another_wants_to_replace_is_not_agreed_to_any_more(world: World) -> None:
    scheme = await _open(world)
    by = {"now": world.now, "made_by": world.coordinator}
    async with world.database.begin({world.here}) as db:
        first = await steps.add_scheme_policy(db, world.here, scheme, SchemePolicy(), NEXT_MONTH, **by)
        await steps.add_scheme_policy(
            db, world.here, scheme, SchemePolicy(tolerance_minutes=5), NEXT_MONTH, replaces=first, **by
        )
        with pytest.raises(Stale):
            await agree(db, world, first)


@pytest.mark.parametrize(
    ("constraint", "approved_by", "approved_on"),
    [
        ("policy_approved_by_maker", "made_by", "made_on"),
        ("policy_approved_late", "gen_random_uuid()", "in_force_from + 1"),
    ],
)
async def test_the_database_refuses_a_word_that_is_none(
    world: World, constraint: str, approved_by: str, approved_on: str
) -> None:
    scheme = await _open(world)
    async with world.database.begin({world.here}) as db:
        await steps.add_scheme_policy(
            db, world.here, scheme, SchemePolicy(), TODAY, now=world.now, made_by=world.coordinator
        )
    with pytest.raises(DBAPIError, match=constraint):
        async with world.database.begin({world.here}) as db:
            await db.execute(
                text(f"""
                    INSERT INTO timebank.scheme_policy_approvals
                    SELECT id, community_id, made_by, in_force_from, {approved_by}, {approved_on}, made_at
                    FROM timebank.scheme_policies WHERE number = 2""")
            )


async def test_the_database_knows_which_versions_need_a_word(world: World) -> None:
    scheme = await _open(world)
    statement = text("""
        INSERT INTO timebank.scheme_policies
        SELECT gen_random_uuid(), community_id, scheme_id, 2, '2027-01-01', content, made_by, made_on, made_at,
               NULL, false
        FROM timebank.scheme_policies WHERE scheme_id = :scheme""")
    with pytest.raises(DBAPIError, match="policy_unapproved"):
        async with world.database.begin({world.here}) as db:
            await db.execute(statement, {"scheme": scheme})
