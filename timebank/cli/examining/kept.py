"""Whether the last good backup is recent, whole, and of the key at hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from timebank.cli import keys
from timebank.cli.examining.findings import Check, Finding, run
from timebank.core import backups, clock
from timebank.core.backups import BackupBroken, Manifest
from timebank.core.errors import N_, Text
from timebank.core.sealing import Seal
from timebank.core.settings import Settings

AGE_MAX = timedelta(days=2)

_RECENT = Check("backup-recent", N_("最近两天有完好的备份"))
_WHOLE = Check("backup-whole", N_("最新的备份文件完好"))
_KEY = Check("backup-key", N_("最新的备份用的是手头这把钥匙"))
_NIGHTLY = Check("backup-nightly", N_("每天夜里自己备份"))

_BACK_UP = run("timebank backup")


def examine(chosen: Settings) -> list[Finding]:
    """Everything about the backups of the embedded database; a server of one's own has its own."""
    if chosen.database_url is not None or not chosen.data.exists():
        return []
    folder = chosen.backups or chosen.data / "backups"
    files = sorted(folder.glob(f"*{backups.SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True)
    good = next(((file, made) for file in files if (made := _manifest(file))), None)
    if good is None:
        return [nightly(chosen), whole(files, None), recent(None, _since(chosen), clock.now())]
    file, last = good
    return [
        nightly(chosen),
        whole(files, file),
        recent(last, _since(chosen), clock.now()),
        key(file, last, chosen),
    ]


def nightly(chosen: Settings) -> Finding:
    """Someone makes backups without being told."""
    if chosen.jobs:
        return _NIGHTLY.fit()
    return _NIGHTLY.advice(
        Text(N_("TIMEBANK_JOBS 关着，这里不会自己备份")),
        Text(N_("请打开它，或用 cron 每天运行：")),
        _BACK_UP,
    )


def whole(files: list[Path], last_good: Path | None) -> Finding:
    """The newest file can be read and has its digest."""
    if files and files[0] != last_good:
        return _WHOLE.wrong(
            Text(N_("{file} 坏了"), {"file": files[0]}),
            Text(N_("请移开它，另做一份；常有坏文件，请检查磁盘")),
            _BACK_UP,
        )
    return _WHOLE.fit()


def recent(last: Manifest | None, since: datetime, now: datetime) -> Finding:
    """The last good backup is at most two days old; a database younger than that may have none."""
    if now - (last.made_at if last else since) <= AGE_MAX:
        return _RECENT.fit(Text(N_("最近一份：{at}"), {"at": last.made_at}) if last else Text(N_("刚开始用")))
    seen = Text(N_("最近的一份是 {at} 做的"), {"at": last.made_at}) if last else Text(N_("一份完好的也没有"))
    return _RECENT.wrong(seen, Text(N_("现在就做一份；服务开着时每天夜里 2:30 会自己做")), _BACK_UP)


def key(file: Path, last: Manifest, chosen: Settings) -> Finding:
    """The key at hand is the one that sealed the ID numbers in the backup."""
    text = chosen.secret_key.get_secret_value() if chosen.secret_key else keys.read(keys.place(chosen))
    try:
        fits = backups.key_fingerprint(Seal(bytes.fromhex(text))) == last.key
    except ValueError:  # the key's own line says so
        fits = False
    if fits:
        return _KEY.fit()
    return _KEY.wrong(
        Text(N_("{file} 用的是另一把"), {"file": file.name}),
        Text(
            N_(
                "手头的钥匙换过：请找回当时的 seal.key。换了钥匙以后登记的身份证号，要用现在这把才读得出，两把都要留着"
            )
        ),
    )


def _manifest(file: Path) -> Manifest | None:
    try:
        return backups.verified(file)
    except BackupBroken:
        return None


def _since(chosen: Settings) -> datetime:
    """When the data folder began to be used: the passwords are its first file."""
    first = chosen.data / "postgres.passwords"
    return datetime.fromtimestamp(first.stat().st_mtime, UTC) if first.exists() else clock.now()
