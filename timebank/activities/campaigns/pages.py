"""Pages of campaigns: the list, the form, one campaign with how far it is."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.activities import words
from timebank.activities.campaigns import rules, service
from timebank.activities.campaigns.model import NAME_LENGTH_MAX, TARGETS_MAX, Campaign, Target
from timebank.activities.campaigns.schemas import CampaignForm, TargetForm, form_of
from timebank.core import clock
from timebank.core.errors import N_, FieldError, Stale, Text, TimebankError
from timebank.web.csv_files import csv_response
from timebank.web.forms import Form, parse, read
from timebank.web.i18n import say, translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()
# Five kinds of place and five of service, as such campaigns have them.
LINES_AT_FIRST = 10
COLUMNS = (N_("专项行动"), N_("从"), N_("到"), N_("目标"), N_("计什么"), N_("要做到"), N_("已做到"))


@router.get("/campaigns")
async def campaigns_page(request: Request, call: DeskCall, after: str | None = None) -> Response:
    """Campaigns and how far they are."""
    page = await service.list_campaigns(call, community_id=call.desk, after=after)
    return render(request, "activities/campaigns.html", {"page": page, "today": clock.day_of(call.now)})


@router.get("/campaigns/new")
async def new_page(request: Request, call: WorkCall) -> Response:
    """An empty campaign."""
    return _form(request, Form())


@router.post("/campaigns/new")
async def start(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Start it."""
    form, campaign = await _read(request)
    if campaign is not None:
        try:
            made = await service.start(call.with_key(key), community_id=call.desk, campaign=campaign)
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(
                request, f"/campaigns/{made}", Text(N_("已登记；安排活动时选它的目标，办了就算数"))
            )
    return _form(request, form, status=422)


@router.get("/campaigns/{campaign_id:uuid}")
async def one_page(request: Request, call: DeskCall, campaign_id: UUID) -> Response:
    """One campaign: its targets, and the activities that count for them."""
    counting = await service.one_campaign(call, community_id=call.desk, campaign_id=campaign_id)
    context = {
        "counting": counting,
        "view": counting.view,
        "amount": rules.amount_text,
        "titles": {one.id: one.title for one in counting.view.campaign.targets},
        "words": words,
    }
    return render(request, "activities/campaign.html", context)


@router.get("/campaigns/{campaign_id:uuid}/export.csv")
async def campaign_file(request: Request, call: DeskCall, campaign_id: UUID) -> Response:
    """Its targets and how far they are, as a file."""
    view = (await service.one_campaign(call, community_id=call.desk, campaign_id=campaign_id)).view
    language, campaign = language_of(request), view.campaign
    rows = [
        [
            campaign.name,
            campaign.from_on,
            campaign.until_on,
            one.target.title,
            translate(rules.MEASURE_TEXTS[one.target.measure], language),
            say(rules.amount_text(one.target, one.target.goal), language),
            say(rules.amount_text(one.target, one.reached), language),
        ]
        for one in view.progress
    ]
    return csv_response(campaign.name, [translate(cell, language) for cell in COLUMNS], rows)


@router.get("/campaigns/{campaign_id:uuid}/edit")
async def edit_page(request: Request, call: WorkCall, campaign_id: UUID) -> Response:
    """Put it differently."""
    counting = await service.one_campaign(call, community_id=call.desk, campaign_id=campaign_id)
    return _form(request, Form(form_of(counting.view)), campaign_id=campaign_id)


@router.post("/campaigns/{campaign_id:uuid}/edit")
async def edit(request: Request, call: DeskCall, key: FormKey, campaign_id: UUID) -> Response:
    """Take the change; nothing typed is lost if somebody came first."""
    form, campaign = await _read(request)
    if campaign is not None:
        try:
            await service.change_campaign(
                call.with_key(key),
                community_id=call.desk,
                campaign_id=campaign_id,
                campaign=campaign,
                version=form.value.version or 0 if form.value else 0,
            )
        except Stale as error:
            now = await service.one_campaign(call, community_id=call.desk, campaign_id=campaign_id)
            form = form.refused(error).against(form_of(now.view))
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/campaigns/{campaign_id}", Text(N_("已保存")))
    return _form(request, form, campaign_id=campaign_id, status=422)


async def _read(request: Request) -> tuple[Form[CampaignForm], Campaign | None]:
    """The form with its lines, and the campaign that it makes."""
    form = await read(request, CampaignForm)
    data = await request.form()
    targets: list[Target] = []
    wrong: list[FieldError] = []
    lines: dict[str, Any] = {}
    for place in range(1, TARGETS_MAX + 1):
        named = {name: data.get(f"{name}-{place}", "") for name in TargetForm.model_fields}
        line = parse(FormData(list(named.items())), TargetForm)
        lines |= {f"{name}-{place}": value for name, value in line.raw.items()}
        if not (line.text("title") or line.text("goal")):
            continue
        if line.value is not None:
            targets.append(line.value.target)
        wrong += [FieldError(f"{one.field}-{place}", one.text, row=place) for one in line.errors]
    form.raw = {**form.raw, **lines}
    form.errors = [*form.errors, *wrong]
    value = form.value
    if value is None or wrong:
        return form, None
    return form, Campaign(value.name, value.from_on, value.until_on, tuple(targets), value.note)


def _form(
    request: Request, form: Form[Any], *, campaign_id: UUID | None = None, status: int = 200
) -> Response:
    language = language_of(request)
    filled = [place for place in range(1, TARGETS_MAX + 1) if form.text(f"title-{place}")]
    context = {
        "form": form,
        "campaign_id": campaign_id,
        "action": f"/campaigns/{campaign_id}/edit" if campaign_id else "/campaigns/new",
        "lines": range(1, min(TARGETS_MAX, max([LINES_AT_FIRST, *(place + 2 for place in filled)])) + 1),
        "measures": [(one, translate(label, language)) for one, label in rules.MEASURE_TEXTS.items()],
        "name_max": NAME_LENGTH_MAX,
    }
    return render(request, "activities/campaign_form.html", context, status=status)
