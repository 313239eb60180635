"""Pages of the outlook: figures and the years ahead, whom to ask, whom to call, what stands behind the hours."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.actor import Role
from timebank.core.errors import N_, Text, TimebankError
from timebank.outlook import drawing, rules, service, words
from timebank.outlook.ahead import look_ahead
from timebank.outlook.model import PEACE_DAYS
from timebank.outlook.schemas import AskingFilter, BackingForm, CallForm, Otherwise, QuietFilter
from timebank.people.model import CATEGORY_LABELS
from timebank.people.rules import mask_phone
from timebank.web.csv_files import csv_response
from timebank.web.forms import Form, asked_for, read
from timebank.web.i18n import say, translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()


@router.get("/outlook")
async def outlook(request: Request, call: DeskCall) -> Response:
    """How the hours stand, and how they may stand in ten years."""
    otherwise = asked_for(request, Otherwise)
    ahead = await look_ahead(call, community_id=call.desk, otherwise=otherwise)
    found, years = ahead.standing, ahead.projection.years
    context = {
        "found": found,
        "figures": found.figures,
        "lines": list(words.lines(found)),
        "ahead": ahead,
        "changed": ahead.assumptions != ahead.as_last_year,
        "query": request.url.query,
        "charts": {"outstanding": drawing.outstanding(years), "asked": drawing.asked(years)},
        "drawing": drawing,
        "rules": rules,
        "words": words,
    }
    return render(request, "outlook/outlook.html", context)


@router.get("/outlook/figures.csv")
async def figures_file(request: Request, call: DeskCall) -> Response:
    """The figures for a spreadsheet, and beneath them the hours by age."""
    found = await service.standing(call, community_id=call.desk)
    language = language_of(request)
    rows: list[list[object]] = [
        [say(name, language), say(value, language)] for name, value in words.lines(found)
    ]
    ages = [translate(label, language) for label in rules.HOUR_AGE_LABELS]
    rows += [[], [translate(N_("存着的分钟数，按年龄和存了多久"), language), *ages]]
    for label, row in zip(rules.OWNER_AGE_LABELS, found.figures.by_age, strict=True):
        rows.append([translate(label, language), *row])
    title = f"{translate(N_('兑付情况'), language)} {found.figures.on}"
    return csv_response(title, [translate(one, language) for one in words.FIGURE_COLUMNS], rows)


@router.get("/outlook/projection.csv")
async def projection_file(request: Request, call: DeskCall) -> Response:
    """The years ahead for a spreadsheet, in hours, with what they rest on."""
    ahead = await look_ahead(call, community_id=call.desk, otherwise=asked_for(request, Otherwise))
    language = language_of(request)
    rows = [words.year_cells(one) for one in ahead.projection.years]
    rows += [[], [translate(N_("假设"), language)]]
    rows += [
        [say(name, language), value] for _, name, value, _, _ in words.assumption_fields(ahead.assumptions)
    ]
    header = [translate(one, language) for one in words.YEAR_COLUMNS]
    title = f"{translate(N_('兑付推演'), language)} {clock.day_of(call.now)}"
    return csv_response(title, header, rows)


@router.get("/outlook/asking")
async def asking(request: Request, call: DeskCall) -> Response:
    """Whom to ask whether they would like help, and about what."""
    return await _asking(request, call, Form())


@router.get("/outlook/quiet")
async def quiet(request: Request, call: DeskCall) -> Response:
    """Of whom nothing was heard for long."""
    return await _quiet(request, call, Form())


@router.post("/outlook/members/{member_id:uuid}/called")
async def note_call(request: Request, call: DeskCall, key: FormKey, member_id: UUID) -> Response:
    """Take down that somebody was spoken to."""
    form = await read(request, CallForm)
    value = form.value
    if value is not None:
        try:
            await service.note_call(
                call.with_key(key),
                community_id=call.desk,
                member_id=member_id,
                on=value.happened_on,
                word=value.word,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            said = Text(N_("已记下；{days} 天内不再列出"), {"days": PEACE_DAYS})
            return redirect(request, f"/outlook/{value.to}", said)
    form.raw = {**form.raw, "member": str(member_id)}
    shown = _asking if form.text("to") == "asking" else _quiet
    return await shown(request, call, form, status=422)


@router.get("/outlook/backing")
async def backing(request: Request, call: DeskCall) -> Response:
    """What stands behind the hours, and what did before."""
    return await _backing(request, call, Form())


@router.post("/outlook/backing")
async def record_backing(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Write down what stands behind the hours from a day on."""
    form = await read(request, BackingForm)
    value = form.value
    if value is not None:
        try:
            await service.record_backing(
                call.with_key(key),
                community_id=call.desk,
                from_on=value.from_on,
                fund_fen=value.fund,
                hour_fen=value.hour,
                note=value.note,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/outlook/backing", Text(N_("已登记；以前的记录还在下面")))
    return await _backing(request, call, form, status=422)


async def _asking(request: Request, call: Call, form: Form[CallForm], *, status: int = 200) -> Response:
    given = asked_for(request, AskingFilter)
    found = await service.asking_list(call, community_id=call.desk, months=given.months, after=given.after)
    context = {"found": found, "given": given, "categories": CATEGORY_LABELS, **_listed(call, form)}
    return render(request, "outlook/asking.html", context, status=status)


async def _quiet(request: Request, call: Call, form: Form[CallForm], *, status: int = 200) -> Response:
    given = asked_for(request, QuietFilter)
    found = await service.call_list(call, community_id=call.desk, days=given.days, after=given.after)
    context = {"found": found, "given": given, **_listed(call, form)}
    return render(request, "outlook/quiet.html", context, status=status)


async def _backing(request: Request, call: Call, form: Form[BackingForm], *, status: int = 200) -> Response:
    found = await service.standing(call, community_id=call.desk)
    context = {
        "found": found,
        "form": form,
        "words": words,
        "rules": rules,
        "today": clock.day_of(call.now),
        "may_record": Role.ADMINISTRATOR in call.actor.roles_in(call.desk),
    }
    return render(request, "outlook/backing.html", context, status=status)


def _listed(call: Call, form: Form[CallForm]) -> dict[str, Any]:
    return {
        "form": form,
        "today": clock.day_of(call.now),
        "mask_phone": mask_phone,
        "peace_days": PEACE_DAYS,
    }
