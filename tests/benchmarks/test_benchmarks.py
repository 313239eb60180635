"""Each part of `make bench` works, at a scale that takes seconds; and every figure is explained."""

import json
import re
from pathlib import Path

import pytest

from tests.benchmarks import crashes, figures, server, slow_queries
from tests.benchmarks.__main__ import measure
from tests.benchmarks.figures import FAULTS, NEAR_NOTHING, PARTS
from tests.benchmarks.scale import TINY

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the district is built by whoever first needs it, as `make bench` does."""
    return tmp_path_factory.mktemp("build")


@pytest.mark.slow(40)
@pytest.mark.parametrize("part", PARTS)
async def test_a_part_gives_its_figures(part: str, build: Path) -> None:
    found = await measure(part, TINY, build)
    assert sorted(found) == sorted(PARTS[part])
    assert all(value == 0 for name, value in found.items() if name in FAULTS)
    assert all(value > 0 for name, value in found.items() if name not in {*FAULTS, *NEAR_NOTHING})


@pytest.mark.slow(40)
async def test_what_is_acknowledged_too_early_is_found_lost(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with crashes.office(tmp_path_factory.mktemp("build")) as (machine, callers):
        hasty = ("synchronous_commit = off", "wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'")
        await server.run_as_superuser(
            machine.running, *(f"ALTER SYSTEM SET {one}" for one in hasty), "SELECT pg_reload_conf()"
        )
        found = crashes.Losses()
        await crashes.crash(machine, callers, ("database", "service"))
        await crashes.compare(machine, callers, found)
    assert found.lost
    assert not found.doubled


@pytest.mark.slow(40)
async def test_the_longest_queries_come_with_their_plans(build: Path, tmp_path: Path) -> None:
    told = await slow_queries.write(TINY, build, tmp_path / "queries.txt")
    whole = (tmp_path / "queries.txt").read_text()
    assert told.count("ms mean") == whole.count("====") == 2 * slow_queries.LISTED
    # What only the first of two runs finds to do has none.
    assert whole.count("no plan was logged") < slow_queries.LISTED / 2
    assert "Buffers: " in whole


def test_every_figure_is_explained_and_nothing_else_is() -> None:
    explained = re.findall(r"^\| `([a-z]+\.[a-z0-9_]+)` \|", DOCUMENT.read_text(), re.MULTILINE)
    assert explained == list(figures.NAMES)


def test_figures_are_kept_as_one_flat_object(tmp_path: Path) -> None:
    figures.keep({"ledger.n1_vs_tpcb": 0.512345}, tmp_path / "build" / "bench.json")
    assert json.loads((tmp_path / "build" / "bench.json").read_text()) == {"ledger.n1_vs_tpcb": 0.5123}


def test_a_figure_without_a_name_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"web\.made_up"):
        figures.keep({"web.made_up": 1.0}, tmp_path / "bench.json")
