"""Whether the data folder is fit: who may read what, the key, what an earlier run left lying about."""

import getpass
import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from timebank.cli import keys
from timebank.cli.examining.findings import Check, Finding, State, run
from timebank.core import embedded, signing
from timebank.core.embedded import EmbeddedError
from timebank.core.errors import N_, Text, Unavailable
from timebank.core.settings import Settings

# What nobody but its owner may read, and what others may only pass through.
PRIVATE = 0o077
CLOSED = 0o066

_OURS = Check("folder", N_("数据文件夹 {folder} 可以用"))
_SHUT = Check("folder-shut", N_("别人不能列出或改动 {path}"))
_SECRET = Check("secret-file", N_("只有主人能读 {path}"))
_KEY = Check("seal-key", N_("封存身份证号的钥匙在，也读得懂"))
_SIGNING = Check("signing-key", N_("签账簿校验点的钥匙在，也读得懂"))
_PLACE = Check("database-elsewhere", N_("postgres.elsewhere 写的地方在"))
_PROGRAMS = Check("programs", N_("PostgreSQL 的程序在，版本和数据相同"))
_REMAINS = Check("remains", N_("没有上次留下的半截东西"))
_AS_BEFORE = Text(N_("请用原来的用户（或 root）运行，或用 TIMEBANK_DATA 换一个文件夹"))

_ENDED = Check("ended", N_("上次是正常停下的"))


def examine(chosen: Settings) -> list[Finding]:
    """Everything about the data folder; the parts about PostgreSQL only where it is the embedded one."""
    if not chosen.data.exists():
        return []
    found = [ours(chosen.data)]
    if found[0].state is not State.FIT:
        return found
    found += [*rights(chosen), key(chosen), signing_key(chosen)]
    if chosen.database_url is None:
        found += _embedded(chosen)
    return found


def _embedded(chosen: Settings) -> list[Finding]:
    try:
        return [elsewhere(chosen.data), programs(chosen), remains(chosen), ended(chosen.data)]
    except PermissionError as error:  # made by root, and then given to us in part
        seen = Text(N_("{path} 属于别人，我们进不去"), {"path": error.filename})
        return [_OURS.wrong(seen, _AS_BEFORE, folder=chosen.data)]


def ours(data: Path) -> Finding:
    """We may read and write the folder."""
    try:
        embedded.data_folder(data)
    except EmbeddedError as error:
        return _OURS.wrong(error.text, _AS_BEFORE, folder=data)
    return _OURS.fit(folder=data)


def rights(chosen: Settings) -> Iterator[Finding]:
    """Folders closed to others, and files with secrets closed altogether."""
    backups = chosen.backups or chosen.data / "backups"
    for folder in (chosen.data, backups):
        if folder.exists():
            yield _closed(_SHUT, folder, CLOSED, "go-rw")
    secrets = [
        chosen.data / keys.NAME,
        signing.place(chosen),
        chosen.data / "postgres.passwords",
        Path(".env"),
    ]
    for file in (*secrets, *sorted(backups.glob("*.timebank.tar"))[-1:]):
        if os.access(file, os.F_OK):
            yield _closed(_SECRET, file, PRIVATE, "go=")


def _closed(check: Check, path: Path, others: int, change: str) -> Finding:
    if not os.access(path, os.R_OK):
        return check.wrong(
            Text(N_("它属于用户 {owner}，我们读不了"), {"owner": path.owner()}), _give_us(path), path=path
        )
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & others:
        seen = Text(N_("权限是 {mode}"), {"mode": f"{mode:04o}"})
        return check.wrong(seen, run(f"chmod {change} {_quoted(path)}"), path=path)
    return check.fit(path=path)


def key(chosen: Settings) -> Finding:
    """The key is there and can be read: once there is a database, nothing can stand in for it."""
    if chosen.secret_key is not None:
        text, place = chosen.secret_key.get_secret_value(), Text("TIMEBANK_SECRET_KEY")
    else:
        file = chosen.data / keys.NAME
        place = Text("{file}", {"file": file})
        if not file.exists():
            return (
                _no_key(file) if embedded.is_made(chosen.data) else _KEY.fit(Text(N_("第一次启动时会做一把")))
            )
        text = keys.read(file)
    try:
        whole = len(bytes.fromhex(text)) == 32
    except ValueError:
        whole = False
    if not whole:
        return _KEY.wrong(
            Text(N_("{place} 应为 64 位十六进制数字"), {"place": place}),
            Text(N_("请从另存的那份放回来；不要另做一把，换了钥匙旧的身份证号就再也读不出来")),
        )
    return _KEY.fit()


def signing_key(chosen: Settings) -> Finding:
    """The key that signs checkpoints can be used."""
    if not signing.place(chosen).exists():
        return _SIGNING.fit(Text(N_("第一次启动时会做一把")))
    try:
        signing.load(chosen)
    except signing.SigningKeyOpen:
        return _SIGNING.fit()  # said of its file already, with the command that mends it
    except Unavailable as error:
        return _SIGNING.wrong(error.text, Text(N_("按上面说的做，再运行一次 timebank doctor")))
    return _SIGNING.fit()


def _no_key(file: Path) -> Finding:
    return _KEY.wrong(
        Text(N_("有数据库，却没有 {file}"), {"file": file}),
        Text(N_("请先不要启动：启动会另做一把，旧的身份证号就读不出来了。从另存的那份放回来：")),
        run(f"install -m 600 /path/to/seal.key {_quoted(file)}"),
    )


def elsewhere(data: Path) -> Finding:
    """Where the database lies when its user can't enter the data folder."""
    place = embedded.locate(data).server
    if place.is_relative_to(data) or place.exists():
        return _PLACE.fit()
    return _PLACE.wrong(
        Text(N_("没有 {place}"), {"place": place}),
        Text(N_("请把数据库放回那里；真的没有了，就移开整个数据文件夹，再恢复备份：")),
        run("timebank restore FILE --key seal.key"),
    )


def programs(chosen: Settings) -> Finding:
    """Programs of the version that made the cluster."""
    try:
        found = embedded.programs_for(chosen.data, chosen.postgres_bin)
    except EmbeddedError as error:
        return _PROGRAMS.wrong(error.text, Text(N_("按上面说的做，再运行一次 timebank doctor")))
    return _PROGRAMS.fit(Text(N_("PostgreSQL {version}，在 {folder}"), vars(found)))


def remains(chosen: Settings) -> Finding:
    """Half-made backups and clusters, which only take room."""
    backups = chosen.backups or chosen.data / "backups"
    left = sorted([*backups.glob(".unfinished-*"), *embedded.locate(chosen.data).server.glob("unfinished")])
    if left:
        listed = " ".join(map(_quoted, left))
        return _REMAINS.advice(
            Text(N_("有 {count} 处，例如 {path}"), {"count": len(left), "path": left[0]}),
            Text(N_("没有正在做的备份时，可以删掉：")),
            run(f"rm -r {listed}"),
        )
    return _REMAINS.fit()


def ended(data: Path) -> Finding:
    """The server was stopped as it should be, or is in use."""
    match embedded.presence(data):
        case embedded.Presence.ORPHANED:
            return _ENDED.advice(
                Text(N_("PostgreSQL 还在运行，却没有服务在用它（服务被强行结束了）")),
                Text(N_("不用删任何文件：再启动一次，正常停下时它也会停下：")),
                run("timebank serve"),
            )
        case embedded.Presence.CUT_OFF:
            return _ENDED.advice(
                Text(N_("上次断了电或被强行结束，留下了 postmaster.pid")),
                Text(N_("不用删任何文件：下次启动会自己恢复。")),
            )
    return _ENDED.fit()


def _give_us(path: Path) -> Text:
    return run(f"sudo chown {getpass.getuser()} {_quoted(path)}")


def _quoted(path: Path) -> str:
    return shlex.quote(str(path.absolute()))
