"""Copies of the prepared district: it is made once in a test run, since making it takes longer than many a test."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any
from uuid import UUID

from tests import postgres
from tests.access.prepared import Prepared
from tests.given import NOW, World
from tests.postgres import FOLDER, Database
from timebank.core import clock
from timebank.core.database import Database as RealDatabase
from timebank.core.embedded.locks import Lock

NAME = "prepared"


@asynccontextmanager
async def prepared_in(template: Database) -> AsyncIterator[tuple[Prepared, Database]]:
    """A copy of the district in a database of one's own."""
    known = await _made_once(template)
    async with postgres.clone(template, of=NAME) as made:
        database = RealDatabase(made.service_url)
        ids = {name: UUID(value) for name, value in known["world"].items()}
        cards = {name: (number, pin) for name, (number, pin) in known["cards"].items()}
        try:
            yield Prepared(World(database, **ids), known["things"], cards), made
        finally:
            await database.close()


async def _made_once(template: Database) -> dict[str, Any]:
    """Ids and the like of the district that all copies are made of; the first worker to come writes it."""
    folder = Path(os.environ[FOLDER])
    known, lock = folder / f"{NAME}.json", Lock(folder / f"{NAME}.lock")
    try:
        assert await asyncio.to_thread(lock.exclusive, seconds=120)
        if not known.exists():
            made = await postgres.copied(template, name=NAME)
            database = RealDatabase(made.service_url)
            with clock.set_to(NOW):
                district = await Prepared(await World(database).settle_in()).come_about(made)
            await database.close()
            ids = {
                each.name: str(value)
                for each in fields(World)
                if isinstance(value := getattr(district.world, each.name), UUID)
            }
            told = {"world": ids, "things": district.things, "cards": district.cards}
            known.write_text(json.dumps(told), encoding="utf-8")
    finally:
        lock.close()
    return dict(json.loads(known.read_text(encoding="utf-8")))
