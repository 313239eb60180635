"""A community at work as a short story needs it: a desk that uses pages and the API, and members with cards."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from tests.given import PASSWORD, World, browser, csrf_of, post_form, sign_in
from tests.membership.sheets import XLSX, workbook
from timebank.core import clock
from timebank.core.ids import new_id


@dataclass
class Story:
    """The desk of a community; everything goes through pages and the API."""

    client: httpx.AsyncClient
    app: FastAPI
    world: World
    token: str = ""
    numbers: dict[UUID, str] = field(default_factory=dict)

    async def begin(self) -> "Story":
        """The coordinator signs in."""
        answer = await self.client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
        self.token = answer.json()["token"]
        await sign_in(self.client, "mo")
        return self

    @property
    def today(self) -> date:
        """The day it is."""
        return clock.day_of(self.world.now)

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """Call the API about this community."""
        headers = {"authorization": f"Bearer {self.token}", "idempotency-key": new_id().hex}
        at = f"/api/v1/communities/{self.world.here}{path}"
        return await self.client.request(method, at, json=body, headers=headers)

    async def do(self, path: str, body: dict[str, Any]) -> Any:
        """Have something done by the API; anything but success ends the story."""
        answer = await self.ask("POST", path, body)
        assert answer.is_success, (path, answer.text)
        return answer.json() if answer.content else None

    async def refused(self, path: str, body: dict[str, Any]) -> str:
        """Have something refused by the API: the code, and the reasons in Chinese."""
        answer = await self.ask("POST", path, body)
        assert answer.status_code in (404, 409, 422), answer.text
        found = answer.json()
        return " ".join([found["code"], found["title"], *(e["detail"] for e in found.get("errors", ()))])

    async def open_like(self, place: str, *names: str) -> dict[str, UUID]:
        """Begin with a place's rules on the page for that; the ids of its schemes by their names."""
        path = f"/schemes/presets/{place}"
        page = await self.client.get(path)
        assert page.status_code == 200
        named = {f"name_{n}": name for n, name in enumerate(names or ("银龄互助",), 1)}
        sent = {"in_force_from": "2026-01-01", "with_house": "yes", **named}
        answer = await post_form(self.client, path, sent)
        assert answer.status_code == 303, answer.text
        return {one["name"]: UUID(one["id"]) for one in (await self.ask("GET", "/schemes")).json()}

    async def join(self, name: str, born: int = 1955, **fields: object) -> UUID:
        """Take somebody in, as helper and recipient."""
        body = {"name": name, "birth_on": f"{born}-03-01", "is_helper": True, "is_recipient": True, **fields}
        made = UUID((await self.do("/members", body))["id"])
        number = (await self.ask("GET", f"/members/{made}")).json()["number"]
        self.numbers[made] = str(number)
        return made

    async def bring(self, hours: dict[UUID, float]) -> None:
        """Bring in what people had in the old books, as a spreadsheet that is signed off."""
        rows = [(int(self.numbers[who]), None, amount) for who, amount in hours.items()]
        file = workbook(("会员号", "姓名", "小时"), *rows)
        made = await self.client.post(
            f"/api/v1/communities/{self.world.here}/imports/opening",
            files={"file": ("old-books.xlsx", io.BytesIO(file), XLSX)},
            headers={"authorization": f"Bearer {self.token}"},
        )
        assert made.status_code == 201, made.text
        preview = made.json()
        signed = {
            "digest": preview["digest"],
            "people": len(rows),
            "total_minutes": sum(round(60 * amount) for amount in hours.values()),
        }
        await self.do(f"/imports/opening/{preview['id']}/sign-off", signed)

    async def roster(
        self, headers: Sequence[str], *rows: Sequence[str | int | date | None]
    ) -> dict[str, UUID]:
        """Bring a roster in as a spreadsheet; the members by number."""
        file = workbook(headers, *rows)
        made = await self.client.post(
            f"/api/v1/communities/{self.world.here}/imports/roster",
            files={"file": ("roster.xlsx", io.BytesIO(file), XLSX)},
            headers={"authorization": f"Bearer {self.token}"},
        )
        assert made.status_code == 201, made.text
        preview = made.json()
        await self.do(f"/imports/roster/{preview['id']}/apply", {"digest": preview["digest"]})
        return {row["number"]: UUID(row["id"]) for row in await self.all("/members")}

    async def all(self, path: str) -> list[dict[str, Any]]:
        """Every row of a list, page after page."""
        rows: list[dict[str, Any]] = []
        after = ""
        while True:
            joint = "&" if "?" in path else "?"
            page = (await self.ask("GET", f"{path}{joint}after={after}" if after else path)).json()
            rows += page["rows"]
            if not page["after"]:
                return rows
            after = page["after"]

    async def scheme(self, name: str, kind: str = "mutual_aid", **policy: Any) -> UUID:
        """Open a scheme that has been there since January."""
        body = {"name": name, "kind": kind, "in_force_from": "2026-01-01", "policy": policy}
        return UUID((await self.do("/schemes", body))["id"])

    async def wish(self, member: UUID, scheme: UUID, **fields: Any) -> UUID:
        """A published request: an hour of lessons every Wednesday morning, unless said otherwise."""
        body = {
            "member_id": str(member),
            "scheme_id": str(scheme),
            "category": "tutoring",
            "kind": "weekly",
            "duration_minutes": 60,
            "starts_on": str(self.today),
            "expires_on": str(self.today + timedelta(days=90)),
            "windows": [{"from_minute": 540, "to_minute": 660, "weekday": 2}],
            "publish": True,
            **fields,
        }
        return UUID((await self.do("/requests", body))["id"])

    async def offer(self, member: UUID, **fields: Any) -> None:
        """Somebody would gladly give lessons, on any morning."""
        body = {"category": "tutoring", "until_on": str(self.today + timedelta(days=200)), **fields}
        await self.do("/offers", {"member_id": str(member), **body})

    async def round(self, scheme: UUID) -> dict[str, Any]:
        """Run a round of a scheme; whom each request got and why nobody came to the others."""
        made = await self.do("/rounds", {"scheme_id": str(scheme)})
        found: dict[str, Any] = (await self.ask("GET", f"/rounds/{made['id']}")).json()
        return {**found, "id": made["id"]}

    async def agree(self, round_id: str) -> list[dict[str, Any]]:
        """Ask both sides of every pair, who all say yes by telephone; the living pairs."""
        await self.do(f"/rounds/{round_id}/proposals", {})
        for proposal in await self.all("/proposals"):
            for side in ("helper", "recipient"):
                said = {"side": side, "answer": "yes", "provenance": "phone"}
                await self.do(f"/proposals/{proposal['id']}/answers", said)
        return await self.all("/pairs")

    def visit(
        self, scheme: UUID, helper: UUID, recipient: UUID, minutes: int, **fields: object
    ) -> dict[str, Any]:
        """A visit as a slip of paper has it, signed by both."""
        row = {
            "scheme_id": str(scheme),
            "helper_id": str(helper),
            "recipient_id": str(recipient),
            "minutes": minutes,
            "category": "clinic",
            "served_on": str(self.today - timedelta(days=1)),
            **fields,
        }
        return {"rows": [row], "provenance": "paper", "signed": True}

    async def serve(self, *visit: Any, **fields: object) -> dict[str, Any]:
        """Type a slip in; how the visit ended."""
        done = await self.do("/served-visits", self.visit(*visit, **fields))
        outcome: dict[str, Any] = done["outcomes"][0] if "outcomes" in done else done
        return outcome

    async def book(self) -> Counter[str]:
        """The minutes in every account today by its holder's name, 0 where nothing moved; the month must foot."""
        answer = await self.client.get("/accounts/trial-balance.csv")
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))[1:]
        *lines, total = [row for row in rows if row]
        assert [int(total[2]), int(total[5])] == [0, 0], total
        assert int(total[3]) == int(total[4]), total
        assert sum(int(line[5]) for line in lines) == 0
        return Counter({line[1]: int(line[5]) for line in lines})

    async def own_page(self, member: UUID, path: str = "/me/passbook") -> str:
        """What a member reads on their own phone, signed in with a card."""
        card = await self.do(f"/members/{member}/cards", {})
        async with browser(self.app) as phone:
            door = await phone.get(f"/card/{card['secret']}")
            sent = {"csrf": csrf_of(door.text), "secret": card["secret"], "pin": card["pin"]}
            answer = await phone.post("/sign-in/card", data=sent)
            assert answer.status_code == 303, answer.text
            page = await phone.get(path)
            assert page.status_code == 200
            return page.text
