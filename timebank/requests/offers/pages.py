"""Pages of offers: the desk's list and form, the member's few big choices."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from timebank.access.doors import DeskCall, FormKey, MemberCall
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, Conflict, Text, TimebankError
from timebank.core.provenance import Provenance
from timebank.people.model import CATEGORY_LABELS
from timebank.requests import rules as request_rules
from timebank.requests import service as requests
from timebank.requests import words
from timebank.requests.offers import rules, service
from timebank.requests.offers.model import Offer
from timebank.requests.offers.schemas import DeskOffer, MemberOffer, OfferFilters, form_of
from timebank.requests.pages import member_of, often_first
from timebank.requests.recurrence.rules import WEEKDAYS
from timebank.requests.schemas import Seen
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.problems import as_invalid
from timebank.web.render import language_of, redirect, render

router = APIRouter()
LASTING = {30: N_("一个月"), 90: N_("三个月"), 365: N_("一年")}


@router.get("/offers")
async def offers_page(request: Request, call: DeskCall) -> Response:
    """What members of this desk's community would gladly do."""
    try:
        given = OfferFilters.model_validate({k: v for k, v in request.query_params.items() if v})
    except ValidationError as error:
        raise as_invalid(error) from error
    page = await service.list_offers(
        call,
        community_id=call.desk,
        ended=given.which == "ended",
        category=given.category,
        after=given.after,
    )
    context = {
        "page": page,
        "given": given,
        "base": f"/offers?which={given.which}&category={given.category or ''}",
        "today": clock.day_of(call.now),
        **_said(request),
    }
    return render(request, "requests/offers.html", context)


@router.get("/offers/new")
async def new_page(request: Request, call: DeskCall, who: str = "", member: UUID | None = None) -> Response:
    """First who, then one screen."""
    found = await requests.meant(call, community_id=call.desk, words=who) if who.strip() else []
    if len(found) == 1:
        member = found[0].id
    if member is None:
        context = {"who": who, "found": found, "today": clock.day_of(call.now), "at": "/offers/new"}
        return render(request, "requests/who.html", context)
    return await _form(request, call, Form(), member_id=member)


@router.post("/offers/new")
async def make_offer(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Write down what was offered."""
    form = await read(request, DeskOffer)
    value = form.value
    if value is not None:
        try:
            await service.make_offer(
                call.with_key(key),
                community_id=call.desk,
                member_id=value.member_id,
                offer=await _offer(call, value),
                provenance=value.provenance,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/offers", Text(N_("已登记")))
    return await _form(request, call, form, member_id=member_of(form), status=422)


@router.get("/offers/{offer_id:uuid}/edit")
async def edit_page(request: Request, call: DeskCall, offer_id: UUID) -> Response:
    """Put it differently."""
    one = await service.one_offer(call, community_id=call.desk, offer_id=offer_id)
    return await _form(
        request, call, Form(form_of(one.view, one.numbers)), member_id=one.member.id, offer_id=offer_id
    )


@router.post("/offers/{offer_id:uuid}/edit")
async def edit(request: Request, call: DeskCall, key: FormKey, offer_id: UUID) -> Response:
    """Take the change; nothing typed is lost if somebody came first."""
    form = await read(request, DeskOffer)
    value = form.value
    if value is not None:
        try:
            await service.change_offer(
                call.with_key(key),
                community_id=call.desk,
                offer_id=offer_id,
                offer=await _offer(call, value),
                version=value.version or 0,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/offers", Text(N_("已保存")))
    one = await service.one_offer(call, community_id=call.desk, offer_id=offer_id)
    form.raw = {**form.raw, "version": one.view.version}
    return await _form(request, call, form, member_id=one.member.id, offer_id=offer_id, status=422)


@router.post("/offers/{offer_id:uuid}/{what}")
async def press(
    request: Request, call: DeskCall, key: FormKey, offer_id: UUID, what: Literal["end", "reopen"]
) -> Response:
    """End it, or let it stand again."""
    said = await _pressed(request, call.with_key(key), offer_id, what)
    return redirect(request, "/offers" if what == "end" else "/offers?which=ended", said)


@router.get("/me/offers")
async def mine(request: Request, call: MemberCall) -> Response:
    """What I would gladly do."""
    found = await service.offers_of_member(call, community_id=call.desk, member_id=call.actor.id)
    context = {"offers": found, "today": clock.day_of(call.now), **_said(request)}
    return render(request, "requests/offers_mine.html", context)


@router.get("/me/offers/new")
async def mine_new_page(request: Request, call: MemberCall, category: str = "") -> Response:
    """What, then when: two screens of big buttons."""
    try:
        await service.offering(call, community_id=call.desk, member_id=call.actor.id)
    except TimebankError as error:
        return redirect(request, "/me/offers", error.text)
    if category in CATEGORY_LABELS:
        return _mine_new(request, Form(), category)
    language = language_of(request)
    codes = [(code, translate(CATEGORY_LABELS[code], language)) for code in often_first()]
    context = {"categories": codes, "at": "/me/offers"}
    return render(request, "requests/mine_what.html", context)


@router.post("/me/offers/new")
async def mine_make(request: Request, call: MemberCall, key: FormKey) -> Response:
    """Offer."""
    form = await read(request, MemberOffer)
    if form.value is not None:
        try:
            await service.make_offer(
                call.with_key(key),
                community_id=call.desk,
                member_id=call.actor.id,
                offer=form.value.offer(today=clock.day_of(call.now)),
                provenance=Provenance.APP,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/me/offers", Text(N_("谢谢您！有人需要时会来问您")))
    category = form.text("category")
    if category not in CATEGORY_LABELS:
        return RedirectResponse("/me/offers/new", status_code=303)
    return _mine_new(request, form, category, status=422)


@router.post("/me/offers/{offer_id:uuid}/{what}")
async def mine_press(
    request: Request, call: MemberCall, key: FormKey, offer_id: UUID, what: Literal["end", "reopen"]
) -> Response:
    """Not any more, or gladly after all."""
    return redirect(request, "/me/offers", await _pressed(request, call.with_key(key), offer_id, what))


async def _pressed(request: Request, call: Call, offer_id: UUID, what: str) -> Text:
    form = await read(request, Seen)
    act = service.end_offer if what == "end" else service.reopen_offer
    try:
        await act(
            call, community_id=call.desk, offer_id=offer_id, version=form.value.version if form.value else 0
        )
    except Conflict as error:
        return error.text
    return Text(N_("已结束；可以再恢复")) if what == "end" else Text(N_("已恢复"))


async def _offer(call: Call, value: DeskOffer) -> Offer:
    return value.offer(await requests.numbered(call, community_id=call.desk, words=value.prefers))


async def _form(
    request: Request,
    call: Call,
    form: Form[Any],
    *,
    member_id: UUID,
    offer_id: UUID | None = None,
    status: int = 200,
) -> Response:
    language = language_of(request)
    context = {
        "form": form,
        "member": (await requests.asker(call, community_id=call.desk, member_id=member_id)).member,
        "offer_id": offer_id,
        "action": f"/offers/{offer_id}/edit" if offer_id else "/offers/new",
        "categories": [(code, translate(text, language)) for code, text in CATEGORY_LABELS.items()],
        "weekdays": _weekdays(request),
        "provenances": [
            (one, translate(request_rules.PROVENANCE_TEXTS[one], language)) for one in request_rules.AT_DESK
        ],
    }
    return render(request, "requests/offer_form.html", context, status=status)


def _mine_new(request: Request, form: Form[Any], category: str, *, status: int = 200) -> Response:
    language = language_of(request)
    context = {
        "form": form,
        "category": category,
        "weekdays": _weekdays(request),
        "lasting": [(days, translate(text, language)) for days, text in LASTING.items()],
        **_said(request),
    }
    return render(request, "requests/offer_mine_new.html", context, status=status)


def _said(request: Request) -> dict[str, Any]:
    language = language_of(request)
    return {
        "words": words,
        "times_text": rules.times_text,
        "categories": [(code, translate(text, language)) for code, text in CATEGORY_LABELS.items()],
    }


def _weekdays(request: Request) -> list[tuple[int, str]]:
    language = language_of(request)
    return list(enumerate(translate(text, language) for text in WEEKDAYS))
