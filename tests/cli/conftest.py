"""What the tests of commands may ask for besides."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from timebank.core import embedded


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A shell with a data folder not made yet, in a path with a space."""
    folder = Path(tempfile.mkdtemp(prefix="timebank commands "))
    folder.chmod(0o711)
    yield Terminal(folder / "data")
    for data in folder.glob("data*"):
        embedded.stop(data)
    shutil.rmtree(folder)
