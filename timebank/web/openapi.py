"""The API's own description: names to call operations by, who may, and every way it refuses."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

_ABOUT = """Amounts are whole minutes; instants carry their zone. Sign in with `POST /api/v1/logins`.

An `Idempotency-Key` (8 to 200 characters, new for each thing to be done) makes a repeated call get the first
answer again; what changes hours is refused without one. `version` is that of the record as it was last read:
409 says that somebody changed it meanwhile, to what and who. It may come as `If-Match` instead, with the `ETag` of the
record (412). Lists go on where `after` of the last answer is sent back.
`X-Language: en` or `zh` chooses the language of words. Refusals are problem details (RFC 9457).
"""
_OPEN = ("access_sign_in",)
_REFUSALS = {
    "400": "The body cannot be read at all.",
    "401": "Nobody is signed in.",
    "403": "Not this person, or not in this community.",
    "404": "There is no such thing here.",
    "409": "It does not fit how things stand now, or somebody changed it meanwhile.",
    "412": "Somebody changed it since the version that `If-Match` names.",
    "422": "Something that was sent is wrong; `errors` names the field and the row.",
    "429": "Too many attempts; try again later.",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of the record as it was read; says the same as `version`, which it makes optional.",
}


class ProblemField(BaseModel):
    """What is wrong with one field; `row` counts from 1."""

    field: str
    row: int | None
    detail: str


class Problem(BaseModel):
    """A refusal (RFC 9457). `code` is for programs, `title` for people, in their language."""

    type: str
    title: str
    status: int
    code: str
    instance: str | None = None
    request_id: str | None = None
    errors: list[ProblemField] = []


def operation_id(route: APIRoute) -> str:
    """The room and what is done there: `visits_confirm_claim`."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def describe(app: FastAPI) -> None:
    """Let the app describe itself with its refusals and with the login it takes."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
            _complete(made)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _complete(made: dict[str, Any]) -> None:
    components = made["components"]
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
    components["securitySchemes"] = {"login": {"type": "http", "scheme": "bearer"}}
    for method, path, operation in _operations(made):
        is_open = operation["operationId"] in _OPEN
        operation["security"] = [] if is_open else [{"login": []}]
        if method == "get":
            # Reading twice is no matter.
            _drop_key(operation)
        statuses = _refusals_of(method, path, is_open=is_open)
        if "requestBody" in operation:
            statuses.append("400")
        if _takes_version(operation, components["schemas"]):
            operation.setdefault("parameters", []).append(_IF_MATCH)
            statuses.append("412")
        operation["responses"] |= {status: _refusal(status) for status in statuses}


def _takes_version(operation: dict[str, Any], schemas: dict[str, Any]) -> bool:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    named = body.get("$ref", "").rsplit("/", 1)[-1]
    return "version" in schemas.get(named, {}).get("properties", {})


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _refusals_of(method: str, path: str, *, is_open: bool) -> list[str]:
    if is_open:
        return ["401", "422", "429"]
    found = ["401", "403", "422"]
    # What a body names may be missing too.
    if "{" in path or method == "post":
        found.append("404")
    # A reading can conflict too: the preview of what was applied, whom to give to where nobody may.
    if "{" in path or method != "get":
        found.append("409")
    return sorted(found)


def _refusal(status: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": _REFUSALS[status], "content": content}


def _drop_key(operation: dict[str, Any]) -> None:
    kept = [one for one in operation.get("parameters", []) if one["name"] != "Idempotency-Key"]
    operation["parameters"] = kept
