"""The page of care for one member, and the week in which somebody's day falls or something is due."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.access.guard import Call
from timebank.care.contacts import service as contacts
from timebank.care.contacts.rules import SEEN_TEXTS
from timebank.care.occasions import rules as occasion_rules
from timebank.care.occasions import service as occasions
from timebank.care.occasions.model import Day, Inclusion, Reckoning
from timebank.care.occasions.schemas import ChoiceForm, Filters, GreetingForm, StrikeForm
from timebank.care.plans import service as plans
from timebank.care.profile import service as profiles
from timebank.care.profile.schemas import EndForm, EntitlementForm, FollowForm, ReferralForm, RenewForm
from timebank.core import clock
from timebank.core.errors import N_, Text, TimebankError
from timebank.people.model import TIER_LABELS
from timebank.web.forms import Form, asked_for, read
from timebank.web.i18n import Language, show, translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()
F = TypeVar("F", bound=BaseModel)
ASK_AFTER = timedelta(days=14)
_WORDS = {
    "seen_texts": SEEN_TEXTS,
    "tier_labels": TIER_LABELS,
    "occasion_texts": occasion_rules.OCCASION_TEXTS,
}


@router.get("/care/week")
async def week(request: Request, call: DeskCall) -> Response:
    """Whose day it is, what is to be renewed, and what is to be asked about: to print and to go round with."""
    day = asked_for(request, Filters).on or clock.day_of(call.now)
    found = await occasions.week(call, community_id=call.desk, day=day)
    sunday = found.monday + timedelta(days=6)
    context = {
        "week": found,
        "due": await profiles.due(call, community_id=call.desk, by=sunday),
        "sunday": sunday,
        "before": found.monday - timedelta(days=7),
        "after": found.monday + timedelta(days=7),
        "today": clock.day_of(call.now),
        **_WORDS,
    }
    return render(request, "care/week.html", context)


@router.get("/members/{member_id:uuid}/care")
async def care_page(request: Request, call: WorkCall, member_id: UUID) -> Response:
    """All care for one member."""
    return await _care(request, call, member_id, Form())


@router.post("/members/{member_id:uuid}/entitlements")
async def entitle(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Note what they are entitled to."""

    async def do(value: EntitlementForm) -> Text:
        await profiles.entitle(
            call.with_key(key), community_id=call.desk, member_id=member_id, entitlement=value.entitlement
        )
        return Text(N_("待遇已记下"))

    return await _take(request, call, member_id, EntitlementForm, do)


@router.post("/members/{member_id:uuid}/entitlements/{entitlement_id:uuid}/renew")
async def renew(
    request: Request, call: DeskCall, key: FormKey, member_id: UUID, entitlement_id: UUID
) -> Response:
    """It was applied for again."""

    async def do(value: RenewForm) -> Text:
        await profiles.renew_entitlement(
            call.with_key(key),
            community_id=call.desk,
            entitlement_id=entitlement_id,
            due_on=value.due_on,
            version=value.version,
        )
        return Text(N_("已记下：办过了"))

    return await _take(request, call, member_id, RenewForm, do)


@router.post("/members/{member_id:uuid}/entitlements/{entitlement_id:uuid}/end")
async def end(
    request: Request, call: DeskCall, key: FormKey, member_id: UUID, entitlement_id: UUID
) -> Response:
    """They are entitled to it no more."""

    async def do(value: EndForm) -> Text:
        await profiles.end_entitlement(
            call.with_key(key),
            community_id=call.desk,
            entitlement_id=entitlement_id,
            reason=value.reason,
            version=value.version,
        )
        return Text(N_("已记下：停了"))

    return await _take(request, call, member_id, EndForm, do)


@router.post("/members/{member_id:uuid}/referrals")
async def refer(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Note to whom they were sent."""

    async def do(value: ReferralForm) -> Text:
        await profiles.refer(
            call.with_key(key), community_id=call.desk, member_id=member_id, referral=value.referral
        )
        return Text(N_("转介已记下"))

    return await _take(request, call, member_id, ReferralForm, do)


@router.post("/members/{member_id:uuid}/referrals/{referral_id:uuid}/follow")
async def follow(
    request: Request, call: DeskCall, key: FormKey, member_id: UUID, referral_id: UUID
) -> Response:
    """Note what came of it."""

    async def do(value: FollowForm) -> Text:
        await profiles.follow_referral(
            call.with_key(key),
            community_id=call.desk,
            referral_id=referral_id,
            followed=value.followed,
            version=value.version,
        )
        return Text(N_("已记下，到时再问")) if value.ask_on else Text(N_("已记下，这次转介办完了"))

    return await _take(request, call, member_id, FollowForm, do)


@router.post("/members/{member_id:uuid}/greetings")
async def greet(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Note what was done on their day."""

    async def do(value: GreetingForm) -> Text:
        await occasions.greet(
            call.with_key(key), community_id=call.desk, member_id=member_id, greeting=value.greeting
        )
        return Text(N_("慰问已记下"))

    return await _take(request, call, member_id, GreetingForm, do)


@router.post("/members/{member_id:uuid}/greetings/{greeting_id:uuid}/strike")
async def strike(
    request: Request, call: DeskCall, key: FormKey, member_id: UUID, greeting_id: UUID
) -> Response:
    """It was noted wrongly."""

    async def do(value: StrikeForm) -> Text:
        await occasions.strike_greeting(
            call.with_key(key), community_id=call.desk, greeting_id=greeting_id, reason=value.reason
        )
        return Text(N_("已划掉，不再算数"))

    return await _take(request, call, member_id, StrikeForm, do)


@router.post("/members/{member_id:uuid}/calendar")
async def choose(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Keep what they wish of the calendar."""

    async def do(value: ChoiceForm) -> Text:
        await occasions.choose_calendar(
            call.with_key(key), community_id=call.desk, member_id=member_id, choice=value.choice
        )
        return Text(N_("已保存"))

    return await _take(request, call, member_id, ChoiceForm, do)


async def _take(
    request: Request, call: Call, member_id: UUID, schema: type[F], do: Callable[[F], Awaitable[Text]]
) -> Response:
    """Have done what a form asks, and come back to the member's page, with what is wrong if anything is."""
    form = await read(request, schema)
    status = 422
    if form.value is not None:
        try:
            said = await do(form.value)
        except TimebankError as error:
            form, status = form.refused(error), status_of(error)
        else:
            return redirect(request, f"/members/{member_id}/care", said)
    return await _care(request, call, member_id, form, status=status)


async def _care(
    request: Request, call: Call, member_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    who = {"community_id": call.desk, "member_id": member_id}
    language, today = language_of(request), clock.day_of(call.now)
    touch = await contacts.in_touch(call, **who)
    remembered = await occasions.remembered(call, **who)
    context = {
        "member": touch.member,
        "touch": touch,
        "plans": await plans.plans_of(call, **who),
        "profile": await profiles.profile(call, **who),
        "remembered": remembered,
        "inclusions": [
            (one.value, translate(occasion_rules.INCLUSION_TEXTS[one], language)) for one in Inclusion
        ],
        "reckonings": [
            (one.value, translate(occasion_rules.RECKONING_TEXTS[one], language)) for one in Reckoning
        ],
        "days": [(_day_of(day), _day_text(day, language)) for day in remembered.coming],
        "next_day": next((_day_of(day) for day in remembered.coming if day.done is None), None),
        "form": form,
        "today": today,
        "ask_on": today + ASK_AFTER,
        "by_whom": call.actor.name,
        **_WORDS,
    }
    return render(request, "care/care.html", context, status=status)


def _day_of(day: Day) -> str:
    return f"{day.occasion} {day.on}"


def _day_text(day: Day, language: Language) -> str:
    return f"{show(day.on, language)} {translate(occasion_rules.OCCASION_TEXTS[day.occasion], language)}"
