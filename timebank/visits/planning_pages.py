"""Pages where a desk plans a visit by hand, or writes down one that has happened."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, FieldError, Invalid, Text, TimebankError
from timebank.people.model import CATEGORY_LABELS, Brief
from timebank.requests.model import ANY_SCHEME, RequestView, Window
from timebank.visits import rules, service, words
from timebank.visits.deeds import told
from timebank.visits.errors import Doubtful
from timebank.visits.forms import LateForm, PlanForm, instant, picked
from timebank.visits.model import NewPlan
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()


@dataclass(frozen=True)
class Meant:
    """Whom the words of a form mean: the two people, or several to choose from, and what is wrong."""

    helper: Brief | None = None
    recipient: Brief | None = None
    helpers: tuple[Brief, ...] = ()
    recipients: tuple[Brief, ...] = ()
    errors: tuple[FieldError, ...] = ()


@router.get("/visits/new")
async def new_page(
    request: Request,
    call: DeskCall,
    helper_id: UUID | None = None,
    recipient_id: UUID | None = None,
    request_id: UUID | None = None,
) -> Response:
    """A visit to come; what the request says is filled in."""
    asked = await _asked(call, request_id)
    raw = await _numbers(call, helper_id, asked.member_id if asked else recipient_id)
    if asked is not None:
        raw |= _as_asked(asked)
    return await _plan(request, call, Form(raw), Meant(), asked)


@router.post("/visits/new")
async def plan(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Plan it; what is doubtful is said first."""
    form = picked(await read(request, PlanForm))
    value, meant, status = form.value, Meant(), 422
    if value is not None:
        meant = await _meant(call, value.helper_pick or value.helper, value.recipient_pick or value.recipient)
        try:
            made = await _planned(call.with_key(key), value, meant)
        except TimebankError as error:
            status = status_of(error)
            form = form.refused(error)
            form.raw = {**form.raw, "doubtful": isinstance(error, Doubtful) or value.anyway}
        else:
            return redirect(request, f"/visits/{made}", Text(N_("服务排好了；请告诉双方")))
    return await _plan(request, call, form, meant, await _asked(call, _request_of(form)), status=status)


@router.get("/visits/enter")
async def enter_page(
    request: Request, call: DeskCall, helper_id: UUID | None = None, recipient_id: UUID | None = None
) -> Response:
    """One visit that has happened, told late or on paper."""
    raw = await _numbers(call, helper_id, recipient_id)
    return await _late(request, call, Form(raw), Meant())


@router.post("/visits/enter")
async def enter(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Write it down with its true day; what is doubtful is said first."""
    form = picked(await read(request, LateForm))
    value, meant, status = form.value, Meant(), 422
    if value is not None:
        lines = await service.check_sheet(
            call, community_id=call.desk, rows=[value.row], scheme_id=value.scheme_id
        )
        line = lines[0] if lines else None
        errors = [replace(error, row=None) for error in line.errors] if line else []
        meant = Meant(line.helper, line.recipient, line.helpers, line.recipients) if line else meant
        try:
            if line is None or line.served is None or errors:
                raise Invalid(errors or [FieldError("helper", Text(N_("还没有填")))])
            _refuse_doubts(line.doubts, value)
            entered = await service.enter(
                call.with_key(key).because(value.reason),
                community_id=call.desk,
                rows=[replace(line.served, place=value.place, note=value.note)],
                provenance=value.provenance,
                signed=value.signed,
            )
        except TimebankError as error:
            status = status_of(error)
            form = form.refused(error)
            form.raw = {**form.raw, "doubtful": isinstance(error, Doubtful) or value.anyway}
        else:
            outcome = entered.outcomes[0]
            said = told(outcome) if value.signed else Text(N_("登记好了；请受助人确认"))
            return redirect(request, f"/visits/{outcome.visit.id}", said)
    return await _late(request, call, form, meant, status=status)


async def _planned(call: Call, value: PlanForm, meant: Meant) -> UUID:
    if meant.errors or meant.helper is None or meant.recipient is None:
        raise Invalid(meant.errors)
    if value.anyway and not value.reason:
        raise Invalid([_say_why()])
    plan = NewPlan(
        scheme_id=value.scheme_id,
        category=value.category,
        helper_id=meant.helper.id,
        recipient_id=meant.recipient.id,
        planned_from=instant(value.on, value.from_time),
        planned_until=instant(value.on, value.until_time),
        request_id=value.request_id,
        place=value.place,
        note=value.note,
    )
    return await service.plan_visit(
        call.because(value.reason),
        community_id=call.desk,
        plan=plan,
        provenance=value.provenance,
        anyway=value.anyway,
    )


def _refuse_doubts(doubts: tuple[Text, ...], value: LateForm) -> None:
    if doubts and not value.anyway:
        raise Doubtful(doubts)
    if doubts and not value.reason:
        raise Invalid([_say_why()])


def _say_why() -> FieldError:
    return FieldError("reason", Text(N_("请写一句为什么仍然这样办")))


async def _meant(call: Call, helper: str, recipient: str) -> Meant:
    helpers = await service.meant(call, community_id=call.desk, words=helper)
    recipients = await service.meant(call, community_id=call.desk, words=recipient)
    problems = (
        rules.person_problem(len(helpers), field="helper"),
        rules.person_problem(len(recipients), field="recipient"),
    )
    return Meant(
        helper=helpers[0] if len(helpers) == 1 else None,
        recipient=recipients[0] if len(recipients) == 1 else None,
        helpers=tuple(helpers) if len(helpers) > 1 else (),
        recipients=tuple(recipients) if len(recipients) > 1 else (),
        errors=tuple(problem for problem in problems if problem),
    )


async def _numbers(call: Call, helper_id: UUID | None, recipient_id: UUID | None) -> dict[str, Any]:
    """Known people as their member numbers, which mean nobody else."""
    asked = {"helper": helper_id, "recipient": recipient_id}
    known = await service.named(
        call, community_id=call.desk, member_ids=[one for one in asked.values() if one is not None]
    )
    return {side: known[who].number for side, who in asked.items() if who in known}


async def _asked(call: Call, request_id: UUID | None) -> RequestView | None:
    if request_id is None:
        return None
    return await service.plan_for_request(call, community_id=call.desk, request_id=request_id)


def _request_of(form: Form[PlanForm]) -> UUID | None:
    try:
        return UUID(form.text("request_id"))
    except ValueError:
        return None


def _as_asked(asked: RequestView) -> dict[str, Any]:
    """What a request says, as if it had been typed."""
    wish = asked.wish
    raw: dict[str, Any] = {
        "request_id": str(asked.id),
        "category": wish.category,
        "place": wish.place or "",
        "note": wish.note or "",
        "provenance": "phone",
    }
    if wish.scheme_id != ANY_SCHEME:
        raw["scheme_id"] = str(wish.scheme_id)
    if wish.windows:
        raw |= _at(wish.windows[0], wish.duration_minutes)
    return raw


def _at(window: Window, minutes: int) -> dict[str, Any]:
    until = min(window.from_minute + minutes, 1439)
    day = {"on": window.on_day.isoformat()} if window.on_day else {}
    return day | {"from_time": _clock(window.from_minute), "until_time": _clock(until)}


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


async def _plan(
    request: Request,
    call: Call,
    form: Form[PlanForm],
    meant: Meant,
    asked: RequestView | None,
    *,
    status: int = 200,
) -> Response:
    context = {"form": form, "meant": meant, "asked": asked, **await _choices(request, call, form)}
    return render(request, "visits/new.html", context, status=status)


async def _late(
    request: Request, call: Call, form: Form[LateForm], meant: Meant, *, status: int = 200
) -> Response:
    context = {"form": form, "meant": meant, **await _choices(request, call, form)}
    return render(request, "visits/enter.html", context, status=status)


async def _choices(request: Request, call: Call, form: Form[Any]) -> dict[str, Any]:
    language = language_of(request)
    schemes = await service.open_schemes(call, community_id=call.desk)
    known = await service.meant(call, community_id=call.desk, words=form.text("helper"))
    whom = await service.meant(call, community_id=call.desk, words=form.text("recipient"))
    return {
        "schemes": [(scheme.id, scheme.name) for scheme in schemes],
        "categories": [(code, translate(label, language)) for code, label in CATEGORY_LABELS.items()],
        "known": {
            "helper": known[0] if len(known) == 1 else None,
            "recipient": whom[0] if len(whom) == 1 else None,
        },
        "today": clock.day_of(call.now),
        "words": words,
    }
