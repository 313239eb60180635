"""Pages of two records that are one person's: which may be, what merging would do, doing it."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core.errors import N_, Invalid, Stale, Text, TimebankError
from timebank.membership import service
from timebank.membership.joining import service as joining
from timebank.membership.schemas import MergeForm, WhichOther
from timebank.people.errors import WhichOne
from timebank.web.forms import Form, read
from timebank.web.problems import as_invalid
from timebank.web.render import redirect, render

router = APIRouter()


@router.get("/members/duplicates")
async def alike(request: Request, call: DeskCall) -> Response:
    """Records two and two that may be one person's."""
    found = await service.alike(call, community_id=call.desk)
    return render(request, "membership/duplicates.html", {"alike": found, "most": service.ALIKE_MAX})


@router.get("/members/{member_id:uuid}/merge")
async def look(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """Which is the other record; then what merging would do."""
    try:
        which = WhichOther.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise as_invalid(error) from error
    if not which.other:
        return await _which(request, call, member_id, Form())
    try:
        other_id = await _other(call, which.other)
    except Invalid as error:
        return await _which(request, call, member_id, Form().refused(error), status=422)
    return await _merging(request, call, member_id, other_id, which.keep, Form())


@router.post("/members/{member_id:uuid}/merge")
async def merge(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Do it."""
    form = await read(request, MergeForm)
    value = form.value
    if value is None:
        try:
            other_id = UUID(form.text("other"))
        except ValueError:
            return await _which(request, call, member_id, form, status=422)
        return await _merging(request, call, member_id, other_id, None, form, status=422)
    ended_id = value.other if value.keep == member_id else member_id
    try:
        kept = await service.merge(
            call.with_key(key).because(value.reason),
            community_id=call.desk,
            kept_id=value.keep,
            ended_id=ended_id,
            version=value.version,
            kept_version=value.kept_version,
            reason=value.reason,
        )
    except TimebankError as error:
        status = 409 if isinstance(error, Stale) else 422
        refused = form.refused(error)
        return await _merging(request, call, member_id, value.other, value.keep, refused, status=status)
    return redirect(request, f"/members/{kept}", Text(N_("两条记录已合成一条")))


async def _other(call: Call, words: str) -> UUID:
    """The record that was typed or chosen. Raises `WhichOne`."""
    try:
        return UUID(words)
    except ValueError:
        found = await service.meant(call, community_id=call.desk, words=words)
    if len(found) != 1:
        raise WhichOne([f"{one.name}（{one.number}）" for one in found])
    return found[0].id


async def _which(
    request: Request, call: Call, member_id: UUID, form: Form[MergeForm], *, status: int = 200
) -> Response:
    member = await joining.standing(call, member_id=member_id)
    return render(request, "membership/merge_which.html", {"member": member, "form": form}, status=status)


async def _merging(
    request: Request,
    call: Call,
    member_id: UUID,
    other_id: UUID,
    keep: UUID | None,
    form: Form[MergeForm],
    *,
    status: int = 200,
) -> Response:
    kept_id = other_id if keep == other_id else member_id
    ended_id = member_id if kept_id == other_id else other_id
    found = await service.look_at_merge(call, community_id=call.desk, kept_id=kept_id, ended_id=ended_id)
    own = {kept_id, ended_id} & call.actor.memberships
    context = {"look": found, "here": member_id, "other": other_id, "form": form, "own": bool(own)}
    return render(request, "membership/merge.html", context, status=status)
