"""The unit and its environment say what the service and the proxy need."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from timebank.core.settings import Settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def environment() -> dict[str, str]:
    lines = (DEPLOY / "timebank.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def unit() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read(DEPLOY / "timebank.service")
    return parser["Service"]


def test_every_line_of_the_environment_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    names = {f"TIMEBANK_{name.upper()}" for name in Settings.model_fields}
    assert set(environment()) <= names
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    chosen = Settings()
    assert chosen.cookies_secure
    assert f"http://{chosen.host}:{chosen.port}" in (DEPLOY / "nginx-proxy.conf").read_text()
    assert [str(each) for each in chosen.trusted_proxies] == [f"{chosen.host}/32"]


def test_the_service_is_an_ordinary_user_who_may_write_its_data_alone() -> None:
    service = unit()
    assert service["User"] == "timebank"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    state = f"/var/lib/{service['StateDirectory']}"
    assert environment()["TIMEBANK_DATA"].startswith(f"{state}/")
    # SIGTERM is for the service, which stops PostgreSQL itself.
    assert service["KillMode"] == "mixed"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "timebank.service").read_text().replace("/opt/timebank/venv/bin/timebank", "/bin/true")
    (tmp_path / "timebank.service").write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "timebank.service"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "timebank.service" in line]) == (
        0,
        [],
    )
