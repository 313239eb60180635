"""Two records of one person become one: nothing of the old ledger is touched, and nothing open is lost."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.given import NOW, World
from tests.membership.sheets import id_number
from tests.pairing.neighbourhood import open_neighbourhood
from tests.pairing.test_pairs import paired
from tests.pairing.test_proposals import proposed
from tests.people.test_delegates import appoint, revoke_all
from tests.people.test_kin import related
from tests.requests.given import wish
from tests.visits.given import TODAY, Street
from tests.visits.holding import AHEAD, differences, holding_street
from timebank.access import service as access
from timebank.access.errors import OwnAffair
from timebank.access.kin.model import KinKind
from timebank.access.steps import link_membership
from timebank.audit.reconciling import reconcile_now
from timebank.core import clock
from timebank.core.actor import NOBODY
from timebank.core.errors import Stale
from timebank.core.provenance import Provenance
from timebank.hours import queries as hours
from timebank.hours.errors import NoRoom
from timebank.hours.gifts.service import give
from timebank.hours.model import Balance
from timebank.hours.service import set_house_policy
from timebank.membership import service
from timebank.membership.errors import MergeRefused, NoSuchMove
from timebank.membership.joining import service as joining
from timebank.membership.model import CardFate, MergeLook
from timebank.membership.steps import open_accounts
from timebank.pairing import queries as pairing
from timebank.people import queries as people
from timebank.people import service as people_service
from timebank.people import steps as people_steps
from timebank.people.errors import NotWithOneself
from timebank.people.kin import service as kin
from timebank.people.model import AbsenceKind, Status, Window
from timebank.requests import queries as requests
from timebank.requests import service as requests_service
from timebank.schemes.model import HousePolicy
from timebank.visits.model import Status as VisitStatus

ANNA = id_number(date(1949, 1, 1), 24)


async def look_at(world: World, kept: UUID, ended: UUID) -> MergeLook:
    return await service.look_at_merge(
        await world.call(), community_id=world.here, kept_id=kept, ended_id=ended
    )


async def merge(world: World, kept: UUID, ended: UUID, by: UUID | None = None) -> UUID:
    found = await look_at(world, kept, ended)
    return await service.merge(
        await world.call(by),
        community_id=world.here,
        kept_id=kept,
        ended_id=ended,
        version=found.ended.version,
        kept_version=found.kept.version,
        reason="本人带身份证来核对过",
    )


async def refused(world: World, kept: UUID, ended: UUID) -> str:
    with pytest.raises(MergeRefused) as error:
        await merge(world, kept, ended)
    return " ".join(one.text.message for one in error.value.fields)


@pytest.mark.slow
async def test_the_balance_moves_by_one_transfer_and_the_old_account_is_closed(world: World) -> None:
    street = await Street(world).move_in()
    await street.bring(street.chen, 45)
    await merge(world, street.feng, street.chen)
    async with world.database.begin({world.here}) as db:
        views = await hours.account_views(db, world.here, [street.feng, street.chen])
        old, new = [
            await hours.passbook(db, world.here, one, TODAY, TODAY, None)
            for one in (street.chen, street.feng)
        ]
        transfer = await hours.explain(db, world.here, old.lines[-1].transfer_id)
    assert (views[street.feng].balance.posted, views[street.feng].closed) == (645, False)
    assert (views[street.chen].balance.posted, views[street.chen].closed) == (0, True)
    assert [line.minutes for line in old.lines] == [45, -45]
    assert [line.minutes for line in new.lines] == [600, 45]
    assert old.lines[-1].transfer_id == new.lines[-1].transfer_id
    assert (old.lines[-1].words.message, new.lines[-1].words.message) == (
        "并入{other}的记录",
        "{other}的记录并入",
    )
    assert transfer.reason == "本人带身份证来核对过"


@pytest.mark.slow
async def test_family_and_delegates_are_written_down_anew_first(world: World) -> None:
    street = await Street(world).move_in()
    tie = await related(world, street.chen, street.zhou, KinKind.SPOUSE)
    assert "家人或代办人" in await refused(world, street.feng, street.chen)
    await kin.retract_kin(await world.call(), member_id=street.chen, tie_id=tie, version=1)
    await appoint(world, street.feng, street.chen)
    assert "家人或代办人" in await refused(world, street.feng, street.chen)
    await revoke_all(world, street.feng)
    await merge(world, street.feng, street.chen)


@pytest.mark.slow
async def test_a_reconciled_book_stays_reconciled(two_desks: World) -> None:
    street = await Street(two_desks).move_in()
    await street.bring(street.chen, 45)
    await merge(two_desks, street.feng, street.chen)
    run = await reconcile_now(two_desks.call_of_job(), community_id=two_desks.here)
    assert run.findings == 0


@pytest.mark.slow
async def test_what_is_set_aside_for_a_visit_follows_whoever_it_is_for(world: World) -> None:
    with clock.set_to(AHEAD):
        street = await holding_street(world)
        await street.bring(street.chen, 90)
        await street.bring(street.zhou, 30)
        paid = await street.plan_one(60, recipient_id=street.chen)
        helped = await street.plan_one(
            30, helper_id=street.chen, recipient_id=street.zhou, after=timedelta(days=1)
        )
        await merge(world, street.feng, street.chen)
        hold = await street.hold(paid)
        assert hold is not None
        assert (hold.from_account, hold.minutes, hold.is_open) == (street.feng, 60, True)
        assert await street.feng_has() == Balance(690, 60)
        with clock.set_to(AHEAD + timedelta(days=2)):
            for visit_id, minutes in ((paid, 60), (helped, 30)):
                assert (await street.settle(visit_id, minutes)).posted
        assert await street.feng_has() == Balance(660, 0)
        assert await differences(street) == []


async def test_less_than_nothing_is_made_good_by_the_kept_account(world: World) -> None:
    street = await Street(world).move_in()
    await set_house_policy(
        await world.call(),
        community_id=world.here,
        policy=HousePolicy(floor_minutes=-120),
        in_force_from=TODAY,
    )
    await street.spend(street.chen, 100)
    await merge(world, street.feng, street.chen)
    async with world.database.begin({world.here}) as db:
        assert (await hours.balance(db, world.here, street.feng)).posted == 500


async def test_without_room_under_the_ceiling_nothing_is_merged(world: World) -> None:
    street = await Street(world).move_in()
    await street.bring(street.chen, 45)
    await set_house_policy(
        await world.call(),
        community_id=world.here,
        policy=HousePolicy(ceiling_minutes=600),
        in_force_from=TODAY,
    )
    with pytest.raises(NoRoom):
        await merge(world, street.feng, street.chen)
    async with world.database.begin({world.here}) as db:
        assert (await people.member(db, street.chen)).merged_into is None
    await give(
        await world.call(),
        community_id=world.here,
        member_id=street.feng,
        receiver_id=None,
        minutes=45,
        reason="腾出地方",
    )
    await merge(world, street.feng, street.chen)


@pytest.mark.slow
async def test_the_old_record_says_into_which_it_went_and_stays_there(world: World) -> None:
    street = await Street(world).move_in()
    await merge(world, street.feng, street.chen)
    async with world.database.begin({world.here}) as db:
        old = await people.member(db, street.chen)
        assert (old.status, old.merged_into) == (Status.LEFT, street.feng)
        assert [one.id for one in await people.merged_into(db, street.feng)] == [street.chen]
        assert [one.id for one in await people.meant(db, world.here, "0103")] == [street.feng]
        assert [hit.member.merged_into for hit in await people.find(db, [world.here], "0103")] == [
            street.feng
        ]
    with pytest.raises(NoSuchMove):
        await joining.move(await world.call(), member_id=street.chen, to=Status.ACTIVE, version=old.version)
    assert "已经并入" in await refused(world, street.zhou, street.chen)
    assert "已经并入" in await refused(world, street.chen, street.zhou)
    await merge(world, street.zhou, street.feng)
    async with world.database.begin({world.here}) as db:
        assert (await people.member(db, street.chen)).merged_into == street.zhou


async def test_open_visits_and_requests_go_to_the_kept_record_and_history_stays(world: World) -> None:
    street = await Street(world).move_in()
    await street.bring(street.chen, 300)
    [planned] = await street.plan(street.planned(recipient_id=street.chen))
    claimed = await street.confirmed(60, recipient_id=street.chen)
    call = await world.call()
    asked = await requests_service.submit(
        call,
        community_id=world.here,
        member_id=street.chen,
        wish=wish(scheme_id=street.scheme),
        provenance=Provenance.DESK,
    )
    found = await look_at(world, street.feng, street.chen)
    assert (found.visits, found.requests, found.minutes) == (2, 1, 300)
    await merge(world, street.feng, street.chen)
    assert [(await street.visit(one)).recipient_id for one in (planned, claimed)] == [street.feng] * 2
    async with world.database.begin({world.here}) as db:
        assert (await requests.request(db, asked)).member_id == street.feng


async def test_what_is_settled_is_never_rewritten(world: World) -> None:
    street = await Street(world).move_in()
    [planned] = await street.plan(street.planned())
    async with world.database.begin({world.here}) as db:
        await db.execute(
            text("UPDATE timebank.visits SET status = 'cancelled' WHERE id = :id"), {"id": planned}
        )
        before = (await db.execute(text("SELECT * FROM ledger.transfers ORDER BY id"))).all()
    await merge(world, street.chen, street.zhou)
    visit = await street.visit(planned)
    assert (visit.status, visit.helper_id) == (VisitStatus.CANCELLED, street.zhou)
    async with world.database.begin({world.here}) as db:
        after = (await db.execute(text("SELECT * FROM ledger.transfers ORDER BY id"))).all()
    assert after == before


@pytest.mark.slow
async def test_a_pair_and_a_proposal_go_along(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    twin = await town.helper("李兰")
    await join(world, twin, pair.helper_id)
    assert (await look_at(world, twin, pair.helper_id)).pairs == 1
    await merge(world, twin, pair.helper_id)
    async with world.database.begin({world.here}) as db:
        assert (await pairing.pair(db, pair.id)).helper_id == twin


@pytest.mark.slow
async def test_an_open_proposal_goes_along(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    twin = await town.helper("李兰")
    await join(world, twin, proposal.helper_id)
    assert (await look_at(world, twin, proposal.helper_id)).proposals == 1
    await merge(world, twin, proposal.helper_id)
    async with world.database.begin({world.here}) as db:
        assert (await pairing.proposal(db, proposal.id)).helper_id == twin


async def test_what_is_open_between_the_two_must_be_cancelled_first(world: World) -> None:
    street = await Street(world).move_in()
    await street.plan()
    assert "之间还有没办完的" in await refused(world, street.feng, street.zhou)


async def test_two_id_numbers_are_two_people(world: World) -> None:
    street = await Street(world).move_in()
    one = await world.add_member("单安", id_number=ANNA)
    other = await world.add_member("单安", id_number=id_number(date(1950, 2, 2), 11))
    await join(world, one, other)
    assert "不是同一个人" in await refused(world, one, other)
    assert "没有可用的账户" in await refused(world, await world.add_member("单安"), street.zhou)
    dead = await world.add_member("单安", status=Status.DEAD)
    assert "已故" in await refused(world, street.zhou, dead)
    with pytest.raises(NotWithOneself):
        await look_at(world, street.zhou, street.zhou)


async def test_records_of_two_communities_have_books_of_their_own(world: World) -> None:
    street = await Street(world).move_in()
    there = await world.add_member("冯伯", community_id=world.there)
    call = await world.call(world.administrator)
    found = await service.look_at_merge(call, community_id=world.here, kept_id=street.feng, ended_id=there)
    assert "不在同一个社区" in found.obstacles[0].message
    with pytest.raises(MergeRefused):
        await service.merge(
            call,
            community_id=world.here,
            kept_id=street.feng,
            ended_id=there,
            version=1,
            kept_version=1,
            reason="同一个人",
        )


async def test_nobody_merges_their_own_record(world: World) -> None:
    street = await Street(world).move_in()
    async with world.database.begin({world.here}) as db:
        await link_membership(db, staff_id=world.coordinator, member_id=street.chen)
    with pytest.raises(OwnAffair):
        await merge(world, street.feng, street.chen)
    await merge(world, street.feng, street.chen, by=world.second)
    async with world.database.begin({world.here}) as db:
        linked = await db.scalars(text("SELECT member_id FROM timebank.staff_memberships"))
        assert linked.all() == [street.feng]


async def test_whoever_comes_second_sees_the_first_ones_change(world: World) -> None:
    street = await Street(world).move_in()
    found = await look_at(world, street.feng, street.chen)
    await joining.move(
        await world.call(), member_id=street.chen, to=Status.PAUSED, version=found.ended.version
    )
    with pytest.raises(Stale):
        await service.merge(
            await world.call(),
            community_id=world.here,
            kept_id=street.feng,
            ended_id=street.chen,
            version=found.ended.version,
            kept_version=found.kept.version,
            reason="同一个人",
        )


@pytest.mark.slow
async def test_the_old_card_opens_the_kept_record_where_that_has_none(world: World) -> None:
    street = await Street(world).move_in()
    desk = await world.call()
    nobody = type(desk)(world.database, NOBODY, NOW, desk.seal)
    old = await access.issue_card(desk, community_id=world.here, member_id=street.chen)
    token = await access.sign_in_card(nobody, number=old.number, pin=old.pin)
    assert token is not None
    assert (await look_at(world, street.feng, street.chen)).card is CardFate.MOVES
    await merge(world, street.feng, street.chen)
    for each in (token, await access.sign_in_card(nobody, number=old.number, pin=old.pin)):
        assert each is not None
        found = await access.who_is(nobody, token=each.token)
        assert found is not None
        assert found.actor.memberships == {street.feng}


@pytest.mark.slow
async def test_of_two_cards_the_kept_ones_stays(world: World) -> None:
    street = await Street(world).move_in()
    desk = await world.call()
    nobody = type(desk)(world.database, NOBODY, NOW, desk.seal)
    cards = [
        await access.issue_card(desk, community_id=world.here, member_id=one)
        for one in (street.feng, street.chen)
    ]
    assert (await look_at(world, street.feng, street.chen)).card is CardFate.STOPS
    await merge(world, street.feng, street.chen)
    kept, old = [await access.sign_in_card(nobody, number=one.number, pin=one.pin) for one in cards]
    assert kept is not None
    assert old is None


@pytest.mark.slow
async def test_what_the_kept_record_does_not_say_comes_from_the_other(world: World) -> None:
    await Street(world).move_in()
    kept = await world.add_member("单安", skills=("clinic",), hardship_tier=1, note="留下的")
    ended = await world.add_member(
        "单安", id_number=ANNA, phone="13800138000", skills=("cooking",), hardship_tier=2, note="旧的",
        lat=22.9, lon=113.9, birth_on=date(1949, 1, 1),
    )  # fmt: skip
    await join(world, kept, ended)
    async with world.database.begin({world.here}) as db:
        await people_steps.set_availability(db, ended, [Window(0, 480, 600)], community_id=world.here)
        for who, since in ((ended, 0), (ended, 10), (kept, 3)):
            day = TODAY + timedelta(days=since)
            await people_steps.add_absence(
                db, who, community_id=world.here, from_on=day, until_on=day + timedelta(days=4),
                kind=AbsenceKind.SEA, now=NOW,
            )  # fmt: skip
        await people_steps.keep_apart(
            db, ended, other := await a_stranger(world), community_id=world.here, reason="吵过架", now=NOW
        )
    await merge(world, kept, ended)
    async with world.database.begin({world.here}) as db:
        member = await people.member(db, kept)
        assert (member.id_mask, member.details.phone) == (f"{ANNA[:6]}********{ANNA[14:]}", "13800138000")
        assert (member.details.skills, member.details.hardship_tier) == (("clinic", "cooking"), 2)
        assert (member.details.note, member.details.lat) == ("留下的", 22.9)
        assert await people.availability(db, [kept]) == {kept: (Window(0, 480, 600),)}
        absences = (await people.absences(db, [kept]))[kept]
        assert [one.from_on - TODAY for one in absences] == [timedelta(days=3), timedelta(days=10)]
        assert {one.first_id for one in await people.apart_from(db, kept)} | {
            one.second_id for one in await people.apart_from(db, kept)
        } == {kept, other}
    shown = await people_service.unmask_id((await world.call()).because("核对"), member_id=kept)
    assert shown == ANNA


async def join(world: World, *members: UUID) -> None:
    async with world.database.begin({world.here}) as db:
        await open_accounts(db, world.here, members, actor_id=world.coordinator, now=world.now)


async def a_stranger(world: World) -> UUID:
    return await world.add_member("外人")
