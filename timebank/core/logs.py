"""Structured logs with request ids and no personal data: ids, names of operations, durations."""

import logging
import sys
import traceback
from typing import Any

import structlog


def configure(level: str, *, lines: bool) -> None:
    """Write JSON lines, or readable lines at a terminal."""
    renderer = structlog.dev.ConsoleRenderer() if lines else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def log() -> Any:
    """The process's logger."""
    return structlog.get_logger()


def mishap(event: str, error: BaseException, **facts: str) -> None:
    """Log a mistake of ours: what kind and where, and not its message, which may hold somebody's data."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log().error(event, kind=type(error).__name__, where=where, **facts)
