"""The sign-in sheet: printed with empty numbered lines, and typed back in, all of its lines or none."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.amounts import Minutes
from timebank.core.errors import N_, FieldError, Text, TimebankError
from timebank.people.model import CATEGORY_LABELS
from timebank.visits import service, words
from timebank.visits.forms import BlankForm, RowForm, SheetForm, picked
from timebank.visits.model import SHEET_ROWS_MAX, SheetRow
from timebank.visits.service.entering import Entered
from timebank.visits.service.sheets import Line
from timebank.web.forms import Form, parse, read
from timebank.web.i18n import translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()
ROWS_AT_FIRST = 10
_STARTED = {"rows": ROWS_AT_FIRST, "signed": "true", "provenance": "paper"}


@dataclass
class Typed:
    """One line as it was typed and, after a look, as it was understood."""

    place: int
    form: Form[RowForm]
    line: Line | None = None

    @property
    def errors(self) -> list[FieldError]:
        """What is wrong with it, as read and as understood."""
        understood = self.line.errors if self.line else ()
        if self.form.errors:
            # The rest would only follow from what could not be read.
            understood = tuple(found for found in understood if found.field in ("helper", "recipient"))
        return [*self.form.errors, *understood]

    def row(self, sheet: SheetForm) -> SheetRow:
        """What can be read of it."""
        unreadable = {found.field for found in self.form.errors}
        legible = {name: value for name, value in self.form.raw.items() if value and name not in unreadable}
        return RowForm.model_validate(legible).line(sheet)

    def error(self, name: str) -> Text | None:
        """What is wrong with a field."""
        return next((found.text for found in self.errors if found.field == name), None)


@router.get("/visits/sheet")
async def blank_page(request: Request, call: DeskCall) -> Response:
    """How many lines to print, for which scheme."""
    return await _blank(request, call, Form())


@router.post("/visits/sheet")
async def reserve(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Give the lines their numbers, and show the sheet to print."""
    form = await read(request, BlankForm)
    value = form.value
    if value is None:
        return await _blank(request, call, form, status=422)
    first = await service.reserve_numbers(call.with_key(key), community_id=call.desk, count=value.count)
    return redirect(request, value.printed(first))


@router.get("/visits/sheet/{first:int}")
async def printed(
    request: Request,
    call: DeskCall,
    first: Annotated[int, Path(ge=1, le=2**53)],
    asked: Annotated[BlankForm, Query()],
) -> Response:
    """The sheet itself; asked for again it has the same numbers."""
    blank = await service.blank_sheet(
        call, community_id=call.desk, scheme_id=asked.scheme_id, first=first, count=asked.count
    )
    context = {"blank": blank, "asked": asked, "words": words}
    return render(request, "visits/sheet.html", context)


@router.get("/visits/sheet/enter")
async def enter_page(request: Request, call: DeskCall) -> Response:
    """An empty sheet to type into."""
    typed = [Typed(place, Form()) for place in range(1, ROWS_AT_FIRST + 1)]
    return await _sheet(request, call, Form(_STARTED), typed)


@router.post("/visits/sheet/enter")
async def enter(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Look the lines over, or write them down: all of them, or, where one is wrong, none."""
    sheet = await read(request, SheetForm)
    value = sheet.value
    typed = _typed(await request.form(), _rows(sheet))
    if value is None:
        return await _sheet(request, call, sheet, typed, status=422)
    if value.do == "more":
        more = range(len(typed) + 1, min(len(typed) + ROWS_AT_FIRST, SHEET_ROWS_MAX) + 1)
        for row in typed:
            row.form.errors = []
        return await _sheet(request, call, sheet, [*typed, *(Typed(place, Form()) for place in more)])
    rows = [row.row(value) for row in typed]
    for line in await service.check_sheet(call, community_id=call.desk, rows=rows, scheme_id=value.scheme_id):
        typed[line.place - 1].line = line
    if value.do == "check" or not _clean(typed, value):
        wrong = any(row.errors for row in typed)
        return await _sheet(request, call, sheet, typed, status=422 if wrong else 200)
    try:
        entered = await service.apply_sheet(
            call.with_key(key),
            community_id=call.desk,
            rows=rows,
            scheme_id=value.scheme_id,
            provenance=value.provenance,
            signed=value.signed,
        )
    except TimebankError as error:
        return await _sheet(request, call, sheet.refused(error), typed, status=status_of(error))
    return redirect(request, *_told(entered, value))


def _rows(sheet: Form[SheetForm]) -> int:
    """How many lines were on the page, whatever else is wrong with it: none of them is lost."""
    typed = sheet.text("rows")
    return min(int(typed), SHEET_ROWS_MAX) if typed.isdecimal() else ROWS_AT_FIRST


def _clean(typed: list[Typed], value: SheetForm) -> bool:
    """True if nothing is wrong, and whatever is doubtful has been looked at."""
    doubtful = any(row.line.doubts for row in typed if row.line)
    return not any(row.errors for row in typed) and (value.anyway or not doubtful)


def _typed(data: FormData, rows: int) -> list[Typed]:
    """The lines of a posted sheet; the fields of the third are named `helper-3` and so on."""
    fields = RowForm.model_fields
    return [
        Typed(
            place,
            picked(parse(FormData([(name, data.get(f"{name}-{place}", "")) for name in fields]), RowForm)),
        )
        for place in range(1, rows + 1)
    ]


def _told(entered: Entered, value: SheetForm) -> tuple[str, Text]:
    """Where to go after a sheet, and what to say there."""
    rows = len(entered.outcomes)
    if not value.signed:
        return "/visits?status=claimed", Text(N_("录入了 {rows} 行；请受助人逐个确认"), {"rows": rows})
    if entered.posted == rows:
        minutes = sum(outcome.visit.settled_minutes or 0 for outcome in entered.outcomes)
        return "/visits", Text(
            N_("录入了 {rows} 行，共记账 {amount}"), {"rows": rows, "amount": Minutes(minutes)}
        )
    values = {"rows": rows, "posted": entered.posted}
    return "/visits?status=confirmed", Text(
        N_("录入了 {rows} 行，记上账 {posted} 行；其余的在下面，点开看怎么办"), values
    )


async def _blank(request: Request, call: Call, form: Form[BlankForm], *, status: int = 200) -> Response:
    schemes = await service.open_schemes(call, community_id=call.desk)
    context = {"form": form, "schemes": [(scheme.id, scheme.name) for scheme in schemes]}
    return render(request, "visits/sheet_blank.html", context, status=status)


async def _sheet(
    request: Request, call: Call, form: Form[Any], typed: list[Typed], *, status: int = 200
) -> Response:
    language = language_of(request)
    schemes = await service.open_schemes(call, community_id=call.desk)
    lines = [row.line for row in typed if row.line]
    wrong = [(row.place, error) for row in typed for error in row.errors]
    context = {
        "form": form,
        "typed": typed,
        "wrong": wrong,
        "looked": form.text("do") in ("check", "apply"),
        "ready": bool(lines) and not wrong,
        "doubtful": any(line.doubts for line in lines),
        "total": sum(line.served.minutes for line in lines if line.served),
        "lines": len(lines),
        "rows_max": SHEET_ROWS_MAX,
        "schemes": [(scheme.id, scheme.name) for scheme in schemes],
        "categories": [(code, translate(label, language)) for code, label in CATEGORY_LABELS.items()],
        "today": clock.day_of(call.now),
        "words": words,
    }
    return render(request, "visits/sheet_enter.html", context, status=status)
