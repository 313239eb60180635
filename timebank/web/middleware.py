"""What every request passes: an id, a limit on its size, security headers, a line in the log."""

import re
import time
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from timebank.core.ids import new_id
from timebank.core.logs import log

UPLOAD_BYTES_MAX = 10 * 1024 * 1024

_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}
# When to come back after a 503, page or not.
_RETRY_AFTER_SECONDS = "5"
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class _TooLarge(Exception):
    pass


class Envelope:
    """ASGI middleware around the whole service."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id().hex
        scope["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 500
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > UPLOAD_BYTES_MAX:
                raise _TooLarge
            return message

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer["X-Request-Id"] = request_id
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
                if status == 503:
                    answer.setdefault("Retry-After", _RETRY_AFTER_SECONDS)
                if not scope["path"].startswith("/static/"):
                    answer.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            if _declared(headers) > UPLOAD_BYTES_MAX:
                await _too_large(scope, receive, marked)
            else:
                await self._app(scope, limited, marked)
        except _TooLarge:
            await _too_large(scope, receive, marked)
        finally:
            # The path without its query: a query may hold a name somebody searched for.
            elapsed = round((time.perf_counter() - started) * 1000)
            log().info("request", method=scope["method"], path=scope["path"], status=status, ms=elapsed)
            structlog.contextvars.clear_contextvars()


def _declared(headers: dict[bytes, bytes]) -> int:
    try:
        return int(headers.get(b"content-length", b"0"))
    except ValueError:
        return 0


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    body: dict[str, Any] = {
        "type": "/problems/too-large",
        "title": "文件太大：最多 10 MB / The file is too large: 10 MB at most",
        "status": 413,
        "code": "too-large",
    }
    await JSONResponse(body, status_code=413, media_type="application/problem+json")(scope, receive, send)
