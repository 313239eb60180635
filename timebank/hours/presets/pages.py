"""Pages that open schemes with the rules of another place to begin with."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.core import clock
from timebank.core.errors import N_, Text, TimebankError
from timebank.hours.presets import service
from timebank.hours.presets.schemas import PresetForm
from timebank.people.model import CATEGORY_LABELS, TRAINING_LABELS
from timebank.schemes import rules
from timebank.schemes.presets.model import Preset, pick
from timebank.schemes.presets.places import PRESETS
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()

NAMES = CATEGORY_LABELS | TRAINING_LABELS


@router.get("/schemes/presets")
async def presets_page(request: Request, call: WorkCall) -> Response:
    """The places whose rules one may begin with."""
    return render(request, "hours/presets.html", {"presets": PRESETS})


@router.get("/schemes/presets/{place}")
async def preset_page(request: Request, call: WorkCall, place: str) -> Response:
    """What was reported of a place, the rules that come of it, and a form to begin with them."""
    preset = pick(PRESETS, place)
    names = [translate(template.name, language_of(request)) for template in preset.schemes]
    started = {"in_force_from": str(clock.day_of(call.now)), "with_house": "yes"}
    started |= {f"name_{n}": name for n, name in enumerate(names, 1)}
    return _form(request, preset, Form(started))


@router.post("/schemes/presets/{place}")
async def open_from_preset(request: Request, call: DeskCall, place: str, key: FormKey) -> Response:
    """Take the form."""
    preset = pick(PRESETS, place)
    form = await read(request, PresetForm)
    if form.value is not None:
        value = form.value
        try:
            made: list[UUID] = await service.open_from_preset(
                call.with_key(key),
                community_id=call.desk,
                place=place,
                names=value.names(len(preset.schemes)),
                in_force_from=value.in_force_from,
                with_house=value.with_house is not None,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            said = Text(N_("已按“{place}”的规则开办；以后可以改"), {"place": Text(preset.name)})
            return redirect(request, f"/schemes/{made[0]}" if len(made) == 1 else "/schemes", said)
    return _form(request, preset, form, status=422)


def _form(request: Request, preset: Preset, form: Form[PresetForm], *, status: int = 200) -> Response:
    context = {
        "preset": preset,
        "house_lines": rules.house_lines(preset.house),
        "schemes": [(template, rules.scheme_lines(template.policy, NAMES)) for template in preset.schemes],
        "form": form,
    }
    return render(request, "hours/preset.html", context, status=status)
