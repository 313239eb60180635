"""How long it takes until a whole district's roster is taken in: read, kept, previewed, applied."""

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median

from tests.benchmarks import district, server
from tests.benchmarks.scale import Scale
from timebank.core.database import Database
from timebank.core.sealing import Seal
from timebank.membership import service as membership
from timebank.membership.model import ImportKind, Outcome
from timebank.membership.spreadsheets import read
from timebank.sample.cast import Desk
from timebank.sample.rosters import roster

_FIRST = date(2026, 11, 2)


async def measure(scale: Scale, folder: Path) -> dict[str, float]:
    """Seconds for one file with everybody of the district, each round into a community of its own."""
    seconds = []
    async with server.fresh(folder / "people") as running:
        database = Database(running.service_url)
        one_each = replace(scale, communities=scale.rounds, members=scale.members * scale.rounds)
        await district.found(database, one_each, _FIRST)
        for place in district.places(one_each):
            desk = await district.desk(database, Seal(bytes.fromhex(district.SEAL_KEY)), place)
            await district.set_rules(desk, _FIRST)
            content = roster(place)
            began = time.perf_counter()
            await _import(desk, content)
            seconds.append(time.perf_counter() - began)
            print(f"roster of {len(content) / 1e6:.1f} MB: {seconds[-1]:.1f} s", flush=True)
        await database.close()
    return {"people.import_12000_s": median(seconds)}


async def _import(desk: Desk, content: bytes) -> None:
    file = read(content, "花名册.xlsx")
    import_id = await membership.upload(desk.call(), community_id=desk.id, kind=ImportKind.ROSTER, file=file)
    found = await membership.preview_roster(desk.call(), community_id=desk.id, import_id=import_id)
    done = await membership.apply_roster(
        desk.call(), community_id=desk.id, import_id=import_id, digest=found.plan.digest
    )
    assert found.plan.count(Outcome.NEW) == len(desk.people), done
