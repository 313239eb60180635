"""How long a district's roster takes to come in: python -m tests.benchmarks.roster_import 12000."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

from tests import postgres
from tests.given import World
from tests.membership.sheets import Typed, id_number, workbook
from timebank.core.database import Database
from timebank.membership import service
from timebank.membership.model import ImportKind, ImportView
from timebank.membership.spreadsheets import read

HEADERS = (
    "会员号", "姓名", "性别", "身份证号", "联系电话", "家庭住址", "所在支部", "入会日期",
    "特长", "方言", "需求", "困难等级", "是否独居", "备注",
)  # fmt: skip
_SURNAMES = "陈梁李黄何张吴罗林刘郭周叶曾单解仇查翟"
_GIVEN = "英妹坚强芳明华珍玉兰桂秀丽荣福添贵安和顺"


def row_of(n: int) -> tuple[Typed, ...]:
    """One person of a large district, always the same for the same `n`."""
    name = _SURNAMES[n % 19] + _GIVEN[n // 19 % 20] + _GIVEN[n // 380 % 20]
    born = date(1935, 1, 1) + timedelta(days=n * 7 % 9_000)
    return (
        f"{n + 1:06d}", name, "女" if n % 2 else "男", id_number(born, n // 9_000 * 2 + 1 + n % 2),
        f"138{n:08d}", f"榕树街 {n % 400 + 1} 号", f"第{n % 172 + 1}支部", "2020-01-01",
        "陪诊、买菜", "粤语、普通话", "探访" if n % 3 else None, "一级" if n % 11 == 0 else "无",
        "是" if n % 7 == 0 else "否", None,
    )  # fmt: skip


def roster_file(people: int) -> bytes:
    """A roster of so many people, as .xlsx."""
    return workbook(HEADERS, *map(row_of, range(people)), title="全区离退休人员花名册")


async def bring_in(world: World, content: bytes) -> ImportView:
    """Read a roster, keep it, look at it and apply it, as a desk does."""
    call = await world.call()
    file = await asyncio.to_thread(read, content, "花名册.xlsx")
    made = await service.upload(call, community_id=world.here, kind=ImportKind.ROSTER, file=file)
    look = await service.preview_roster(call, community_id=world.here, import_id=made)
    return await service.apply_roster(call, community_id=world.here, import_id=made, digest=look.plan.digest)


async def measure(people: int) -> dict[str, float]:
    """Seconds for a roster to come in the first time, and again, when nothing is new."""
    content = roster_file(people)
    async with _a_district() as world:
        started = time.perf_counter()
        first = await bring_in(world, content)
        between = time.perf_counter()
        again = await bring_in(world, content)
        ended = time.perf_counter()
    assert (first.counts["new"], again.counts["unchanged"]) == (people, people)
    return {
        f"people.import_{people}_s": round(between - started, 1),
        f"people.import_{people}_again_s": round(ended - between, 1),
    }


@asynccontextmanager
async def _a_district() -> AsyncIterator[World]:
    folder = postgres.make_folder()
    try:
        async with postgres.clone(await postgres.server(Path(folder))) as made:
            database = Database(made.service_url)
            yield await World(database).settle_in()
            await database.close()
    finally:
        postgres.remove_folder(folder)


if __name__ == "__main__":
    for word in sys.argv[1:] or ["12000"]:
        print(json.dumps(asyncio.run(measure(int(word)))), flush=True)
