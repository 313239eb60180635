"""Pure rules of sign-in: what a password must be, when to slow down."""

from collections.abc import Sequence
from datetime import datetime

from timebank.access.model import ATTEMPT_WINDOW, ATTEMPTS_MAX, PASSWORD_LENGTH_MIN

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


def minutes_to_wait(failed_at: Sequence[datetime], now: datetime) -> int:
    """Minutes until another try is allowed; 0 if it is now."""
    recent = sorted(at for at in failed_at if now - at < ATTEMPT_WINDOW)
    if len(recent) < ATTEMPTS_MAX:
        return 0
    left = recent[-ATTEMPTS_MAX] + ATTEMPT_WINDOW - now
    return max(1, -(-int(left.total_seconds()) // 60))
