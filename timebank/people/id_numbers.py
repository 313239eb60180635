"""Resident identity numbers (GB 11643): read, checked, masked, sealed. Never logged, never shown whole."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from stdnum.cn import ric

from timebank.core.sealing import Seal
from timebank.people.model import Gender

_INDEX = "member id number"
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+?\d+")

Fault = Literal["rounded", "length", "characters", "birthday", "checksum"]


@dataclass(frozen=True)
class IdNumber:
    """A sound 18-character number and what it says of its holder."""

    text: str

    @property
    def birth_on(self) -> date:
        """The birthday in it."""
        return date(int(self.text[6:10]), int(self.text[10:12]), int(self.text[12:14]))

    @property
    def gender(self) -> Gender:
        """Odd order codes are men's."""
        return Gender.MALE if int(self.text[16]) % 2 else Gender.FEMALE

    @property
    def mask(self) -> str:
        """110105********002X."""
        return f"{self.text[:6]}********{self.text[14:]}"


@dataclass(frozen=True)
class SealedId:
    """An ID number as it is stored: sealed to read back, indexed to find again, masked to show."""

    sealed: bytes
    index: bytes
    mask: str


def read(text: str) -> IdNumber | Fault:
    """The number in `text`, or what is wrong with it. The old 15-digit form becomes the 18-digit one.

    The place code is not looked up: old cards carry codes of counties long renamed.
    """
    plain = _plain(text)
    if _SCIENTIFIC.fullmatch(plain):
        return "rounded"
    if is_old(plain):
        plain = f"{plain[:6]}19{plain[6:]}"
        plain += ric.calc_check_digit(plain + "0")
    if len(plain) != 18:
        return "length"
    if not _is_digits(plain[:17]) or not (_is_digits(plain[17]) or plain[17] == "X"):
        return "characters"
    try:
        IdNumber(plain).birth_on  # noqa: B018 - asks whether it is a day
    except ValueError:
        return "birthday"
    if plain[17] != ric.calc_check_digit(plain):
        # Fifteen true digits and three zeros: what a spreadsheet makes of a number it took for an amount.
        return "rounded" if plain.endswith("000") else "checksum"
    return IdNumber(plain)


def is_old(text: str) -> bool:
    """True for the 15-digit form that was given until 1999."""
    plain = _plain(text)
    return len(plain) == 15 and _is_digits(plain)


def seal_id(seal: Seal, number: IdNumber, *, member_id: UUID) -> SealedId:
    """Seal a number for one member: moved to another row it can't be opened."""
    return SealedId(seal.close(number.text, purpose=_purpose(member_id)), index_id(seal, number), number.mask)


def index_id(seal: Seal, number: IdNumber) -> bytes:
    """The blind index under which the same person is found again."""
    return seal.index(number.text, purpose=_INDEX)


def open_id(seal: Seal, sealed: bytes, *, member_id: UUID) -> str:
    """The number in full; only use cases ask that write down why. Raises `SealBroken`."""
    return seal.open(sealed, purpose=_purpose(member_id))


def _purpose(member_id: UUID) -> str:
    return f"member id number {member_id}"


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _plain(text: str) -> str:
    """Without width, spaces, hyphens, and the apostrophe that keeps a spreadsheet from reckoning."""
    halved = unicodedata.normalize("NFKC", text)
    return "".join(halved.split()).replace("-", "").lstrip("'‘’`").upper()
