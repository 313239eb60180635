"""Each of the people walks through all the links they are offered: none leads nowhere, in either language."""

import re
from collections import Counter, deque
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest

from tests.given import SEAL, browser, post_form
from tests.postgres import Database
from tests.sample.conftest import LOADED
from timebank.app import create_app
from timebank.core import clock
from timebank.core.database import Database as RealDatabase
from timebank.sample.district import ADMINISTRATOR, AUDITOR, DALANG, MEMBER_PIN, PASSWORD
from timebank.sample.joining import CARD_SECRET

pytestmark = [pytest.mark.slow(40), pytest.mark.timeout(600)]

# So many pages of one kind are opened: a list's hundred rows all lead to the same template.
OF_A_KIND = 3
LINK = re.compile(r'<a[^>]*\shref="([^"#]+)[^"]*"')
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d{2}(?:-\d{2})?")
STAFF = {
    "coordinator": DALANG.coordinators[0][1],
    "auditor": AUDITOR[1],
    "administrator": ADMINISTRATOR[1],
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", [*STAFF, "member"])
async def test_every_link_leads_somewhere(district: Database, who: str, language: str) -> None:
    database = RealDatabase(district.service_url)
    with clock.set_to(LOADED):
        async with browser(create_app(database, SEAL, sample=True)) as client:
            client.cookies.set("lang", language)
            await _sign_in(client, who)
            wrong, kinds = await _walk(client)
    await database.close()
    assert wrong == []
    assert len(kinds) >= {"member": 6, "auditor": 12}.get(who, 30), sorted(kinds)


async def _sign_in(client: httpx.AsyncClient, who: str) -> None:
    if who == "member":
        data: dict[str, object] = {"pin": MEMBER_PIN, "secret": CARD_SECRET}
        entered = await post_form(client, "/sign-in/card", data, seen=f"/card/{CARD_SECRET}")
    else:
        data = {"user_name": STAFF[who], "password": PASSWORD}
        entered = await post_form(client, "/sign-in/staff", data, seen="/sign-in")
    assert entered.status_code == 303, entered.text


async def _walk(client: httpx.AsyncClient) -> tuple[list[str], set[str]]:
    """What was wrong, and the kinds of pages seen."""
    seen: set[str] = set()
    kinds: Counter[str] = Counter()
    wrong: list[str] = []
    waiting = deque([("/", "the door")])
    while waiting:
        path, origin = waiting.popleft()
        kind = _kind(path)
        if path in seen or kinds[kind] >= OF_A_KIND:
            continue
        seen.add(path)
        kinds[kind] += 1
        answer = await client.get(path, follow_redirects=True)
        if answer.status_code != 200:
            wrong.append(f"{answer.status_code} {path}, linked from {origin}")
        elif answer.headers["content-type"].startswith("text/html"):
            waiting.extend((link, path) for link in _links(answer.text))
    return wrong, set(kinds)


def _kind(path: str) -> str:
    parts = urlsplit(path)
    names = sorted(pair.split("=")[0] for pair in parts.query.split("&") if pair)
    return f"{ID.sub('…', parts.path)}?{'&'.join(names)}"


def _links(page: str) -> list[str]:
    found = (unescape(link) for link in LINK.findall(page))
    return [link for link in found if link.startswith("/") and not link.startswith("/static/")]
