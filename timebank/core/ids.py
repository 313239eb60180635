"""Identifiers: time-ordered UUIDs (RFC 9562, version 7) and ones derived from a name (version 5)."""

import os
from uuid import UUID, uuid5

from timebank.core import clock

_TIMEBANK = UUID("6f1d3c1e-5a0b-5d57-9c34-0d7a5e1f2b90")


def new_id() -> UUID:
    """A fresh id whose first 48 bits are the present millisecond, so that keys are written in order."""
    milliseconds = int(clock.now().timestamp() * 1000)
    chance = int.from_bytes(os.urandom(10))
    value = (
        milliseconds << 80 | 0x7 << 76 | (chance >> 68 & 0xFFF) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    )
    return UUID(int=value)


def derived_id(*parts: object) -> UUID:
    """The same parts always give the same id: a job run twice asks for the same thing."""
    return uuid5(_TIMEBANK, "\x1f".join(str(part) for part in parts))
