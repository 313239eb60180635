"""A record's version over HTTP: `ETag` and `If-Match` say the same as the `version` in the JSON.

A route class rather than a dependency, so that each route goes on asking for `version` in its body's schema
and has nothing to forget: with `If-Match` that field may be left out.
"""

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.types import Message

from timebank.core.errors import N_, FieldError, Invalid, Text

_TAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
_HEADER = "If-Match"


class VersionedRoute(APIRoute):
    """Takes `If-Match` for the body's `version`, and answers a record with its `ETag`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler between the two."""
        handle = super().get_route_handler()

        async def versioned(request: Request) -> Response:
            if _HEADER in request.headers and request.method != "GET":
                try:
                    request = await self._compared(request)
                except Invalid as error:
                    # Said by `refuse_misread` once it is known who is asking: nobody is told 401 first.
                    request.state.misread = error
            return _tagged(await handle(request))

        return versioned

    async def _compared(self, request: Request) -> Request:
        if not takes_version(self):
            raise Invalid([FieldError(_HEADER, Text(N_("这里不比较版本；请去掉")))])
        return await _with_version(request)


def refuse_misread(request: Request) -> None:
    """Raise what is wrong with the `If-Match` of a request, if anything is."""
    error = getattr(request.state, "misread", None)
    if error is not None:
        raise error


def takes_version(route: APIRoute) -> bool:
    """True where the body says which version of a record was seen."""
    body = route.body_field.field_info.annotation if route.body_field is not None else None
    return "version" in getattr(body, "model_fields", {})


async def _with_version(request: Request) -> Request:
    """The same request with the version of its `If-Match` in the body. Raises `Invalid`."""
    found = _TAG.fullmatch(request.headers[_HEADER].strip())
    if found is None:
        raise Invalid([FieldError(_HEADER, Text(N_('应是读到的 ETag，例如 "3"')))])
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        return request  # the schema says what is wrong with it
    if not isinstance(body, dict):
        return request
    version = int(found[1])
    if body.setdefault("version", version) != version:
        raise Invalid([FieldError("version", Text(N_("和 If-Match 不一样")))])
    content = json.dumps(body).encode()

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    return Request(request.scope, receive)


def _tagged(response: Response) -> Response:
    content = bytes(getattr(response, "body", b""))
    if response.status_code in (200, 201) and b'"version":' in content:
        told = json.loads(content)
        if isinstance(told, dict) and isinstance(told.get("version"), int):
            response.headers["ETag"] = f'"{told["version"]}"'
    return response
