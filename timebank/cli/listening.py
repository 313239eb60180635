"""Listening: the port that is free, the addresses to open, the server until somebody stops it."""

import contextlib
import errno
import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from timebank.core.errors import N_, Unavailable

PORTS_TRIED = 100


class CannotListen(Unavailable):
    """The address can't be listened on, or all ports near the wished one are taken."""

    code = "cannot-listen"
    message = N_("不能在 {host} 的 {port} 端口上提供服务：{why}")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the wished port or the next free one. Raises CannotListen.

    It listens at once, so a browser that is early waits instead of being turned away.
    """
    taken: OSError | None = None
    for candidate in range(port, min(port + PORTS_TRIED, 65536)):
        try:
            return listen_on(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CannotListen(host=host, port=candidate, why=error.strerror or error) from error
            taken = error
    raise CannotListen(host=host, port=port, why=taken)


def listen_on(host: str, port: int) -> socket.socket:
    """A socket that listens on exactly this port. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(1024)
    except BaseException:
        made.close()
        raise
    return made


def addresses(listening: socket.socket) -> list[str]:
    """The addresses to open in a browser: on this machine, and for phones in the house if they may."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        found = [f"http://127.0.0.1:{port}"]
        if (house := _house_address()) is not None:
            found.append(f"http://{house}:{port}")
        return found
    return [f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"]


def _house_address() -> str | None:
    # Connecting a datagram socket sends nothing; it only asks which way out the machine would take.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        address: str = probe.getsockname()[0]
        return address
    return None


def run(app: FastAPI, listening: socket.socket, *, trusted_proxies: Iterable[object] = ()) -> None:
    """Serve until Ctrl-C or SIGTERM. Requests under way are finished first.

    Only a proxy at one of the addresses given may say where a request really comes from, and by which scheme.
    """
    proxies = [str(each) for each in trusted_proxies]
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=15,
    )
    uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does, so that what was started is stopped too."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {wish: signal.signal(wish, interrupt) for wish in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for wish, handler in before.items():
            signal.signal(wish, handler)
