"""People at their browsers: coordinators, members and the district's administrator, signed in, opening pages."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import quote

import httpx

from tests.benchmarks import district
from tests.benchmarks.scale import Scale
from tests.cli.terminal import Terminal
from tests.given import post_form, sign_in
from timebank.core import clock
from timebank.core.ids import derived_id
from timebank.sample.district import Place
from timebank.sample.persons import Person, people_of

# Of a coordinator: pages by how often each is opened.
_AT_A_DESK = (("today", 30), ("person", 30), ("visits", 20), ("people", 10), ("passbook", 10))
_OF_A_MEMBER = (("home", 50), ("my passbook", 50))
_MEMBERS_EVERY = 4
_SERVED_SECONDS = 60


@dataclass
class Visitor:
    """Somebody signed in at a community, and what a page of theirs may be."""

    client: httpx.AsyncClient
    place: Place
    pages: Sequence[tuple[str, int]]
    chance: Random
    everywhere: Sequence[Place] = ()

    @property
    def at_a_desk(self) -> bool:
        """True for those who may search."""
        return self.pages is _AT_A_DESK

    def a_page(self) -> str:
        """The name of a page that people like this one open, the likely ones more often."""
        names, weights = zip(*self.pages, strict=True)
        [name] = self.chance.choices(names, weights)
        return str(name)

    async def open(self, name: str) -> float:
        """Open one page by its name; how many seconds it took."""
        path = self._path(name)
        began = time.perf_counter()
        answer = await self.client.get(path)
        took = time.perf_counter() - began
        assert answer.status_code == 200, f"{answer.status_code} {answer.url}"
        return took

    def _path(self, name: str) -> str:
        match name:
            case "today":
                return "/today"
            case "people":
                return "/members"
            case "visits":
                return "/visits"
            case "month":
                return f"/audit/months/{clock.day_of(clock.now()):%Y-%m}"
            case "accounts":
                return "/accounts"
            case "home":
                return "/me"
            case "my passbook":
                return "/me/passbook"
            case "search":
                somebody = self._somebody(self.chance.choice(self.everywhere or [self.place]))
                return f"/members?q={quote(self._words(somebody))}"
        somebody = self._somebody(self.place)
        member_id = derived_id("benchmark", self.place.key, somebody.number)
        return f"/accounts/{member_id}" if name == "passbook" else f"/members/{member_id}"

    def _somebody(self, place: Place) -> Person:
        return self.chance.choice(people_of(place))

    def _words(self, somebody: Person) -> str:
        """What is typed into a search: a name, its beginning, a member number, the end of a phone number."""
        return self.chance.choice(
            (
                somebody.name,
                somebody.name[:2],
                somebody.name[1:],
                somebody.number,
                (somebody.phone or "1540")[-4:],
            )
        )


@asynccontextmanager
async def at_work(folder: Path, scale: Scale) -> AsyncIterator[list[Visitor]]:
    """A service on the district's database, and so many people signed in: three coordinators to a member."""
    terminal = Terminal(folder)
    settings = {"TIMEBANK_SECRET_KEY": district.SEAL_KEY, "TIMEBANK_JOBS": "false"}
    with terminal.serve("--port", "18700", **settings) as (_, address):
        visitors = []
        try:
            for number, place in enumerate(district.places(scale)[: scale.people]):
                client = httpx.AsyncClient(base_url=address, timeout=_SERVED_SECONDS)
                visitors.append(await _enter(client, number, place))
            administrator = await _administrator(address, scale)
            visitors.append(administrator)
            yield visitors
        finally:
            for visitor in visitors:
                await visitor.client.aclose()


async def all_at_once(
    visitors: Sequence[Visitor], seconds: float, which: Callable[[Visitor], str], *, pause: float
) -> list[tuple[str, float]]:
    """Everybody opens page after page for so long, reading each for about `pause` seconds; how long each took."""
    ends = time.perf_counter() + seconds
    took: list[tuple[str, float]] = []

    async def one(visitor: Visitor) -> None:
        # Not all in the same moment.
        await asyncio.sleep(visitor.chance.random() * pause)
        while time.perf_counter() < ends:
            name = which(visitor)
            took.append((name, await visitor.open(name)))
            await asyncio.sleep(pause * (0.5 + visitor.chance.random()))

    await asyncio.gather(*(one(visitor) for visitor in visitors))
    return took


async def _enter(client: httpx.AsyncClient, number: int, place: Place) -> Visitor:
    chance = Random(f"visitor {number}")
    if number % _MEMBERS_EVERY:
        await sign_in(client, district.desk_of(number), district.PASSWORD)
        return Visitor(client, place, _AT_A_DESK, chance)
    _, secret = district.card_of(place)
    data: dict[str, object] = {"pin": district.PIN, "secret": secret}
    entered = await post_form(client, "/sign-in/card", data, seen=f"/card/{secret}")
    assert entered.status_code == 303, entered.text
    return Visitor(client, place, _OF_A_MEMBER, chance)


async def _administrator(address: str, scale: Scale) -> Visitor:
    client = httpx.AsyncClient(base_url=address, timeout=_SERVED_SECONDS)
    await sign_in(client, district.ADMINISTRATOR, district.PASSWORD)
    places = district.places(scale)
    return Visitor(client, places[0], _AT_A_DESK, Random("administrator"), everywhere=places)
