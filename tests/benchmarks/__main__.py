"""`make bench`: every figure, in a table and in build/bench.json; `ONLY=ledger` measures one part."""

import argparse
import asyncio
from pathlib import Path

from tests.benchmarks import figures, matching_round, posting
from tests.benchmarks.scale import DISTRICT, Scale

BUILD = Path(__file__).parents[2] / "build"
PARTS = ("ledger", "matching")


async def measure(part: str, scale: Scale, build: Path) -> dict[str, float]:
    """The figures of one part."""
    match part:
        case "ledger":
            return await posting.measure(scale, build / "bench")
        case "matching":
            return matching_round.measure(scale)
    raise ValueError(part)


def main() -> None:
    """Measure all parts, or the ones named."""
    asked = argparse.ArgumentParser(prog="make bench", description=__doc__)
    asked.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, if none is named")
    found: dict[str, float] = {}
    for part in asked.parse_args().parts or PARTS:
        found |= asyncio.run(measure(part, DISTRICT, BUILD))
    print(figures.show(found))
    figures.keep(found, BUILD / "bench.json")


if __name__ == "__main__":
    main()
