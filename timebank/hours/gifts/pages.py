"""The desk's form for a member's gift."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core.errors import N_, Text, TimebankError
from timebank.core.provenance import Provenance
from timebank.hours import service as hours
from timebank.hours.gifts import service
from timebank.hours.gifts.model import GiftTarget
from timebank.hours.gifts.schemas import POOL, DeskGift
from timebank.hours.rules import PROVENANCES
from timebank.schemes.rules import house_lines
from timebank.web.forms import Form, read
from timebank.web.i18n import say, translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()


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
