"""The doctor as it is called when something is wrong, and above all when nothing starts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from timebank.core import embedded


def states(said: str) -> dict[str, str]:
    return {each["code"]: each["state"] for each in json.loads(said)["findings"]}


@pytest.mark.slow(10)
@pytest.mark.parametrize("command", ["doctor", "serve"])
def test_a_strangers_matching_is_named_whatever_was_asked(
    terminal: Terminal, tmp_path: Path, command: str
) -> None:
    (tmp_path / "matching").mkdir()
    (tmp_path / "matching" / "__init__.py").write_text("class Game: ...\n")
    done = subprocess.run(
        [sys.executable, "-c", "from timebank.cli import main; main()", command, "--json"],
        capture_output=True, encoding="utf-8", check=False, cwd=tmp_path,
        env=terminal.environment(PYTHONPATH=str(tmp_path)),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert states(done.stdout)["stranger"] == "wrong"
    assert states(done.stdout)["loads"] == "wrong"


@pytest.mark.slow(10)
def test_a_database_that_does_not_start_is_a_line_among_others(terminal: Terminal) -> None:
    assert terminal.run("migrate")[0] == 0
    code, said = terminal.run("doctor", TIMEBANK_LANGUAGE="en")
    assert (code, "All is well" in said) == (0, True), said
    conf = terminal.data / "postgres" / "cluster" / "postgresql.conf"
    conf.write_text("nonsense = on\n")
    code, said = terminal.run("doctor", "--json")
    found = states(said)
    assert (code, found["database-starts"], found["disk"], found["seal-key"]) == (1, "wrong", "fit", "fit")
    assert "nonsense" in said
    assert embedded.presence(terminal.data) in (embedded.Presence.RESTING, embedded.Presence.CUT_OFF)


@pytest.mark.slow(10)
def test_no_other_key_is_made_where_one_was_lost(terminal: Terminal) -> None:
    assert terminal.run("migrate")[0] == 0
    (terminal.data / "seal.key").unlink()
    code, said = terminal.run("doctor", "--json")
    assert (code, states(said)["seal-key"]) == (1, "wrong")
    code, said = terminal.run("serve")
    assert (code, "seal.key" in said) == (1, True)
    assert not (terminal.data / "seal.key").exists()


@pytest.mark.slow(10)
def test_without_a_database_nothing_is_made_and_nothing_is_wrong(terminal: Terminal) -> None:
    code, said = terminal.run("doctor", "--json")
    assert (code, states(said)["database-starts"]) == (0, "advice")
    assert not terminal.data.exists()


@pytest.mark.slow(10)
def test_a_running_service_is_examined_without_harm(terminal: Terminal) -> None:
    with terminal.serve("--port", "18500") as (_, address):
        code, said = terminal.run("doctor", "--json", TIMEBANK_PORT=address.rsplit(":", 1)[1])
        assert (code, states(said)["port"], states(said)["ended"]) == (0, "fit", "fit")
    assert embedded.presence(terminal.data) is embedded.Presence.RESTING


@pytest.mark.slow(10)
def test_a_setting_that_is_wrong_is_a_line_too(terminal: Terminal) -> None:
    code, said = terminal.run("doctor", "--json", TIMEBANK_PORT="many")
    assert (code, states(said)["settings"]) == (1, "wrong")
