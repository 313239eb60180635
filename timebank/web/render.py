"""Pages from templates: autoescaped, in the reader's language, with what the layout needs."""

import hmac
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from timebank.core.errors import Text
from timebank.core.ids import new_id
from timebank.core.sealing import Seal
from timebank.core.settings import settings
from timebank.web import cookies, i18n
from timebank.web.i18n import LANGUAGES, Language
from timebank.web.navigation import rail

SIZES = ("normal", "large", "largest")
_ROOMS = Path(__file__).parent.parent


def language_of(request: Request) -> Language:
    """The language the reader chose, else the installation's."""
    chosen = request.cookies.get("lang") or request.headers.get("x-language")
    return next((language for language in LANGUAGES if language == chosen), settings().language)


def size_of(request: Request) -> str:
    """The text size the reader chose."""
    chosen = request.cookies.get("size")
    return chosen if chosen in SIZES else "normal"


@cache
def _environment(language: Language) -> jinja2.Environment:
    rooms = {
        room.name: jinja2.FileSystemLoader(room / "templates")
        for room in sorted(_ROOMS.iterdir())
        if (room / "templates").is_dir()
    }
    environment = jinja2.Environment(
        loader=jinja2.PrefixLoader(rooms),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(i18n.catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "minutes": lambda amount: i18n.minutes(amount, language),
        "clock": i18n.clock_minutes,
        "day": lambda value: i18n.day(value, language),
        "instant": lambda value: i18n.instant(value, language),
        "time": i18n.time_of_day,
        "weekday": lambda value: i18n.weekday(value, language),
        "say": lambda text: i18n.say(text, language),
        "show": lambda value: i18n.show(value, language),
        "t": lambda message: i18n.translate(message, language),
        "big_minutes": lambda amount: _big(amount, language),
    }
    return environment


def render(
    request: Request, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HTMLResponse:
    """The page `room/name.html`; also shows, once, what the last act said (see `redirect`)."""
    language = language_of(request)
    call = getattr(request.state, "call", None)
    places = getattr(request.state, "places", [])
    said = _said(request)
    shell = {
        "request": request,
        "call": call,
        "actor": call.actor if call else None,
        # Whether what changes something is shown: an auditor only looks.
        "may_write": bool(call and call.actor.may_write_in(call.community_id)),
        "lang": language,
        "size": size_of(request),
        "rail": rail(call.actor, request.url.path) if call else [],
        "csrf": getattr(request.state, "csrf", ""),
        "said": said,
        "places": places,
        "place_name": next((p.name for p in places if call and p.id == call.community_id), ""),
        # Where a member's pages stand: their own, or those of whom they act for.
        "me_at": getattr(request.state, "base", "/me"),
        "fresh_key": _fresh_key,
        "sample": getattr(request.app.state, "sample", False),
    }
    given = context or {}
    if taken := shell.keys() & given.keys():
        raise ValueError(f"{template}: the page around it needs {sorted(taken)} for itself")
    html = _environment(language).get_template(template).render({**shell, **given})
    response = HTMLResponse(html, status_code=status)
    if said is not None:
        response.delete_cookie("said")
    return response


def redirect(request: Request, to: str, said: Text | None = None) -> Response:
    """After a form was taken: see the result at `to`, and read there, once, what was done."""
    response = RedirectResponse(to, status_code=303)
    if said is not None:
        content = i18n.say(said, language_of(request)).encode().hex()
        signed = f"{_seal(request).sign(content, purpose='said')}.{content}"
        cookies.keep(request, response, "said", signed, seconds=60)
    return response


def _said(request: Request) -> str | None:
    # Signed, so that nobody can make our page say something we did not.
    signature, _, content = request.cookies.get("said", "").partition(".")
    if not content or not hmac.compare_digest(signature, _seal(request).sign(content, purpose="said")):
        return None
    return bytes.fromhex(content).decode()


def _seal(request: Request) -> Seal:
    seal: Seal = request.app.state.seal
    return seal


def _fresh_key() -> str:
    """The Idempotency-Key of a form as it is shown: sent twice, it does its work once."""
    return new_id().hex


def _big(amount: int, language: Language) -> Markup:
    words = i18n.minutes(amount, language).split(" ")
    parts = [Markup('<span class="unit">{}</span>').format(w) if i % 2 else w for i, w in enumerate(words)]
    return Markup("").join(parts)
