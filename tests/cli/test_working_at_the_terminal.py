"""Bringing people and hours in, deciding a round and reconciling, at the terminal."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, text

from ledger.proof import verify
from tests.audit.given import Month, intruder
from tests.cli.loaded import Loaded
from tests.cli.terminal import REPOSITORY, Terminal
from tests.cli.test_commands import FOUND
from tests.given import PASSWORD, World
from tests.membership.sheets import Typed, workbook
from tests.membership.test_opening import has, join
from tests.pairing.neighbourhood import MORNING, Neighbourhood
from tests.postgres import Database
from timebank.core import clock
from timebank.core.tables import Act
from timebank.membership.tables import ColumnName, Import
from timebank.people import queries as people
from timebank.requests.model import Window
from timebank.schemes import steps as schemes
from timebank.schemes.model import SchemeKind, SchemePolicy

pytestmark = pytest.mark.slow(20)
OPENING = ("会员号", "姓名", "小时")
SEAL_KEY = bytes(range(32)).hex()


@dataclass
class Shell:
    """A terminal at the database of a test's district, where the program is loaded already."""

    terminal: Terminal
    loaded: Loaded
    url: str

    def run(self, *arguments: str) -> tuple[int, str]:
        environment = self.terminal.environment(DATABASE_URL=self.url, TIMEBANK_SECRET_KEY=SEAL_KEY)
        said = self.terminal.data.parent / "said.txt"
        code = self.loaded.run(arguments, environment, said)
        told = said.read_text(encoding="utf-8")
        assert "Traceback" not in told, told
        return code, told


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """One process for the commands of all these tests."""
    made = Loaded(REPOSITORY)
    yield made
    made.close()


@pytest.fixture
def shell(terminal: Terminal, loaded: Loaded, fresh_database: Database) -> Shell:
    """A shell beside `two_desks`."""
    return Shell(terminal, loaded, fresh_database.service_url)


def sheet(folder: Path, headers: Sequence[str], *rows: Sequence[Typed]) -> str:
    path = folder / "表.xlsx"
    path.write_bytes(workbook(headers, *rows))
    return str(path)


AT = ("--community", "T11", "--as", "mo")


async def kept(world: World) -> dict[str, int]:
    async with world.database.begin({world.here}) as db:
        return {
            table.__tablename__: await db.scalar(select(func.count()).select_from(table)) or 0
            for table in (Import, ColumnName, Act)
        }


async def names(world: World) -> set[str]:
    async with world.database.begin({world.here}) as db:
        return {member.name for member in await people.members_of(db, world.here)}


async def test_a_roster_is_looked_at_and_changes_nothing_until_it_is_told_to(
    two_desks: World, shell: Shell, tmp_path: Path
) -> None:
    await join(two_desks, "单安", "0001", phone="13800138000")
    before = await kept(two_desks)
    file = sheet(
        tmp_path, ("会员号", "姓名", "电话", "待遇"), (1, "单安", "13800138001", "处级"), (2, "李伯", "村口", None)
        , (3, "周姐", None, None)
    )  # fmt: skip
    code, said = shell.run("import", "roster", file, *AT)
    assert code == 0, said
    for told in (
        "新增 1，更新 1，未变 0，拒收 1",
        "电话写法不对",
        "13800138000",
        "有几列还不认识：待遇",
        "--column '待遇=-'",
        "什么都没有动",
    ):
        assert told in said
    code, said = shell.run("import", "roster", file, *AT, "--apply")
    assert (code, "有几列还不认识：待遇" in said) == (1, True)
    assert await kept(two_desks) == before
    assert await names(two_desks) == {"单安"}
    code, said = shell.run("import", "roster", file, *AT, "--apply", "--column", "待遇=-")
    assert (code, "已导入：新增 1 位，更新 1 位" in said) == (0, True)
    assert await names(two_desks) == {"单安", "周姐"}
    code, said = shell.run("import", "roster", file, *AT)
    assert (code, "新增 0，更新 0，未变 2，拒收 1" in said, "不认识" in said) == (0, True, False)


async def test_every_act_at_the_terminal_has_its_actor(
    two_desks: World, shell: Shell, tmp_path: Path
) -> None:
    file = sheet(tmp_path, ("姓名",), ("单安",))
    for wrong, told in (
        (("--community", "T11", "--as", "nobody"), "没有登录名为“nobody”的在职人员"),
        (("--community", "T12", "--as", "mo"), "mo的社区有：T11"),
        (("--community", "T11", "--as", "auditor"), "没有权限"),
    ):
        code, said = shell.run("import", "roster", file, *wrong)
        assert (code, told in said) == (1, True), said
    assert shell.run("import", "roster", file, "--community", "T11")[0] == 2
    assert shell.run("import", "roster", str(tmp_path / "gone.xlsx"), *AT)[0] == 1
    code, said = shell.run("import", "roster", file, *AT, "--column", "姓名")
    assert (code, "--column 要写成" in said) == (1, True)
    assert shell.run("import", "roster", file, *AT, "--apply")[0] == 0
    async with two_desks.database.begin({two_desks.here}) as db:
        acts = (await db.execute(select(Act.operation, Act.actor_id).order_by(Act.at))).all()
    assert {(act.operation, act.actor_id) for act in acts[-2:]} == {
        ("membership.upload", two_desks.coordinator),
        ("membership.apply_roster", two_desks.coordinator),
    }


async def test_hours_are_posted_only_with_the_signed_total(
    two_desks: World, shell: Shell, tmp_path: Path
) -> None:
    chen = await join(two_desks, "陈阿婆", "0001")
    file = sheet(tmp_path, OPENING, (1, "陈阿婆", 1184.5), (9, "王五", 1))
    code, said = shell.run("import", "opening", file, *AT)
    for told in (
        "要记账 1，不用记 0，拒收 1",
        "没有会员号 9",
        "要给 1 人记账，合计 1184 小时 30 分",
        "什么都没有动",
    ):
        assert told in said
    assert code == 0, said
    code, said = shell.run("import", "opening", file, *AT, "--apply")
    assert (code, "--people" in said) == (1, True)
    code, said = shell.run("import", "opening", file, *AT, "--apply", "--people", "1", "--total", "一千")
    assert (code, "这不是时长" in said) == (1, True)
    signed = ("--apply", "--people", "1", "--total", "1 184:30")
    code, said = shell.run("import", "opening", file, *AT, *signed[:-1], "1 184:00")
    assert (code, "表里合计是 1184 小时 30 分" in said) == (1, True)
    assert await has(two_desks, chen) == 0
    async with two_desks.database.begin({two_desks.here}) as db:
        assert set(await db.scalars(select(Import.status))) == {"dropped"}
    code, said = shell.run("import", "opening", file, *AT, *signed)
    assert (code, "已记账：1 人，合计 1184 小时 30 分；莫协调签字" in said) == (0, True)
    assert await has(two_desks, chen) == 1184 * 60 + 30
    code, said = shell.run("import", "opening", file, *AT, "--apply", "--people", "0", "--total", "0")
    assert (code, "要记账 0，不用记 1，拒收 1" in said) == (0, True)
    assert await has(two_desks, chen) == 1184 * 60 + 30


async def _wishes(world: World) -> tuple[UUID, UUID]:
    """Zhou can help Feng any morning; nobody can drive Chen out. The commands read the clock: so does this."""
    now = datetime.now(UTC)
    with clock.set_to(now):
        street = Neighbourhood(world)
        async with world.database.begin({world.here}) as db:
            await schemes.open_scheme(
                db,
                world.here,
                "银龄互助",
                SchemeKind.MUTUAL_AID,
                SchemePolicy(),
                date(2020, 1, 1),
                now,
                made_by=world.coordinator,
                scheme_id=street.scheme,
            )
        await street.helper("周姐", free=tuple(range(7)))
        today = clock.day_of(now)
        mornings = tuple(Window(*MORNING, weekday=day) for day in range(7))
        when = {"windows": mornings, "starts_on": today, "expires_on": today + timedelta(days=30)}
        feng = await street.request(await street.elder("冯伯"), **when)
        chen = await street.request(await street.elder("陈阿婆"), skills=("haircut",), **when)
    return feng, chen


async def test_a_round_is_decided_and_sent_when_told_to(two_desks: World, shell: Shell) -> None:
    code, said = shell.run("match", *AT)
    assert code == 1
    await _wishes(two_desks)
    code, said = shell.run("match", *AT)
    assert code == 0, said
    for told in ("派到 1 个需求，没派到 1 个", "冯伯", "周姐", "陈阿婆", "1 位服务者", "还没有问任何人"):
        assert told in said, said
    async with two_desks.database.begin({two_desks.here}) as db:
        assert await db.scalar(text("SELECT count(*) FROM timebank.proposals")) == 0
    code, said = shell.run("match", *AT, "--send")
    assert (code, "已发出 1 个邀约" in said) == (0, True)
    async with two_desks.database.begin({two_desks.here}) as db:
        assert await db.scalar(text("SELECT count(*) FROM timebank.proposals")) == 1


async def test_a_reconciliation_says_by_its_exit_code_whether_the_books_agree(
    two_desks: World, shell: Shell, fresh_database: Database
) -> None:
    chen = await join(two_desks, "陈阿婆", "0001")
    code, said = shell.run("reconcile", "--as", "auditor")
    assert code == 0, said
    for told in ("榕树社区（T11）", "河畔社区（T12）", "项都对得上"):
        assert told in said
    async with intruder(fresh_database) as sql:
        await sql.execute(
            text("UPDATE ledger.accounts SET balance_minutes = balance_minutes + 60 WHERE id = :id"),
            {"id": chen},
        )
    code, said = shell.run("reconcile", "--community", "T11", "--as", "mo")
    assert (code, "1 小时" in said, "T12" in said) == (1, True, False)
    code, said = shell.run("reconcile", "--community", "T12", "--as", "mo")
    assert (code, "mo的社区有：T11" in said) == (1, True)


def test_a_roster_comes_in_while_the_service_runs(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.run("init", *FOUND, TIMEBANK_INIT_PASSWORD=PASSWORD)[0] == 0
    file = sheet(tmp_path, ("姓名",), ("单安",))
    with terminal.serve("--port", "18000") as (_, address), httpx.Client(base_url=address) as browser:
        code, said = terminal.run("import", "roster", file, "--community", "?", "--as", "mo")
        assert code == 1
        known = said.split("mo的社区有：", 1)[1].split()[0]
        code, said = terminal.run("import", "roster", file, "--community", known, "--as", "mo", "--apply")
        assert (code, "新增 1 位" in said) == (0, True)
        body = {"user_name": "mo", "password": PASSWORD}
        token = browser.post("/api/v1/logins", json=body).json()["token"]
        browser.headers["Authorization"] = f"Bearer {token}"
        assert browser.get("/health/ready").json() == {"status": "ready"}


async def test_what_is_given_out_at_the_terminal_is_checked_without_us(
    two_desks: World, shell: Shell, fresh_database: Database, tmp_path: Path
) -> None:
    month = await Month(two_desks).happen()
    asked = ("proof", "receipt", str(month.gift), *AT)
    code, said = shell.run(*asked)
    assert (code, "还没有签进账簿校验点" in said) == (1, True)
    code, said = shell.run("proof", "checkpoint", *AT)
    assert (code, "还没有校验点" in said) == (1, True)
    await month.prove(Ed25519PrivateKey.generate())
    files = {"checkpoint.txt": ("checkpoint",), "keys.txt": ("keys",), "gift.tlog-proof": asked[1:3]}
    for name, words in files.items():
        code, said = shell.run("proof", *words, *AT)
        assert code == 0, said
        (tmp_path / name).write_text(said, encoding="utf-8")
    for name in ("checkpoint.txt", "gift.tlog-proof"):
        done = subprocess.run(
            [sys.executable, "-I", verify.__file__, name, "--key", "keys.txt"], cwd=tmp_path, check=False
        )
        assert done.returncode == 0, name
    code, said = shell.run("proof", "check", "--as", "auditor")
    assert (code, said.count("✓"), "河畔社区（T12）" in said) == (0, 6, True)
    async with intruder(fresh_database) as sql:
        await sql.execute(text("UPDATE ledger.transfers SET minutes = 11 WHERE id = :id"), {"id": month.gift})
    code, said = shell.run("proof", "check", *AT)
    assert (code, str(month.gift) in said, "账簿树里的摘要不是这笔划转的" in said) == (1, True, True)
