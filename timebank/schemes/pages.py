"""Pages of schemes and their rules."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.people.model import CATEGORY_LABELS, TRAINING_LABELS
from timebank.schemes import rules, service
from timebank.schemes.model import SchemePolicy, SchemeView
from timebank.schemes.schemas import PolicyForm, SchemeChangeForm, SchemeForm
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()

# Lengths that show what a policy does, and where rounding bites.
EXAMPLES_MINUTES = (20, 45, 60, 68, 90, 150)
NAMES = CATEGORY_LABELS | TRAINING_LABELS


@router.get("/schemes")
async def schemes_page(request: Request, call: DeskCall) -> Response:
    """What a community promises: its house policy and its schemes."""
    found = await service.overview(call, community_id=call.desk)
    context = {
        "overview": found,
        "house_lines": rules.house_lines(found.house.content),
        "lines": {
            s.view.id: rules.scheme_lines(s.in_force.content, NAMES) for s in found.schemes if s.in_force
        },
    }
    return render(request, "schemes/list.html", context)


@router.get("/schemes/new")
async def new_scheme_page(request: Request, call: WorkCall) -> Response:
    """Open a scheme."""
    started = _as_typed(SchemePolicy()) | {"in_force_from": str(clock.day_of(call.now)), "name": ""}
    return _form(request, "schemes/new.html", Form(started))


@router.post("/schemes/new")
async def open_scheme(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Take the form."""
    form = await read(request, SchemeForm)
    if form.value is not None:
        value = form.value
        try:
            made = await service.open_scheme(
                call.with_key(key),
                community_id=call.desk,
                name=value.name,
                kind=value.kind,
                policy=value.policy,
                in_force_from=value.in_force_from,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/schemes/{made}", Text(N_("“{name}”已开办"), {"name": value.name}))
    return _form(request, "schemes/new.html", form, status=422)


@router.get("/schemes/{scheme_id:uuid}")
async def scheme_page(request: Request, call: DeskCall, scheme_id: UUID) -> Response:
    """The rules in force in plain words, with examples; the versions before and to come."""
    return await _scheme(request, call, scheme_id, None)


@router.post("/schemes/{scheme_id:uuid}")
async def change_scheme(request: Request, call: DeskCall, scheme_id: UUID, key: FormKey) -> Response:
    """Rename it, end it, or open it again."""
    form = await read(request, SchemeChangeForm)
    if form.value is not None:
        try:
            await service.change_scheme(
                call.with_key(key), community_id=call.desk, scheme_id=scheme_id, **form.value.model_dump()
            )
        except Stale as error:
            found = await service.see_scheme(call, community_id=call.desk, scheme_id=scheme_id)
            form = form.refused(error).against(_as_seen(found.view))
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/schemes/{scheme_id}", Text(N_("已保存")))
    return await _scheme(request, call, scheme_id, form)


@router.get("/schemes/{scheme_id:uuid}/policy")
async def new_policy_page(request: Request, call: WorkCall, scheme_id: UUID) -> Response:
    """Other rules from a day on, starting from the latest ones; or in place of a version (`replaces`)."""
    found = await service.see_scheme(call, community_id=call.desk, scheme_id=scheme_id)
    replaces = request.query_params.get("replaces", "")
    old = next((v for v in found.versions if str(v.version_id) == replaces), None)
    started = _as_typed((old or found.versions[0]).content) | {
        "in_force_from": str(old.in_force_from) if old else "",
        "replaces": replaces if old else "",
    }
    return _form(request, "schemes/policy.html", Form(started), {"scheme": found.view})


@router.post("/schemes/{scheme_id:uuid}/policy")
async def add_policy(request: Request, call: DeskCall, scheme_id: UUID, key: FormKey) -> Response:
    """Take the form."""
    found = await service.see_scheme(call, community_id=call.desk, scheme_id=scheme_id)
    form = await read(request, PolicyForm)
    if form.value is not None:
        value = form.value
        try:
            await service.add_policy(
                call.with_key(key),
                community_id=call.desk,
                scheme_id=scheme_id,
                policy=value.policy,
                in_force_from=value.in_force_from,
                replaces=value.replaces,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            said = Text(N_("已定下；另一个人批准以后，从 {day} 起生效"), {"day": value.in_force_from})
            return redirect(request, f"/schemes/{scheme_id}", said)
    return _form(request, "schemes/policy.html", form, {"scheme": found.view}, status=422)


async def _scheme(
    request: Request, call: Call, scheme_id: UUID, form: Form[SchemeChangeForm] | None
) -> Response:
    found = await service.see_scheme(call, community_id=call.desk, scheme_id=scheme_id)
    view, shown = found.view, found.in_force or found.versions[-1]
    context = {
        "scheme": view,
        "found": found,
        "shown": shown,
        "lines": {v.number: rules.scheme_lines(v.content, NAMES) for v in found.versions},
        "examples": [rules.payable(shown.content, served) for served in EXAMPLES_MINUTES],
        "form": form or Form(_as_seen(view)),
        "today": clock.day_of(call.now),
    }
    return render(request, "schemes/scheme.html", context, status=422 if form else 200)


def _as_seen(view: SchemeView) -> dict[str, object]:
    """A scheme as it stands in the form."""
    return {"name": view.name, "closed_on": str(view.closed_on or ""), "version": view.version}


def _form(
    request: Request,
    page: str,
    form: Form[Any],
    more: Mapping[str, object] | None = None,
    *,
    status: int = 200,
) -> Response:
    language = language_of(request)

    def options(labels: Mapping[Any, str]) -> list[tuple[str, str]]:
        return [(str(code), translate(label, language)) for code, label in labels.items()]

    context = {
        "form": form,
        "scheme_kinds": options(rules.KINDS),
        "payers": options(rules.PAYERS),
        "earners": options(rules.EARNERS),
        "roundings": options(rules.ROUNDINGS),
        "remainders": options(rules.REMAINDERS),
        "confirmers": options(rules.CONFIRMERS),
        "categories": options(CATEGORY_LABELS),
        "trainings": options(TRAINING_LABELS),
        **(more or {}),
    }
    return render(request, page, context, status=status)


def _as_typed(policy: SchemePolicy) -> dict[str, object]:
    """A policy as somebody would have typed it into the form."""
    cap, hold = policy.weekly_cap_minutes, policy.hold_days
    lists = {
        name: list(getattr(policy, name))
        for name in ("trainings_required", "categories", "forbidden_categories")
    }
    typed: dict[str, object] = {
        "weekly_cap_hours": "" if cap is None else cap // 60,
        "hold_days": "" if hold is None else hold,
    }
    typed["prices"] = "\n".join(f"{CATEGORY_LABELS[one.category]} {one.minutes}" for one in policy.prices)
    return asdict(policy) | lists | typed
