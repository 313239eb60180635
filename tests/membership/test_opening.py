"""Hours come in from the list that was kept before: looked at, signed off with their total, and once only."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from tests.given import NOW, World
from tests.membership.sheets import Typed, id_number, uploaded
from timebank.access import steps as access_steps
from timebank.access.errors import OwnAffair
from timebank.audit.reconciling import reconcile_now
from timebank.core import clock
from timebank.core.errors import NotFound
from timebank.hours import queries as hours
from timebank.hours.errors import NotEnough
from timebank.hours.gifts.service import give
from timebank.hours.model import AccountKind, common_account
from timebank.hours.service import set_house_policy
from timebank.membership import service
from timebank.membership.errors import (
    ColumnsUnknown,
    ImportClosed,
    NoAmounts,
    OpeningRefused,
    OpeningTooLong,
    PreviewChanged,
    TotalDiffers,
)
from timebank.membership.model import (
    ImportKind,
    ImportView,
    Named,
    OpeningPreview,
    OpeningRow,
    Outcome,
    Signed,
    Upload,
)
from timebank.membership.steps import open_accounts, post_openings
from timebank.people.model import Status
from timebank.schemes.model import HousePolicy

HEADERS = ("会员号", "姓名", "小时")
ANNA = id_number(date(1949, 1, 1), 24)


async def join(world: World, name: str, number: str, **details: object) -> UUID:
    member_id = await world.add_member(name, number=number, **details)  # type: ignore[arg-type]
    async with world.database.begin({world.here}) as db:
        await open_accounts(db, world.here, [member_id], actor_id=world.coordinator, now=clock.now())
    return member_id


async def look(world: World, file: Upload, by: UUID | None = None) -> OpeningPreview:
    call = await world.call(by)
    made = await service.upload(call, community_id=world.here, kind=ImportKind.OPENING, file=file)
    return await service.preview_opening(call, community_id=world.here, import_id=made)


def total(preview: OpeningPreview) -> Signed:
    return Signed(people=preview.count(Outcome.NEW), minutes=preview.total_minutes)


async def sign(
    world: World, preview: OpeningPreview, signed: Signed | None = None, by: UUID | None = None
) -> ImportView:
    return await service.sign_off(
        await world.call(by),
        community_id=world.here,
        import_id=preview.made.id,
        digest=preview.digest,
        signed=signed or total(preview),
    )


async def bring(world: World, *rows: Sequence[Typed]) -> OpeningPreview:
    preview = await look(world, uploaded(HEADERS, *rows))
    await sign(world, preview)
    return preview


async def has(world: World, account_id: UUID) -> int:
    async with world.database.begin({world.here}) as db:
        return (await hours.balance(db, world.here, account_id)).posted


def why(row: OpeningRow) -> str:
    return " ".join(str(reason.text.message) + str(dict(reason.text.values)) for reason in row.reasons)


def outcomes(preview: OpeningPreview) -> list[Outcome]:
    return [row.outcome for row in preview.rows]


@pytest.mark.slow
async def test_hours_come_in_and_the_book_agrees(world: World) -> None:
    chen, li = await join(world, "陈阿婆", "0001"), await join(world, "李伯", "0002")
    preview = await look(
        world, uploaded(HEADERS, (1, "陈阿婆", 36.5), ("0002", None, "120:15"), (None, "合计", 156.75))
    )
    assert outcomes(preview) == [Outcome.NEW, Outcome.NEW, Outcome.UNCHANGED]
    assert (preview.total_minutes, preview.rows[1].name) == (36 * 60 + 30 + 120 * 60 + 15, "李伯")
    made = await sign(world, preview, by=world.second)
    assert (made.made_by, made.closed_by, made.closed_at) == ("莫协调", "麦协调", NOW)
    assert (made.counts["new"], made.counts["total_minutes"]) == (2, preview.total_minutes)
    assert [await has(world, one) for one in (chen, li)] == [36 * 60 + 30, 120 * 60 + 15]
    assert await has(world, common_account(AccountKind.OPENING, world.here)) == -preview.total_minutes
    run = await reconcile_now(await world.call(world.auditor), community_id=world.here)
    assert run.agrees


async def test_an_entry_tells_which_file_and_row_it_came_from_and_who_signed(world: World) -> None:
    chen = await join(world, "陈阿婆", "0001")
    preview = await bring(world, ("0001", "陈阿婆", 2))
    transfer_id = preview.rows[0].transfer_id
    assert transfer_id is not None
    async with world.database.begin({world.here}) as db:
        told = await hours.explain(db, world.here, transfer_id, seen_by=chen)
    assert told.about is not None
    assert (told.about.subject_id, dict(told.about.basis)) == (preview.made.id, {"minutes": 120, "row": 2})
    assert told.words.message == "原来存的时间"
    assert told.confirmed_by is not None
    assert told.confirmed_by.values["name"] == "莫协调"


async def test_a_header_says_its_unit_in_brackets(world: World) -> None:
    await join(world, "陈阿婆", "1")
    for header, cell, minutes in (
        ("余额（分钟）", 90, 90),
        ("余额(小时)", 90, 5400),
        ("期初分钟", 90, 90),
        ("服务时长（时:分）", "1:30", 90),
    ):
        preview = await look(world, uploaded(("姓名", header), ("陈阿婆", cell)))
        assert preview.total_minutes == minutes, header


async def test_a_row_is_somebodys_by_number_by_id_number_or_by_the_only_such_name(world: World) -> None:
    await join(world, "陈阿婆", "0001")
    await join(world, "单安", "0002", id_number=ANNA)
    await join(world, "李伯", "0003", phone="13800138000", birth_on=date(1940, 1, 1))
    headers = ("会员号", "姓名", "身份证号", "小时")
    rows: tuple[Sequence[Typed], ...] = ((1, None, None, 1), (None, None, ANNA, 2), (None, "李伯", None, 3))
    preview = await look(world, uploaded(headers, *rows))
    assert [row.member.name if row.member else None for row in preview.rows] == ["陈阿婆", "单安", "李伯"]
    assert outcomes(preview) == [Outcome.NEW] * 3


async def test_a_row_that_could_be_anybodys_is_refused_with_its_reason(world: World) -> None:
    await join(world, "陈一", "0001", phone="13800000001")
    await join(world, "陈一", "0002", phone="13800000002")
    await join(world, "单安", "0003", id_number=ANNA)
    headers = ("会员号", "姓名", "身份证号", "电话", "小时")
    preview = await look(
        world,
        uploaded(
            headers,
            (None, "陈一", None, None, 1),
            (None, "陈一", None, "13800000002", 1),
            ("0009", "陈一", None, None, 1),
            ("0001", "单安", None, None, 1),
            ("0001", "单安", ANNA, None, 1),
            (None, "单安", id_number(date(1950, 2, 2), 11), None, 1),
            (None, "王五", None, None, 1),
            (None, None, None, None, 1),
            (None, "单安", "1.1E+17", None, 1),
        ),
    )
    refused, refined, *others = preview.rows
    candidates = refused.reasons[0].text.values["candidates"]
    assert isinstance(candidates, list)
    assert [one.values["number"] for one in candidates] == ["0001", "0002"]
    assert (refined.outcome, refined.member and refined.member.number) == (Outcome.NEW, "0002")
    assert {row.outcome for row in others} == {Outcome.REFUSED}
    for row, said in zip(
        others,
        (
            "没有会员号",
            "这一行写的是",
            "身份证号是{one}的",
            "册上没有",
            "册上没有",
            "不知道是谁的",
            "1.1E+17",
        ),
        strict=True,
    ):
        assert said in why(row)
        assert row.reasons[0].row == row.row


async def test_a_row_that_may_not_be_posted_is_refused_with_a_way_out(world: World) -> None:
    await join(world, "陈阿婆", "1")
    await world.add_member("没开户", number="2")
    await join(world, "暂停的", "3", status=Status.PAUSED)
    await join(world, "李伯", "4")
    await join(world, "周姐", "5")
    preview = await look(
        world,
        uploaded(
            HEADERS,
            (1, None, "许多"),
            (2, None, 1),
            (3, None, 1),
            (4, None, 1),
            ("4", "李伯", 2),
            (5, None, 1501),
        ),
    )
    assert {row.outcome for row in preview.rows} == {Outcome.REFUSED}
    for row, said in zip(
        preview.rows,
        ("这不是时长", "没有可用的账户", "请先在会员页面转为在册", "[5, 6]", "[5, 6]", "存储上限"),
        strict=True,
    ):
        assert said in why(row)
    assert (preview.rows[0].reasons[0].field, preview.rows[3].reasons[0].field) == ("小时", "会员号")
    assert total(preview) == Signed(people=0, minutes=0)


async def test_an_empty_cell_and_a_zero_bring_nothing(world: World) -> None:
    chen = await join(world, "陈阿婆", "1")
    await join(world, "李伯", "2")
    preview = await bring(world, (1, None, None), (2, None, 0))
    assert outcomes(preview) == [Outcome.UNCHANGED] * 2
    assert await has(world, chen) == 0


async def test_the_same_file_again_changes_nothing(world: World) -> None:
    chen = await join(world, "陈阿婆", "1")
    await bring(world, (1, "陈阿婆", 36.5))
    again = await bring(world, (1, "陈阿婆", 36.5))
    assert outcomes(again) == [Outcome.UNCHANGED]
    assert "已经记过" in why(again.rows[0])
    assert await has(world, chen) == 2190


@pytest.mark.slow
async def test_another_amount_is_refused_until_the_first_is_taken_back(world: World) -> None:
    chen = await join(world, "陈阿婆", "1")
    await bring(world, (1, "陈阿婆", 36.5))
    other = await look(world, uploaded(HEADERS, (1, "陈阿婆", 40)))
    assert outcomes(other) == [Outcome.REFUSED]
    assert "请先收回那一笔再导入" in why(other.rows[0])
    call = await world.call()
    await service.take_back_opening(call, community_id=world.here, member_id=chen, reason="抄错了")
    assert await has(world, chen) == 0
    with pytest.raises(NotFound):
        await service.take_back_opening(call, community_id=world.here, member_id=chen, reason="抄错了")
    with pytest.raises(PreviewChanged):
        await sign(world, other)
    assert outcomes(await bring(world, (1, "陈阿婆", 40))) == [Outcome.NEW]
    assert await has(world, chen) == 2400
    run = await reconcile_now(await world.call(world.auditor), community_id=world.here)
    assert run.agrees


async def test_an_opening_balance_that_was_spent_is_not_taken_back(world: World) -> None:
    chen = await join(world, "陈阿婆", "1")
    await bring(world, (1, "陈阿婆", 2))
    call = await world.call()
    await give(call, community_id=world.here, member_id=chen, receiver_id=None, minutes=100, reason=None)
    with pytest.raises(NotEnough):
        await service.take_back_opening(call, community_id=world.here, member_id=chen, reason="抄错了")
    assert await has(world, chen) == 20


@pytest.mark.parametrize(
    ("people", "minutes", "fields"),
    [(1, 2191, ["total_hours"]), (2, 2190, ["people"]), (0, 0, ["people", "total_hours"])],
)
async def test_another_total_than_the_files_posts_nothing(
    world: World, people: int, minutes: int, fields: list[str]
) -> None:
    chen = await join(world, "陈阿婆", "1")
    preview = await look(world, uploaded(HEADERS, (1, "陈阿婆", 36.5)))
    with pytest.raises(TotalDiffers) as refused:
        await sign(world, preview, Signed(people=people, minutes=minutes))
    assert [one.field for one in refused.value.fields] == fields
    assert await has(world, chen) == 0
    await sign(world, preview)
    with pytest.raises(ImportClosed):
        await sign(world, preview)


async def test_nobody_signs_off_hours_of_their_own(world: World) -> None:
    mine = await join(world, "莫协调", "1")
    async with world.database.begin({world.here}) as db:
        await access_steps.link_membership(db, staff_id=world.coordinator, member_id=mine)
    preview = await look(world, uploaded(HEADERS, (1, "莫协调", 36.5)))
    with pytest.raises(OwnAffair):
        await sign(world, preview)
    await sign(world, preview, by=world.second)
    with pytest.raises(OwnAffair):
        await service.take_back_opening(
            await world.call(), community_id=world.here, member_id=mine, reason="抄错了"
        )
    assert await has(world, mine) == 2190


async def test_what_the_ledger_refuses_refuses_the_whole_file_by_row(world: World) -> None:
    chen, li = await join(world, "陈阿婆", "1"), await join(world, "李伯", "2")
    preview = await look(world, uploaded(HEADERS, (1, None, 1), (2, None, 2)))
    rows = tuple(replace(row, minutes=5_000_000) if row.row == 3 else row for row in preview.rows)
    with pytest.raises(OpeningRefused) as refused:
        async with world.database.begin({world.here}) as db:
            await post_openings(db, replace(preview, rows=rows), signed_by=world.coordinator, now=clock.now())
    assert [(one.row, one.field) for one in refused.value.fields] == [(3, "李伯")]
    assert [await has(world, one) for one in (chen, li)] == [0, 0]


async def test_what_changed_after_the_preview_is_looked_at_again(world: World) -> None:
    chen = await join(world, "陈阿婆", "1")
    preview = await look(world, uploaded(HEADERS, (1, None, 1000)))
    await set_house_policy(
        await world.call(),
        community_id=world.here,
        policy=HousePolicy(ceiling_minutes=6000),
        in_force_from=clock.day_of(NOW),
    )
    with pytest.raises(PreviewChanged):
        await sign(world, preview)
    assert await has(world, chen) == 0


async def test_two_who_sign_off_at_once_post_it_once(two_desks: World) -> None:
    chen = await join(two_desks, "陈阿婆", "1")
    preview = await look(two_desks, uploaded(HEADERS, (1, None, 36.5)))
    results = await asyncio.gather(
        *(sign(two_desks, preview, by=who) for who in (two_desks.coordinator, two_desks.second)),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["ImportClosed", "ImportView"]
    assert await has(two_desks, chen) == 2190


async def test_the_same_file_from_two_desks_at_once_is_posted_once(two_desks: World) -> None:
    chen = await join(two_desks, "陈阿婆", "1")
    file = uploaded(HEADERS, (1, None, 36.5))
    previews = [await look(two_desks, file) for _ in range(2)]
    results = await asyncio.gather(*(sign(two_desks, one) for one in previews), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["ImportView", "PreviewChanged"]
    assert await has(two_desks, chen) == 2190


async def test_an_unknown_column_is_explained_before_anything_is_signed(world: World) -> None:
    await join(world, "陈阿婆", "1")
    file = uploaded(("姓名", "攒下的", "老编码"), ("陈阿婆", 36.5, "x"))
    preview = await look(world, file)
    assert preview.columns.unknown == ("攒下的", "老编码")
    with pytest.raises(ColumnsUnknown):
        await sign(world, preview)
    named = [Named("攒下的", "hours"), Named("老编码", "")]
    call = await world.call()
    await service.name_columns(call, community_id=world.here, kind=ImportKind.OPENING, named=named)
    assert (await look(world, file)).total_minutes == 2190


@pytest.mark.slow
async def test_a_file_that_cannot_be_opening_balances_is_refused_at_once(world: World) -> None:
    with pytest.raises(NoAmounts):
        await look(world, uploaded(("姓名", "电话"), ("陈阿婆", "1")))
    many = [(str(number), None, 1) for number in range(8_193)]
    with pytest.raises(OpeningTooLong):
        await look(world, uploaded(HEADERS, *many))


@pytest.mark.slow
async def test_two_hundred_people_bring_their_hours_in_one_posting(two_desks: World) -> None:
    members = [(await two_desks.add_member(f"会员{n}", number=str(n))) for n in range(1, 201)]
    async with two_desks.database.begin({two_desks.here}) as db:
        await open_accounts(db, two_desks.here, members, actor_id=two_desks.coordinator, now=two_desks.now)
    preview = await bring(two_desks, *((n, None, n) for n in range(1, 201)))
    assert total(preview) == Signed(people=200, minutes=60 * 200 * 201 // 2)
    with clock.set_to(NOW + timedelta(hours=1)):
        run = await reconcile_now(await two_desks.call(two_desks.auditor), community_id=two_desks.here)
    assert run.agrees
