"""The wheel works alone, in an empty folder, and a later wheel keeps the data of an earlier one."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

from tests.cli.terminal import REPOSITORY, Terminal
from tests.given import PASSWORD, csrf_of
from timebank.core import embedded

pytestmark = pytest.mark.slow(50)
PACKAGES = ("ledger", "matching", "timebank")
FIRST = {
    "district": "顺德区",
    "town": "大良街道",
    "community": "云路社区",
    "name": "莫协调",
    "user_name": "mo",
    "password": PASSWORD,
}


@dataclass
class Installed(Terminal):
    """A terminal at an environment that a wheel was installed into; its data lies beside it."""

    environment_folder: Path

    @property
    def program(self) -> list[str]:
        return [str(self.environment_folder / "bin" / "timebank")]

    @property
    def folder(self) -> Path:
        return self.data.parent

    def install(self, wheel: Path) -> None:
        pip("--python", self.environment_folder / "bin" / "python", "install", "--quiet", "--no-deps",
            "--no-index", "--force-reinstall", wheel)  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(REPOSITORY, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def later_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a later version: this tree with one migration more."""
    tree = tmp_path_factory.mktemp("later")
    for name in (*PACKAGES, "migrations"):
        shutil.copytree(REPOSITORY / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(REPOSITORY / name, tree)
    for file in (tree / "pyproject.toml", tree / "timebank" / "__init__.py"):
        text = file.read_text()
        assert "0.1.0" in text
        file.write_text(text.replace("0.1.0", "0.1.1"))
    versions = tree / "migrations" / "versions"
    texts = [path.read_text(encoding="utf-8") for path in versions.glob("*.py")]
    before = {
        match for text in texts for match in re.findall(r'^down_revision: .*"(\w+)"', text, re.MULTILINE)
    }
    # The one that no other comes after; files need not stand in the order of the chain.
    [last] = (
        match
        for text in texts
        for match in re.finditer(r'^revision: str = "(\w+)"', text, re.MULTILINE)
        if match[1] not in before
    )
    assert last is not None
    (versions / "2099_01_01_99_later.py").write_text(
        f'"""Units get a nickname."""\n\nfrom alembic import op\n\nrevision = "99_later"\n'
        f'down_revision = "{last[1]}"\nbranch_labels = None\ndepends_on = None\n\n\n'
        'def upgrade() -> None:\n    op.execute("ALTER TABLE timebank.units ADD COLUMN nickname text")\n'
    )
    return build(tree, tmp_path_factory.mktemp("later wheel"))


@pytest.fixture
def installed(wheel: Path) -> Iterator[Installed]:
    """The wheel and what it needs, and nothing else, in an empty folder."""
    home = Path(tempfile.mkdtemp(prefix="timebank wheel "))
    home.chmod(0o711)
    environment = home / "environment"
    venv.create(environment, with_pip=False)
    bring_libraries(environment, "timebank")
    made = Installed(home / "data", environment)
    made.install(wheel)
    yield made
    embedded.stop(made.data)
    shutil.rmtree(home)


def test_everything_is_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        inside = set(packed.namelist())
    ours = {str(path.relative_to(REPOSITORY)) for name in PACKAGES for path in files(REPOSITORY / name)}
    migrations = {f"timebank/{path.relative_to(REPOSITORY)}" for path in files(REPOSITORY / "migrations")}
    assert ours | migrations <= inside
    assert {Path(name).suffix for name in ours | migrations} >= {".py", ".html", ".po", ".css", ".sql"}
    beside = {name for name in inside - ours - migrations if ".dist-info/" not in name}
    assert beside == set()


def test_it_serves_its_first_run_from_an_empty_folder(installed: Installed) -> None:
    with installed.serve("--port", "18900") as (service, address):
        assert service.stdout is not None
        path = re.search(r"/setup/\S+", service.stdout.readline())
        assert path is not None
        with httpx.Client(base_url=address, timeout=60) as browser:
            page = browser.get(path[0])
            assert (page.status_code, "建好" in page.text) == (200, True)
            for link in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
                assert browser.get(link).status_code == 200, link
            english = browser.get(path[0], headers={"accept-language": "en", "cookie": "lang=en"})
            assert re.search("[\u4e00-\u9fff]", re.sub("中文", "", english.text)) is None
            page = browser.get(path[0])
            answer = browser.post(path[0], data={"csrf": csrf_of(page.text), **FIRST})
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
            assert signs_in(address)
    code, said = installed.run("doctor", TIMEBANK_LANGUAGE="en")
    assert (code, "✗" in said) == (0, False), said


def test_somebody_elses_matching_over_ours_is_named(installed: Installed) -> None:
    (site,) = (installed.environment_folder / "lib").glob("*/site-packages")
    (site / "matching" / "__init__.py").write_text('"""Games."""\n')
    code, said = installed.run("doctor", TIMEBANK_LANGUAGE="en")
    assert code == 1
    assert (
        "✗ The program's files are as they were installed: 1 files differ, such as matching/__init__.py"
        in said
    )
    assert "✗ The program can be loaded" in said


def test_a_later_version_keeps_the_data_and_an_earlier_one_leaves_it_alone(
    installed: Installed, wheel: Path, later_wheel: Path
) -> None:
    options = [part for name, value in FIRST.items() for part in (f"--{name.replace('_', '-')}", value)]
    assert installed.run("init", *options[:-2], TIMEBANK_INIT_PASSWORD=PASSWORD)[0] == 0
    installed.install(later_wheel)
    assert "0.1.1" in installed.run("--version")[1]
    code, said = installed.run("doctor")
    assert (code, "99_later" in said) == (1, True)
    with installed.serve("--port", "18900") as (_, address):
        assert signs_in(address)
    assert installed.run("doctor")[0] == 0
    installed.install(wheel)
    code, said = installed.run("serve")
    assert (code, "99_later" in said) == (1, True)
    installed.install(later_wheel)
    with installed.serve("--port", "18900") as (_, address):
        assert signs_in(address)


def signs_in(address: str) -> bool:
    body = {"user_name": FIRST["user_name"], "password": PASSWORD}
    return httpx.post(f"{address}/api/v1/logins", json=body, timeout=60).status_code == 201


def build(tree: Path, into: Path) -> Path:
    pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", into, tree)
    (made,) = into.glob("timebank-*.whl")
    return made


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    # Away from the repository, and without what would bring its packages in by another way.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env=kept)
    assert done.returncode == 0, done.stderr


def files(folder: Path) -> Iterator[Path]:
    return (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def bring_libraries(environment: Path, name: str) -> None:
    """Link the libraries that a package needs, and they need, into an environment: as the pins would, offline."""
    (site,) = (environment / "lib").glob("*/site-packages")
    wanted, seen = list(_needs(name, ())), set()
    while wanted:
        library, extras = wanted.pop()
        if (library, extras) in seen:
            continue
        seen.add((library, extras))
        wanted += _needs(library, extras)
        for top in {path.parts[0] for path in distribution(library).files or ()} - {"..", "__pycache__"}:
            source, link = Path(str(distribution(library).locate_file(top))), site / top
            if source.exists() and not link.exists():
                link.symlink_to(source)


def _needs(library: str, extras: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for each in map(Requirement, distribution(library).requires or ()):
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield each.name, tuple(sorted(each.extras))
