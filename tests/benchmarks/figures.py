"""The figures that `make bench` gives: their names, and how they are shown and kept."""

import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

# By the part that measures them.
PARTS = {
    "ledger": (
        "ledger.n1_vs_tpcb",
        "ledger.n100_vs_tpcb",
        "ledger.n1000_vs_tpcb",
        "ledger.n1_vs_plain",
        "ledger.n1_vs_plain_3ms",
        "ledger.n100_vs_plain",
        "ledger.n100_vs_plain_3ms",
        "ledger.n1000_vs_plain",
        "ledger.n1000_vs_plain_3ms",
        "ledger.hot_n100_vs_plain",
        "ledger.hot_n100_vs_plain_3ms",
        "ledger.hot_gathered_vs_single",
        "ledger.hot_gathered_vs_single_3ms",
        "ledger.n1000_vs_bare_insert",
        "ledger.constraints_cpu_ratio",
        "ledger.commit_ms",
    ),
    "history": (
        "ledger.tree_1000000_s",
        "ledger.receipt_ms",
        "ledger.news_10000_ms",
        "ledger.news_100000_ms",
        "ledger.news_1000000_ms",
        "ledger.statement_10y_ms",
        "audit.nightly_10000_s",
        "audit.nightly_100000_s",
        "audit.nightly_1000000_s",
    ),
    "crashes": (
        "ledger.crashes",
        "ledger.acknowledged_lost",
        "ledger.acknowledged_doubled",
    ),
    "simulation": (
        "ledger.simulated_operations",
        "ledger.simulated_differences",
    ),
    "matching": (
        "matching.round_1000_s",
        "matching.round_12000_s",
        "matching.solve_12000_vs_ortools",
        "matching.orlib_exact",
        "matching.served_12000_vs_greedy",
        "matching.left_out_vs_greedy",
        "matching.violations",
        "matching.pairs_checked",
        "matching.churn_after_1_percent",
        "matching.forced_pair_agreement",
    ),
    "city": (
        "matching.round_100000_s",
        "matching.served_100000_vs_greedy",
        "matching.round_1000000_s",
        "matching.round_1000000_gb",
    ),
    "week": (
        "matching.week_300_vs_bound",
        "matching.week_1000_vs_bound",
        "matching.week_3000_vs_bound",
        "matching.week_served_vs_routing",
        "matching.week_travel_vs_routing",
        "matching.who_can_come_p99_ms",
    ),
    "people": ("people.import_12000_s",),
    "web": (
        "web.page_p95_ms",
        "web.search_p95_ms",
        "web.page_rush_p95_ms",
        "web.search_rush_p95_ms",
    ),
}
NAMES = tuple(chain.from_iterable(PARTS.values()))
# What may well be none, at least where there are few people.
NEAR_NOTHING = ("matching.churn_after_1_percent",)
# What must be none at all.
FAULTS = (
    "ledger.acknowledged_lost",
    "ledger.acknowledged_doubled",
    "ledger.simulated_differences",
    "matching.violations",
)


def show(figures: Mapping[str, float]) -> str:
    """A table of names and numbers."""
    width = max(map(len, figures))
    return "\n".join(f"{name:<{width}}  {value:>10.3f}" for name, value in figures.items())


def keep(figures: Mapping[str, float], file: Path) -> None:
    """Write one flat object, in place of what an earlier run wrote."""
    unknown = figures.keys() - set(NAMES)
    assert not unknown, f"not in NAMES: {unknown}"
    file.parent.mkdir(parents=True, exist_ok=True)
    rounded = {name: round(value, 4) for name, value in figures.items()}
    file.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
