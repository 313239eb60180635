"""A member's own visits on the phone: what waits, what is to come, and the part each side has in it."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import FormKey, MemberCall
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.amounts import Minutes
from timebank.core.errors import N_, NotFound, Text, TimebankError
from timebank.people.model import CATEGORY_LABELS
from timebank.visits import rules, service, words
from timebank.visits.errors import NotYourPart
from timebank.visits.model import Outcome, Side, Status, VisitView
from timebank.visits.my_forms import (
    REASONS,
    WRONGS,
    MyCancelForm,
    MyClaimForm,
    MyObjectionForm,
    SeenForm,
)
from timebank.visits.service.looking import MyVisit
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()

# What a member reads: how far it has come, not the office's word for it.
MINE: dict[Status, str] = {
    Status.PLANNED: N_("约好了"),
    Status.ATTENDED: N_("正在进行"),
    Status.CLAIMED: N_("等确认"),
    Status.DISPUTED: N_("社区在核实"),
    Status.CONFIRMED: N_("已确认，等记账"),
    Status.SETTLED: N_("已记账"),
    Status.CANCELLED: N_("已取消"),
    Status.NO_SHOW: N_("没有成行"),
}
TAGS = {
    Status.CLAIMED: "amber",
    Status.DISPUTED: "amber",
    Status.CONFIRMED: "amber",
    Status.SETTLED: "leaf",
    Status.NO_SHOW: "seal",
}
Buttons = dict[str, tuple[Callable[..., Awaitable[VisitView]], str]]
# What takes nothing but the visit as it was seen, and what is said when it is done.
BUTTONS: Buttons = {
    "check-in": (service.check_in, N_("已记下您到了。做完以后，请按“做完了，我走了”。")),
    "undo-check-in": (service.undo_check_in, N_("已撤回，这次服务还没有开始。")),
    "check-out": (service.check_out, N_("已记下您走了。请登记用了多长时间。")),
    "restore": (service.restore, N_("已恢复，还是原来的时间。")),
}


@router.get("/me/visits")
async def my_visits(request: Request, call: MemberCall, after: str | None = None) -> Response:
    """What waits for my answer, what is to come, and page by page what is past."""
    found = await service.of_member(call, community_id=call.desk, member_id=call.actor.id, after=after)
    today = clock.day_of(call.now)
    to_claim = [row for row in found.coming if _to_claim(row.visit, call)]
    context = {
        "found": found,
        "to_claim": to_claim,
        "coming": [row for row in found.coming if row not in to_claim],
        "after": after,
        "me": call.actor.id,
        **words_for(today),
    }
    return render(request, "visits/my_list.html", context)


@router.get("/me/visits/{visit_id:uuid}")
async def my_visit(request: Request, call: MemberCall, visit_id: UUID) -> Response:
    """One visit: what, who, when, where, and what I may do now."""
    return await _shown(request, call, visit_id, Form())


@router.post("/me/visits/{visit_id:uuid}/confirm")
async def confirm(request: Request, call: MemberCall, key: FormKey, visit_id: UUID) -> Response:
    """Yes, that is right."""

    async def done(seen: SeenForm) -> Text:
        outcome = await service.confirm(
            call.with_key(key), community_id=call.desk, visit_id=visit_id, version=seen.version
        )
        return await _confirmed(call, outcome)

    return await _do(request, call, visit_id, await read(request, SeenForm), done)


@router.post("/me/visits/{visit_id:uuid}/dispute")
async def dispute(request: Request, call: MemberCall, key: FormKey, visit_id: UUID) -> Response:
    """That is not right."""

    async def done(said: MyObjectionForm) -> Text:
        await service.dispute(
            call.with_key(key),
            community_id=call.desk,
            visit_id=visit_id,
            version=said.version,
            minutes=said.said_minutes,
            words=said.words,
        )
        return Text(N_("已记下。社区协调员会问问两位，再告诉您；在这以前先不记账。"))

    return await _do(request, call, visit_id, await read(request, MyObjectionForm), done)


@router.post("/me/visits/{visit_id:uuid}/claim")
async def claim(request: Request, call: MemberCall, key: FormKey, visit_id: UUID) -> Response:
    """So long it took."""

    async def done(told: MyClaimForm) -> Text:
        await service.claim(
            call.with_key(key),
            community_id=call.desk,
            visit_id=visit_id,
            version=told.version,
            minutes=told.total,
        )
        other = (await service.my_visit(call, community_id=call.desk, visit_id=visit_id)).other
        values = {"time": Minutes(told.total), "name": other.name}
        return Text(N_("已登记 {time}。等{name}确认以后，就记到您的存折里。"), values)

    return await _do(request, call, visit_id, await read(request, MyClaimForm), done)


@router.post("/me/visits/{visit_id:uuid}/cancel")
async def cancel(request: Request, call: MemberCall, key: FormKey, visit_id: UUID) -> Response:
    """Not this time, and why."""

    async def done(told: MyCancelForm) -> Text:
        await service.cancel(
            call.with_key(key).because(told.reason),
            community_id=call.desk,
            visit_id=visit_id,
            version=told.version,
            reason=told.reason,
        )
        return Text(N_("已取消，社区会看到。按错了，可以在下面撤回。"))

    form = await read(request, MyCancelForm)
    return await _do(request, call, visit_id, form, done, undo=True)


@router.post("/me/visits/{visit_id:uuid}/no-show")
async def no_show(request: Request, call: MemberCall, key: FormKey, visit_id: UUID) -> Response:
    """The other one did not come."""

    async def done(seen: SeenForm) -> Text:
        mine = await service.my_visit(call, community_id=call.desk, visit_id=visit_id)
        await service.no_show(
            call.with_key(key),
            community_id=call.desk,
            visit_id=visit_id,
            version=seen.version,
            absent=Side.RECIPIENT if mine.side is Side.HELPER else Side.HELPER,
        )
        said = N_("已记下{name}没有来，社区会去问。人来了，可以在下面撤回。")
        return Text(said, {"name": mine.other.name})

    return await _do(request, call, visit_id, await read(request, SeenForm), done, undo=True)


@router.post("/me/visits/{visit_id:uuid}/{what}")
async def press(request: Request, call: MemberCall, key: FormKey, visit_id: UUID, what: str) -> Response:
    """One of the plain buttons."""
    if what not in BUTTONS:
        raise NotFound
    act, said = BUTTONS[what]

    async def done(seen: SeenForm) -> Text:
        await act(call.with_key(key), community_id=call.desk, visit_id=visit_id, version=seen.version)
        return Text(said)

    return await _do(request, call, visit_id, await read(request, SeenForm), done)


def day_text(visit: VisitView, *, today: date) -> Text:
    """Its day, near ones by their name."""
    near = {today: N_("今天"), today + timedelta(days=1): N_("明天"), today - timedelta(days=1): N_("昨天")}
    on = visit.served_on
    return Text(near[on]) if on in near else Text("{day}", {"day": on})


def is_as_planned(visit: VisitView) -> bool:
    """True if the planned times are of its true day."""
    return visit.planned_from is not None and clock.day_of(visit.planned_from) == visit.served_on


def _to_claim(visit: VisitView, call: Call) -> bool:
    """True if the helper has been there, or should have been, and has not said how long."""
    gone = visit.status is Status.ATTENDED or visit.served_on < clock.day_of(call.now)
    return visit.helper_id == call.actor.id and gone


async def _confirmed(call: Call, outcome: Outcome) -> Text:
    visit = outcome.visit
    if visit.status is not Status.SETTLED:
        # The ledger's reason is the desk's to mend; the member has done their part.
        return Text(N_("已确认，谢谢您。时间还没有记上，社区协调员会来处理，您不用做什么。"))
    other = (await service.my_visit(call, community_id=call.desk, visit_id=visit.id)).other
    values = {"time": Minutes(visit.settled_minutes or 0), "name": other.name}
    return Text(N_("已确认，{time} 已记入{name}的存折。谢谢您！"), values)


async def _do(
    request: Request,
    call: Call,
    visit_id: UUID,
    form: Form[Any],
    done: Callable[[Any], Awaitable[Text]],
    *,
    undo: bool = False,
) -> Response:
    """Do it, go back to the visit and say there what happened; or show the visit with what stands in the way."""
    if form.value is None:
        return await _shown(request, call, visit_id, form, status=422)
    # These pages are one's own: who speaks for another does so where that is said.
    await service.my_visit(call, community_id=call.desk, visit_id=visit_id)
    try:
        said = await done(form.value)
    except NotYourPart as error:
        # Said beside the visit, where one sees whose part it is.
        mistaken: Form[Any] = Form(form.raw, problem=error.text)
        return await _shown(request, call, visit_id, mistaken, status=status_of(error))
    except TimebankError as error:
        return await _shown(request, call, visit_id, form.refused(error), status=status_of(error))
    return redirect(request, f"/me/visits/{visit_id}{'?undo=1' if undo else ''}", said)


async def _shown(
    request: Request, call: Call, visit_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    mine = await service.my_visit(call, community_id=call.desk, visit_id=visit_id)
    visit, language = mine.visit, language_of(request)
    today = clock.day_of(call.now)
    context = {
        "mine": mine,
        "hold_text": words.hold,
        "visit": visit,
        "form": form,
        "tried": request.url.path.rsplit("/", 1)[-1],
        "helping": mine.side is Side.HELPER,
        "is_today": visit.served_on == today,
        "has_begun": _has_begun(visit, call),
        "suggested": rules.suggested_minutes(visit),
        "may_undo": "undo" in request.query_params and _may_undo(mine),
        "reasons": [(why.value, translate(label, language)) for why, label in REASONS.items()],
        "wrongs": [(wrong.value, translate(label, language)) for wrong, label in WRONGS.items()],
        **words_for(today),
    }
    return render(request, "visits/my_visit.html", context, status=status)


def words_for(today: date) -> dict[str, Any]:
    return {
        "categories": CATEGORY_LABELS,
        "status_words": MINE,
        "tags": TAGS,
        "day_text": lambda visit: day_text(visit, today=today),
        "is_as_planned": is_as_planned,
    }


def _has_begun(visit: VisitView, call: Call) -> bool:
    return visit.planned_from is not None and visit.planned_from <= call.now


def _may_undo(mine: MyVisit) -> bool:
    visit = mine.visit
    ended = visit.status in (Status.CANCELLED, Status.NO_SHOW)
    return (
        ended and visit.claimed is None and visit.planned_from is not None and visit.absent is not mine.side
    )
