"""Each line of the doctor's is broken here for real, said, and where a command mends it, mended by that command."""

import importlib
import json
import os
import pkgutil
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.machines import an_ordinary_user, backup, cluster, installed
from tests.given import NOW, SEAL
from timebank.cli import examining
from timebank.cli.doctor import without_settings
from timebank.cli.examining import folder, kept, machine, program, report
from timebank.cli.examining.findings import Check, Finding, State
from timebank.cli.installation import BadSetting
from timebank.core import clock, signing
from timebank.core.embedded.locks import Lock
from timebank.core.errors import FieldError, Text, plain
from timebank.core.settings import Settings

FIT, ADVICE, WRONG = State.FIT, State.ADVICE, State.WRONG


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder as the service makes it, with a space in its path."""
    home = Path(tempfile.mkdtemp(prefix="timebank doctor "))
    home.chmod(0o711)
    made = home / "data"
    made.mkdir(mode=0o711)
    secret(made / "seal.key", SEAL.key.hex())
    secret(made / "postgres.passwords", "{}")
    yield made
    shutil.rmtree(home)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of the repository's folder is looked at."""
    monkeypatch.chdir(tmp_path)


def secret(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def found(findings: list[Finding], code: str) -> list[State]:
    return [each.state for each in findings if each.code == code]


def state_of(finding: Finding, code: str) -> State:
    """The state of the line that this code names."""
    assert finding.code == code
    return finding.state


def mend(finding: Finding) -> None:
    """Run the command that the doctor gave."""
    command = next(str(step.values["words"]) for step in finding.mend if "words" in step.values)
    subprocess.run(["/bin/sh", "-c", command.replace("sudo ", "")], check=True)


class TestTheProgram:
    def test_python(self) -> None:
        assert [state_of(program.python(v), "python") for v in ((3, 10), (3, 11), (3, 99))] == [
            WRONG,
            FIT,
            ADVICE,
        ]

    def test_libraries_missing_or_too_old(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert program.libraries().state is FIT
        installed(tmp_path, "segno", "0.1")
        monkeypatch.syspath_prepend(tmp_path)
        finding = program.libraries()
        assert state_of(finding, "libraries") is WRONG
        assert finding.seen is not None
        assert "segno" in str(finding.seen.values["names"])
        installed(tmp_path, "timebank", "9.9", "Requires-Dist: nowhere-to-be-found>=1\n")
        assert "nowhere-to-be-found" in str(program.libraries().seen)

    def test_a_strangers_matching(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert program.stranger(sys.path).state is FIT
        (tmp_path / "matching").mkdir()
        (tmp_path / "matching" / "__init__.py").write_text('"""Games: the stable marriage problem."""\n')
        assert state_of(program.stranger([str(tmp_path), *sys.path]), "stranger") is WRONG
        shutil.rmtree(tmp_path / "matching")
        installed(tmp_path, "matching", "1.4.3")
        monkeypatch.syspath_prepend(tmp_path)
        finding = program.stranger(sys.path)
        assert state_of(finding, "stranger") is WRONG
        assert any("uninstall" in str(step) for step in finding.mend)

    def test_files_that_are_not_as_installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert program.files().state is FIT
        digest = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"  # of nothing
        (tmp_path / "matching").mkdir()
        file = tmp_path / "matching" / "__init__.py"
        file.write_text("")
        record = installed(tmp_path, "timebank", "9.9") / "RECORD"
        record.write_text(f"matching/__init__.py,{digest},0\ntimebank-9.9.dist-info/RECORD,,\n")
        monkeypatch.syspath_prepend(tmp_path)
        assert program.files().state is FIT
        file.write_text("# overwritten")
        assert state_of(program.files(), "files") is WRONG
        file.unlink()
        assert state_of(program.files(), "files") is WRONG

    def test_what_cannot_be_loaded_is_wrong_whatever_else_is(self) -> None:
        findings = program.unloadable(ImportError("cannot import name 'Problem' from 'matching'"))
        assert found(findings, "loads") == [WRONG]
        assert len(findings) == 5

    def test_settings(self) -> None:
        findings = without_settings(BadSetting([FieldError("TIMEBANK_PORT", Text("many"))]))
        assert found(findings, "settings") == [WRONG]


class TestTheMachine:
    @pytest.mark.slow
    def test_a_port_that_is_taken_names_who_has_it(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            taken.listen()
            finding = machine.port("127.0.0.1", port)
            assert state_of(finding, "port") is ADVICE
            assert finding.seen is not None
            assert f"({os.getpid()})" in str(finding.seen.values["who"])
        assert machine.port("127.0.0.1", port).state is FIT

    def test_an_address_of_another_machine(self) -> None:
        assert state_of(machine.port("192.0.2.1", 8000), "port") is WRONG

    def test_passwords_in_clear(self) -> None:
        assert machine.in_clear(Settings()).state is FIT
        assert state_of(machine.in_clear(Settings(host="0.0.0.0")), "in-clear") is ADVICE
        assert machine.in_clear(Settings(host="0.0.0.0", cookies_secure=True)).state is FIT

    def test_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert machine.disk(tmp_path / "not made yet").state is FIT
        monkeypatch.setattr(machine, "DISK_WISHED", 1 << 60)
        assert state_of(machine.disk(tmp_path), "disk") is ADVICE
        monkeypatch.setattr(machine, "DISK_LEAST", 1 << 60)
        assert state_of(machine.disk(tmp_path), "disk") is WRONG

    def test_an_unknown_time_zone(self) -> None:
        assert machine.time_zone("Asia/Shanghai").state is FIT
        for name in ("Asia/Nowhere", "", "../etc/passwd"):
            assert state_of(machine.time_zone(name), "time-zone") is WRONG

    def test_no_chinese_font(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        nothing = tmp_path / "fonts.conf"
        nothing.write_text("<fontconfig/>")
        monkeypatch.setenv("FONTCONFIG_FILE", str(nothing))
        assert state_of(machine.fonts(), "fonts") is ADVICE
        monkeypatch.setenv("PATH", str(tmp_path))
        assert state_of(machine.fonts(), "fonts") is ADVICE


class TestTheDataFolder:
    def test_as_it_should_be(self, data: Path) -> None:
        findings = folder.examine(Settings(data=data))
        assert {each.state for each in findings} == {FIT}
        assert len(findings) > 6
        assert folder.examine(Settings(data=data / "not made yet")) == []

    def test_a_folder_that_is_not_ours(self, data: Path) -> None:
        data.chmod(0o511)
        chosen = Settings(data=data)
        with an_ordinary_user():
            findings = folder.examine(chosen)
        assert [(each.code, each.state) for each in findings] == [("folder", WRONG)]

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else's")
    def test_a_database_of_somebody_elses_in_a_folder_of_ours(self, data: Path) -> None:
        cluster(data, "18")
        (data / "postgres").chmod(0o700)
        data.chmod(0o777)
        chosen = Settings(data=data)
        with an_ordinary_user():
            assert WRONG in found(folder.examine(chosen), "folder")
        data.chmod(0o711)

    @pytest.mark.parametrize("name", [".", "backups"])
    def test_a_folder_that_others_may_change(self, data: Path, name: str) -> None:
        (data / "backups").mkdir(mode=0o700)
        (data / name).chmod(0o777)
        self._is_mended(data, "folder-shut")

    @pytest.mark.parametrize("name", ["seal.key", "postgres.passwords", "backups/nightly.timebank.tar"])
    def test_a_secret_that_others_may_read(self, data: Path, name: str) -> None:
        (data / "backups").mkdir(mode=0o700)
        (data / name).touch()
        (data / name).chmod(0o640)
        self._is_mended(data, "secret-file")

    def test_a_signing_key_that_others_may_read(self, data: Path) -> None:
        signing.make_once(Settings(data=data))
        (data / "signing.key").chmod(0o640)
        self._is_mended(data, "secret-file")

    def test_the_file_with_the_settings(self, data: Path) -> None:
        Path(".env").write_text("TIMEBANK_PORT=8001")
        Path(".env").chmod(0o644)
        self._is_mended(data, "secret-file")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of somebody else's")
    def test_a_secret_of_somebody_elses(self, data: Path) -> None:
        data.chmod(0o777)
        chosen = Settings(data=data)
        with an_ordinary_user():
            findings = folder.examine(chosen)
        wrong = [each for each in findings if each.code == "secret-file" and each.state is WRONG]
        assert {str(each.seen.values["owner"]) for each in wrong if each.seen} == {"root"}

    def _is_mended(self, data: Path, code: str) -> None:
        chosen = Settings(data=data)
        broken = [each for each in folder.examine(chosen) if each.state is not FIT]
        assert [(each.code, each.state) for each in broken] == [(code, WRONG)]
        mend(broken[0])
        assert {each.state for each in folder.examine(chosen)} == {FIT}

    def test_a_key_that_is_gone_or_unreadable(self, data: Path) -> None:
        chosen = Settings(data=data)
        secret(data / "seal.key", "not a key")
        assert state_of(folder.key(chosen), "seal-key") is WRONG
        (data / "seal.key").unlink()
        assert folder.key(chosen).state is FIT  # nothing was sealed yet
        cluster(data, "18")
        assert state_of(folder.key(chosen), "seal-key") is WRONG
        assert folder.key(Settings(data=data, secret_key=SEAL.key.hex())).state is FIT

    def test_a_signing_key_that_is_no_key(self, data: Path) -> None:
        chosen = Settings(data=data)
        assert folder.signing_key(chosen).state is FIT  # made at the next start
        secret(data / "signing.key", "not a key")
        assert state_of(folder.signing_key(chosen), "signing-key") is WRONG

    def test_a_database_elsewhere_that_is_gone(self, data: Path) -> None:
        (data / "postgres.elsewhere").write_text(f"{data / 'there'}\n")
        assert folder.elsewhere(data).state is FIT
        (data / "postgres.elsewhere").write_text("/var/lib/timebank/not-there\n")
        assert state_of(folder.elsewhere(data), "database-elsewhere") is WRONG

    def test_programs_of_another_version_or_none(self, data: Path) -> None:
        cluster(data, "9")
        assert state_of(folder.programs(Settings(data=data)), "programs") is WRONG
        assert state_of(folder.programs(Settings(data=data, postgres_bin=data)), "programs") is WRONG

    def test_what_a_killed_backup_left(self, data: Path) -> None:
        (data / "backups" / ".unfinished-abc").mkdir(parents=True)
        finding = folder.remains(Settings(data=data))
        assert state_of(finding, "remains") is ADVICE
        mend(finding)
        assert folder.remains(Settings(data=data)).state is FIT

    def test_a_stale_pid_file_and_a_server_without_a_service(self, data: Path) -> None:
        assert folder.ended(data).state is FIT
        (cluster(data, "18") / "postmaster.pid").write_text("1\n")
        assert state_of(folder.ended(data), "ended") is ADVICE
        server, users = Lock(data / "postgres.server.lock"), Lock(data / "postgres.users.lock")
        assert server.exclusive()
        orphaned = folder.ended(data)
        assert state_of(orphaned, "ended") is ADVICE
        assert any("timebank serve" in str(step) for step in orphaned.mend)
        assert users.shared()
        assert folder.ended(data).state is FIT
        server.close()
        users.close()


class TestTheBackups:
    def test_none_yet_old_and_recent(self, data: Path) -> None:
        chosen = Settings(data=data)
        os.utime(data / "postgres.passwords", (NOW.timestamp(), NOW.timestamp()))
        with clock.set_to(NOW) as hands:
            assert found(kept.examine(chosen), "backup-recent") == [FIT]
            hands.move(NOW + timedelta(days=3))
            assert found(kept.examine(chosen), "backup-recent") == [WRONG]
            backup(data, age=timedelta(days=-2))
            assert {each.state for each in kept.examine(chosen)} == {FIT}
            hands.move(NOW + timedelta(days=5))
            assert found(kept.examine(chosen), "backup-recent") == [WRONG]

    def test_a_broken_one_does_not_count(self, data: Path) -> None:
        chosen = Settings(data=data)
        backup(data, age=timedelta(days=4))
        broken = backup(data, age=timedelta(hours=1))
        broken.write_bytes(broken.read_bytes().replace(b"a dump", b"a bump"))
        os.utime(data / "postgres.passwords", (0, 0))
        with clock.set_to(NOW):
            findings = kept.examine(chosen)
        assert (found(findings, "backup-whole"), found(findings, "backup-recent")) == ([WRONG], [WRONG])

    def test_another_key(self, data: Path) -> None:
        backup(data, age=timedelta())
        secret(data / "seal.key", "00" * 32)
        with clock.set_to(NOW):
            assert found(kept.examine(Settings(data=data)), "backup-key") == [WRONG]

    def test_nobody_makes_them(self, data: Path) -> None:
        with clock.set_to(NOW):
            assert found(kept.examine(Settings(data=data, jobs=False)), "backup-nightly") == [ADVICE]


class TestTheReport:
    def test_for_machines(self, capsys: pytest.CaptureFixture[str]) -> None:
        check = Check("disk", "磁盘 {folder}")
        report.document([check.fit(folder="a"), check.wrong(Text("满了"), plain("rm {x}"), folder="b")])
        said = json.loads(capsys.readouterr().out)
        assert said["fit"] is False
        assert said["findings"][1] == {
            "code": "disk",
            "state": "wrong",
            "what": "磁盘 b",
            "seen": "满了",
            "mend": ["rm {x}"],
        }

    def test_advice_alone_is_fit(self) -> None:
        check = Check("fonts", "字体")
        assert report.is_fit([check.fit(), check.advice(Text("没有"))])
        assert not report.is_fit([check.wrong(Text("没有"))])


def test_every_check_is_broken_by_a_test() -> None:
    checks = [
        check
        for each in pkgutil.iter_modules(examining.__path__, "timebank.cli.examining.")
        for check in vars(importlib.import_module(each.name)).values()
        if isinstance(check, Check)
    ]
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert len(checks) > 20
    assert [check.code for check in checks if f'"{check.code}"' not in tests] == []
