"""A roster comes in as the personnel system wrote it, again and again, and nobody comes in twice."""

import asyncio
import time
from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import text

from tests.given import World
from tests.membership.sheets import Typed, id_number, uploaded
from timebank.core.errors import Invalid, NotFound
from timebank.hours import queries as hours
from timebank.membership import service
from timebank.membership.errors import ColumnsUnknown, ImportClosed, NoHeader, PreviewChanged
from timebank.membership.joining import service as joining
from timebank.membership.model import ImportKind, ImportView, Named, Outcome, Plan, Preview, RowPlan, Upload
from timebank.people import queries as people
from timebank.people.model import Gender, MemberView, Status

HEADERS = ("序号", "联系电话", "姓 名", "身份证号码", "出生年月日", "所在支部", "特长", "是否独居")
ANNA = id_number(date(1949, 1, 1), 24)
BAO = id_number(date(1950, 2, 2), 11)


async def look(world: World, file: Upload) -> Preview:
    call = await world.call()
    made = await service.upload(call, community_id=world.here, kind=ImportKind.ROSTER, file=file)
    return await service.preview_roster(call, community_id=world.here, import_id=made)


async def take(world: World, preview: Preview) -> ImportView:
    return await service.apply_roster(
        await world.call(),
        community_id=world.here,
        import_id=preview.made.id,
        digest=preview.plan.digest,
    )


async def bring(world: World, headers: Sequence[str], *rows: Sequence[Typed]) -> Plan:
    preview = await look(world, uploaded(headers, *rows))
    await take(world, preview)
    return preview.plan


async def everybody(world: World) -> dict[str, MemberView]:
    async with world.database.begin({world.here}) as db:
        return {member.name: member for member in await people.members_of(db, world.here)}


def why(row: RowPlan) -> str:
    return " ".join(str(reason.text.message) + str(dict(reason.text.values)) for reason in row.reasons)


ROWS: tuple[Sequence[Typed], ...] = (
    (1, "13800138000", "单　安", ANNA, date(1949, 1, 1), "第一支部", "陪诊、吹笛子", "是"),
    (2, 13900139000, "尉迟宝", BAO, "1950.2.2", "第一支部", None, "否"),
    (3, "0769-22223333", "䶮三", None, "1951年3月3日", "第二支部", "买菜 做饭", None),
    (4, None, "李四", None, "19520404", None, None, None),
)


async def test_a_roster_comes_in_and_everybody_has_an_account(world: World) -> None:
    preview = await look(world, uploaded(HEADERS, *ROWS, title="榕树社区离退休人员花名册（2026 年）"))
    assert preview.columns.unknown == ()
    assert [(row.row, row.outcome) for row in preview.plan.rows] == [(n, Outcome.NEW) for n in (3, 4, 5, 6)]
    assert [name for _, name in preview.plan.new_branches] == ["第一支部", "第二支部"]
    made = await take(world, preview)
    assert made.counts == {"refused": 0, "changed": 0, "new": 4, "unchanged": 0}
    members = await everybody(world)
    first = members["单安"]
    assert (first.number, first.branch, first.id_mask) == ("000001", "第一支部", f"999999********{ANNA[14:]}")
    assert first.details.skills == ("clinic", "吹笛子")
    assert (first.details.gender, first.details.lives_alone) == (Gender.FEMALE, True)
    assert members["尉迟宝"].details.gender is Gender.MALE
    assert members["尉迟宝"].details.phone == "13900139000"
    assert members["䶮三"].details.skills == ("shopping", "cooking")
    births = [members[name].details.birth_on for name in ("尉迟宝", "䶮三", "李四")]
    assert births == [date(1950, 2, 2), date(1951, 3, 3), date(1952, 4, 4)]
    async with world.database.begin({world.here}) as db:
        balances = await hours.balances(db, world.here, [member.id for member in members.values()])
    assert {balance.posted for balance in balances.values()} == {0}
    assert len(balances) == 4


async def test_the_same_file_again_changes_nothing(world: World) -> None:
    await bring(world, HEADERS, *ROWS)
    before = await everybody(world)
    again = await bring(world, HEADERS, *ROWS)
    assert {row.outcome for row in again.rows} == {Outcome.UNCHANGED}
    assert again.missing == ()
    assert await everybody(world) == before


async def test_a_changed_row_shows_what_changes_and_who_is_missing_is_only_listed(world: World) -> None:
    await bring(world, HEADERS, *ROWS)
    moved = (1, "13800138001", "单安", ANNA, None, "第二支部", None, None)
    plan = await bring(world, HEADERS, moved, ROWS[1])
    [row] = plan.of(Outcome.CHANGED)
    assert [(c.field, c.before, c.after) for c in row.changes] == [
        ("phone", ("13800138000",), ("13800138001",)),
        ("branch_id", ("第一支部",), ("第二支部",)),
    ]
    assert {member.name for member in plan.missing} == {"䶮三", "李四"}
    members = await everybody(world)
    assert len(members) == 4
    assert members["单安"].details.phone == "13800138001"
    assert members["单安"].details.skills == ("clinic", "吹笛子")  # an empty cell says nothing


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("身份证号", 110105194912310021, "1.1E+17"),
        ("身份证号", "1.10105E+17", "1.1E+17"),
        ("身份证号", "110105194912310000", "1.1E+17"),
        ("身份证号", ANNA[:17] + ("1" if ANNA[17] != "1" else "2"), "校验不对"),
        ("身份证号", "99999919491301001X", "出生日期不存在"),
        ("身份证号", "9999991949", "18 位"),
        ("出生日期", "1949-13-01", "没有这一天"),
        ("出生日期", "不详", "日期请写成"),
        ("出生日期", "0049-01-01", "年份不对"),
        ("电话", "打村口小卖部", "电话写法不对"),
        ("性别", "其他", "不认识"),
        ("是否独居", "大概", "请写“是”或“否”"),
        ("困难等级", "很难", "困难等级请写"),
        ("会员号", "会员#1", "会员号只能有"),
        ("姓名", "  ", "没有姓名"),
        ("姓名", "陈" * 61, "最多"),
        ("纬度", "北纬二十二度", "请填度数"),
        ("特长", "、".join(f"第{n}样" for n in range(31)), "最多"),
    ],
)
async def test_a_cell_that_cannot_be_is_refused_by_row_and_column(
    world: World, column: str, cell: Typed, said: str
) -> None:
    headers = ("备注", column) if column == "姓名" else ("备注", "姓名", column)
    bad = ("x", cell) if column == "姓名" else ("x", "陈阿婆", cell)
    plan = (await look(world, uploaded(headers, bad))).plan
    [row] = plan.rows
    assert row.outcome is Outcome.REFUSED
    assert (row.reasons[0].row, row.reasons[0].field) == (2, column)
    assert said in why(row)


@pytest.mark.slow
async def test_an_old_id_number_of_fifteen_digits_is_the_same_person(world: World) -> None:
    await bring(world, ("姓名", "身份证号"), ("单安", ANNA))
    old = ANNA[:6] + ANNA[8:17]
    for cell in (old, int(old), ANNA.lower(), f" {ANNA} "):
        plan = await bring(world, ("姓名", "身份证号"), ("单安", cell))
        assert [row.outcome for row in plan.rows] == [Outcome.UNCHANGED]


async def test_dates_in_every_notation_are_the_same_day(world: World) -> None:
    notations: tuple[Typed, ...] = (
        date(1949, 1, 2), "1949-01-02", "1949/1/2", "1949.1.2", "1949年1月2日", "19490102", 19490102, 17900,
    )  # fmt: skip
    rows = [(f"会员{n}", cell) for n, cell in enumerate(notations)]
    await bring(world, ("姓名", "出生日期"), *rows)
    births = {member.details.birth_on for member in (await everybody(world)).values()}
    assert births == {date(1949, 1, 2)}


async def test_a_month_without_its_day_is_noted_and_not_guessed(world: World) -> None:
    headers = ("姓名", "出生年月", "入会时间")
    plan = await bring(world, headers, ("单安", "1949.01", "1999-07"), ("李四", 1949.1, None))
    assert [len(row.notes) for row in plan.rows] == [1, 1]
    members = await everybody(world)
    assert members["单安"].details.birth_on is None
    assert members["单安"].details.joined_on == date(1999, 7, 1)


async def test_an_id_number_outranks_the_birthday_beside_it_and_says_so(world: World) -> None:
    plan = await bring(world, ("姓名", "身份证号", "出生日期"), ("单安", ANNA, "1948-12-31"))
    assert "按身份证号" in plan.rows[0].notes[0].message
    assert (await everybody(world))["单安"].details.birth_on == date(1949, 1, 1)


async def test_people_are_recognised_by_number_and_then_by_name_birthday_and_phone(world: World) -> None:
    await bring(
        world,
        ("会员号", "姓名", "出生日期", "电话"),
        ("0012", "陈一", "1940-01-01", "13800000001"),
        (None, "陈二", "1940-01-02", "13800000002"),
    )
    plan = await bring(
        world,
        ("会员号", "姓名", "出生日期", "电话", "住址"),
        (12, "陈一", None, None, "榕树街 1 号"),
        (None, "陈二", "1940-01-02", "13800000002", "榕树街 2 号"),
        (None, "陈二", "1961-05-05", "13800000009", "榕树街 3 号"),
    )
    assert [row.outcome for row in plan.rows] == [Outcome.CHANGED, Outcome.CHANGED, Outcome.NEW]
    assert (await everybody(world))["陈一"].number == "0012"


async def test_a_doubt_is_refused_with_those_it_could_be(world: World) -> None:
    headers = ("会员号", "姓名", "出生日期", "电话", "身份证号")
    await bring(
        world,
        headers,
        ("1", "陈一", "1940-01-01", "13800000001", None),
        ("2", "陈一", "1940-01-01", "13800000002", None),
        ("3", "李三", None, None, ANNA),
        ("4", "李四", None, None, BAO),
    )
    plan = (
        await look(
            world,
            uploaded(
                headers,
                (None, "陈一", "1940-01-01", None, None),
                (None, "陈一", "1940-01-01", "13800000003", None),
                (None, "陈一", None, None, None),
                ("3", "李四", None, None, BAO),
                ("3", "王五", None, None, None),
                ("3", "李三", None, None, id_number(date(1933, 3, 3), 1)),
            ),
        )
    ).plan
    assert {row.outcome for row in plan.rows} == {Outcome.REFUSED}
    assert "分不清" in why(plan.rows[0])
    candidates = plan.rows[0].reasons[0].text.values["candidates"]
    assert isinstance(candidates, list)
    assert [(c.values["name"], c.values["number"]) for c in candidates] == [("陈一", "1"), ("陈一", "2")]
    assert "分不清" in why(plan.rows[1])
    [namesake] = (await look(world, uploaded(headers, (None, "李三", None, None, None)))).plan.rows
    assert "也可能是同名的新人" in why(namesake)
    assert "分不清" in why(plan.rows[2])
    assert "身份证号是{one}的，会员号是{other}的" in why(plan.rows[3])
    assert "这一行写的是" in why(plan.rows[4])
    assert "登记的身份证号与这一行不同" in why(plan.rows[5])


async def test_one_person_twice_in_a_file_is_refused_the_second_time(world: World) -> None:
    headers = ("姓名", "身份证号", "会员号")
    rows = (
        ("单安", ANNA, "1"),
        ("单安", ANNA, "2"),
        ("李四", None, "1"),
        ("王五", None, None),
        ("王五", None, None),
    )
    plan = (await look(world, uploaded(headers, *rows))).plan
    assert [row.outcome for row in plan.rows] == [
        Outcome.NEW, Outcome.REFUSED, Outcome.REFUSED, Outcome.NEW, Outcome.REFUSED,
    ]  # fmt: skip
    assert plan.rows[1].reasons[0].text.values == {"one": 2, "other": 3}


async def test_an_unknown_column_is_explained_once_and_remembered(world: World) -> None:
    headers = ("姓名", "老干编码", "待遇级别", "空列")
    file = uploaded(headers, ("单安", "A-1", "处级", None))
    preview = await look(world, file)
    assert preview.columns.unknown == ("老干编码", "待遇级别")
    with pytest.raises(ColumnsUnknown):
        await take(world, preview)
    named = [Named("老干编码", "number"), Named("待遇级别", "")]
    call = await world.call()
    await service.name_columns(call, community_id=world.here, kind=ImportKind.ROSTER, named=named)
    again = await look(world, file)
    assert again.columns.unknown == ()
    await take(world, again)
    assert (await everybody(world))["单安"].number == "A-1"
    with pytest.raises(Invalid):
        await service.name_columns(
            call, community_id=world.here, kind=ImportKind.ROSTER, named=[Named("x", "salary")]
        )


async def test_two_columns_of_one_thing_are_refused_by_name(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await look(world, uploaded(("姓名", "电话", "手机号码"), ("单安", "1", "2")))
    assert refused.value.fields[0].field == "手机号码"
    with pytest.raises(NoHeader):
        await look(world, uploaded(("甲", "乙"), ("单安", "1")))


async def test_an_import_is_applied_once_and_its_cells_are_gone(world: World) -> None:
    preview = await look(world, uploaded(("姓名",), ("单安",)))
    await take(world, preview)
    with pytest.raises(ImportClosed):
        await take(world, preview)
    async with world.database.begin({world.here}) as db:
        left = await db.scalar(text("SELECT content_sealed FROM timebank.imports"))
    assert left is None


async def test_what_was_previewed_is_what_is_applied_or_nothing(world: World) -> None:
    await bring(world, ("姓名", "电话"), ("单安", "13800138000"))
    preview = await look(world, uploaded(("姓名", "电话", "住址"), ("单安", "13800138000", "榕树街")))
    member = (await everybody(world))["单安"]
    call = await world.call()
    await joining.move(call, member_id=member.id, to=Status.PAUSED, version=member.version)
    with pytest.raises(PreviewChanged):
        await take(world, preview)
    assert (await everybody(world))["单安"].details.address is None


@pytest.mark.slow
async def test_two_who_apply_at_once_take_everybody_in_once(two_desks: World) -> None:
    preview = await look(two_desks, uploaded(HEADERS, *ROWS))
    results = await asyncio.gather(*(take(two_desks, preview) for _ in range(2)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["ImportClosed", "ImportView"]
    assert len(await everybody(two_desks)) == 4


async def test_an_import_of_another_community_is_not_found(world: World) -> None:
    preview = await look(world, uploaded(("姓名",), ("单安",)))
    call = await world.call(world.administrator)
    with pytest.raises(NotFound):
        await service.preview_roster(call, community_id=world.there, import_id=preview.made.id)


@pytest.mark.slow
async def test_twelve_hundred_people_come_in_quickly(world: World) -> None:
    rows = [
        (
            f"{n:05d}",
            f"陈{chr(0x4E00 + n)}",
            id_number(date(1940, 1, 1), n % 999 + 1) if n < 999 else None,
            f"138{n:08d}",
        )
        for n in range(1200)
    ]
    started = time.perf_counter()
    await bring(world, ("会员号", "姓名", "身份证号", "电话"), *rows)
    assert len(await everybody(world)) == 1200
    assert time.perf_counter() - started < 30
    plan = await bring(world, ("会员号", "姓名", "身份证号", "电话"), *rows)
    assert plan.count(Outcome.UNCHANGED) == 1200
