"""Seals ID numbers: AES-256-GCM (NIST SP 800-38D) to read back, HMAC-SHA-256 to find them again."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from timebank.core.settings import Settings

_VERSION = b"\x01"


class SealBroken(Exception):
    """The text was sealed with another key, for another purpose, or was changed."""


@dataclass(frozen=True)
class Seal:
    """A key outside the database. Everything sealed is lost without it: keep a copy elsewhere."""

    key: bytes

    def close(self, text: str, *, purpose: str) -> bytes:
        """`text` sealed for one purpose: version, 12-byte nonce, ciphertext and tag."""
        nonce = os.urandom(12)
        return _VERSION + nonce + AESGCM(self._derive("seal")).encrypt(nonce, text.encode(), purpose.encode())

    def open(self, sealed: bytes, *, purpose: str) -> str:
        """The text again; raises `SealBroken`."""
        if sealed[:1] != _VERSION:
            raise SealBroken
        try:
            return AESGCM(self._derive("seal")).decrypt(sealed[1:13], sealed[13:], purpose.encode()).decode()
        except InvalidTag as error:
            raise SealBroken from error

    def index(self, text: str, *, purpose: str) -> bytes:
        """The same text always gives the same 32 bytes, and only the key's holder can make them."""
        return hmac.digest(self._derive("index"), f"{purpose}\x1f{text}".encode(), hashlib.sha256)

    def sign(self, text: str, *, purpose: str) -> str:
        """A short proof that this service made `text` for `purpose` (CSRF tokens, card codes)."""
        return hmac.digest(self._derive("sign"), f"{purpose}\x1f{text}".encode(), hashlib.sha256).hex()[:32]

    def _derive(self, use: str) -> bytes:
        return hmac.digest(self.key, f"timebank {use}".encode(), hashlib.sha256)


def load_seal(settings: Settings) -> Seal:
    """The installation's key: from the setting, else from `seal.key` in the data folder, made at first use."""
    if settings.secret_key is not None:
        return Seal(_key_of(settings.secret_key.get_secret_value(), "TIMEBANK_SECRET_KEY"))
    path = settings.data / "seal.key"
    if not path.exists():
        _write_private(path, secrets.token_hex(32))
    return Seal(_key_of(path.read_text().strip(), str(path)))


def _key_of(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ValueError(f"{where}: expected 64 hex digits")
    return key


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
