"""A member's gifts on the phone, read out before they are made: their own, or for whom they act."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from timebank.access.doors import OWN, FormKey, OwnOrFor, Whose
from timebank.core.errors import N_, Text, TimebankError
from timebank.hours.gifts import rules, service
from timebank.hours.gifts.model import Receiver
from timebank.hours.gifts.schemas import POOL, MemberGift, ToWhom
from timebank.schemes.rules import GIFTS
from timebank.web.forms import Form, asked_for, read
from timebank.web.problems import status_of
from timebank.web.render import redirect, render

# Stands at /me, and at /me/for/{principal_id}.
router = APIRouter()
# What most people give, in minutes.
AMOUNTS = (60, 120, 300)


@router.get("/gifts")
async def my_gifts(request: Request, whose: OwnOrFor) -> Response:
    """What I may give and to whom, and what I gave and got."""
    return await _mine(request, whose, Form())


@router.get("/gifts/new")
async def new_gift(request: Request, whose: OwnOrFor) -> Response:
    """How much, to somebody chosen; or who is meant by a number."""
    asked = asked_for(request, ToWhom)
    if asked.to is not None:
        return await _how_much(request, whose, asked.to, Form())
    form: Form[Any] = Form(asked.model_dump())
    if asked.find is None:
        return await _mine(request, whose, form)
    try:
        found = await service.find_receiver(
            whose.call, community_id=whose.call.desk, member_id=whose.member_id, words=asked.find
        )
    except TimebankError as error:
        return await _mine(request, whose, form.refused(error), status=status_of(error))
    return render(request, "hours/gift_who.html", {"found": found})


@router.post("/gifts/sure")
async def sure(request: Request, whose: OwnOrFor) -> Response:
    """Read out what will happen, before it does."""
    form = await read(request, MemberGift)
    if form.value is None:
        return await _how_much(request, whose, form.raw.get("to", POOL), form, status=422)
    try:
        preview = await service.preview_gift(
            whose.call,
            community_id=whose.call.desk,
            member_id=whose.member_id,
            receiver_id=form.value.receiver_id,
            minutes=form.value.total,
        )
    except TimebankError as error:
        return await _how_much(request, whose, form.value.to, form.refused(error), status=status_of(error))
    return render(request, "hours/gift_sure.html", {"preview": preview, "form": form, "gift": form.value})


@router.post("/gifts")
async def give(request: Request, whose: OwnOrFor, key: FormKey) -> Response:
    """Give."""
    form = await read(request, MemberGift)
    if form.value is None:
        return await _how_much(request, whose, form.raw.get("to", POOL), form, status=422)
    try:
        made = await service.give(
            whose.call.with_key(key),
            community_id=whose.call.desk,
            member_id=whose.member_id,
            receiver_id=form.value.receiver_id,
            minutes=form.value.total,
            reason=form.value.reason,
        )
    except TimebankError as error:
        return await _how_much(request, whose, form.value.to, form.refused(error), status=status_of(error))
    # Whoever gives for another may not look into their passbook.
    seen = f"{OWN}/passbook/{made}" if whose.base == OWN else f"{whose.base}/gifts"
    return redirect(request, seen, Text(N_("已转赠，谢谢您")))


async def _mine(request: Request, whose: Whose, form: Form[Any], *, status: int = 200) -> Response:
    found = await service.giving(whose.call, community_id=whose.call.desk, member_id=whose.member_id)
    policy = found.house.content
    context = {
        "giving": found,
        "form": form,
        "rule": GIFTS[policy.gift_to],
        "to_family": rules.allows(policy, Receiver.KIN),
        "to_others": rules.allows(policy, Receiver.MEMBER),
    }
    return render(request, "hours/gifts_mine.html", context, status=status)


async def _how_much(
    request: Request, whose: Whose, to: object, form: Form[MemberGift], *, status: int = 200
) -> Response:
    """How much; `to` as it came, "pool" or a member's id. Where it is neither, to whom is chosen again."""
    try:
        asked = ToWhom.model_validate({"to": to or POOL})
    except ValidationError:
        return await _mine(request, whose, form, status=422)
    preview = await service.preview_gift(
        whose.call,
        community_id=whose.call.desk,
        member_id=whose.member_id,
        receiver_id=asked.to if isinstance(asked.to, UUID) else None,
        minutes=None,
    )
    context = {"preview": preview, "to": to, "form": form, "amounts": _amounts(preview.left_minutes)}
    return render(request, "hours/gift_new.html", context, status=status)


def _amounts(most: int) -> list[int]:
    return [minutes for minutes in AMOUNTS if minutes <= most]
