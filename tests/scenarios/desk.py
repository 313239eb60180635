"""A community at work, as a story needs it: a browser at the desk, a program beside it, and the calendar."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import httpx
from playwright.async_api import Browser, Page

from tests.browser import chromium, picture, served
from tests.given import SEAL
from tests.postgres import Database
from timebank.access import service as access
from timebank.access.guard import Call
from timebank.app import create_app
from timebank.core import clock
from timebank.core.actor import NOBODY
from timebank.core.database import Database as RealDatabase
from timebank.core.ids import new_id
from timebank.jobs.runner import Runner
from timebank.jobs.schedule import JOBS


@dataclass
class Program:
    """Somebody's program at the API, signed in."""

    http: httpx.AsyncClient

    async def sign_in(self, user_name: str, password: str) -> None:
        """A fresh token from now on."""
        answer = await self.http.post("/logins", json={"user_name": user_name, "password": password})
        assert answer.status_code == 201, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    async def get(self, path: str, **query: Any) -> Any:
        """The answer's body; anything but 2xx fails the story."""
        answer = await self.http.get(path, params=query)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send once, under a key of its own."""
        answer = await self.http.post(path, json=body, headers={"Idempotency-Key": new_id().hex})
        assert answer.is_success, (path, answer.text)
        return answer.json() if answer.content else None

    async def all_rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every row of a list, page after page."""
        rows: list[dict[str, Any]] = []
        after = None
        while True:
            page = await self.get(path, **query, **({"after": after} if after else {}))
            rows += page["rows"]
            if (after := page["after"]) is None:
                return rows


@dataclass
class Office:
    """The service with its jobs, and the hands of the clock."""

    database: RealDatabase
    browser: Browser
    url: str
    hands: clock.Hands

    @property
    def today(self) -> date:
        """The day it is."""
        return clock.day_of(clock.now())

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        """Let it be this hour of this day, for everybody."""
        self.hands.move(datetime.combine(day, time(hour, minute), clock.zone()))

    async def offered_code(self) -> str:
        """What `timebank serve` prints at the first start."""
        code = new_id().hex
        await access.offer_setup(Call(self.database, NOBODY, clock.now(), SEAL), code=code)
        return code

    async def sit_down(self, user_name: str, password: str, *, width: int = 1280) -> Page:
        """Somebody signs in at a screen of their own."""
        screen = await self.browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
        page = await screen.new_page()
        await page.goto(f"{self.url}/sign-in")
        await self.sign_in(page, user_name, password)
        return page

    async def sign_in(self, page: Page, user_name: str, password: str) -> None:
        """The same at a screen that shows the door."""
        await page.get_by_label("登录名").fill(user_name)
        await page.locator("form[action='/sign-in/staff'] #f-password").fill(password)
        await page.locator("form[action='/sign-in/staff'] button").click()
        await page.wait_for_url(lambda address: "/sign-in" not in address)

    @asynccontextmanager
    async def program_of(self, user_name: str, password: str) -> AsyncIterator[Program]:
        """A program that signs in as somebody."""
        async with httpx.AsyncClient(base_url=f"{self.url}/api/v1", timeout=60) as http:
            made = Program(http)
            await made.sign_in(user_name, password)
            yield made

    async def night(self) -> None:
        """The night passes: every job whose slot has come is run by the real runner."""
        self.at(self.today + timedelta(days=1), 5)
        runner = Runner(self.database, SEAL)
        for job in JOBS:
            await runner.catch_up(job)

    async def show(self, page: Page, path: str, name: str | None = None) -> None:
        """Open a page, and keep a picture of it under `name`."""
        await page.goto(f"{self.url}{path}")
        if name:
            await picture(page, name)


@asynccontextmanager
async def open_office(database: Database, begins: datetime) -> AsyncIterator[Office]:
    """An empty time bank, served, under a set clock."""
    made = RealDatabase(database.service_url, checking=True)
    with clock.set_to(begins) as hands:
        async with served(create_app(made, SEAL)) as url, chromium() as browser:
            yield Office(made, browser, url, hands)


def path_id(page: Page) -> UUID:
    """The id at the end of the page's address."""
    return UUID(page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0])
