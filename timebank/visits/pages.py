"""Pages of visits at the desk: the list, a day, and one visit with every move that is possible now."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, NotFound, Text, TimebankError
from timebank.people.model import CATEGORY_LABELS, Brief
from timebank.schemes.rules import scheme_lines
from timebank.visits import rules, service, words
from timebank.visits.deeds import DEEDS, first_move, started
from timebank.visits.errors import AlreadySpent, Doubtful
from timebank.visits.forms import Filters
from timebank.visits.model import Move, Status
from timebank.visits.service.looking import Row, Story
from timebank.web.csv_files import csv_response
from timebank.web.forms import Day, Form, read
from timebank.web.i18n import Language, say, time_of_day, translate
from timebank.web.problems import as_invalid, status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()

_COLUMNS = (
    N_("编号"),
    N_("服务日期"),
    N_("开始"),
    N_("结束"),
    N_("服务者"),
    N_("服务者会员号"),
    N_("受助人"),
    N_("受助人会员号"),
    N_("服务类别"),
    N_("互助项目"),
    N_("状态"),
    N_("登记（分钟）"),
    N_("受助人说（分钟）"),
    N_("确认（分钟）"),
    N_("记账（分钟）"),
    N_("怎么来的"),
    N_("地点"),
    N_("说明"),
)


@router.get("/visits")
async def visits(request: Request, call: DeskCall) -> Response:
    """The visits of this desk's community, the latest first."""
    filters = _filters(request)
    found: list[Brief] = []
    if filters.who and not filters.member_id:
        found = await service.meant(call, community_id=call.desk, words=filters.who)
        if len(found) == 1:
            return RedirectResponse(filters.link(who=None, member_id=found[0].id), status_code=303)
    people = await service.named(
        call, community_id=call.desk, member_ids=[filters.member_id] if filters.member_id else []
    )
    page = await service.search(
        call,
        community_id=call.desk,
        statuses=filters.statuses,
        member_id=filters.member_id,
        request_id=filters.request_id,
        pair_id=filters.pair_id,
        from_on=filters.from_on,
        until_on=filters.until_on,
        after=filters.after,
    )
    context = {
        "page": page,
        "filters": filters,
        "found": found,
        "person": people.get(filters.member_id) if filters.member_id else None,
        "form": Form(filters.model_dump(mode="json", exclude_none=True)),
        "statuses": list(Status),
        "words": words,
        "now": call.now,
        "today": clock.day_of(call.now),
        "waiting": rules.waiting,
    }
    return render(request, "visits/list.html", context)


@router.get("/visits/export.csv")
async def visits_file(request: Request, call: DeskCall) -> Response:
    """The same list as a file, all of its pages."""
    filters = _filters(request)
    rows = await service.export(
        call,
        community_id=call.desk,
        statuses=filters.statuses,
        member_id=filters.member_id,
        request_id=filters.request_id,
        pair_id=filters.pair_id,
        from_on=filters.from_on,
        until_on=filters.until_on,
    )
    schemes = await service.open_schemes(call, community_id=call.desk)
    names = {scheme.id: scheme.name for scheme in schemes}
    language = language_of(request)
    header = [translate(cell, language) for cell in _COLUMNS]
    name = f"{translate(N_('服务单'), language)} {clock.day_of(call.now)}"
    return csv_response(name, header, [_cells(row, names, language) for row in rows])


@router.get("/visits/day")
async def day(request: Request, call: DeskCall, on: Day | None = None) -> Response:
    """One day by time: who, for whom, where."""
    shown = on or clock.day_of(call.now)
    rows = await service.on_day(call, community_id=call.desk, day=shown)
    return render(request, "visits/day.html", {"rows": rows, "day": shown, "phones": False, "words": words})


@router.get("/visits/day/phones")
async def day_phones(request: Request, call: DeskCall, on: Day | None = None) -> Response:
    """The same with everybody's number, to print; that it was read is written down."""
    shown = on or clock.day_of(call.now)
    rows = await service.day_with_phones(call, community_id=call.desk, day=shown)
    return render(request, "visits/day.html", {"rows": rows, "day": shown, "phones": True, "words": words})


@router.get("/visits/{visit_id:uuid}")
async def one(request: Request, call: DeskCall, visit_id: UUID) -> Response:
    """One visit: its story, and the form that is most likely wanted."""
    return await _one(request, call, visit_id, None, Form())


@router.get("/visits/{visit_id:uuid}/{move}")
async def one_move(request: Request, call: DeskCall, visit_id: UUID, move: str) -> Response:
    """The same with the form of another move."""
    return await _one(request, call, visit_id, _move(move), Form())


@router.post("/visits/{visit_id:uuid}/{move}")
async def do(request: Request, call: DeskCall, key: FormKey, visit_id: UUID, move: str) -> Response:
    """Do it. If it is refused the visit is shown as it now stands, and nothing typed is lost."""
    which = _move(move)
    deed = DEEDS[which]
    form = await read(request, deed.schema)
    status = 422
    if form.value is not None:
        try:
            said = await deed.do(call.with_key(key), visit_id, form.value)
        except NotFound:
            raise
        except TimebankError as error:
            status = status_of(error)
            form = form.refused(error)
            form.raw = {
                **form.raw,
                "doubtful": isinstance(error, Doubtful) or "anyway" in form.raw,
                "spent": isinstance(error, AlreadySpent) or "forced" in form.raw,
            }
        else:
            return redirect(request, f"/visits/{visit_id}", said)
    return await _one(request, call, visit_id, which, form, status=status)


async def _one(
    request: Request, call: Call, visit_id: UUID, move: Move | None, form: Form[Any], *, status: int = 200
) -> Response:
    story = await service.one(call, community_id=call.desk, visit_id=visit_id)
    visit = story.row.visit
    own = visit.side_of(call.actor.memberships)
    offered = rules.offered(visit, now=call.now, own=own)
    if move is not None and move not in offered and status == 200:
        return redirect(request, f"/visits/{visit_id}")
    shown = move or first_move(visit, offered, now=call.now)
    if shown is not None and not form.raw:
        form = Form(started(visit, shown, now=call.now), None, form.errors, form.problem)
    context = {
        "story": story,
        "visit": visit,
        "own": own,
        "offered": offered,
        "move": shown,
        "form": form,
        "words": words,
        "rule_lines": _rule_lines(story),
        "refusal": words.refusal(visit.refusal, story.in_the_way) if visit.refusal else None,
        "waiting": rules.waiting(visit, now=call.now),
        "today": clock.day_of(call.now),
    }
    return render(request, "visits/one.html", context, status=status)


def _rule_lines(story: Story) -> list[Any]:
    return scheme_lines(story.policy.content, CATEGORY_LABELS) if story.policy else []


def _move(name: str) -> Move:
    found = next((move for move in DEEDS if move == name), None)
    if found is None:
        raise NotFound
    return found


def _filters(request: Request) -> Filters:
    try:
        return Filters.model_validate({k: v for k, v in request.query_params.items() if v})
    except ValidationError as error:
        raise as_invalid(error) from error


def _cells(row: Row, schemes: dict[UUID, str], language: Language) -> list[object]:
    visit = row.visit
    span = rules.span(visit)

    def said(text: Text) -> str:
        return say(text, language)

    return [
        visit.number,
        visit.served_on,
        time_of_day(span[0]) if span else "",
        time_of_day(span[1]) if span else "",
        row.helper.name,
        row.helper.number,
        row.recipient.name,
        row.recipient.number,
        said(words.category(visit.category)),
        schemes.get(visit.scheme_id, ""),
        said(words.status(visit.status)),
        visit.claimed.minutes if visit.claimed else "",
        "" if visit.said_minutes is None else visit.said_minutes,
        visit.confirmed.minutes if visit.confirmed else "",
        "" if visit.settled_minutes is None else visit.settled_minutes,
        said(words.provenance(visit.provenance)),
        visit.place or "",
        visit.status_reason or visit.note or "",
    ]
