"""What the stories of activities share: a day on which many come together, from the plan to the report."""

import io
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from tests.membership.sheets import XLSX, workbook
from tests.scenarios.story import Story


@dataclass
class Day:
    """One activity, seen from the desk through the API."""

    story: Story
    id: UUID

    @property
    def at(self) -> str:
        """Its path."""
        return f"/activities/{self.id}"

    async def seen(self) -> dict[str, Any]:
        """As it stands now."""
        found: dict[str, Any] = (await self.story.ask("GET", self.at)).json()
        return found

    async def enrol(self, *members: UUID) -> None:
        """They rang up and have a seat."""
        for one in members:
            answer = await self.story.ask("PUT", f"{self.at}/participations/{one}", {})
            assert answer.json() == {"standing": "enrolled"}, answer.text

    async def staff(self, *members: UUID, part: str = "helper") -> None:
        """They help, or speak."""
        for one in members:
            answer = await self.story.ask("PUT", f"{self.at}/participations/{one}", {"part": part})
            assert answer.is_success, answer.text

    async def sign_in(
        self, came: list[UUID], *, guests: int = 0, served: dict[UUID, int] | None = None
    ) -> dict[str, Any]:
        """The sheet is typed in; the activity as it then stands."""
        body = {
            "came": [str(one) for one in came],
            "guests": guests,
            "served": [{"member_id": str(who), "minutes": said} for who, said in (served or {}).items()],
            "version": (await self.seen())["version"],
        }
        answer = await self.story.ask("PUT", f"{self.at}/sign-in", body)
        assert answer.is_success, answer.text
        held: dict[str, Any] = answer.json()
        return held

    async def report(self, notes: str, went_well: str) -> None:
        """How it went."""
        version = (await self.seen())["version"]
        said = {"notes": notes, "went_well": went_well, "version": version}
        assert (await self.story.ask("PUT", f"{self.at}/report", said)).is_success


async def plan(story: Story, title: str, place: str, on: date, **fields: object) -> Day:
    """Put an activity down."""
    body = {
        "kind": "event",
        "title": title,
        "place": place,
        "held_on": str(on),
        "from_minute": 900,
        "to_minute": 990,
        "seats": 60,
        **fields,
    }
    return Day(story, UUID((await story.do("/activities", body))["id"]))


async def open_scheme(story: Story, name: str, **policy: object) -> UUID:
    """A scheme of the community, since the year's beginning."""
    body = {"name": name, "in_force_from": "2026-01-01", "policy": {"payer": "pool", **policy}}
    return UUID((await story.do("/schemes", body))["id"])


async def fill_the_pool(story: Story, hours: float) -> None:
    """Somebody who has plenty gives to the pool."""
    giver = await story.join("热心人")
    await story.bring({giver: hours})
    await story.do(f"/members/{giver}/gifts", {"minutes": round(60 * hours)})


async def join_many(story: Story, how_many: int, *, name: str = "银龄") -> list[UUID]:
    """So many come in with a roster, as the personnel system exports it."""
    at = f"/api/v1/communities/{story.world.here}"
    auth = {"authorization": f"Bearer {story.token}"}
    rows = [(f"R{n:04d}", f"{name}{n:03d}", "1955-03-01") for n in range(1, how_many + 1)]
    file = workbook(("会员号", "姓名", "出生日期"), *rows)
    sent = {"file": ("roster.xlsx", io.BytesIO(file), XLSX)}
    preview = (await story.client.post(f"{at}/imports/roster", files=sent, headers=auth)).json()
    await story.do(f"/imports/roster/{preview['id']}/apply", {"digest": preview["digest"]})
    found: dict[str, UUID] = {}
    after = None
    while True:
        page = (await story.ask("GET", f"/members?after={after}" if after else "/members")).json()
        found |= {row["number"]: UUID(row["id"]) for row in page["rows"]}
        if (after := page["after"]) is None:
            return [found[number] for number, _, _ in rows]
