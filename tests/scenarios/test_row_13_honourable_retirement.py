"""荣誉退休 三个一、三对接: a year's retirees join together, one is refused, one dies and his hours go to his nominee."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.given import PASSWORD, browser
from tests.scenarios.story import Story
from timebank.core.ids import new_id

pytestmark = pytest.mark.slow(3)

NAMES = (
    "黄工",
    "林科",
    "许伯",
    "梁姨",
    "何老师",
    "陈站长",
    "冯会计",
    "周师傅",
    "郭医生",
    "吴编辑",
    "麦司机",
    "郑队长",
)
ITEMS = ("talk", "ceremony", "activity", "to_management", "to_platform", "to_community")


@dataclass
class Second:
    """The other coordinator, with a login of her own."""

    story: Story
    token: str

    @classmethod
    async def signed_in(cls, story: Story) -> "Second":
        """With her password."""
        async with browser(story.app) as client:
            answer = await client.post("/api/v1/logins", json={"user_name": "mai", "password": PASSWORD})
        return cls(story, answer.json()["token"])

    async def does(self, path: str, body: dict[str, Any]) -> None:
        """Something by the API."""
        headers = {"authorization": f"Bearer {self.token}", "idempotency-key": new_id().hex}
        async with browser(self.story.app) as client:
            at = f"/api/v1/communities/{self.story.world.here}{path}"
            answer = await client.post(at, json=body, headers=headers)
        assert answer.is_success, answer.text


async def apply(story: Story, name: str) -> UUID:
    """Somebody rings up; who they are is checked, and they are talked to."""
    body = {"name": name, "birth_on": "1966-03-01", "is_helper": True, "is_recipient": True}
    made = UUID((await story.do("/members", body | {"status": "applied", "via": "phone"}))["id"])
    story.numbers[made] = (await story.ask("GET", f"/members/{made}")).json()["number"]
    day = str(story.today - timedelta(days=3))
    for kind in ("id_seen", "talked"):
        await story.do(f"/members/{made}/application/checks", {"kind": kind, "on_day": day})
    return made


async def take_in(story: Story, mai: Second, member: UUID) -> None:
    """Two people agree."""
    await story.do(f"/members/{member}/application/approve", {"version": 3})
    again = await story.refused(f"/members/{member}/application/approve", {"version": 4})
    assert "approved-twice-by-one" in again
    await mai.does(f"/members/{member}/application/approve", {"version": 4})


async def retire(story: Story, member: UUID, items: tuple[str, ...]) -> None:
    """The checklist, as far as it got."""
    path = f"/members/{member}/retirement"
    day = str(story.today - timedelta(days=1))
    begun = {"retired_on": day, "retired_from": "水利所", "version": 0}
    assert (await story.ask("PUT", path, begun)).is_success
    for version, item in enumerate(items, 1):
        done = {"done_on": day, "who": "老干科 陈科", "version": version}
        assert (await story.ask("PUT", f"{path}/items/{item}", done)).is_success


async def test_row_13_a_year_of_retirees_joins_with_honours(story: Story) -> None:
    house = {"in_force_from": "2026-01-01", "policy": {"approvals_to_join": 2, "ceiling_minutes": 90_000}}
    await story.do("/house-policies", house)
    scheme = UUID((await story.do("/schemes", {"name": "银龄互助", "in_force_from": "2026-01-01"}))["id"])

    # Nobody is a member by one person's word.
    at_once = {"name": "急性子", "birth_on": "1966-03-01", "is_helper": True}
    assert "本社区入会要两个人批准" in await story.refused("/members", at_once)

    mai = await Second.signed_in(story)
    members = {name: await apply(story, name) for name in NAMES}
    stranger = await apply(story, "外区的")
    why = {"version": 3, "reason": "不住在本社区"}
    await story.do(f"/members/{stranger}/application/refuse", why)
    listed = (await story.client.get("/members/applications")).text
    assert "外区的" in listed
    assert "不住在本社区" in listed
    for member in members.values():
        await take_in(story, mai, member)
    assert "没有等审核的申请" in (await story.client.get("/members/applications")).text

    # Ten go all the way through; two are not finished, and are listed by name.
    for name, member in members.items():
        await retire(story, member, ITEMS[:4] if name in ("麦司机", "郑队长") else ITEMS)
    unfinished = (await story.client.get("/members/retirements")).text
    assert "麦司机" in unfinished
    assert "对接服务平台、对接社区" in unfinished
    assert "黄工" not in unfinished
    assert "☑ 一个仪式" in (await story.client.get(f"/members/{members['黄工']}")).text

    # They help one another.
    xu, lin, huang = members["许伯"], members["林科"], members["黄工"]
    await story.bring({lin: 5, huang: 3})
    await story.serve(scheme, xu, lin, 120)
    await story.serve(scheme, xu, huang, 60)
    assert (await story.book())["许伯"] == 180

    # Xu says to whom his hours go, and dies. His nominee reads it on her own phone.
    liang = members["梁姨"]
    said = {"to": "nominee", "heir_id": str(liang), "source": "paper", "heard_by": "莫协调"}
    chosen = await story.ask(
        "PUT", f"/members/{xu}/bequest", said | {"said_on": str(story.today), "version": 0}
    )
    assert chosen.is_success, chosen.text
    look = (await story.ask("GET", f"/members/{xu}/death")).json()
    died = {"died_on": str(story.today), "told_by": "女儿", "way": "as_chosen"}
    await story.do(f"/members/{xu}/death", died | {"version": look["member_version"]})
    book = await story.book()
    assert (book["许伯"], book["梁姨"], book["林科"], book["黄工"]) == (0, 180, 180, 120)
    page = await story.own_page(liang)
    assert "收到许伯身后留下的时间" in page
    assert "3 小时" in page

    # Whoever is dead helps nobody, and a mistake is another person's to undo.
    assert "许伯" in await story.refused("/served-visits", story.visit(scheme, xu, lin, 60))
    own = await story.ask("POST", f"/members/{xu}/death/undo", {"reason": "弄错了", "version": 2})
    assert own.json()["code"] == "death-undone-by-recorder"
    await mai.does(f"/members/{xu}/death/undo", {"reason": "同名的人", "version": 2})
    book = await story.book()
    assert (book["许伯"], book["梁姨"]) == (180, 0)
    assert book.total() == 0
