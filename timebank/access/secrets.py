"""Tokens, card secrets, passwords and PINs: made by chance, kept only as hashes."""

import asyncio
import hashlib
import secrets

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from timebank.access.model import PIN_DIGITS

# The least that OWASP's Password Storage Cheat Sheet asks of argon2id: a desk of two cores answers in 20 ms.
_passwords = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
# Checked when nobody has that name, so that a wrong name takes as long as a wrong password.
_NOBODY = _passwords.hash(secrets.token_hex(16))


def new_token() -> str:
    """256 random bits for a cookie, a QR code or an Authorization header."""
    return secrets.token_urlsafe(32)


def new_pin() -> str:
    """Six digits; not all the same, and no plain run."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))
        if len(set(pin)) > 2 and pin not in "01234567890" and pin not in "09876543210":
            return pin


def digest(token: str) -> bytes:
    """SHA-256: enough for a secret of 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


async def hash_password(password: str) -> str:
    """Argon2id, off the event loop."""
    return await asyncio.to_thread(_passwords.hash, password)


async def password_fits(password: str, hashed: str | None) -> bool:
    """True if it is the one that was hashed; takes as long where there is none."""
    fits = await asyncio.to_thread(_passwords.verify, password, hashed or _NOBODY)
    return fits and hashed is not None
