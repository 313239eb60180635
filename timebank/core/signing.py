"""The keys that sign checkpoints: Ed25519 as PEM, in one file, the oldest first. While keys change there are two."""

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from timebank.core.errors import N_, Unavailable
from timebank.core.settings import Settings

NAME = "signing.key"
Keys = tuple[Ed25519PrivateKey, ...]

_OTHERS = 0o077
_END = b"-----END PRIVATE KEY-----"


class SigningKeyGone(Unavailable):
    """There is no key to sign with."""

    code = "signing-key-gone"
    message = N_(
        "没有签账簿校验点的钥匙 {file}。请从另存的那份放回来；从来没有过的，重新启动 timebank serve 会做一把。"
    )


class SigningKeyOpen(Unavailable):
    """Others may read the key, and so sign in our name."""

    code = "signing-key-open"
    message = N_("签账簿校验点的钥匙 {file} 别人也能读（权限 {mode}），先不用它签。请运行 chmod 600 {file}。")


class SigningKeyUnreadable(Unavailable):
    """The file holds something else, or isn't ours to read."""

    code = "signing-key-unreadable"
    message = N_("签账簿校验点的钥匙 {file} 读不出来：应是 PEM 格式的 Ed25519 私钥。请从另存的那份放回来。")


def place(settings: Settings) -> Path:
    """Where the key file is."""
    return settings.signing_key or settings.data / NAME


def load(settings: Settings) -> Keys:
    """Every key of the file. Raises SigningKeyGone, SigningKeyOpen, SigningKeyUnreadable."""
    file = place(settings)
    try:
        # Looked at through the same descriptor that is read, so that both are of the same file.
        with file.open("rb") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            pem = opened.read()
    except FileNotFoundError as error:
        raise SigningKeyGone(file=file) from error
    except OSError as error:
        raise SigningKeyUnreadable(file=file) from error
    if mode & _OTHERS:
        raise SigningKeyOpen(file=file, mode=f"{mode:04o}")
    try:
        keys = tuple(load_pem_private_key(each + _END, None) for each in pem.split(_END)[:-1])
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyUnreadable(file=file) from error
    signing = tuple(key for key in keys if isinstance(key, Ed25519PrivateKey))
    if not keys or signing != keys:
        raise SigningKeyUnreadable(file=file)
    return signing


def make_once(settings: Settings) -> None:
    """Make a key where there is no file; never another one in its place. Raises SigningKeyGone."""
    if place(settings).exists():
        return
    try:
        _write(place(settings), (Ed25519PrivateKey.generate(),))
    except FileExistsError:
        return  # another process was first
    except OSError as error:
        raise SigningKeyGone(file=place(settings)) from error


def with_new(settings: Settings) -> Keys:
    """The keys while they change, kept so: the old one and a new one; those that are at it already stay.

    Raises what `load` raises.
    """
    keys = load(settings)
    if len(keys) == 1:
        keys = (*keys, Ed25519PrivateKey.generate())
        keep(settings, keys)
    return keys


def keep(settings: Settings, keys: Keys) -> None:
    """Put these keys into the file, all at once: a power cut leaves the old file or the new one."""
    file = place(settings)
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    _write(fresh, keys)
    fresh.replace(file)


def _write(path: Path, keys: Keys) -> None:
    path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    pem = b"".join(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in keys)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
