"""Every text a person sees has its English, and none stands outside the translations."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

import timebank
from timebank.core.errors import Text
from timebank.web.i18n import catalogue, clock_minutes, minutes, say

ROOMS = sorted(p for p in Path(timebank.__path__[0]).iterdir() if (p / "__init__.py").exists())
CHINESE = re.compile(r"[\u4e00-\u9fff]")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
# What `_("…")`, `gettext("…")` or `N_("…")` holds is translated; the language's own name is not.
SPOKEN = re.compile(r"""\b(?:_|gettext|ngettext|N_)\(\s*(?:"[^"]*"|'[^']*')""")
OWN_NAME = '"English" if lang == "zh" else "中文"'


@functools.cache
def _messages(room: Path) -> list[str]:
    return list(_extracted(room))


def _extracted(room: Path) -> Iterator[str]:
    for source in sorted(room.rglob("*.py")):
        for _, message, _, _ in extract_from_file("python", source, keywords={"N_": None, "_": None}):
            yield message if isinstance(message, str) else message[0]
    for template in sorted((room / "templates").rglob("*.html")):
        options = {"trimmed": "false"}
        for _, message, _, _ in extract_from_file(
            "jinja2.ext:babel_extract", template, keywords={"_": None, "gettext": None}, options=options
        ):
            yield message if isinstance(message, str) else message[0]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_text_has_its_english(room: Path) -> None:
    english = catalogue("en")
    missing = sorted({m for m in _messages(room) if CHINESE.search(m) and english.gettext(m) == m})
    assert not missing, f"add to timebank/{room.name}/en.po:\n" + "\n".join(missing)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_no_text_stands_outside_the_translations(room: Path) -> None:
    outside = []
    for template in sorted((room / "templates").rglob("*.html")):
        text = COMMENT.sub("", template.read_text()).replace(OWN_NAME, "")
        text = SPOKEN.sub("", text)
        outside += [f"{template.name}: {line.strip()}" for line in text.splitlines() if CHINESE.search(line)]
    assert outside == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_translation_keeps_the_values_and_translates_what_exists(room: Path) -> None:
    source = room / "en.po"
    if not source.exists():
        return
    used = {message for place in ROOMS for message in _messages(place)}
    with source.open("rb") as file:
        entries = [entry for entry in read_po(file) if entry.id]
    for entry in entries:
        names = re.compile(r"\{(\w+)|%\((\w+)\)s")
        assert sorted(names.findall(str(entry.id))) == sorted(names.findall(str(entry.string))), entry.id
        assert entry.string, f"{entry.id} has no English"
    dead = [str(entry.id) for entry in entries if entry.id not in used]
    assert dead == [], "no longer in the code"


def test_amounts_read_as_people_write_them() -> None:
    assert minutes(2190, "zh") == "36 小时 30 分"
    assert minutes(-45, "en") == "−45 min"
    assert minutes(0, "zh") == "0 分"
    assert clock_minutes(-71070) == "−1\u2009184:30"
    assert say(Text("至少 {least} 项", {"least": 3}), "zh") == "至少 3 项"
