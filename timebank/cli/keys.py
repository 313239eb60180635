"""The key that seals ID numbers, when a backup comes back into a fresh folder."""

import os
from pathlib import Path

from timebank.core.backups import WrongKey
from timebank.core.errors import N_, FieldError, Invalid, Text
from timebank.core.settings import Settings

NAME = "seal.key"


def bring(settings: Settings, given: Path | None) -> None:
    """Put the key given into the data folder, or make sure that one is there: never a fresh one here.

    Raises WrongKey when there is none, or another; Invalid when the file given can't be read.
    """
    place = settings.data / NAME
    if given is None:
        if settings.secret_key is None and not place.exists():
            raise WrongKey
        return
    try:
        text = given.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid([FieldError("--key", Text(N_("读不了这个文件")))]) from error
    if place.exists():
        if place.read_text(encoding="ascii").strip() != text:
            raise WrongKey
        return
    place.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
