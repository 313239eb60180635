"""The sample district, loaded once for a whole test run; each worker reads a clone of it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import postgres
from tests.given import SEAL
from tests.postgres import FOLDER, Database
from timebank import sample
from timebank.core import clock
from timebank.core.database import Database as RealDatabase
from timebank.core.embedded.locks import Lock
from timebank.core.errors import Text

# Opened on a Wednesday morning; the day on which it is loaded is all that a sample depends on.
LOADED = datetime(2026, 11, 25, 1, 20, tzinfo=UTC)
NAME = "sample"


@pytest.fixture(scope="session")
async def sample_template(template: Database) -> Database:
    """The loaded district. Nobody connects to it, so that it can be cloned."""
    folder = Path(os.environ[FOLDER])
    known = folder / "sample.json"
    lock = Lock(folder / "sample.lock")
    try:
        assert await asyncio.to_thread(lock.exclusive, seconds=500)
        if not known.exists():
            made = await postgres.copied(template, name=NAME)
            await load(made)
            known.write_text(json.dumps(asdict(made)), encoding="utf-8")
    finally:
        lock.close()
    return Database(**json.loads(known.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
async def district(sample_template: Database) -> AsyncIterator[Database]:
    """This worker's clone of the sample, to be read."""
    async with postgres.clone(sample_template, of=NAME) as made:
        yield made


async def load(database: Database, say: Callable[[Text], None] = lambda text: None) -> None:
    """Load the sample as `serve --sample` does."""
    made = RealDatabase(database.service_url)
    try:
        with clock.set_to(LOADED):
            await sample.load(made, SEAL, owner_url=database.owner_url, say=say)
    finally:
        await made.close()
