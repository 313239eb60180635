"""Every setting of the service, read once from the environment (and from `.env` beside it)."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, IPvAnyNetwork, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _listed(given: object) -> object:
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


class Settings(BaseSettings):
    """What an installation may choose. `docs/settings.md` explains each one, and a test keeps it so."""

    model_config = SettingsConfigDict(env_file=".env", env_prefix="TIMEBANK_", extra="ignore", frozen=True)

    data: Path = Field(
        default=Path("data"), description="Folder of the embedded database, its keys and its backups."
    )
    database_url: Annotated[SecretStr | None, Field(validation_alias="DATABASE_URL")] = Field(
        default=None,
        description="A PostgreSQL server of one's own, as the service's login; empty: the embedded one.",
    )
    owner_url: SecretStr | None = Field(
        default=None,
        description="The same server as a login that may SET ROLE timebank_owner; used to migrate.",
    )
    postgres_bin: Path | None = Field(
        default=None, description="Folder of PostgreSQL's programs, if the installed ones should not be used."
    )
    secret_key: SecretStr | None = Field(
        default=None, description="64 hex digits that seal ID numbers; empty: a key file in the data folder."
    )
    signing_key: Path | None = Field(
        default=None,
        description="Key file that signs checkpoints of the books; empty: `signing.key` in the data folder.",
    )
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; 0.0.0.0 for phones in the house."
    )
    port: int = Field(
        default=8000, ge=1, le=65535, description="Port to listen on; the next free one if it is taken."
    )
    time_zone: str = Field(default="Asia/Shanghai", description="Time zone of days, weeks and months.")
    language: Literal["zh", "en"] = Field(
        default="zh", description="Language of pages where nobody chose one."
    )
    cookies_secure: bool = Field(
        default=False,
        description="Send cookies over HTTPS only, even where no trusted proxy says that it is HTTPS.",
    )
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(),
        description="Addresses or networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto are "
        "believed, with commas between; empty: nobody's.",
    )
    backups: Path | None = Field(
        default=None, description="Folder of the backups; empty: `backups` in the data folder."
    )
    backups_kept: int = Field(
        default=30, ge=1, description="How many nightly backups are kept; those made by hand stay."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much is logged."
    )
    waiting_max: int = Field(
        default=1024,
        ge=1,
        description="How many calls of one kind may wait in one community to be posted together; who comes "
        "then is asked to come back in some seconds (503).",
    )
    jobs: bool = Field(default=True, description="Run the scheduled jobs in this process.")
    schedule: dict[str, str] = Field(
        default={}, description='Other times for jobs, as JSON with cron times: {"reconcile": "0 4 * * *"}.'
    )


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
