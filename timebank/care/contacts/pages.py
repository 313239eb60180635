"""Pages of keeping in touch: the list to ring down, one member's contacts, the rhythm."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.access.guard import Call
from timebank.care.contacts import rules, service
from timebank.care.contacts.model import (
    NAME_LENGTH_MAX,
    RHYTHM_DAYS_MAX,
    TIERS,
    WORD_LENGTH_MAX,
    ContactKind,
)
from timebank.care.contacts.schemas import ContactForm, RhythmFields, StrikeForm
from timebank.core import clock
from timebank.core.errors import N_, Text, TimebankError
from timebank.people.model import TIER_LABELS
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()
# Who is to be seen within so many days stands on the list beside those who are late.
SOON_DAYS = 7
ROWS_SHOWN_MAX = 100
_WORDS = {"kind_texts": rules.KIND_TEXTS, "seen_texts": rules.SEEN_TEXTS, "tier_labels": TIER_LABELS}


@router.get("/care")
async def watch(request: Request, call: DeskCall) -> Response:
    """Whom nobody has seen or called within the rhythm, and who is next: to ring down and to print."""
    found = await service.watch(call, community_id=call.desk)
    context = {
        "watch": found,
        "soon": found.due_within(SOON_DAYS),
        "soon_days": SOON_DAYS,
        "shown_max": ROWS_SHOWN_MAX,
        "tiers": TIERS,
        **_WORDS,
    }
    return render(request, "care/watch.html", context)


@router.get("/care/rhythm")
async def rhythm_page(request: Request, call: DeskCall) -> Response:
    """How often each tier is to be seen."""
    return await _rhythm(request, call, Form())


@router.post("/care/rhythm")
async def set_rhythm(request: Request, call: DeskCall, key: FormKey) -> Response:
    """From a day on, otherwise."""
    form = await read(request, RhythmFields)
    value = form.value
    if value is not None:
        try:
            await service.set_rhythm(
                call.with_key(key),
                community_id=call.desk,
                rhythm=value.rhythm,
                in_force_from=value.in_force_from,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            told = Text(N_("已定下，从 {day} 起"), {"day": value.in_force_from})
            return redirect(request, "/care/rhythm", told)
    return await _rhythm(request, call, form, status=422)


@router.get("/members/{member_id:uuid}/contacts")
async def contacts_page(request: Request, call: WorkCall, member_id: UUID) -> Response:
    """When this member was last seen, every call and look-in, and a form for the next."""
    return await _contacts(request, call, member_id, Form())


@router.post("/members/{member_id:uuid}/contacts")
async def note(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Note one."""
    form = await read(request, ContactForm)
    if form.value is not None:
        try:
            await service.note_contact(
                call.with_key(key),
                community_id=call.desk,
                member_id=member_id,
                contact=form.value.contact,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}/contacts", Text(N_("已记下")))
    return await _contacts(request, call, member_id, form, status=422)


@router.post("/members/{member_id:uuid}/contacts/{contact_id:uuid}/strike")
async def strike(
    request: Request, call: DeskCall, key: FormKey, member_id: UUID, contact_id: UUID
) -> Response:
    """It was noted wrongly."""
    form = await read(request, StrikeForm)
    status = 422
    if form.value is not None:
        try:
            await service.strike_contact(
                call.with_key(key),
                community_id=call.desk,
                contact_id=contact_id,
                reason=form.value.reason,
            )
        except TimebankError as error:
            form, status = form.refused(error), status_of(error)
        else:
            return redirect(request, f"/members/{member_id}/contacts", Text(N_("已划掉，不再算数")))
    return await _contacts(request, call, member_id, form, status=status)


async def _contacts(
    request: Request, call: Call, member_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    found = await service.in_touch(call, community_id=call.desk, member_id=member_id)
    language = language_of(request)
    context = {
        "found": found,
        "member": found.member,
        "form": form,
        "kinds": [(one.value, translate(rules.KIND_TEXTS[one], language)) for one in ContactKind],
        "today": clock.day_of(call.now),
        "by_whom": call.actor.name,
        "name_max": NAME_LENGTH_MAX,
        "word_max": WORD_LENGTH_MAX,
        **_WORDS,
    }
    return render(request, "care/contacts.html", context, status=status)


async def _rhythm(request: Request, call: Call, form: Form[Any], *, status: int = 200) -> Response:
    today, versions = await service.rhythms(call, community_id=call.desk)
    context = {
        "form": form,
        "rhythm": today,
        "versions": versions,
        "tiers": TIERS,
        "days_max": RHYTHM_DAYS_MAX,
        "today": clock.day_of(call.now),
        **_WORDS,
    }
    return render(request, "care/rhythm.html", context, status=status)
