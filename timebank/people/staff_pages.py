"""The page that says which staff member this member also is."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core.errors import N_, Text, TimebankError
from timebank.people import service
from timebank.people.schemas import StaffLinkForm
from timebank.web.forms import Form, read
from timebank.web.render import redirect, render

router = APIRouter()


@router.get("/members/{member_id}/staff")
async def staff_page(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Who of the staff this member is."""
    return await _page(request, call, member_id, Form())


@router.post("/members/{member_id}/staff/{what}")
async def link(
    request: Request, call: DeskCall, key: FormKey, member_id: UUID, what: Literal["link", "unlink"]
) -> Response:
    """Say so, or take it back."""
    form = await read(request, StaffLinkForm)
    if form.value is not None:
        staff_id, linked = form.value.staff_id, what == "link"
        try:
            await service.link_staff(
                call.with_key(key), member_id=member_id, staff_id=staff_id, linked=linked
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/members/{member_id}/staff", Text(N_("已保存")))
    return await _page(request, call, member_id, form, status=422)


async def _page(
    request: Request, call: Call, member_id: UUID, form: Form[StaffLinkForm], *, status: int = 200
) -> Response:
    member, staff = await service.staff_who_may_be(call, member_id=member_id)
    context = {
        "member": member,
        "linked": [each for each in staff if member_id in each.memberships],
        "options": [(str(each.id), each.name) for each in staff if member_id not in each.memberships],
        "form": form,
    }
    return render(request, "people/staff.html", context, status=status)
