"""Every form of every page, each of its fields in turn with what no one should type: an answer, never an accident."""

import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from urllib.parse import quote, quote_from_bytes, urlsplit

import httpx
import pytest

from tests.access.calling import PAPERS, Caller, caller
from tests.access.copies import prepared_in
from tests.access.page_calls import FORMS
from tests.access.permissions import Row, rows
from tests.access.prepared import Prepared
from tests.given import NOW
from tests.postgres import Database
from tests.web.nasty import NASTY, WORST, Forms
from timebank.core import clock
from timebank.core.ids import new_id

pytestmark = [pytest.mark.slow(100), pytest.mark.timeout(900)]

# More of the same, where somebody has the time: every value in every field. Otherwise a form gets the worst
# values and a third of the others, the next form the next third.
THOROUGH = bool(os.environ.get("TIMEBANK_TEST_THOROUGHLY"))
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d{4}-\d{2}(?:-\d{2})?\b")
LINK = re.compile(r'<a [^>]*href="(/[^"]*)"')
# Shown so that it can say no: whether a code is any good is not told before.
TO_SAY_NO = {("/setup/no-such-code", "POST /setup/no-such-code")}
UNTOUCHED = ("csrf", "key")
BOUNDARY = "----------------timebank"
# How a page that refuses says why: beside a field, above a form, or on the page of a refusal.
SAID = re.compile(r'class="error"|role="alert"|错误代号|Error code')
Pairs = list[tuple[str, bytes]]
# Whose forms were sent already when one comes to these people's.
SHOWN_TO = {
    "recipient": ("nobody",),
    "helper": ("nobody", "recipient"),
    "coordinator": ("nobody",),
    "auditor": ("coordinator",),
    "administrator": ("coordinator",),
}
FORMS_AT_LEAST = {
    "nobody": 3,
    "recipient": 8,
    "helper": 1,
    "coordinator": 30,
    "auditor": 0,
    "administrator": 5,
}


@dataclass
class Sheet:
    """A form as it would be sent by somebody who means well."""

    action: str
    method: str
    fields: dict[str, list[str]]
    has_file: bool = False

    @property
    def kind(self) -> str:
        """The same form about other things has the same kind."""
        return f"{self.method} {ID.sub('…', urlsplit(self.action).path)} {' '.join(sorted(self.fields))}"

    def pairs(self, **instead: bytes) -> Pairs:
        """What is sent, with other content for some fields."""
        told = [(name, value.encode()) for name, values in self.fields.items() for value in values or [""]]
        return [(name, instead.get(name, value)) for name, value in told]


@dataclass(frozen=True)
class Page:
    """A page as somebody sees it, and the forms on it, filled in soundly where the table of calls knows how."""

    where: str
    text: str
    sheets: tuple[Sheet, ...]


@dataclass
class District:
    """The prepared district, its database, and the pages that each of the people was found to be shown."""

    prepared: Prepared
    url: str
    pages: dict[str, list[Page]] = field(default_factory=dict)


@dataclass
class Count:
    """What was sent, and what came of it that should not have."""

    forms: set[str] = field(default_factory=set)
    sent: int = 0
    led_to: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
async def district(template: Database) -> AsyncIterator[District]:
    """Made once; nothing that is sent stays in it."""
    async with prepared_in(template) as (prepared, made):
        yield District(prepared, made.service_url)


@pytest.mark.parametrize(("who", "half"), [*((who, None) for who in FORMS_AT_LEAST), ("coordinator", 1)])
async def test_no_form_stumbles_over_what_is_typed(district: District, who: str, half: int | None) -> None:
    count, known = Count(), set()
    with clock.set_to(NOW):
        for before in SHOWN_TO.get(who, ()):
            known |= {sheet.kind for sheet in await _shown(district, before)}
        sheets = [sheet for sheet in await _shown(district, who) if sheet.kind not in known]
        async with caller(who, district.prepared, district.url) as calling:
            # A coordinator's are so many that two workers share them.
            mine = sheets[half or 0 :: 2] if who == "coordinator" else sheets
            for turn, sheet in enumerate(mine):
                count.forms.add(sheet.kind)
                for name, pairs, multipart in _variants(sheet, turn):
                    count.sent += 1
                    await _send(calling, sheet, name, pairs, count, multipart=multipart)
    print(f"{who}: {len(count.forms)} forms, {count.sent} sent")
    assert not count.wrong, "\n".join(count.wrong)
    assert len(count.forms) >= FORMS_AT_LEAST[who], sorted(count.forms)


# A member's things are one member's in the table of permissions, and everybody has some of their own.
@pytest.mark.parametrize("who", ["nobody", "coordinator", "auditor", "administrator"])
async def test_nobody_is_shown_a_form_or_a_link_that_is_refused_to_them(district: District, who: str) -> None:
    refused, seen = set(), 0
    for page in await _pages(district, who):
        ways = {f"GET {link}" for link in map(unescape, LINK.findall(page.text))}
        ways |= {f"POST {sheet.action}" for sheet in page.sheets if sheet.method == "post"}
        for way in ways:
            method, path = way.split(" ", 1)
            may = _who_may(method, urlsplit(path).path)
            seen += may is not None
            if may is not None and who not in may and (page.where, way) not in TO_SAY_NO:
                refused.add(f"{ID.sub('…', page.where)}: {ID.sub('…', way)}")
    assert not refused, "\n".join(sorted(refused))
    assert seen > 3


@cache
def _who_may(method: str, path: str) -> frozenset[str] | None:
    """Whoever gets in there, in whatever state a thing of that path is; None for a path of no page."""
    found = [
        row.who for row in rows() if row.route.startswith(f"{method} ") and _pattern(row).fullmatch(path)
    ]
    return frozenset().union(*found) if found else None


@cache
def _pattern(row: Row) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(row.path)))


async def _shown(district: District, who: str) -> list[Sheet]:
    """Each form that one of the people is shown, once."""
    found: dict[str, Sheet] = {}
    for page in await _pages(district, who):
        for sheet in page.sheets:
            found.setdefault(sheet.kind, sheet)
    return [sheet for sheet in found.values() if sheet.action != "/sign-out"]


async def _pages(district: District, who: str) -> list[Page]:
    """What one of the people is shown, asked for once in each worker: it is the same every time."""
    if who not in district.pages:
        with clock.set_to(NOW):
            async with caller(who, district.prepared, district.url) as calling:
                district.pages[who] = [page async for page in _walked(calling)]
    return district.pages[who]


async def _walked(calling: Caller) -> AsyncIterator[Page]:
    sound = {calling.filled(path): calling.filled(fields) for path, fields in FORMS.items()}
    for row in rows():
        if not row.route.startswith("GET /") or row.path.startswith(("/api", "/health")):
            continue
        if calling.who not in row.who:
            continue
        where = calling.filled(row.route.split(" ", 1)[1])
        page = await calling.pages.get(where, follow_redirects=True)
        if not page.headers["content-type"].startswith("text/html"):
            continue
        sheets = []
        for form in Forms(page.text, where).found:
            fields = {name: list(values) for name, values in form.fields.items()}
            for name, value in sound.get(form.action, {}).items():
                fields[name] = [str(one) for one in (value if isinstance(value, list) else [value])]
            sheets.append(Sheet(form.action, form.method, fields, has_file="file" in fields))
        yield Page(where, page.text, tuple(sheets))


def _variants(sheet: Sheet, turn: int) -> Iterator[tuple[str, Pairs, bool]]:
    """Everything wrong that can be sent to a form, one thing at a time."""
    names = [name for name in sheet.fields if name not in UNTOUCHED]
    for place, (what, value) in enumerate(NASTY.items()):
        if not (THOROUGH or what in WORST or (place + turn) % 3 == 0):
            continue
        yield f"everything {what}", sheet.pairs(**dict.fromkeys(names, value)), False
        if sheet.method == "get" or not names:
            continue
        for name in names if THOROUGH else _turn(what, names):
            yield f"{name} {what}", sheet.pairs(**{name: value}), False
    whole = sheet.pairs()
    yield "as it is", whole, False
    yield "twice", whole + whole, False
    yield "with more", [*whole, ("is_administrator", b"true"), ("__class__", b"x"), ("a[b][]", b"1")], False
    yield "only the token", [pair for pair in whole if pair[0] in UNTOUCHED], False
    for name in names:
        yield f"without {name}", [pair for pair in whole if pair[0] != name], False
        yield f"a file as {name}", [pair for pair in whole if pair[0] != name], True


def _turn(what: str, names: list[str]) -> list[str]:
    """Each field gets two of the worst, its neighbours the next ones."""
    if what not in WORST:
        return []
    first = WORST.index(what)
    return [name for place, name in enumerate(names) if (first - 2 * place) % len(WORST) < 2]


async def _send(
    calling: Caller, sheet: Sheet, name: str, pairs: Pairs, count: Count, *, multipart: bool
) -> None:
    kept = dict(calling.pages.cookies)
    async with calling.connection.begin_nested() as undone:
        said = f"{sheet.method} {ID.sub('…', sheet.action)}: {name}"
        try:
            answer = await _ask(calling, sheet, name, pairs, multipart=multipart)
            problems = await _problems(calling, answer, count.led_to, sheet.kind)
            count.wrong += [f"{said}: {problem}" for problem in problems]
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told with the form
            count.wrong.append(f"{said}: {error!r}"[:400])
        await undone.rollback()
    calling.pages.cookies = httpx.Cookies(kept)


async def _ask(calling: Caller, sheet: Sheet, name: str, pairs: Pairs, *, multipart: bool) -> httpx.Response:
    token = {"csrf": calling.csrf.encode(), "key": new_id().hex.encode()}
    sent = [(field, token.get(field, value)) for field, value in pairs]
    if sheet.method == "get":
        short = [(field, value[:1_000]) for field, value in sent]  # what fits into an address
        return await calling.pages.get(f"{urlsplit(sheet.action).path}?{_encoded(short)}")
    if multipart or sheet.has_file:
        body = _multipart(sent, name.removeprefix("a file as ") if multipart else None, sheet)
        headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
        return await calling.pages.post(sheet.action, content=body, headers=headers)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await calling.pages.post(sheet.action, content=_encoded(sent), headers=headers)


def _encoded(pairs: Pairs) -> str:
    return "&".join(f"{quote(name, safe='')}={quote_from_bytes(value, safe='')}" for name, value in pairs)


def _multipart(pairs: Pairs, as_file: str | None, sheet: Sheet) -> bytes:
    """Text parts, and a file: the sound one where a file is wanted, unless it stands under another name."""
    parts = []
    for name, value in pairs:
        head = f'Content-Disposition: form-data; name="{name}"'
        if name == "file" and value.decode("utf-8", "replace") in PAPERS:
            head, value = f'{head}; filename="a.xlsx"', PAPERS[value.decode()]
        parts.append(head.encode() + b"\r\n\r\n" + value)
    if as_file is not None:
        head = f'Content-Disposition: form-data; name="{as_file}"; filename="=1+1.xlsx"'
        parts.append(head.encode() + b"\r\nContent-Type: application/octet-stream\r\n\r\nPK\x03\x04 no zip")
    edge = f"--{BOUNDARY}".encode()
    return b"".join(edge + b"\r\n" + part + b"\r\n" for part in parts) + edge + b"--\r\n"


async def _problems(calling: Caller, answer: httpx.Response, led_to: set[str], kind: str) -> list[str]:
    """What is wrong with an answer: a stumble, a refusal without a word, a page that says back what was typed as it is.

    Where it leads is looked at once for a kind of form.
    """
    found = []
    if answer.status_code >= 500 or answer.status_code < 200:
        found.append(f"answered {answer.status_code}")
    if answer.status_code == 422 and not SAID.search(answer.text):
        found.append("refused without saying what is wrong")
    if answer.status_code == 303:
        location = answer.headers["location"]
        if not location.startswith("/") or location.startswith("//"):
            found.append(f"leads to {location}")
        elif (followed := f"{kind} → {ID.sub('…', location)}") not in led_to:
            led_to.add(followed)
            answer = await calling.pages.get(location)
            if answer.status_code >= 500:
                found.append(f"leads to {answer.status_code}")
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    if is_page and ("<script>alert(" in answer.text or "<img src=x" in answer.text):
        found.append("says a script back")
    if is_page and "\x00" in answer.text:
        found.append("says a NUL back")
    return found
