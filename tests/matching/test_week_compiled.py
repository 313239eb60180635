"""Where machine code is kept: in a folder that nobody else can write to, or nowhere."""

import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from matching.week import compiled
from matching.week.compiled import kept_in

pytestmark = pytest.mark.slow(20)


@pytest.fixture(autouse=True)
def no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


def test_it_is_kept_below_the_home_or_where_caches_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below_home = kept_in()
    assert below_home is not None
    assert below_home.parent == tmp_path / "home/.cache/timebank"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert kept_in() == below_home
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert kept_in() == tmp_path / "caches/timebank" / below_home.name


def test_only_its_user_may_look_into_it(tmp_path: Path) -> None:
    (tmp_path / "home/.cache/timebank").mkdir(mode=0o755, parents=True)
    folder = kept_in()
    assert folder is not None
    for each in (folder, folder.parent):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700


def test_what_others_could_have_written_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kept_in()
    assert folder is not None
    for each in (folder, folder.parent):
        for mode in (0o770, 0o707):
            each.chmod(mode)
            assert kept_in() is None
        each.chmod(0o700)
        assert kept_in() == folder
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    assert kept_in() is None
    folder.unlink()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert kept_in() is None


def test_without_a_place_it_is_made_in_each_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").write_text("no folder")
    assert kept_in() is None
    monkeypatch.delenv("HOME")

    def nobody(user: int) -> object:
        raise KeyError(user)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert kept_in() is None
    monkeypatch.setattr(compiled, "KEPT_IN", None)
    assert compiled.compiled(_twice)(21) == 42


def test_without_numba_the_rest_of_matching_works_and_the_week_says_what_it_needs() -> None:
    script = (
        "import sys; sys.modules['numba'] = None; import matching\n"
        "try:\n    import matching.week\nexcept ImportError as e:\n    print(e)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert said.stdout == "the week plan needs numba: pip install 'timebank[week]'\n"


def _twice(number: int) -> int:
    return 2 * number
