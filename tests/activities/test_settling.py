"""What is served in an activity is posted once, as the sheet says; what the sheet says no more is taken back."""

from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.activities.given import TALK, TODAY, enrol, planned, staff
from tests.given import World, post_form, sign_in
from tests.visits.given import Street
from timebank.access.errors import OwnAffair
from timebank.access.steps import link_membership
from timebank.activities import rules, service
from timebank.activities.errors import ActivityMoved, EarnedAndSpent
from timebank.activities.model import Earners, Gathering, Part, SignIn
from timebank.activities.settling.model import Due, InForce, Service
from timebank.activities.settling.rules import due, earns, paid_in_common
from timebank.audit.reconciling import reconcile_now
from timebank.core.errors import Invalid
from timebank.core.ids import new_id
from timebank.hours import queries as hours
from timebank.hours.model import AccountKind, common_account
from timebank.hours.service import set_house_policy
from timebank.schemes.model import HousePolicy, OverflowTo, Payer, Rounding, SchemePolicy

ENDED = {"held_on": TODAY, "from_minute": 480, "to_minute": 570, "seats": 30}


@pytest.mark.parametrize(
    ("served", "posted", "what"),
    [
        (0, None, Due.NOTHING),
        (90, None, Due.POST),
        (90, 90, Due.NOTHING),
        (60, 90, Due.REPLACE),
        (0, 90, Due.TAKE_BACK),
    ],
)
def test_what_is_posted_becomes_what_was_served(served: int, posted: int | None, what: Due) -> None:
    in_force = None if posted is None else InForce(1, posted, (new_id(),))
    assert due(Service(new_id(), new_id(), 1, served, in_force)) is what


def test_who_earns() -> None:
    assert [earns(Earners.NOBODY, part) for part in Part] == [False, False, False]
    assert [earns(Earners.STAFFING, part) for part in Part] == [False, True, True]
    assert [earns(Earners.EVERYBODY, part) for part in Part] == [True, True, True]
    assert paid_in_common(SchemePolicy()).payer is Payer.POOL
    assert paid_in_common(SchemePolicy(payer=Payer.GRANTS)).payer is Payer.GRANTS


def test_who_earns_earns_in_a_scheme() -> None:
    scheme = new_id()
    for earners, named, fields in (
        (Earners.STAFFING, None, ["scheme_id"]),
        (Earners.NOBODY, scheme, ["scheme_id"]),
        (Earners.EVERYBODY, scheme, []),
    ):
        plan = replace(TALK, earners=earners, scheme_id=named)
        assert [one.field for one in rules.problems(plan, today=TODAY)] == fields


async def talk_of(street: Street, earners: Earners = Earners.STAFFING, **changes: object) -> UUID:
    """Chen speaks; Feng and Zhou are to listen."""
    talk = await planned(street.world, scheme_id=street.scheme, earners=earners, **ENDED | changes)
    await staff(street.world, talk, street.chen, Part.SPEAKER)
    return talk


async def type_in(
    street: Street,
    talk: UUID,
    came: set[UUID],
    *,
    version: int = 1,
    served: tuple[tuple[UUID, int], ...] = (),
) -> Gathering:
    desk, ask = await street.world.call(), {"community_id": street.world.here, "activity_id": talk}
    await service.sign_in(desk, sheet=SignIn(frozenset(came), 20, served), version=version, **ask)  # type: ignore[arg-type]
    return await service.gathering(desk, **ask)


async def balances(street: Street) -> list[int]:
    """Zhou's, Feng's and Chen's minutes, and the pool's; the book sums to zero and nothing differs."""
    world = street.world
    pool = common_account(AccountKind.POOL, world.here)
    ids = [street.zhou, street.feng, street.chen, pool]
    async with world.database.begin({world.here}) as db:
        found = await hours.balances(db, world.here, ids)
        trial = await hours.trial_balance(db, world.here, from_on=TODAY, until_on=TODAY)
    assert trial.foots
    run = await reconcile_now(await world.call(world.auditor), community_id=world.here)
    assert run.agrees
    return [found[one].posted for one in ids]


async def test_the_speaker_earns_and_who_listens_pays_nothing(world: World) -> None:
    street = await Street(world).move_in()
    await street.spend(street.feng, 200)
    talk = await talk_of(street)
    gathering = await type_in(street, talk, {street.chen, street.feng, street.zhou})
    assert await balances(street) == [0, 400, 90, 110]
    assert list(gathering.posted.values()) == [90]
    # Typed in again as it is, nothing moves.
    await type_in(street, talk, {street.chen, street.feng}, version=2)
    assert await balances(street) == [0, 400, 90, 110]
    # An hour only: taken back, and posted anew.
    await type_in(street, talk, {street.chen}, version=3, served=((street.chen, 60),))
    assert await balances(street) == [0, 400, 60, 140]
    # She did not come at all.
    gathering = await type_in(street, talk, set(), version=4)
    assert await balances(street) == [0, 400, 0, 200]
    assert gathering.posted == {}


async def test_everybody_earns_where_all_of_them_work(world: World) -> None:
    street = await Street(world).move_in(
        SchemePolicy(payer=Payer.GRANTS, rounding_minutes=60, rounding=Rounding.DOWN)
    )
    day = await talk_of(street, Earners.EVERYBODY)
    await type_in(street, day, {street.chen, street.feng, street.zhou}, served=((street.feng, 180),))
    assert await balances(street) == [60, 780, 60, 0]


async def test_an_empty_pool_is_said_and_tried_again(world: World, client: httpx.AsyncClient) -> None:
    street = await Street(world).move_in()
    talk = await talk_of(street)
    gathering = await type_in(street, talk, {street.chen})
    (refused,) = gathering.refused
    assert refused.participation.refusal is not None
    assert refused.participation.refusal.short_minutes == 90
    await sign_in(client, "mo")
    at = f"/activities/{talk}"
    page = (await client.get(at)).text
    assert ("没记上账" in page, "公益时间池" in page, "再记一次" in page) == (True, True, True)
    again = await post_form(client, f"{at}/settle", {"version": "2"}, seen=at)
    assert again.status_code == 303
    assert "还有没记上的" in (await client.get(at)).text
    await street.spend(street.feng, 100)
    assert (await post_form(client, f"{at}/settle", {"version": "3"}, seen=at)).status_code == 303
    page = (await client.get(at)).text
    assert ("都记上账了" in page, "记账 1 小时 30 分" in page) == (True, True)
    assert await balances(street) == [0, 500, 90, 10]
    late = await post_form(client, f"{at}/settle", {"version": "3"}, seen=at)
    assert (late.status_code, "刚才有人改过" in late.text) == (409, True)


async def test_what_is_spent_is_not_taken_back_in_silence(world: World) -> None:
    street = await Street(world).move_in()
    await street.spend(street.feng, 200)
    talk = await talk_of(street)
    await type_in(street, talk, {street.chen})
    await street.spend(street.chen, 80)
    with pytest.raises(EarnedAndSpent) as refused:
        await type_in(street, talk, set(), version=2)
    assert refused.value.values == {"name": "陈婆", "short": 80}
    assert await balances(street) == [0, 400, 10, 190]


async def test_what_goes_over_the_ceiling_goes_to_the_pool(world: World) -> None:
    street = await Street(world).move_in()
    await street.spend(street.feng, 200)
    full = HousePolicy(ceiling_minutes=500, overflow_to=OverflowTo.POOL)
    office = await world.call(world.administrator)
    await set_house_policy(office, community_id=world.here, policy=full, in_force_from=TODAY, replaces=None)
    await street.bring(street.chen, 450)
    talk = await talk_of(street)
    await type_in(street, talk, {street.chen})
    assert await balances(street) == [0, 400, 500, 150]
    # Taken back and posted anew in one batch, the room is what it was.
    await type_in(street, talk, {street.chen}, version=2, served=((street.chen, 60),))
    assert await balances(street) == [0, 400, 500, 150]


async def test_nobody_types_their_own_hours_in(world: World) -> None:
    street = await Street(world).move_in()
    async with world.database.begin({world.here}) as db:
        await link_membership(db, staff_id=world.coordinator, member_id=street.chen)
    desk = await world.call(world.second)
    plan = replace(TALK, scheme_id=street.scheme, earners=Earners.STAFFING, **ENDED)
    ask = {"community_id": world.here}
    talk = await service.plan(desk, plan=plan, **ask)  # type: ignore[arg-type]
    told = {"member_id": street.chen, "part": Part.SPEAKER, "provenance": "paper"}
    await service.staff(desk, activity_id=talk, **told, **ask)  # type: ignore[arg-type]
    with pytest.raises(OwnAffair):
        await type_in(street, talk, {street.chen})
    all_earn = replace(plan, earners=Earners.EVERYBODY)
    day = await service.plan(desk, plan=all_earn, **ask)  # type: ignore[arg-type]
    with pytest.raises(OwnAffair):
        await type_in(street, day, {street.chen})


async def test_a_scheme_must_be_open_on_the_day(world: World) -> None:
    street = await Street(world).move_in()
    for scheme in (new_id(), street.scheme):
        day = {} if scheme != street.scheme else {"held_on": TODAY.replace(year=2025, month=12)}
        with pytest.raises(Invalid) as refused:
            await planned(world, scheme_id=scheme, earners=Earners.STAFFING, **ENDED | day)
        assert [one.field for one in refused.value.fields] == ["scheme_id"]
    talk = await planned(world)
    with pytest.raises(ActivityMoved):
        await service.settle(await world.call(), community_id=world.here, activity_id=talk, version=1)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE timebank.activities SET scheme_id = NULL", "activity_earns_in_a_scheme"),
        ("UPDATE timebank.activities SET earners = 'me'", "activity_earners"),
        (
            (
                "INSERT INTO timebank.activity_settlements SELECT community_id, participation_id, 9, 1, '{}', 0,"
                " house_version_id, scheme_version_id, settled_by, settled_at FROM timebank.activity_settlements"
            ),
            "activity_settlement_once",
        ),
        (
            "UPDATE timebank.activity_settlements SET reversed_at = now()",
            "activity_settlement_reversed",
        ),
    ],
)
async def test_the_database_refuses_a_wrong_settlement(world: World, statement: str, rule: str) -> None:
    street = await Street(world).move_in()
    await street.spend(street.feng, 200)
    await type_in(street, await talk_of(street), {street.chen})
    with pytest.raises(IntegrityError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(statement))


@pytest.mark.slow
async def test_the_desk_sees_what_was_earned(world: World, client: httpx.AsyncClient) -> None:
    street = await Street(world).move_in()
    await street.spend(street.feng, 200)
    await enrol(world, await planned(world), street.feng)
    await sign_in(client, "mo")
    form = {
        "kind": "talk",
        "title": "宣讲",
        "place": "广场",
        "held_on": str(TODAY),
        "from_time": "08:00",
        "until_time": "09:00",
        "seats": "30",
        "earners": "staffing",
    }
    wrong = await post_form(client, "/activities/new", form, seen="/activities/new")
    assert (wrong.status_code, "要选一个项目" in wrong.text) == (422, True)
    made = await post_form(
        client, "/activities/new", {**form, "scheme_id": str(street.scheme)}, seen="/activities/new"
    )
    at = made.headers["location"]
    # It is over already, and who spoke is noted all the same.
    speaker = {"who": "0103", "part": "speaker"}
    assert (await post_form(client, f"{at}/people", speaker, seen=at)).status_code == 303
    sheet = {"version": "1", "came": [str(street.chen)], "guests": "20"}
    assert (await post_form(client, f"{at}/sign-in", sheet, seen=f"{at}/sign-in")).status_code == 303
    assert "共记账 1 小时" in (await client.get(f"{at}/report")).text
    assert "记账 1 小时" in (await client.get(at)).text
    book = (await client.get(f"/accounts/{street.chen}")).text
    assert "在活动中服务：宣讲" in book
    entry = book.split('href="/accounts/entries/', 1)[1].split('"', 1)[0]
    assert f'href="{at}"' in (await client.get(f"/accounts/entries/{entry}")).text
