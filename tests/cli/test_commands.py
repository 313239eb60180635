"""The commands, run as a person runs them: in a process of their own, on a data folder of their own."""

import re
import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.cli.terminal import Terminal
from tests.given import PASSWORD
from timebank.core import backups, embedded
from timebank.core.embedded.locks import Lock

pytestmark = pytest.mark.slow(20)
REPOSITORY = Path(__file__).resolve().parents[2]
FOUND = [
    "--district",
    "顺德区",
    "--town",
    "大良街道",
    "--community",
    "云路社区",
    "--name",
    "莫协调",
    "--user-name",
    "mo",
]


def is_alive(data: Path) -> bool:
    lock = Lock(data / "postgres.server.lock")
    try:
        return not lock.exclusive()
    finally:
        lock.close()


def test_a_service_starts_on_the_next_free_port_and_stops_with_its_database(terminal: Terminal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with terminal.serve("--port", str(port)) as (service, address):
            assert port < int(address.rsplit(":", 1)[1]) < port + 100
            assert httpx.get(f"{address}/health/ready").json() == {"status": "ready"}
            assert httpx.get(f"{address}/health/live").json() == {"status": "live"}
            service.terminate()
            assert service.wait(timeout=60) == 0
    assert not is_alive(terminal.data)


def test_a_service_comes_back_after_kill_9(terminal: Terminal) -> None:
    with terminal.serve("--port", "18000") as (service, _):
        service.kill()
        service.wait()
    assert is_alive(terminal.data)
    with terminal.serve("--port", "18000") as (_, address):
        assert httpx.get(f"{address}/health/ready").status_code == 200
    assert not is_alive(terminal.data)


def test_ctrl_c_while_two_serve_one_folder_leaves_the_other_running(terminal: Terminal) -> None:
    with terminal.serve("--port", "18000") as (first, one), terminal.serve("--port", "18000") as (_, other):
        assert one != other
        first.send_signal(signal.SIGINT)
        assert first.wait(timeout=60) == 0
        assert httpx.get(f"{other}/health/ready").status_code == 200
    assert not is_alive(terminal.data)


@pytest.mark.slow(40)
def test_a_real_community_starts_is_backed_up_and_comes_back_elsewhere(terminal: Terminal) -> None:
    code, said = terminal.run("init", *FOUND, TIMEBANK_INIT_PASSWORD=PASSWORD)
    assert (code, "云路社区" in said) == (0, True)
    code, said = terminal.run("init", *FOUND, TIMEBANK_INIT_PASSWORD=PASSWORD)
    assert (code, "首次设置已经完成" in said) == (1, True)

    signing_key = (terminal.data / "signing.key").read_bytes()
    assert terminal.run("change-key")[0] == 0
    assert (terminal.data / "signing.key").read_bytes() != signing_key

    code, said = terminal.run("backup")
    assert (code, "seal.key" in said) == (0, True)
    (made,) = (terminal.data / "backups").iterdir()

    elsewhere = Terminal(terminal.data.with_name("data two"))
    code, said = elsewhere.run("restore", str(made))
    assert (code, "--key" in said) == (1, True)
    assert not (elsewhere.data / "seal.key").exists()
    key = str(terminal.data / "seal.key")
    assert elsewhere.run("restore", str(made), "--key", key)[0] == 0
    code, said = elsewhere.run("restore", str(made), "--key", key)
    assert (code, "数据库里已有内容" in said) == (1, True)

    with elsewhere.serve("--port", "18000") as (_, address), httpx.Client(base_url=address) as browser:
        body = {"user_name": "mo", "password": PASSWORD}
        assert browser.post("/api/v1/logins", json=body).status_code == 201


@pytest.mark.slow(60)
def test_a_server_of_ones_own_is_prepared_examined_migrated_and_backed_up(terminal: Terminal) -> None:
    theirs = embedded.start(terminal.data.with_name("data of the server"))
    own = Terminal(terminal.data)
    service = {"DATABASE_URL": theirs.service_url.replace("+asyncpg", "")}
    both = {**service, "TIMEBANK_OWNER_URL": theirs.owner_url}
    code, script = own.run("doctor", "--sql")
    assert code == 0
    theirs.programs.run(
        "psql",
        ["--set=ON_ERROR_STOP=1", "--set=migrator=m", "--set=service=s", "--dbname=postgres"],
        environment=backups.connection_environment(theirs.superuser_url),
        stdin=script,
    )
    both = {
        name: re.sub(r"//timebank_(.)(\w+):[^@]+@", r"//timebank_\1\2:\1@", url) for name, url in both.items()
    }
    service = {"DATABASE_URL": both["DATABASE_URL"]}

    code, said = own.run("doctor", **both)
    assert (code, "✗ 数据库是这个版本的样子" in said) == (1, True)
    code, said = own.run("migrate", **service)
    assert (code, "TIMEBANK_OWNER_URL" in said) == (1, True)
    assert own.run("migrate", **both)[0] == 0
    assert own.run("migrate", **service)[0] == 0
    code, said = own.run("doctor", **both)
    assert (code, "✗" in said) == (0, False)
    code, said = own.run("doctor", **{**both, "TIMEBANK_OWNER_URL": both["DATABASE_URL"]})
    assert (code, "✗ 升级用的登录可以 SET ROLE timebank_owner" in said) == (1, True)
    assert own.run("backup", **both)[0] == 0
    code, said = own.run("backup", **service)
    assert (code, "TIMEBANK_OWNER_URL" in said) == (1, True)
    assert not (own.data / "postgres").exists()
    theirs.stop()


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"TIMEBANK_PORT": "many"}, "TIMEBANK_PORT"),
        ({"DATABASE_URL": "mysql://x@y/z"}, "DATABASE_URL"),
        ({"DATABASE_URL": "not a url"}, "DATABASE_URL"),
        ({"TIMEBANK_POSTGRES_BIN": "/nowhere"}, "/nowhere"),
    ],
)
def test_a_bad_setting_is_named(terminal: Terminal, environment: dict[str, str], named: str) -> None:
    code, said = terminal.run("migrate", **environment)
    assert (code, named in said) == (1, True)


def test_what_is_no_backup_is_refused_before_anything_is_made(terminal: Terminal) -> None:
    code, said = terminal.run("restore", str(REPOSITORY / "README.md"))
    assert (code, "README.md" in said) == (1, True)
    assert not terminal.data.exists()
    terminal.data.mkdir()
