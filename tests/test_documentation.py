"""The documents say what is there: settings, house words, commands, errors, jobs."""

import re
from pathlib import Path

import pytest

from tests.documents import MADE
from timebank.cli.main import COMMANDS, program
from timebank.core.settings import Settings

DOCS = Path(__file__).parent.parent / "docs"


def test_every_setting_is_documented() -> None:
    text = (DOCS / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        alias = (
            field.validation_alias if isinstance(field.validation_alias, str) else f"TIMEBANK_{name.upper()}"
        )
        assert f"`{alias}`" in text, f"{alias} is missing in docs/settings.md"
        assert field.description
        assert field.description in text, f"docs/settings.md says something else about {alias}"


def test_every_word_of_the_glossary_has_its_chinese_and_stands_in_order() -> None:
    rows = re.findall(
        r"^\| ([a-z][a-z -]+) \| ([^|]+) \| ([^|]+) \|$", (DOCS / "glossary.md").read_text(), re.MULTILINE
    )
    rows = [row for row in rows if row[0] != "word"]
    words = [word for word, _, _ in rows]
    assert len(words) > 50
    assert words == sorted(words)
    assert all(re.search(r"[\u4e00-\u9fff]", chinese) for _, chinese, _ in rows)
    assert len(set(words)) == len(words)


def test_every_command_is_documented() -> None:
    text = (DOCS / "operations.md").read_text()
    named: list[str] = []
    for app in (group.typer_instance for group in program().registered_groups):
        assert app is not None
        # The commands of a group without a name are the program's own.
        group = f"{app.info.name} " if isinstance(app.info.name, str) else ""
        for command in app.registered_commands:
            assert command.callback is not None
            named.append(group + (command.name or command.callback.__name__))
    assert {name.split()[0] for name in named} == set(COMMANDS)
    for name in named:
        assert f"| `timebank {name}` |" in text, f"timebank {name} is missing in docs/operations.md"


def test_every_link_between_the_documents_leads_somewhere() -> None:
    root = DOCS.parent
    pages = [
        *root.glob("*.md"),
        *DOCS.rglob("*.md"),
        root / "ledger" / "README.md",
        root / "matching" / "README.md",
    ]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_from_the_program_says_what_it_does(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == MADE[name](), (
        f"docs/{name} is stale: run .venv/bin/python -m tests.documents"
    )


def test_how_to_add_a_room_names_what_is_there() -> None:
    root = DOCS.parent
    for named in re.findall(
        r"`((?:timebank|tests|migrations|docs)/[^`\s<*]+)`", (DOCS / "adding-a-room.md").read_text()
    ):
        assert (root / named).exists(), f"docs/adding-a-room.md names {named}"
