"""What somebody with all rights to the database does to the books is found by the next run, and named."""

from tests.audit.given import Month
from tests.given import World
from timebank.audit import queries
from timebank.audit.checks import CHECKS
from timebank.audit.views import FindingView


async def _findings(month: Month) -> list[FindingView]:
    async with month.world.database.begin({month.here}) as db:
        return (await queries.findings(db, [month.here])).rows


async def test_an_honest_month_agrees_in_every_check(two_desks: World) -> None:
    month = await Month(two_desks).happen()
    run = await month.reconcile()
    assert [f.fault.code for f in await _findings(month)] == []
    assert (run.passed, run.found, run.unchecked, run.findings) == (len(CHECKS), 0, 0, 0)
    assert run.counts == {"accounts": 6, "transfers": 12, "entries": 24, "movements": 12, "visits": 3}
    assert run.agrees
