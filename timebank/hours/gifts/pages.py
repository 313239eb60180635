"""Pages of gifts: a member's own, read out before they are made, and the desk's form."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, MemberCall
from timebank.access.guard import Call
from timebank.core.errors import N_, Text, TimebankError
from timebank.core.provenance import Provenance
from timebank.hours import service as hours
from timebank.hours.gifts import rules, service
from timebank.hours.gifts.model import GiftTarget, Receiver
from timebank.hours.gifts.schemas import POOL, DeskGift, MemberGift, ToWhom
from timebank.hours.rules import PROVENANCES
from timebank.schemes.rules import GIFTS, house_lines
from timebank.web.forms import Form, asked_for, read
from timebank.web.i18n import say, translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()
# What most people give, in minutes.
AMOUNTS = (60, 120, 300)


@router.get("/me/gifts")
async def my_gifts(request: Request, call: MemberCall) -> Response:
    """What I may give and to whom, and what I gave and got."""
    return await _mine(request, call, Form())


@router.get("/me/gifts/new")
async def new_gift(request: Request, call: MemberCall) -> Response:
    """How much, to somebody chosen; or who is meant by a number."""
    asked = asked_for(request, ToWhom)
    if asked.to is not None:
        return await _how_much(request, call, asked.to, Form())
    form: Form[Any] = Form(asked.model_dump())
    if asked.find is None:
        return await _mine(request, call, form)
    try:
        found = await service.find_receiver(
            call, community_id=call.desk, member_id=call.actor.id, words=asked.find
        )
    except TimebankError as error:
        return await _mine(request, call, form.refused(error), status=status_of(error))
    return render(request, "hours/gift_who.html", {"found": found})


@router.post("/me/gifts/sure")
async def sure(request: Request, call: MemberCall) -> Response:
    """Read out what will happen, before it does."""
    form = await read(request, MemberGift)
    if form.value is None:
        return await _how_much(request, call, form.raw.get("to", POOL), form, status=422)
    try:
        preview = await service.preview_gift(
            call,
            community_id=call.desk,
            member_id=call.actor.id,
            receiver_id=form.value.receiver_id,
            minutes=form.value.total,
        )
    except TimebankError as error:
        return await _how_much(request, call, form.value.to, form.refused(error), status=status_of(error))
    return render(request, "hours/gift_sure.html", {"preview": preview, "form": form, "gift": form.value})


@router.post("/me/gifts")
async def give(request: Request, call: MemberCall, key: FormKey) -> Response:
    """Give."""
    form = await read(request, MemberGift)
    if form.value is None:
        return await _how_much(request, call, form.raw.get("to", POOL), form, status=422)
    try:
        made = await service.give(
            call.with_key(key),
            community_id=call.desk,
            member_id=call.actor.id,
            receiver_id=form.value.receiver_id,
            minutes=form.value.total,
            reason=form.value.reason,
        )
    except TimebankError as error:
        return await _how_much(request, call, form.value.to, form.refused(error), status=status_of(error))
    return redirect(request, f"/me/passbook/{made}", Text(N_("已转赠，谢谢您")))


@router.get("/accounts/{account_id:uuid}/give")
async def give_page(request: Request, call: DeskCall, account_id: UUID) -> Response:
    """Give this member's minutes away on their behalf."""
    return await _desk(request, call, account_id, Form())


@router.post("/accounts/{account_id:uuid}/give")
async def give_at_desk(request: Request, call: DeskCall, account_id: UUID, key: FormKey) -> Response:
    """Take the form."""
    form = await read(request, DeskGift)
    if form.value is not None:
        value = form.value
        try:
            await service.give(
                call.with_key(key).because(value.reason),
                community_id=call.desk,
                member_id=account_id,
                receiver_id=await _receiver(call, account_id, value),
                minutes=value.total,
                reason=value.reason,
                source=value.source,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/accounts/{account_id}", Text(N_("已转赠")))
    return await _desk(request, call, account_id, form, status=422)


async def _receiver(call: Call, account_id: UUID, value: DeskGift) -> UUID | None:
    if isinstance(value.to, UUID):
        return value.to
    if value.to == POOL:
        return None
    return await service.receiver_at_desk(
        call, community_id=call.desk, member_id=account_id, words=value.other or ""
    )


async def _mine(request: Request, call: Call, form: Form[Any], *, status: int = 200) -> Response:
    found = await service.giving(call, community_id=call.desk, member_id=call.actor.id)
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
    request: Request, call: Call, to: object, form: Form[MemberGift], *, status: int = 200
) -> Response:
    """How much; `to` as it came, "pool" or a member's id."""
    asked = ToWhom.model_validate({"to": to or POOL})
    preview = await service.preview_gift(
        call,
        community_id=call.desk,
        member_id=call.actor.id,
        receiver_id=asked.to if isinstance(asked.to, UUID) else None,
        minutes=None,
    )
    context = {"preview": preview, "to": to, "form": form, "amounts": _amounts(preview.left_minutes)}
    return render(request, "hours/gift_new.html", context, status=status)


def _amounts(most: int) -> list[int]:
    return [minutes for minutes in AMOUNTS if minutes <= most]


async def _desk(
    request: Request, call: Call, account_id: UUID, form: Form[DeskGift], *, status: int = 200
) -> Response:
    found = await service.giving(call, community_id=call.desk, member_id=account_id)
    language = language_of(request)

    def label(target: GiftTarget) -> str:
        return f"{translate(target.word or '', language)} {say(target.name, language)}"

    pool = (POOL, translate(N_("公益时间池"), language))
    other = ("other", translate(N_("本社区别的会员（下面填是谁）"), language))
    context = {
        "account": await hours.account(call, community_id=call.desk, account_id=account_id),
        "giving": found,
        "form": form,
        "lines": house_lines(found.house.content),
        "targets": [pool, *((str(one.member_id), label(one)) for one in found.family if one.here), other],
        "sources": [
            (str(source), translate(PROVENANCES[source], language))
            for source in (Provenance.DESK, Provenance.PHONE, Provenance.PAPER)
        ],
    }
    return render(request, "hours/give.html", context, status=status)
