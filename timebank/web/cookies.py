"""Cookies of ours: never read by a script, never sent along from other sites, over HTTPS only where there is any."""

from fastapi import Request
from fastapi.responses import Response

from timebank.core.settings import settings


def keep(request: Request, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Let the browser keep a value: for so many seconds, else until it is closed."""
    # The scheme is the browser's, not the proxy's: the server believes the proxies in the settings.
    secure = settings().cookies_secure or request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)
