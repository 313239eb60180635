"""Refusals over HTTP: RFC 9457 problem+json for programs, a page for people, from one table."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from timebank.core import errors
from timebank.core.database import connection_lost
from timebank.core.errors import N_, FieldError, Text, TimebankError
from timebank.core.logs import mishap
from timebank.web.i18n import Language, say
from timebank.web.render import language_of, render

# The one table. The first class that fits, from the most special to the most general.
STATUS: tuple[tuple[type[TimebankError], int], ...] = (
    (errors.Invalid, 422),
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.KeyReused, 422),
    (errors.Conflict, 409),
    (errors.TooLarge, 413),
    (errors.TooMany, 429),
    (errors.Unavailable, 503),
    # A mistake of ours that was noticed in time.
    (errors.TimebankError, 500),
)

_OF_STATUS = {
    400: Text(N_("请求的格式不对")),
    404: Text(N_("没有这个页面")),
    405: Text(N_("这个地址不能这样用")),
    413: Text(N_("内容太大了")),
}

# What pydantic found, in words a person can act on.
_OF_TYPE: dict[str, str] = {
    "missing": N_("这一项必须填写"),
    "string_too_short": N_("至少 {min_length} 个字"),
    "string_too_long": N_("最多 {max_length} 个字"),
    "string_pattern_mismatch": N_("写法不对"),
    "int_parsing": N_("请填整数"),
    "int_type": N_("请填整数"),
    "int_from_float": N_("请填整数"),
    "greater_than_equal": N_("不能小于 {ge}"),
    "greater_than": N_("要大于 {gt}"),
    "less_than_equal": N_("不能大于 {le}"),
    "less_than": N_("要小于 {lt}"),
    "date_parsing": N_("日期请写成 2026-11-22 这样"),
    "date_from_datetime_parsing": N_("日期请写成 2026-11-22 这样"),
    "date_type": N_("日期请写成 2026-11-22 这样"),
    "time_parsing": N_("时间请写成 14:30 这样"),
    "datetime_parsing": N_("时间请写成 2026-11-22 14:30 这样"),
    "datetime_from_date_parsing": N_("时间请写成 2026-11-22 14:30 这样"),
    "timezone_aware": N_("时间要带时区"),
    "uuid_parsing": N_("编号不对"),
    "uuid_type": N_("编号不对"),
    "enum": N_("请从列出的选项里选"),
    "literal_error": N_("请从列出的选项里选"),
    "bool_parsing": N_("请选是或否"),
    "extra_forbidden": N_("没有这一项"),
    "too_short": N_("至少 {min_length} 项"),
    "too_long": N_("最多 {max_length} 项"),
    "json_invalid": N_("内容不是有效的 JSON"),
}

# What a text may be told of a finding; a limit may be any number.
_SAYABLE = (int, float, str, date)

# character_not_in_repertoire, untranslatable_character: a NUL, which no text column takes.
_UNSTORABLE = {"22021", "22P05"}


def status_of(error: TimebankError) -> int:
    """The HTTP status of a refusal."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def field_errors(found: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Pydantic's findings as field errors; a `Text` raised by a validator of ours is kept."""
    result = []
    for item in found:
        place = [part for part in item["loc"] if part not in ("body", "query", "path", "header", "form")]
        context = dict(item.get("ctx") or {})
        cause = context.get("error")
        if isinstance(cause, FieldProblem):
            text = cause.text
        else:
            values = {
                name: f"{value:g}" if isinstance(value, float) else value
                for name, value in context.items()
                if isinstance(value, _SAYABLE)
            }
            text = Text(_OF_TYPE.get(item["type"], N_("这一项不对")), values)
        row = next((part for part in place if isinstance(part, int)), None)
        result.append(
            FieldError(".".join(str(part) for part in place), text, None if row is None else row + 1)
        )
    return result


class FieldProblem(ValueError):
    """Raised in a schema's validator, with the text to show beside the field."""

    def __init__(self, message: str, **values: object) -> None:
        self.text = Text(message, values)
        super().__init__(message)


def as_invalid(error: ValidationError) -> errors.Invalid:
    """A failed schema as our own refusal."""
    return errors.Invalid(field_errors(error.errors(include_url=False)))


def problem(error: TimebankError, request: Request, language: Language) -> JSONResponse:
    """RFC 9457: type, title, status, the fields with their rows, and what else it is about."""
    status = status_of(error)
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": say(error.text, language),
        "status": status,
        "code": error.code,
        "instance": request.url.path,
        "request_id": request.scope.get("request_id"),
    }
    if error.about is not None:
        body["about"] = str(error.about)
    if isinstance(error, errors.Stale):
        body |= _changed(error)
        # The status says which of the two ways of asking was taken (RFC 9110).
        status = body["status"] = 412 if "If-Match" in request.headers else status
    if isinstance(error, errors.Invalid) and error.fields:
        body["errors"] = [
            {"field": f.field, "row": f.row, "detail": say(f.text, language)} for f in error.fields
        ]
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def _changed(error: errors.Stale) -> dict[str, Any]:
    """Which version the record has now, and who changed it last."""
    told: dict[str, Any] = {} if error.version is None else {"version": error.version}
    if error.last is not None:
        last = {"by": error.last.by, "at": error.last.at.isoformat(), "operation": error.last.operation}
        told["changed"] = last
    return told


def is_api(request: Request) -> bool:
    """True where a program, not a person, reads the answer."""
    return request.url.path.startswith("/api/")


def install(app: FastAPI, *, to_sign_in: str) -> None:
    """Answer every refusal, and every mistake of ours, in the reader's language."""

    def answer(request: Request, error: TimebankError) -> Response:
        language = language_of(request)
        if is_api(request):
            return problem(error, request, language)
        if isinstance(error, errors.Unauthenticated):
            return Response(status_code=303, headers={"Location": to_sign_in})
        context = {"error": error, "status": status_of(error)}
        return render(request, "web/problem.html", context, status=status_of(error))

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, TimebankError)
        return answer(request, error)

    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer(request, errors.Invalid(field_errors(error.errors())))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        named = _Http(error.status_code)
        if is_api(request):
            body = {"type": "about:blank", "title": say(named.text, language_of(request))}
            return JSONResponse(
                body | {"status": error.status_code, "code": named.code},
                status_code=error.status_code,
                headers=error.headers,
                media_type="application/problem+json",
            )
        context = {"error": named, "status": error.status_code}
        return render(request, "web/problem.html", context, status=error.status_code)

    async def database(request: Request, error: Exception) -> Response:
        if getattr(getattr(error, "orig", None), "sqlstate", None) in _UNSTORABLE:
            return answer(request, errors.Invalid([FieldError("", Text(N_("文字里有不能保存的字符")))]))
        return await ours(request, error)

    async def ours(request: Request, error: Exception) -> Response:
        if connection_lost(error):
            return answer(request, errors.Unavailable())
        mishap("unexpected", error)
        named = _Http(500)
        if is_api(request):
            return JSONResponse(
                {"type": "about:blank", "title": say(named.text, language_of(request)), "status": 500},
                status_code=500,
                media_type="application/problem+json",
            )
        return render(request, "web/problem.html", {"error": named, "status": 500}, status=500)

    app.add_exception_handler(TimebankError, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(DBAPIError, database)
    app.add_exception_handler(Exception, ours)


class _Http(TimebankError):
    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    @property
    def text(self) -> Text:
        return _OF_STATUS.get(self.status, Text(N_("出了点问题；没有保存任何内容，请稍后再试")))
