"""A member's passbook: their own, or that of somebody for whom they may look."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import OWN, OwnOrFor, Whose
from timebank.core import clock
from timebank.hours import service
from timebank.hours.holds import service as holds
from timebank.hours.pages import corrections_for, days_asked
from timebank.hours.proofs.doors import proof_of
from timebank.hours.redeeming.service import standing
from timebank.web.forms import Form
from timebank.web.render import render

# Stands at /me, and at /me/for/{principal_id}.
router = APIRouter()

MONTHS_SHOWN = 3


@router.get("/passbook")
async def my_passbook(request: Request, whose: OwnOrFor) -> Response:
    """My passbook: what I have, and three months of what came and went; earlier ones one button away."""
    today = clock.day_of(whose.call.now)
    _, last = days_asked(request, whose.call)
    first = _months_before(last)
    found = await service.passbook(
        whose.call,
        community_id=whose.call.desk,
        member_id=whose.member_id,
        from_on=first,
        until_on=last,
        after=request.query_params.get("after"),
    )
    balance = await service.balance(whose.call, community_id=whose.call.desk, member_id=whose.member_id)
    held = (
        await holds.held(whose.call, community_id=whose.call.desk, member_id=whose.member_id)
        if balance.held
        else []
    )
    context = {
        "book": found,
        "balance": balance,
        "standing": await standing(whose.call, community_id=whose.call.desk, member_id=whose.member_id),
        "held": held,
        "earlier": first - timedelta(days=1)
        if found.opening_minutes or found.lines or last == today
        else None,
        "today": today,
    }
    return render(request, "hours/passbook.html", context)


@router.get("/passbook/{transfer_id:uuid}")
async def my_entry(request: Request, whose: OwnOrFor, transfer_id: UUID) -> Response:
    """Explain one of my own entries."""
    return await own_entry(request, whose, transfer_id, Form())


async def own_entry(
    request: Request, whose: Whose, transfer_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    """A member's own entry explained; `form` asks for its correction."""
    found = await service.explain_own(
        whose.call, community_id=whose.call.desk, member_id=whose.member_id, transfer_id=transfer_id
    )
    context = {
        "mine": whose.member_id,
        "found": found,
        **await corrections_for(whose.call, found, form),
        **await proof_of(request, whose.call, found),
    }
    # A correction is asked for by the member, or by a desk.
    context["askable"] = context["askable"] and whose.base == OWN
    return render(request, "hours/my_entry.html", context, status=status)


def _months_before(last: date) -> date:
    months = last.year * 12 + last.month - MONTHS_SHOWN
    return date(months // 12, months % 12 + 1, 1)
