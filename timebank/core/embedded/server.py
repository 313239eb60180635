"""Starting the embedded server, sharing it among processes, and stopping it with the last of them."""

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from timebank.core.embedded import cluster, programs, server_user
from timebank.core.embedded.cluster import Folders
from timebank.core.embedded.errors import DataFolderElsewhere, ServerFailed
from timebank.core.embedded.locks import Lock, alone
from timebank.core.embedded.programs import Programs
from timebank.core.embedded.server_user import ServerUser
from timebank.core.errors import N_, Text

# Crash recovery replays at most `max_wal_size`, seconds on any disk; initdb's first start is slower.
START_SECONDS = 120.0
STOP_SECONDS = 60.0

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # No socket: nothing to leave behind after a crash, no limit on the length of its path.
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "password_encryption": "scram-sha-256",
    "idle_in_transaction_session_timeout": "10min",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgres-%a.log",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    # DETAIL lines quote whole rows, and personal data may not reach a log.
    "log_error_verbosity": "terse",
}
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "logging_collector": "off"}


@dataclass
class Running:
    """A server in use by this process. `notes` are sentences for whoever started it."""

    service_url: str = field(repr=False)  # the URLs carry passwords
    owner_url: str = field(repr=False)
    superuser_url: str = field(repr=False)
    port: int
    programs: Programs
    log: Path
    notes: tuple[Text, ...]
    _folders: Folders
    _in_use: Lock
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def stop(self) -> None:
        """Stop using the server; the last process that uses it stops it. Safe to repeat."""
        data = self._folders.data
        with alone(data / "postgres.starting.lock", seconds=STOP_SECONDS):
            last = self._in_use.fileno >= 0 and self._in_use.exclusive()
            self._in_use.close()
            if last:
                _stop(self._folders, self._process)


class Presence(Enum):
    """How the server of a data folder is."""

    RESTING = auto()  # stopped as it should be, or never started
    IN_USE = auto()
    ORPHANED = auto()  # running, and the process that used it was killed
    CUT_OFF = auto()  # killed; its pid file is still there


# A server may outlive the process that started it, which Popen takes for a mistake when we end.
_started: list["subprocess.Popen[bytes]"] = []


@atexit.register
def _leave_to_others() -> None:
    for process in _started:
        if process.poll() is None:
            process.returncode = 0


def start(data: Path, *, fsync: bool = True, postgres_bin: Path | None = None) -> Running:
    """Make, start or join the server of a data folder; blocks until it takes connections.

    Several processes may use one data folder: the first starts the server, the others join it. Without
    `fsync` the data may not survive a crash of the machine: for tests only. Raises EmbeddedError.
    """
    data = cluster.data_folder(data)
    with alone(data / "postgres.starting.lock", seconds=START_SECONDS) as ours:
        if not ours:
            raise DataFolderElsewhere(folder=data)
        folders = cluster.locate(data)
        user = server_user.choose(folders.cluster)
        chosen = programs.readable_by(cluster.choose_version(programs.find(postgres_bin), folders), user)
        known = cluster.passwords(data)
        folders = cluster.settle(folders, user)
        process: subprocess.Popen[bytes] | None = None
        alive = Lock(data / "postgres.server.lock")
        try:
            port = _port_if_ready(folders) if not alive.exclusive() else None
            if port is None:
                if not alive.exclusive(seconds=10):
                    raise DataFolderElsewhere(folder=data)
                cluster.make(folders, chosen, user, known.superuser, fsync=fsync)
                process, port = _launch(folders, chosen, user, alive, fsync=fsync)
        finally:
            alive.close()
        in_use = Lock(data / "postgres.users.lock")
        in_use.shared(seconds=1)
        running = Running(
            service_url=cluster.url("timebank_service", known.service, port),
            owner_url=cluster.url("timebank_migrator", known.migrator, port),
            superuser_url=cluster.url("postgres", known.superuser, port),
            port=port,
            programs=chosen,
            log=folders.log,
            notes=_notes(folders, user, joined=process is None),
            _folders=folders,
            _in_use=in_use,
            _process=process,
        )
    try:
        cluster.furnish(chosen, port, known)
    except BaseException:
        running.stop()
        raise
    return running


def stop(data: Path) -> None:
    """Stop the server of a data folder, whoever uses it; nothing happens if it isn't running."""
    data = cluster.data_folder(data)
    with alone(data / "postgres.starting.lock", seconds=STOP_SECONDS):
        _stop(cluster.locate(data), None)


def presence(data: Path) -> Presence:
    """Whether the server of a data folder runs and is used. Starts, stops and removes nothing."""
    folders = cluster.locate(data.resolve())
    if _may_be_had(folders.data / "postgres.server.lock"):
        return Presence.CUT_OFF if _pid_file(folders) else Presence.RESTING
    used = not _may_be_had(folders.data / "postgres.users.lock")
    return Presence.IN_USE if used else Presence.ORPHANED


def _may_be_had(path: Path) -> bool:
    if not path.exists():
        return True
    lock = Lock(path)
    try:
        return lock.exclusive()
    finally:
        lock.close()


def programs_for(data: Path, postgres_bin: Path | None = None) -> Programs:
    """The programs that would serve a data folder. Raises NoPrograms, WrongVersion."""
    return cluster.choose_version(programs.find(postgres_bin), cluster.locate(data.resolve()))


def _launch(
    folders: Folders, chosen: Programs, user: ServerUser, alive: Lock, *, fsync: bool
) -> tuple["subprocess.Popen[bytes]", int]:
    # We hold the server's lock, so no process of this cluster lives: its pid file is stale, and the
    # number in it may belong to anybody by now.
    (folders.cluster / "postmaster.pid").unlink(missing_ok=True)
    preferred = _remembered_port(folders)
    for attempt in range(5):
        port = _free_port(preferred if attempt == 0 else None)
        process = _spawn(folders, chosen, user, alive, port, fsync=fsync)
        try:
            _wait_until_ready(folders, process)
        except ServerFailed:
            if attempt < 4 and not _is_free(port):
                continue  # somebody took the port between our look and the server's
            raise
        except BaseException:
            process.kill()
            process.wait()
            raise
        (folders.data / "postgres.port").write_text(f"{port}\n", encoding="ascii")
        return process, port
    raise AssertionError("the last attempt returns or raises")


def _spawn(
    folders: Folders, chosen: Programs, user: ServerUser, alive: Lock, port: int, *, fsync: bool
) -> "subprocess.Popen[bytes]":
    settings = {**SETTINGS, "port": str(port), **({} if fsync else HASTY)}
    command = [str(chosen.path("postgres")), "-D", str(folders.cluster)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with folders.log.open("wb") as log:
        user.own(folders.log)
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,  # Ctrl-C is for us; we stop the server in our own time
            pass_fds=(alive.fileno,),  # the server and its children hold the lock as long as they live
            **user.identity(),
        )
    _started.append(process)
    return process


def _wait_until_ready(folders: Folders, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while _port_if_ready(folders) is None:
        if process.poll() is not None:
            raise ServerFailed(log=folders.log, tail=_tail(folders))
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise ServerFailed(log=folders.log, tail=_tail(folders))
        time.sleep(0.02)


def _stop(folders: Folders, process: "subprocess.Popen[bytes] | None") -> None:
    alive = Lock(folders.data / "postgres.server.lock")
    try:
        # SIGINT is a fast shutdown: roll back, write a checkpoint, end. SIGQUIT is the last resort.
        for wish, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10.0)):
            if alive.exclusive():
                break
            pid = _postmaster(folders)
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, wish)
                    # One that was halted (SIGSTOP) hears nothing until it may go on.
                    os.kill(pid, signal.SIGCONT)
            deadline = time.monotonic() + seconds
            while not alive.exclusive() and time.monotonic() < deadline:
                if process is not None:
                    process.poll()
                time.sleep(0.02)
        else:
            if not alive.exclusive():
                raise ServerFailed(log=folders.log, tail=_tail(folders))
    finally:
        alive.close()
    if process is not None:
        process.wait()


def _pid_file(folders: Folders) -> list[str]:
    # Lines: pid, folder, start, port, socket folder, address, shared memory, status.
    try:
        return (folders.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _port_if_ready(folders: Folders) -> int | None:
    lines = _pid_file(folders)
    return int(lines[3]) if len(lines) >= 8 and lines[7].strip() == "ready" else None


def _postmaster(folders: Folders) -> int | None:
    lines = _pid_file(folders)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _remembered_port(folders: Folders) -> int | None:
    try:
        return int((folders.data / "postgres.port").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def _free_port(preferred: int | None) -> int:
    if preferred is not None and _is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _tail(folders: Folders) -> str:
    said = folders.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(said[-12:])


def _notes(folders: Folders, user: ServerUser, *, joined: bool) -> tuple[Text, ...]:
    notes = []
    if joined:
        notes.append(Text(N_("使用已在运行的 PostgreSQL（数据文件夹 {folder}）"), {"folder": folders.data}))
    if user.other:
        notes.append(
            Text(N_("PostgreSQL 以用户 {user} 的身份运行，因为它不能以 root 运行"), {"user": user.name})
        )
    if not folders.server.is_relative_to(folders.data):
        values = {"place": folders.server, "user": user.name, "folder": folders.data}
        notes.append(Text(N_("数据库放在 {place}，因为用户 {user} 进不了 {folder}"), values))
    return tuple(notes)
