"""How long people wait for a page and for a search, over HTTP, with a year's data behind it."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.building import built
from tests.benchmarks.scale import Scale
from tests.benchmarks.visitors import Visitor, all_at_once, at_work

_READING_SECONDS = 1.0


async def measure(scale: Scale, folder: Path) -> dict[str, float]:
    """The time within which 95 of 100 answers came, in milliseconds."""
    found: dict[str, float] = {}
    async with built(folder / "district", scale), at_work(folder / "district", scale) as people:
        at_desks = [one for one in people if one.at_a_desk]
        searching = [at_desks[n % len(at_desks)] for n in range(len(people))]
        for pause, name in ((_READING_SECONDS, "{}_p95_ms"), (0.0, "{}_rush_p95_ms")):
            for what, who, which in (("page", people, Visitor.a_page), ("search", searching, _search)):
                await all_at_once(who, scale.seconds / 2, which, pause=0)  # to warm up
                took = await all_at_once(who, scale.seconds * 3, which, pause=pause)
                found["web." + name.format(what)] = _p95([seconds for _, seconds in took])
                print(f"{what}, {pause:g} s between: {_told(took)}", flush=True)
    return found


def _search(visitor: Visitor) -> str:
    return "search"


def _p95(seconds: Sequence[float]) -> float:
    """In milliseconds."""
    return 1000 * sorted(seconds)[min(len(seconds) - 1, round(0.95 * len(seconds)))]


def _told(took: Sequence[tuple[str, float]]) -> str:
    """For each page how often it was opened, the median and the 95th of a hundred in milliseconds."""
    by_name: dict[str, list[float]] = defaultdict(list)
    for name, seconds in took:
        by_name[name].append(seconds)
    return ", ".join(
        f"{name} {len(seconds)}× {1000 * median(seconds):.0f}/{_p95(seconds):.0f}"
        for name, seconds in sorted(by_name.items())
    )
