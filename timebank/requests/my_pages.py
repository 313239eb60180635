"""A member asks for help with few big choices: for themselves, or for whom they act."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from timebank.access.doors import OWN, FormKey, OwnOrFor, Whose
from timebank.core import clock
from timebank.core.errors import N_, Text, TimebankError
from timebank.core.provenance import Provenance
from timebank.people.model import CATEGORY_LABELS
from timebank.requests import service, words
from timebank.requests.forms import MemberRequest
from timebank.requests.pages import often_first
from timebank.web.forms import Form, read
from timebank.web.i18n import minutes, show, translate
from timebank.web.render import language_of, redirect, render

# Stands at /me, and at /me/for/{principal_id}.
router = APIRouter()


@router.get("/requests/new")
async def mine_new_page(request: Request, whose: OwnOrFor, category: str = "") -> Response:
    """What, then when: two screens of big buttons."""
    if category in CATEGORY_LABELS:
        return _mine_new(request, whose, Form(), category)
    language = language_of(request)
    codes = [(code, translate(CATEGORY_LABELS[code], language)) for code in often_first()]
    context = {"categories": codes, "at": f"{whose.base}/requests", "back": _after(whose), "asking": True}
    return render(request, "requests/mine_what.html", context)


@router.post("/requests/new")
async def mine_submit(request: Request, whose: OwnOrFor, key: FormKey) -> Response:
    """Ask."""
    form = await read(request, MemberRequest)
    if form.value is not None:
        try:
            await service.submit(
                whose.call.with_key(key),
                community_id=whose.call.desk,
                member_id=whose.member_id,
                wish=form.value.wish(today=clock.day_of(whose.call.now)),
                provenance=Provenance.APP,
                anyway=form.value.anyway,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, _after(whose), Text(N_("已收到；社区看过以后就去找人")))
    category = form.text("category")
    if category not in CATEGORY_LABELS:
        return RedirectResponse(f"{whose.base}/requests/new", status_code=303)
    return _mine_new(request, whose, form, category, status=422)


def _mine_new(
    request: Request, whose: Whose, form: Form[Any], category: str, *, status: int = 200
) -> Response:
    language = language_of(request)
    today = clock.day_of(whose.call.now)
    near = [N_("今天"), N_("明天"), N_("后天")]
    days = [("", translate(N_("一周内哪天都行"), language))]
    for offset in range(7):
        named = show(today + timedelta(days=offset), language)
        shown = f"{translate(near[offset], language)} {named}" if offset < len(near) else named
        days.append((str(offset), shown))
    context = {
        "form": form,
        "category": category,
        "days": days,
        "durations": [(n, minutes(n, language)) for n in (60, 120, 180, 240)],
        "words": words,
    }
    return render(request, "requests/mine_new.html", context, status=status)


def _after(whose: Whose) -> str:
    """Where a member sees what they asked for; who asked for another goes back to what they may do."""
    return f"{OWN}/requests" if whose.base == OWN else whose.base
