"""The page of rules that wait for a second person."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.access.guard import Call
from timebank.core.errors import N_, Text, TimebankError
from timebank.hours.approvals import service
from timebank.web.forms import Form, read
from timebank.web.render import redirect, render

router = APIRouter()


class ApproveForm(BaseModel):
    """Whose rules, and of which scheme; none: of the house."""

    community_id: UUID
    scheme_id: UUID | None = None


@router.get("/schemes/approvals")
async def approvals_page(request: Request, call: WorkCall) -> Response:
    """What waits, here and next door."""
    return await _list(request, call, Form())


@router.post("/schemes/approvals/{version_id:uuid}")
async def approve(request: Request, call: DeskCall, key: FormKey, version_id: UUID) -> Response:
    """Agree as a second person."""
    form = await read(request, ApproveForm)
    if form.value is not None:
        try:
            await service.approve_policy(call.with_key(key), version_id=version_id, **form.value.model_dump())
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/schemes/approvals", Text(N_("已批准；到那天就生效")))
    return await _list(request, call, form, tried=version_id, status=422)


async def _list(
    request: Request, call: Call, form: Form[ApproveForm], *, tried: UUID | None = None, status: int = 200
) -> Response:
    found = await service.waiting(call)
    return render(
        request, "hours/approvals.html", {"found": found, "form": form, "tried": tried}, status=status
    )
