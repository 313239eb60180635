"""The passbook re-adds, the trial balance foots, and every entry explains itself."""

from datetime import date, timedelta

import pytest

from tests.given import World
from tests.hours.given import SERVED, settled_book
from timebank.core.errors import Forbidden, Invalid, NotFound
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import queries, service, steps, tasks
from timebank.hours.approvals.service import approve_policy
from timebank.hours.errors import MustKeep, NoRoom
from timebank.hours.gifts import service as gifts
from timebank.hours.model import AccountKind
from timebank.schemes.model import HousePolicy
from timebank.schemes.steps import set_house_policy
from timebank.web.i18n import say

TODAY = date(2026, 11, 22)
MONTH = {"from_on": date(2026, 11, 1), "until_on": TODAY}


async def test_the_passbook_re_adds_and_speaks_plainly(world: World) -> None:
    book = await settled_book(world)
    call = world.call_of_member(book.li)
    found = await service.passbook(call, community_id=world.here, member_id=book.li, **MONTH)
    assert found.opening_minutes + sum(line.minutes for line in found.lines) == found.closing_minutes == 538
    assert (
        found.closing_minutes
        == (await service.balance(call, community_id=world.here, member_id=book.li)).posted
    )
    assert [say(line.words, "zh") for line in found.lines] == [
        "原来存的时间",
        "陈阿婆来帮忙：陪诊",
        "陪诊的零头，捐给公益时间池",
    ]
    assert [line.served_on for line in found.lines] == [None, SERVED, SERVED]
    chens = await service.passbook(
        world.call_of_member(book.chen), community_id=world.here, member_id=book.chen, **MONTH
    )
    assert [say(line.words, "zh") for line in chens.lines] == ["帮助李伯：陪诊"]
    assert say(chens.lines[0].words, "en").startswith("Helped 李伯: ")


async def test_a_page_of_a_long_passbook_adds_up_by_itself(world: World) -> None:
    book = await settled_book(world)
    async with world.database.begin({world.here}) as db:
        first = await queries.passbook(db, world.here, book.li, MONTH["from_on"], TODAY, limit=2)
        assert (first.opening_minutes, first.closing_minutes, first.after is not None) == (0, 540, True)
        rest = await queries.passbook(db, world.here, book.li, MONTH["from_on"], TODAY, first.after, limit=2)
        assert (rest.opening_minutes, len(rest.lines), rest.closing_minutes, rest.after) == (
            540,
            1,
            538,
            None,
        )
        with pytest.raises(Invalid):
            await queries.passbook(db, world.here, book.li, TODAY, TODAY - timedelta(days=1))
        with pytest.raises(NotFound):
            await queries.passbook(db, world.here, new_id(), MONTH["from_on"], TODAY)


async def test_a_correction_reads_as_a_correction_of_what_stood_there(world: World) -> None:
    book = await settled_book(world)
    async with world.database.begin({world.here}) as db:
        before = await queries.passbook(db, world.here, book.chen, MONTH["from_on"], TODAY)
        await steps.reverse(
            db,
            world.here,
            [before.lines[0].transfer_id],
            reason="登记错了人",
            root=new_id(),
            actor_id=world.coordinator,
            now=world.now,
        )
        after = await queries.passbook(db, world.here, book.chen, MONTH["from_on"], TODAY)
        assert [say(line.words, "zh") for line in after.lines] == ["帮助李伯：陪诊", "更正：帮助李伯：陪诊"]
        assert [(line.corrects, line.corrected) for line in after.lines] == [(False, True), (True, False)]
        told = await queries.explain(db, world.here, after.lines[1].transfer_id)
        assert (told.reason, told.reverses) == ("登记错了人", after.lines[0].transfer_id)
        assert [other.transfer_id for other in told.together if other.minutes == 60] == [
            after.lines[0].transfer_id
        ]


async def test_an_entry_explains_itself_from_what_was_kept(world: World) -> None:
    book = await settled_book(world)
    call = world.call_of_member(book.chen)
    mine = await service.passbook(call, community_id=world.here, member_id=book.chen, **MONTH)
    [line] = mine.lines
    found = await service.explain_own(
        call, community_id=world.here, member_id=book.chen, transfer_id=line.transfer_id
    )
    assert [say(text, "zh") for text in found.reckoning] == [
        "服务了 1 小时 2 分",
        "以 15 分 为一档，不满的舍去，记 1 小时",
        "余下的 2 分 进公益时间池",
        "由谁支付：受助人付",
    ]
    assert found.policy is not None
    assert (found.policy.scheme.name, found.policy.policy.number) == ("银龄互助", 1)
    assert found.about is not None
    assert found.about.provenance is Provenance.PAPER
    people = [found.entered_by, found.confirmed_by, found.posted_by, found.helper, found.recipient]
    assert [say(one, "zh") for one in people if one] == ["莫协调", "李伯", "莫协调", "陈阿婆", "李伯"]
    assert len(found.together) == 1
    with pytest.raises(NotFound):
        await service.explain_own(
            world.call_of_member(book.chen),
            community_id=world.here,
            member_id=book.chen,
            transfer_id=found.together[0].transfer_id,
        )


async def test_the_trial_balance_foots_on_every_day(world: World) -> None:
    book = await settled_book(world)
    call = await world.call(world.auditor)
    now = await service.trial_balance(call, community_id=world.here, until_on=TODAY)
    assert now.foots
    assert {(line.kind, line.closing_minutes) for line in now.kinds} == {
        (AccountKind.MEMBER, 598),
        (AccountKind.POOL, 2),
        (AccountKind.GRANTS, 0),
        (AccountKind.OPENING, -600),
    }
    assert {(line.number, line.closing_minutes) for line in now.lines} == {
        ("M1", 60),
        ("M2", 538),
        ("", 2),
        ("", -600),
    }
    before = await service.trial_balance(call, community_id=world.here, until_on=date(2026, 10, 31))
    assert before.foots
    assert before.lines == ()
    later = await service.trial_balance(call, community_id=world.here, until_on=date(2026, 12, 31))
    assert later.total.opening_minutes == later.total.credit_minutes == 0
    assert book.pool in {line.account_id for line in now.lines}


async def test_accounts_are_found_by_name_pinyin_and_number(world: World) -> None:
    book = await settled_book(world)
    call = await world.call()
    everything = await service.accounts(call, community_id=world.here)
    assert [say(row.name, "zh") for row in everything.rows[:3]] == ["公益时间池", "发放户", "期初户"]
    assert len(everything.rows) == 5
    for words in ("陈阿婆", "chen", "M1"):
        [row] = (await service.accounts(call, community_id=world.here, words=words)).rows
        assert (row.id, row.balance.posted) == (book.chen, 60)


@pytest.mark.slow
async def test_a_coordinator_grants_and_a_member_gives_away_within_the_limits(world: World) -> None:
    book = await settled_book(world)
    desk = await world.call(key="grant-it-once")
    first = await service.grant(
        desk, community_id=world.here, member_id=book.chen, minutes=120, reason="八十岁独居"
    )
    again = await service.grant(
        desk, community_id=world.here, member_id=book.chen, minutes=120, reason="八十岁独居"
    )
    assert first == again
    member = world.call_of_member(book.chen)
    give = {"community_id": world.here, "member_id": book.chen, "receiver_id": None, "reason": None}
    await gifts.give(member, minutes=100, **give)
    with pytest.raises(MustKeep) as refused:
        await gifts.give(member, minutes=100, **give)
    assert "现在最多可以转赠 1 小时 20 分" in say(refused.value.text, "zh")
    with pytest.raises(NoRoom):
        await service.grant(
            await world.call(), community_id=world.here, member_id=book.li, minutes=90_000, reason="太多"
        )
    lines = (await service.passbook(member, community_id=world.here, member_id=book.chen, **MONTH)).lines
    assert [say(line.words, "zh") for line in lines[-2:]] == ["社区发放", "转赠给公益时间池"]


async def test_a_house_policy_limits_accounts_at_once_or_on_its_day(world: World) -> None:
    book = await settled_book(world)
    desk = await world.call()
    await service.set_house_policy(
        desk, community_id=world.here, policy=HousePolicy(ceiling_minutes=600), in_force_from=TODAY
    )
    shown = await service.account(desk, community_id=world.here, account_id=book.chen)
    assert shown.ceiling_minutes == 600
    tomorrow = TODAY + timedelta(days=1)
    made = await service.set_house_policy(
        desk, community_id=world.here, policy=HousePolicy(floor_minutes=-60), in_force_from=tomorrow
    )
    await approve_policy(
        await world.call(world.second), community_id=world.here, version_id=made, scheme_id=None
    )
    job = world.call_of_job()
    assert await service.apply_house_policy(job, community_id=world.here, on=TODAY) == 0
    assert await service.apply_house_policy(job, community_id=world.here, on=tomorrow) == 2
    shown = await service.account(desk, community_id=world.here, account_id=book.chen)
    assert (shown.floor_minutes, shown.ceiling_minutes) == (-60, 90_000)


async def test_the_job_after_midnight_sets_the_limits_of_the_day(world: World) -> None:
    await settled_book(world)
    async with world.database.begin({world.here}) as db:
        await set_house_policy(
            db,
            world.here,
            HousePolicy(ceiling_minutes=6_000),
            TODAY + timedelta(days=1),
            now=world.now,
            made_by=world.coordinator,
        )
    tomorrow = world.now + timedelta(days=1)
    assert await tasks.apply_house_policies(world.call_of_job(), world.now) == {"accounts": 0}
    assert await tasks.apply_house_policies(world.call_of_job(), tomorrow) == {"accounts": 2}
    assert await tasks.apply_house_policies(world.call_of_job(), tomorrow) == {"accounts": 0}


async def test_nobody_reads_the_passbook_of_another(world: World) -> None:
    book = await settled_book(world)
    with pytest.raises(Forbidden):
        await service.balance(world.call_of_member(book.chen), community_id=world.here, member_id=book.li)
    with pytest.raises(Forbidden):
        await service.passbook(
            await world.call(world.neighbour), community_id=world.here, member_id=book.li, **MONTH
        )
    with pytest.raises(Forbidden):
        await service.trial_balance(world.call_of_member(book.chen), community_id=world.here, until_on=TODAY)
