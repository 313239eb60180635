"""Pure rules of sign-in: what a password must be, when to slow down."""

from collections.abc import Collection, Sequence
from datetime import datetime

from timebank.access.errors import WeakPassword
from timebank.access.model import ATTEMPT_WINDOW, ATTEMPTS_MAX, PASSWORD_LENGTH_MIN
from timebank.core.errors import FieldError, Text

_COMMON = frozenset({"password", "1234567890", "qwertyuiop", "timebank", "0123456789", "1111111111"})


def password_is_weak(password: str, *, user_name: str) -> bool:
    """True if too short, all one character, common, or the user's own name."""
    plain = password.casefold()
    return (
        len(password) < PASSWORD_LENGTH_MIN
        or len(set(plain)) < 4
        or plain in _COMMON
        or (user_name.casefold() in plain and len(plain) < len(user_name) + 4)
    )


def refuse_weak(password: str, *, user_name: str, field: str) -> None:
    """Raise `WeakPassword`, naming the field it was typed in."""
    if password_is_weak(password, user_name=user_name):
        said = Text(WeakPassword.message, {"least": PASSWORD_LENGTH_MIN})
        raise WeakPassword([FieldError(field, said)], least=PASSWORD_LENGTH_MIN)


def next_code(parent: str, taken: Collection[str]) -> str:
    """The first free code below a parent's: two digits more, as the offices write them (0101 → 010102)."""
    number = 1
    while (code := f"{parent}{number:02d}") in taken:
        number += 1
    return code


def minutes_to_wait(failed_at: Sequence[datetime], now: datetime, *, most: int = ATTEMPTS_MAX) -> int:
    """Minutes until another try is allowed after `most` failed ones; 0 if it is now."""
    recent = sorted(at for at in failed_at if now - at < ATTEMPT_WINDOW)
    if len(recent) < most:
        return 0
    left = recent[-most] + ATTEMPT_WINDOW - now
    return max(1, -(-int(left.total_seconds()) // 60))
