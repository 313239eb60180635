"""What a load balancer asks: does the process live, and is it fit to be sent work."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from timebank.core import migrating
from timebank.core.database import Database, connection_lost

router = APIRouter(include_in_schema=False)
_PATIENCE_SECONDS = 3


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/health/ready")
async def ready(request: Request) -> Response:
    """The database answers too, and has the shape this version needs."""
    database: Database = request.app.state.database
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), database.begin(()) as db:
            missing = await migrating.lacking(db)
    except Exception as error:
        if not (connection_lost(error) or isinstance(error, SQLAlchemyError)):
            raise
        return JSONResponse({"status": "no database"}, status_code=503)
    if missing:
        return JSONResponse({"status": "migrations pending", "missing": missing}, status_code=503)
    return JSONResponse({"status": "ready"})


@router.get("/favicon.ico")
async def icon() -> Response:
    """Browsers ask for it on their own."""
    return RedirectResponse("/static/icon.svg", status_code=308)
