"""What the story has come to: an office, its screen and its program, the people and the scheme."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from playwright.async_api import FilePayload, Page

from tests.scenarios.desk import Office, Program

PASSWORD = "榕树下的时间-2026"


@dataclass
class Month:
    """What the story has come to: the office, its screen and program, the people, the scheme."""

    office: Office
    page: Page
    program: Program
    http: str
    members: dict[str, str]
    scheme: UUID

    async def all(self, what: str, **query: str) -> list[dict[str, Any]]:
        """Every row of one of the community's lists."""
        return await self.program.all_rows(f"{self.http}/{what}", **query)

    async def visit(self, visit_id: str) -> dict[str, Any]:
        """A visit as it stands."""
        story = await self.program.get(f"{self.http}/visits/{visit_id}")
        return dict(story["visit"])

    async def do(self, visit: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
        """One move of a visit, as it stands now; the visit afterwards."""
        seen = (await self.visit(visit["id"]))["version"]
        await self.program.post(f"{self.http}/visits/{visit['id']}/{what}", {"version": seen, **body})
        return await self.visit(visit["id"])

    async def answer(self, proposal: dict[str, Any], side: str, answer: str) -> None:
        """What one side told the desk on the telephone."""
        body = {"side": side, "answer": answer}
        await self.program.post(f"{self.http}/proposals/{proposal['id']}/answers", body)

    @asynccontextmanager
    async def phone_of(self, member_id: str) -> AsyncIterator[Page]:
        """A member's phone, small and without scripts, signed in with a fresh card."""
        card = await self.program.post(f"{self.http}/members/{member_id}/cards", {})
        screen = await self.office.browser.new_context(
            viewport={"width": 360, "height": 740}, java_script_enabled=False
        )
        phone = await screen.new_page()
        await phone.goto(f"{self.office.url}/card/{card['secret']}")
        await phone.get_by_label("6 位密码").fill(card["pin"])
        await phone.get_by_role("button", name="进入").click()
        yield phone
        await screen.close()

    async def morning(self, day: date) -> None:
        """The desk opens: yesterday's sign-ins have ended."""
        self.office.at(day, 8, 30)
        await self.page.goto(f"{self.office.url}/sign-in")
        await self.office.sign_in(self.page, "mo", PASSWORD)
        await self.program.sign_in("mo", PASSWORD)


def spreadsheet(name: str, content: bytes) -> FilePayload:
    """A file as a browser sends it."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FilePayload(name=f"{name}.xlsx", mimeType=kind, buffer=content)
