"""The key file that signs checkpoints: made once, ours alone, refused where others may read it."""

import stat
import subprocess
from pathlib import Path

import pytest

from timebank.core import signing
from timebank.core.settings import Settings


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


def test_a_key_is_made_once_and_is_ours_alone(chosen: Settings) -> None:
    signing.make_once(chosen)
    made = signing.place(chosen).read_bytes()
    signing.make_once(chosen)
    assert signing.place(chosen).read_bytes() == made
    assert stat.S_IMODE(signing.place(chosen).stat().st_mode) == 0o600
    assert len(signing.load(chosen)) == 1


def test_openssl_reads_it(chosen: Settings) -> None:
    signing.make_once(chosen)
    said = subprocess.run(
        ["openssl", "pkey", "-in", signing.place(chosen), "-pubout", "-outform", "DER"],
        capture_output=True,
        check=True,
    )
    [key] = signing.load(chosen)
    assert said.stdout[-32:] == key.public_key().public_bytes_raw()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_read_or_write_is_refused_until_that_is_mended(
    chosen: Settings, mode: int
) -> None:
    signing.make_once(chosen)
    signing.place(chosen).chmod(mode)
    with pytest.raises(signing.SigningKeyOpen) as refused:
        signing.load(chosen)
    assert refused.value.values == {"file": signing.place(chosen), "mode": f"{mode:04o}"}
    signing.place(chosen).chmod(0o600)
    assert signing.load(chosen)


def test_the_key_lies_where_the_setting_says(tmp_path: Path) -> None:
    chosen = Settings(data=tmp_path / "data", signing_key=tmp_path / "vault" / "key.pem")
    with pytest.raises(signing.SigningKeyGone):
        signing.load(chosen)
    signing.make_once(chosen)
    assert (tmp_path / "vault" / "key.pem").exists()
    assert signing.load(chosen)


@pytest.mark.parametrize("kind", ["RSA", "X25519", None])
def test_what_is_no_signing_key_is_refused(chosen: Settings, kind: str | None) -> None:
    signing.make_once(chosen)
    other = subprocess.run(["openssl", "genpkey", "-algorithm", kind], capture_output=True, check=True).stdout if kind else b"no"  # fmt: skip
    signing.place(chosen).write_bytes(other)
    with pytest.raises(signing.SigningKeyUnreadable):
        signing.load(chosen)


def test_several_keys_may_stand_in_the_file(chosen: Settings) -> None:
    signing.make_once(chosen)
    first = signing.place(chosen).read_bytes()
    signing.place(chosen).unlink()
    signing.make_once(chosen)
    signing.place(chosen).write_bytes(first + signing.place(chosen).read_bytes())
    assert len(signing.load(chosen)) == 2
