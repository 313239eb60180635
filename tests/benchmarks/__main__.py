"""`make bench`: every figure, in a table and in build/bench.json; `ONLY=ledger` measures one part."""

import argparse
import asyncio
from pathlib import Path

from tests.benchmarks import (
    churn,
    crashes,
    figures,
    history,
    matching_large,
    matching_rival,
    matching_round,
    matching_rules,
    matching_solvers,
    people_import,
    simulation,
    slow_queries,
    speed,
    web_pages,
)
from tests.benchmarks.figures import PARTS
from tests.benchmarks.scale import DISTRICT, Scale

BUILD = Path(__file__).parents[2] / "build"
# Gives no figures, but build/queries.txt.
QUERIES = "queries"


async def measure(part: str, scale: Scale, build: Path) -> dict[str, float]:
    """The figures of one part."""
    match part:
        case "ledger":
            return await speed.measure(scale, build / "bench")
        case "history":
            return await history.measure(scale, build / "bench")
        case "crashes":
            return await crashes.measure(scale, build / "bench")
        case "simulation":
            return await simulation.measure(scale, build / "bench")
        case "matching":
            modules = (matching_round, matching_solvers, matching_rival, matching_rules, churn)
            return {name: value for each in modules for name, value in each.measure(scale).items()}
        case "city":
            return matching_large.measure(scale)
        case "week":
            # Brings numba, whose memory is none of what other parts measure.
            from tests.benchmarks import week

            return week.measure(scale)
        case "people":
            return await people_import.measure(scale, build / "bench")
        case "web":
            return await web_pages.measure(scale, build / "bench")
    raise ValueError(part)


def main() -> None:
    """Measure all parts, or the ones named."""
    asked = argparse.ArgumentParser(prog="make bench", description=__doc__)
    asked.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; or {QUERIES}")
    parts = asked.parse_args().parts or list(PARTS)
    if unknown := set(parts) - {*PARTS, QUERIES}:
        asked.error(f"no such part: {', '.join(unknown)}")
    if QUERIES in parts:
        file = BUILD / "queries.txt"
        print(asyncio.run(slow_queries.write(DISTRICT, BUILD / "bench", file)))
        print(f"plans: {file}")
    found: dict[str, float] = {}
    for part in (part for part in parts if part != QUERIES):
        found |= asyncio.run(measure(part, DISTRICT, BUILD))
    if found:
        print(figures.show(found))
        figures.keep(found, BUILD / "bench.json")


if __name__ == "__main__":
    main()
