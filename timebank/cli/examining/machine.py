"""Whether the machine is fit: a port to listen on, room on the disk, time zones, Chinese letters."""

import errno
import http.client
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from timebank.cli import listening
from timebank.cli.examining.findings import Check, Finding, run
from timebank.core.errors import N_, Text
from timebank.core.settings import Settings

MEGABYTE = 1 << 20
# Below the first nothing can be trusted to be written; below the second a backup may not fit.
DISK_LEAST = 200 * MEGABYTE
DISK_WISHED = 1024 * MEGABYTE

_PORT = Check("port", N_("可以在 {host} 的 {port} 端口上提供服务"))
_DISK = Check("disk", N_("{folder} 所在的磁盘还有空间"))
_ZONE = Check("time-zone", N_("认得时区 {zone}"))
_FONTS = Check("fonts", N_("这台机器有中文字体，打印和 PDF 不缺字"))
_CLEAR = Check("in-clear", N_("密码不在网上明文传送"))

_LISTENING = "0A"


def examine(chosen: Settings) -> list[Finding]:
    """Everything about the machine."""
    folders = {chosen.data, chosen.backups or chosen.data}
    return [
        port(chosen.host, chosen.port),
        in_clear(chosen),
        *(disk(folder) for folder in sorted(folders)),
        time_zone(chosen.time_zone),
        fonts(),
    ]


def port(host: str, wished: int) -> Finding:
    """The port is free, or ours already."""
    try:
        listening.listen_on(host, wished).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _taken(host, wished)
        return _PORT.wrong(
            Text("{why}", {"why": error.strerror or error}),
            Text(N_("请把 TIMEBANK_HOST 改成这台机器的地址，或把 TIMEBANK_PORT 改成 1024 以上的数")),
            host=host,
            port=wished,
        )
    return _PORT.fit(host=host, port=wished)


def _taken(host: str, wished: int) -> Finding:
    if answers(host, wished):
        return _PORT.fit(Text(N_("时间银行正在那里服务")), host=host, port=wished)
    who = next(holders(wished), None)
    seen = (
        Text(N_("已被 {who} 占用"), {"who": who})
        if who
        else Text(N_("已被占用；以 root 运行 doctor 可以看到是谁"))
    )
    return _PORT.advice(
        seen,
        Text(N_("不改也行：启动时会用下一个空闲的端口。要固定端口，请停掉那个程序，或设置 TIMEBANK_PORT")),
        host=host,
        port=wished,
    )


def answers(host: str, wished: int) -> bool:
    """A service of timebank answers there."""
    there = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(there, wished, timeout=10)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().read(100) == b'{"status":"live"}'
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def holders(wished: int) -> Iterator[str]:
    """The processes that listen on a port, as far as we may see them: `nginx (1234)`."""
    sockets = {f"socket:[{inode}]" for inode in _listening(wished)}
    for process in Path("/proc").glob("[0-9]*") if sockets else ():
        try:
            if any(str(each.readlink()) in sockets for each in (process / "fd").iterdir()):
                yield f"{(process / 'comm').read_text().strip()} ({process.name})"
        except OSError:  # not ours to look at, or gone
            continue


def _listening(wished: int) -> Iterator[str]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:  # not Linux
            continue
        for columns in map(str.split, lines):
            if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == wished:
                yield columns[9]


def in_clear(chosen: Settings) -> Finding:
    """A service that others can reach sends its cookies over HTTPS only."""
    try:
        address = socket.gethostbyname(chosen.host)
    except OSError:  # the port's own line says so
        return _CLEAR.fit()
    if chosen.cookies_secure or address.startswith("127."):
        return _CLEAR.fit()
    return _CLEAR.advice(
        Text(N_("服务在 {host} 上，而 TIMEBANK_COOKIES_SECURE 没有打开"), {"host": chosen.host}),
        Text(N_("请放在 HTTPS 代理后面（deploy/README.md 写着做法），并设置 TIMEBANK_COOKIES_SECURE=true")),
    )


def disk(folder: Path) -> Finding:
    """Room for the database and the next backup."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    seen = Text(N_("还剩 {megabytes} MB"), {"megabytes": free // MEGABYTE})
    mend = (
        Text(N_("请腾出空间，或用 TIMEBANK_DATA、TIMEBANK_BACKUPS 换到别的磁盘。看看什么占得多：")),
        run(f"du -xh --max-depth=2 '{place}' | sort -h | tail"),
    )
    if free < DISK_LEAST:
        return _DISK.wrong(seen, *mend, folder=place)
    if free < DISK_WISHED:
        return _DISK.advice(seen, *mend, folder=place)
    return _DISK.fit(seen, folder=place)


def time_zone(name: str) -> Finding:
    """Python knows the time zone."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return _ZONE.wrong(
            Text(N_("没有这个时区，或缺时区数据")),
            Text(N_("请把 TIMEBANK_TIME_ZONE 写成 Asia/Shanghai 这样；缺数据就装上：")),
            run("pip install tzdata"),
            zone=name,
        )
    return _ZONE.fit(zone=name)


def fonts() -> Finding:
    """A font with Chinese letters, as far as fontconfig knows."""
    install = run("sudo apt-get install --yes fonts-noto-cjk fontconfig")
    lister = shutil.which("fc-list")
    if lister is None:
        return _FONTS.advice(Text(N_("没有 fc-list，看不出来")), install)
    said = subprocess.run(
        [lister, ":lang=zh", "family"], capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if not said.stdout.strip():
        return _FONTS.advice(Text(N_("一种也没有；只在别的电脑上打印就不要紧")), install)
    return _FONTS.fit()
