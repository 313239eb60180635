"""Joining through the pages: one by one, and as a roster."""

import csv
import io
import re
from datetime import date

import httpx
import pytest
from sqlalchemy import select

from tests.given import World, csrf_of, post_form, sign_in
from tests.membership.sheets import XLSX, Typed, id_number, workbook
from timebank.core.ids import new_id
from timebank.core.tables import Act
from timebank.hours import queries as hours
from timebank.membership.model import Cell
from timebank.membership.spreadsheets import read
from timebank.people import queries as people
from timebank.people import steps as people_steps
from timebank.people.model import Contact, Details, Gender, MemberView, Status

ANNA = id_number(date(1949, 1, 1), 24)


async def send(
    client: httpx.AsyncClient, path: str, content: bytes, name: str = "花名册.xlsx"
) -> httpx.Response:
    page = await client.get(path)
    return await client.post(
        path,
        data={"csrf": csrf_of(page.text), "key": new_id().hex},
        files={"file": (name, io.BytesIO(content), XLSX)},
    )


async def everybody(world: World) -> dict[str, MemberView]:
    async with world.database.begin({world.here}) as db:
        return {member.name: member for member in await people.members_of(db, world.here)}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def test_a_person_joins_and_has_an_account(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    person = {"name": "尉迟阿婆", "roles": ["helper"], "skills": ["clinic"], "skills_other": "吹笛子、打鼓"}
    person |= {
        "gender": "female",
        "contact": "none",
        "hardship_tier": "1",
        "id_number": ANNA,
        "status": "active",
    }
    made = await post_form(client, "/members/new", person)
    assert made.status_code == 303
    member = (await everybody(world))["尉迟阿婆"]
    assert made.headers["location"] == f"/members/{member.id}"
    assert member.details.skills == ("clinic", "吹笛子", "打鼓")
    async with world.database.begin({world.here}) as db:
        assert (await hours.balance(db, world.here, member.id)).posted == 0
    again = await post_form(client, "/members/new", person)
    assert again.status_code == 422
    assert "这个身份证号已属于 尉迟阿婆（000001）" in again.text


@pytest.mark.slow
async def test_who_applied_gets_an_account_when_taken_in_and_loses_the_card_on_leaving(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, "mo")
    base = {"name": "李四", "gender": "male", "contact": "phone", "hardship_tier": "0"}
    await post_form(client, "/members/new", {**base, "status": "applied"})
    member = (await everybody(world))["李四"]
    path = f"/members/{member.id}/standing"
    async with world.database.begin({world.here}) as db:
        assert await hours.balances(db, world.here, [member.id]) == {}
    assert (await post_form(client, path, {"to": "active", "version": "1"})).status_code == 303
    async with world.database.begin({world.here}) as db:
        assert member.id in await hours.balances(db, world.here, [member.id])
    stale = await post_form(client, path, {"to": "paused", "version": "1"})
    assert stale.status_code == 409
    other_page = await post_form(client, path, {"to": "dead", "version": "2"})
    assert "请在“登记去世”那一页办理" in other_page.text
    died = {"died_on": "2026-11-21", "told_by": "家人", "way": "as_chosen", "version": "2"}
    assert (await post_form(client, f"/members/{member.id}/death", died)).status_code == 303
    wrong = await post_form(client, path, {"to": "active", "version": "3"}, seen="/members/new")
    assert "不能这样改" in wrong.text
    assert (await everybody(world))["李四"].status is Status.DEAD
    card = await post_form(client, f"/members/{member.id}/card", {}, seen="/members/new")
    assert card.status_code == 409


@pytest.mark.slow
async def test_a_roster_is_looked_at_and_then_imported(client: httpx.AsyncClient, world: World) -> None:
    rows: tuple[tuple[Typed, ...], ...] = (
        ("单安", ANNA, "第一支部", "处级"),
        ("李四", 110105194912310021, "第一支部", None),
    )
    file = workbook(("姓名", "身份证号", "支部", "待遇"), *rows, title="花名册", others=("说明",))
    await sign_in(client, "mo")
    made = await send(client, "/members/import", file)
    assert made.status_code == 303
    place = made.headers["location"]
    page = (await client.get(place)).text
    assert "这几列是什么" in page
    assert "没有读：说明" in page
    assert "1.1E+17" in page
    assert ANNA not in page
    assert 'name="digest"' not in page
    assert "例如：处级" in page
    assert "先在上面选好每一列是什么，才能导入" in page
    named = await post_form(client, f"{place}/columns", {"header": "待遇", "field": "-"}, seen=place)
    assert named.status_code == 303
    page = (await client.get(place)).text
    assert "会新建小组：第一支部" in page
    assert "导入：新增 1 位，更新 0 位" in page
    assert "拒收的行不会导入" in page
    assert "单安" in (await client.get(place, params={"show": "new"})).text
    digest = hidden(page, "digest")
    wrong = await post_form(client, f"{place}/apply", {"digest": "0" * 64}, seen=place)
    assert wrong.status_code == 409
    done = await post_form(client, f"{place}/apply", {"digest": digest}, seen=place)
    assert done.status_code == 303
    assert set(await everybody(world)) == {"单安"}
    assert "新增 1，更新 0，未变 0，拒收 1" in (await client.get("/members/import")).text
    assert "已导入" in (await client.get(place)).text


@pytest.mark.slow
async def test_a_file_that_is_none_is_refused_in_words(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    for content, said in (
        (b"", "请选一个 .xlsx 或 .csv"),
        (b"name,phone\n", "找不到表头"),
        (b"PK\x03\x04broken", "读不出这个文件"),
        (workbook(("甲", "乙"), ("单安", "1")), "找不到表头"),
    ):
        answer = await send(client, "/members/import", content)
        assert answer.status_code == 422
        assert said in answer.text
    without = await post_form(client, "/members/import", {})
    assert without.status_code == 422


@pytest.mark.slow
async def test_refused_rows_are_taken_home_corrected_and_brought_back(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, "mo")
    rows: tuple[tuple[Typed, ...], ...] = (
        ("单安", "13800138000", date(1949, 1, 1)),
        ("李四", "村口", "1950.2.2"),
        ("王五", "=1", None),
    )
    file = workbook(("姓名", "电话", "生日"), *rows, title="花名册")
    place = (await send(client, "/members/import", file)).headers["location"]
    assert f'href="{place}/refused"' in (await client.get(place)).text
    home = (await client.get(f"{place}/refused")).content
    headers, *kept = read(home, "x.xlsx").sheet.rows
    assert headers == ("姓名", "电话", "生日", "拒收原因")
    assert [row[:3] for row in kept] == [("李四", "村口", "1950.2.2"), ("王五", "=1", None)]
    assert all("电话写法不对" in str(row[3]) for row in kept)
    corrected = workbook([str(one) for one in headers], ("李四", "13900139000", "1950.2.2", kept[0][3]))
    back = (await send(client, "/members/import", corrected)).headers["location"]
    page = (await client.get(back)).text
    assert "导入：新增 1 位，更新 0 位" in page
    await post_form(client, f"{place}/drop", {}, seen=place)
    assert (await client.get(f"{place}/refused")).status_code == 409


async def test_an_upload_may_be_dropped(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    place = (await send(client, "/members/import", workbook(("姓名",), ("单安",)))).headers["location"]
    assert (await post_form(client, f"{place}/drop", {}, seen=place)).status_code == 303
    assert "已放弃" in (await client.get(place)).text
    assert await everybody(world) == {}


async def _everybody_with_every_column(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        branch_id = await people_steps.add_branch(db, world.here, "第一支部", now=world.now)
    await world.add_member(
        "单安", number="=1+1"[1:2] + "-7", id_number=ANNA, birth_on=date(1949, 1, 1), phone="+86-769-22223333",
        address="=HYPERLINK(1)", skills=("clinic", "吹 笛子"), dialects=("cantonese",), hardship_tier=3,
        lives_alone=True, is_helper=False, lat=22.93812, lon=113.9, note="-耳朵不好", joined_on=date(1999, 7, 1),
        gender=Gender.FEMALE, branch_id=branch_id, interests=("opera", "打牌"), needs=("clinic", "hearing"),
        trainings=("safety",), avoids=("pets", "stairs"), contact=Contact.SMARTPHONE,
        emergency_name="＝女儿", emergency_phone="13900139000",
    )  # fmt: skip
    await world.add_member("李四", status=Status.PAUSED, note="'=x  两个空格\n两行", contact=Contact.NONE)
    await world.add_member("王五", number="123456789012", status=Status.APPLIED, address="'123 号")
    await world.add_member("陈六", number="0001", status=Status.DEAD, phone="008676922223333")
    for _ in range(2):  # as namesakes nobody could tell them apart but for their numbers
        await world.add_member("陈六", status=Status.LEFT)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("reason", [None, "交接给镇里"])
async def test_what_is_exported_comes_back_without_a_change(
    client: httpx.AsyncClient, world: World, kind: str, reason: str | None
) -> None:
    await _everybody_with_every_column(world)
    before = await everybody(world)
    values = [getattr(before["单安"].details, name) for name in Details.__dataclass_fields__]
    assert all(value not in (None, (), Gender.UNKNOWN) for value in values), values
    await sign_in(client, "mo")
    if reason is None:
        file = (await client.get(f"/members/export/roster.{kind}")).content
        assert ANNA.encode() not in file
    else:
        file = (await post_form(client, "/members/export", {"reason": reason, "kind": kind})).content
    cells = [cell for row in read(file, f"x.{kind}").sheet.rows for cell in row]
    assert (ANNA in cells) is (reason is not None)
    place = (await send(client, "/members/import", file, f"roster.{kind}")).headers["location"]
    page = (await client.get(place)).text
    assert "未变 6" in page
    await post_form(client, f"{place}/apply", {"digest": hidden(page, "digest")}, seen=place)
    assert await everybody(world) == before


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_nothing_in_an_export_can_become_a_formula(
    client: httpx.AsyncClient, world: World, kind: str
) -> None:
    await _everybody_with_every_column(world)
    await sign_in(client, "mo")
    file = (await client.get(f"/members/export/roster.{kind}")).content
    cells = _cells(file) if kind == "xlsx" else _csv_cells(file)
    assert not [
        cell for cell in cells if isinstance(cell, str) and cell.startswith(("=", "@", "+", "-", "＝"))
    ]


async def test_whoever_may_not_export_is_not_asked_as_what(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "auditor")
    asked = await client.get("/members/export")
    assert asked.status_code == 403
    token = {"csrf": csrf_of((await client.get("/password")).text)}
    # With the reason left out, too, and not the form once more.
    assert (await client.post("/members/export", data=token)).status_code == 403


async def test_full_id_numbers_leave_the_house_for_a_reason_only(
    client: httpx.AsyncClient, world: World
) -> None:
    await world.add_member("单安", id_number=ANNA)
    await sign_in(client, "mo")
    without = await post_form(client, "/members/export", {"kind": "csv"})
    assert without.status_code == 422
    assert ANNA not in without.text
    given = await post_form(client, "/members/export", {"kind": "csv", "reason": "交接给镇里"})
    assert f"'{ANNA}" in given.content.decode("utf-8-sig")
    async with world.database.begin({world.here}) as db:
        acts = await db.execute(
            select(Act.reason, Act.actor_name).where(Act.operation == "membership.export_ids")
        )
    assert [tuple(row) for row in acts] == [("交接给镇里", "莫协调")]


def _csv_cells(file: bytes) -> list[Cell]:
    return [cell for row in csv.reader(io.StringIO(file.decode("utf-8-sig"))) for cell in row]


def _cells(file: bytes) -> list[Cell]:
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file))
    return [cell for row in book.get_sheet_by_index(0).to_python() for cell in row]  # type: ignore[misc]


async def test_the_empty_roster_to_fill_in_can_be_read(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    upload = read((await client.get("/members/import/example")).content, "x.xlsx")
    assert "会员号" in upload.sheet.rows[0]


@pytest.mark.slow
async def test_a_roster_goes_through_the_api(client: httpx.AsyncClient, world: World) -> None:
    answer = await client.post("/api/v1/logins", json={"user_name": "mo", "password": "榕树下的声音-1949"})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    base = f"/api/v1/communities/{world.here}"
    file = workbook(("姓名", "身份证号", "待遇"), ("单安", ANNA, "处级"), ("李四", 1.1e17, None))
    files = {"file": ("x.xlsx", io.BytesIO(file), XLSX)}
    made = (await client.post(f"{base}/imports/roster", files=files)).json()
    assert made["counts"] == {"refused": 1, "changed": 0, "new": 1, "unchanged": 0}
    assert made["unknown_columns"] == ["待遇"]
    [refused] = [row for row in made["rows"] if row["outcome"] == "refused"]
    assert (refused["row"], refused["reasons"][0]["column"]) == (3, "身份证号")
    place = f"{base}/imports/roster/{made['id']}"
    early = await client.post(f"{place}/apply", json={"digest": made["digest"]})
    assert (early.status_code, early.json()["code"]) == (409, "columns-unknown")
    await client.put(f"{base}/imports/roster/columns", json={"columns": [{"header": "待遇", "field": ""}]})
    digest = (await client.get(place)).json()["digest"]
    done = await client.post(
        f"{place}/apply", json={"digest": digest}, headers={"Idempotency-Key": "roster-1"}
    )
    assert (done.status_code, done.json()["counts"]["new"]) == (200, 1)
    retried = await client.post(
        f"{place}/apply", json={"digest": digest}, headers={"Idempotency-Key": "roster-1"}
    )
    assert retried.json() == done.json()
    assert (await client.get(place)).status_code == 409
    assert len((await client.get(f"{base}/imports/roster")).json()) == 1
    person = {"name": "王五", "phone": "13800138000", "id_number": "1.1E+17"}
    wrong = await client.post(f"{base}/members", json=person)
    assert wrong.json()["errors"][0]["field"] == "id_number"
    joined = await client.post(f"{base}/members", json=person | {"id_number": None})
    assert joined.status_code == 201
    paused = await client.post(
        f"{base}/members/{joined.json()['id']}/status", json={"to": "paused", "version": 1}
    )
    assert paused.json() == {"version": 2}
    assert read((await client.get(f"{base}/roster.xlsx")).content, "x.xlsx").sheet.rows[2][1] == "单安"
    assert read((await client.get(f"{base}/roster.csv")).content, "x.csv").sheet.rows[1][1] == "单安"
    full = await client.post(f"{base}/roster", json={"reason": "交接给镇里", "kind": "csv"})
    assert ANNA in full.text
    assert (await client.post(f"{base}/roster", json={"kind": "csv"})).status_code == 422
