"""Before and after a test run: its folder, its server, and the order of the tests. What they ask for is in `fixtures`."""

import gc
import os
import tempfile
from pathlib import Path
from random import Random

import pytest

from tests import postgres
from tests.postgres import FOLDER

_elsewhere = pytest.MonkeyPatch()
# No looking for garbage until all is loaded and collected.
gc.disable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tests depend on no order: `make test ARGS="--shuffle 7"` runs them in another."""
    parser.addoption(
        "--shuffle", metavar="SEED", help="modules, and the tests of each, in an order drawn from SEED"
    )


def _is_controller() -> bool:
    return "PYTEST_XDIST_WORKER" not in os.environ


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that all workers share; the server in it starts when a test first needs it.

    Whatever a test or a program it starts writes into the system's folder for such things goes there too.
    Fixtures need all of the program, which takes seconds to load: whoever only hands tests out has none.
    """
    if _is_controller():
        folder = postgres.make_folder(postgres.memory())
        (folder / "tmp").mkdir()
        (folder / "tmp").chmod(0o1777)
        _elsewhere.setenv(FOLDER, str(folder))
        _elsewhere.setenv("TMPDIR", str(folder / "tmp"))
        _elsewhere.setattr(tempfile, "tempdir", None)
    if config.getoption("dist", "no") == "no":
        config.pluginmanager.import_plugin("tests.fixtures")


def pytest_unconfigure() -> None:
    """Stop the server, if a test started it."""
    if _is_controller() and (folder := os.environ.get(FOLDER)):
        _elsewhere.undo()
        postgres.remove_folder(Path(folder))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first, so that no worker sits over one of them while the others have nothing left to do.

    Or shuffled, if asked: modules stay together, since what they prepare for all their tests takes long.
    """
    if (seed := config.getoption("shuffle")) is not None:
        places = {module: Random(f"{seed} {module}").random() for module in {item.path for item in items}}
        items.sort(key=lambda item: (places[item.path], Random(f"{seed} {item.nodeid}").random()))
    else:
        items.sort(key=_seconds, reverse=True)


def pytest_collection_finish() -> None:
    """All of the program is loaded and stays: no need to look through it for garbage after every few tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def _seconds(item: pytest.Item) -> float:
    slow = item.get_closest_marker("slow")
    return 0 if slow is None else slow.args[0] if slow.args else 1
