"""The database that the settings name: a server of one's own, or the embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from timebank.cli import keys
from timebank.core import embedded, migrating
from timebank.core.embedded import Programs
from timebank.core.errors import N_, FieldError, Invalid, Text, Unavailable
from timebank.core.sealing import Seal, load_seal
from timebank.core.settings import Settings, settings
from timebank.web.problems import field_errors

_DRIVER = "postgresql+asyncpg"


class BadSetting(Invalid):
    """A setting can't be used; `fields` names it."""

    code = "bad-setting"
    message = N_("设置有误")


class NotMigrated(Unavailable):
    """The database lacks migrations, and nobody told us how to run them."""

    code = "not-migrated"
    message = N_(
        "数据库还不是这个版本的样子（缺 {revisions}）。"
        "请设置 TIMEBANK_OWNER_URL（可以 SET ROLE timebank_owner 的登录），再运行 timebank migrate。"
    )


class NoOwner(Unavailable):
    """The command needs the owner's login."""

    code = "no-owner-url"
    message = N_(
        "用自己的数据库服务器时，这个命令需要 TIMEBANK_OWNER_URL（可以 SET ROLE timebank_owner 的登录）。"
    )


@dataclass(frozen=True)
class Installation:
    """How to reach the database as each of its logins, and the programs that dump and restore it."""

    settings: Settings
    service_url: str
    owner_url: str | None
    programs: Programs | None
    notes: tuple[Text, ...] = ()

    @property
    def embedded(self) -> bool:
        """True for the embedded server."""
        return self.programs is not None

    @property
    def backups(self) -> Path:
        """The folder of the backups."""
        return self.settings.backups or self.settings.data / "backups"

    def seal(self) -> Seal:
        """The key that seals ID numbers. Raises BadSetting, KeyGone."""
        if self.embedded and self.settings.secret_key is None and not keys.place(self.settings).exists():
            raise keys.KeyGone(file=keys.place(self.settings))
        try:
            return load_seal(self.settings)
        except ValueError as error:
            raise _bad("TIMEBANK_SECRET_KEY", N_("应为 64 位十六进制数字")) from error

    def owner(self) -> str:
        """The owner's login. Raises NoOwner."""
        if self.owner_url is None:
            raise NoOwner
        return self.owner_url

    def tools(self) -> Programs:
        """PostgreSQL's programs. Raises NoPrograms."""
        return self.programs or embedded.find(self.settings.postgres_bin)[0]

    async def migrate(self) -> list[str]:
        """Bring the database to this version's shape; what was done. Raises NotMigrated."""
        if self.owner_url is None:
            missing = await migrating.pending(self.service_url)
            if missing:
                raise NotMigrated(revisions=missing)
            return []
        missing = await migrating.pending(self.owner_url)
        if missing:
            await migrating.upgrade(self.owner_url)
        return missing


def chosen_settings() -> Settings:
    """The settings of the environment. Raises BadSetting."""
    try:
        return settings()
    except OSError as error:
        raise _bad(".env", N_("读不了这个文件")) from error
    except ValidationError as error:
        found = field_errors(error.errors(include_url=False))
        # As the variable is called in the environment; DATABASE_URL is found by that name already.
        named = [replace(f, field=f"TIMEBANK_{f.field.upper()}") if f.field.islower() else f for f in found]
        raise BadSetting(named) from error


@contextmanager
def installed(settings: Settings) -> Iterator[Installation]:
    """The database for the length of a command; the embedded server is started and, if nobody else uses
    it, stopped again. Raises EmbeddedError, BadSetting.
    """
    if settings.database_url is not None:
        yield Installation(
            settings,
            _checked("DATABASE_URL", settings.database_url),
            _checked("TIMEBANK_OWNER_URL", settings.owner_url) if settings.owner_url else None,
            programs=None,
        )
        return
    keys.make_with_the_database(settings)
    running = embedded.start(settings.data, postgres_bin=settings.postgres_bin)
    try:
        yield Installation(
            settings, running.service_url, running.owner_url, running.programs, notes=running.notes
        )
    finally:
        running.stop()


def _checked(name: str, url: SecretStr) -> str:
    try:
        parts = make_url(url.get_secret_value())
    except ArgumentError as error:
        raise _bad(name, N_("应写成 postgresql://用户:密码@主机:5432/数据库")) from error
    if parts.drivername.split("+")[0] not in ("postgresql", "postgres"):
        raise _bad(name, N_("只能用 PostgreSQL：应写成 postgresql://用户:密码@主机:5432/数据库"))
    return parts.set(drivername=_DRIVER).render_as_string(hide_password=False)


def _bad(name: str, message: str) -> BadSetting:
    return BadSetting([FieldError(name, Text(message))])
