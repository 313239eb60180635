"""Signed checkpoints: c2sp.org/signed-note and c2sp.org/tlog-checkpoint, with Ed25519. Pure."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: of which log, how many leaves, and their root."""

    origin: str
    size: int
    root: bytes


def text_of(head: Head) -> str:
    """The three lines that are signed."""
    return f"{head.origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"


def head_of(note: str) -> Head:
    """What a note says, whoever signed it."""
    origin, size, root, *_ = note.split("\n")
    return Head(origin, int(size), base64.b64decode(root, validate=True))


def sign(head: Head, keys: Sequence[Ed25519PrivateKey]) -> str:
    """The note with a line for each key; a key's name is the origin."""
    text = text_of(head)
    lines = (
        f"— {head.origin} "
        f"{base64.b64encode(key_id(head.origin, public_key(key)) + key.sign(text.encode())).decode()}\n"
        for key in keys
    )
    return f"{text}\n{''.join(lines)}"


def public_key(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes that others check with."""
    return key.public_key().public_bytes_raw()


def key_id(name: str, public: bytes) -> bytes:
    """Four bytes that tell keys apart, and prove nothing."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def verifier_key(name: str, public: bytes) -> str:
    """A public key as one line, `name+id+key`, as programs for signed notes take it."""
    return f"{name}+{key_id(name, public).hex()}+{base64.b64encode(_ED25519 + public).decode()}"


def signed_by(note: str, known: Iterable[bytes]) -> frozenset[bytes]:
    """Which of the known public keys signed a note. A line of theirs that is false counts as none."""
    text, _, _ = note.rpartition("\n\n")
    name = note.partition("\n")[0]
    ids = {key_id(name, public): public for public in known}
    return frozenset(
        ids[id_]
        for id_, signature in _signatures(note, name)
        if id_ in ids and _fits(ids[id_], signature, text)
    )


def _signatures(note: str, name: str) -> Iterator[tuple[bytes, bytes]]:
    for line in note.rpartition("\n\n")[2].split("\n"):
        dash, signer, told = [*line.split(" "), "", ""][:3]
        if (dash, signer) == ("—", name):
            raw = base64.b64decode(told, validate=True)
            yield raw[:4], raw[4:]


def _fits(public: bytes, signature: bytes, text: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, f"{text}\n".encode())
    except InvalidSignature:
        return False
    return True
