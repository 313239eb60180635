"""Every page and every route, called as each of the people: the table says who gets in, and nobody else changes a row.

A route without a row in `matrix.txt` fails here, and so does a row that is not what really happens.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from tests.access.calling import caller
from tests.access.copies import prepared_in
from tests.access.permissions import DOCUMENT, PEOPLE, code, document, rows
from tests.access.prepared import Prepared
from tests.given import NOW, service_over
from tests.postgres import Database
from timebank.core import clock
from timebank.core.database import Database as RealDatabase

ROWS = rows()
# Who is let in and still told no, since the thing itself is not so.
NOT_DONE = {
    ("coordinator", "POST /audit/findings/{explained_finding}/close"): 422,
    ("coordinator", "POST /audit/findings/{explained_finding}/send-back"): 422,
    ("coordinator", "POST /api/v1/findings/{explained_finding}/close"): 409,
    ("coordinator", "POST /api/v1/findings/{explained_finding}/send-back"): 409,
    # By the house policy Feng gives to his family only, and the neighbour is none.
    **{
        (who, "GET /api/v1/communities/{here}/members/{recipient}/gifts/receivers?words=0103"): 409
        for who in ("recipient", "delegate", "coordinator", "self", "administrator")
    },
    # At their own desks: nobody there has these numbers, no request and nobody waits.
    **{
        (who, f"POST {path}"): status
        for who in ("neighbour", "far_administrator")
        for path, status in (
            ("/visits/new", 422),
            ("/visits/enter", 422),
            ("/visits/sheet/enter", 422),
            ("/rounds", 409),
            ("/reception/next", 409),
        )
    },
    # No scheme is open there.
    ("far_member", "POST /me/requests/new"): 422,
}


@dataclass(frozen=True)
class District:
    """The prepared district, and its database."""

    prepared: Prepared
    url: str


@pytest.fixture(scope="module")
async def service(template: Database) -> AsyncIterator[District]:
    """Made once for the whole table; nothing that is called stays in it."""
    async with prepared_in(template) as (prepared, made):
        yield District(prepared, made.service_url)


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    app = service_over(RealDatabase("postgresql+asyncpg://nobody@nowhere/nothing"))
    routes = [
        (method, one.path, compile_path(one.path)[0])
        for one in iter_route_contexts(app.routes)
        for method in (one.methods or ())
        if method != "HEAD"
    ]
    found: set[tuple[str, str]] = set()
    strange = []
    for row in ROWS:
        method = row.route.split(" ")[0]
        numbered = row.path.replace("{sheet}", "1")
        asked = re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", numbered)
        hit = next((route for route in routes if route[0] == method and route[2].match(asked)), None)
        found.update({hit[:2]} if hit else set())
        strange += [] if hit else [row.route]
    assert strange == []
    assert {(method, path) for method, path, _ in routes} - found == set()


def test_no_route_stands_twice() -> None:
    named = [row.route for row in ROWS]
    assert sorted({one for one in named if named.count(one) > 1}) == []


def test_the_page_for_people_is_the_table() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), (
        "docs/permissions.md is stale: run .venv/bin/python -m tests.access.permissions"
    )


@pytest.mark.slow(30)
@pytest.mark.parametrize("who", PEOPLE)
async def test_these_get_in_and_nobody_else_changes_anything(service: District, who: str) -> None:
    wrong = []
    with clock.set_to(NOW):
        async with caller(who, service.prepared, service.url) as calling:
            for row in ROWS:
                seen = await calling.call(row.route)
                if seen.got_in != (who in row.who):
                    wrong.append(f"{who} {seen.status} where the table has {code(row.who)}: {row.route}")
                elif seen.changed and not seen.got_in:
                    wrong.append(f"{who} was refused and changed something: {row.route}")
                elif seen.got_in and seen.status >= 400 and seen.status != NOT_DONE.get((who, row.route)):
                    wrong.append(f"{who} {seen.status}, and it was not done: {row.route}")
    assert wrong == []
