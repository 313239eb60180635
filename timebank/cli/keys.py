"""The key file that seals ID numbers: made with the database and never again, or brought with a backup."""

import os
from pathlib import Path

from timebank.core import embedded
from timebank.core.backups import WrongKey
from timebank.core.errors import N_, FieldError, Invalid, Text, Unavailable
from timebank.core.sealing import load_seal
from timebank.core.settings import Settings

NAME = "seal.key"


class KeyGone(Unavailable):
    """There is a database and no key: another one could not read what is sealed in it."""

    code = "key-gone"
    message = N_(
        "有数据库，却没有封存身份证号的钥匙 {file}。请从另存的那份放回来，或设置 TIMEBANK_SECRET_KEY。"
        "不另做一把：换了钥匙，旧的身份证号就再也读不出来。"
    )


def place(settings: Settings) -> Path:
    """Where the key file is."""
    return settings.data / NAME


def make_with_the_database(settings: Settings) -> None:
    """Make the key if the embedded database isn't made yet. Raises DataFolderDenied."""
    made = embedded.is_made(embedded.data_folder(settings.data))
    if settings.secret_key is None and not made and not place(settings).exists():
        load_seal(settings)


def read(file: Path) -> str:
    """What a key file holds, whether it is a key or not; empty when it isn't there or can't be read."""
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def bring(settings: Settings, given: Path | None) -> None:
    """Put the key given into the data folder, or make sure that one is there: never a fresh one here.

    Raises WrongKey when there is none, or another; Invalid when the file given can't be read.
    """
    there = place(settings)
    if given is None:
        if settings.secret_key is None and not there.exists():
            raise WrongKey
        return
    try:
        text = given.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid([FieldError("--key", Text(N_("读不了这个文件")))]) from error
    if there.exists():
        if there.read_text(encoding="ascii").strip() != text:
            raise WrongKey
        return
    there.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    with os.fdopen(os.open(there, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
