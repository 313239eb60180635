"""What rounds came to, in words and over months. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median_low

from matching import Report
from timebank.core.errors import N_, Text
from timebank.pairing.model import RoundView


@dataclass(frozen=True)
class Row:
    """One figure of one or two rounds, and what it says."""

    label: Text
    values: Sequence[Text]


@dataclass(frozen=True)
class MonthOfRounds:
    """The rounds of one month, `month` being its first day. What only reports tell is None where none was kept.

    `served`, `waiting`, `greedy` and `bound` add up over rounds, so that a request counts in each that it was in;
    `told` is `served` of the rounds that have a report, to be held against `greedy` and `bound`.
    """

    month: date
    rounds: int
    served: int
    waiting: int
    longest_wait_days: int | None
    metres_median: int | None
    metres_most: int | None
    most_visits: int | None
    left_out: int | None
    told: int | None
    greedy: int | None
    bound: int | None

    @property
    def percent(self) -> int:
        """Of a hundred requests, how many were served; rounded down, so that 100 means all."""
        return 100 * self.served // max(1, self.served + self.waiting)


# Label and shape of each figure that `rows` tells.
_FIGURES = (
    (N_("派到的需求"), "served", N_("{n} 条")),
    (N_("没派到的需求"), "waiting", N_("{n} 条")),
    (N_("没派到的里等得最久的"), "longest_wait_days", N_("{n} 天")),
    (N_("两家距离（中位数）"), "metres_median", N_("{n} 米")),
    (N_("两家距离（最远）"), "metres_most", N_("{n} 米")),
    (N_("轮到的服务者"), "asked", N_("{n} 人")),
    (N_("一个人最多几次"), "most_visits", N_("{n} 次")),
    (N_("能帮忙、却很久没轮到的"), "left_out", N_("{n} 人")),
    (N_("一条一条派，能派到的"), "greedy", N_("{n} 条")),
    (N_("最多可能派到"), "bound", N_("{n} 条")),
)


def rows(*reports: Report) -> list[Row]:
    """The figures of these rounds side by side."""
    return [
        Row(Text(label), [_value(getattr(report, name), shape) for report in reports])
        for label, name, shape in _FIGURES
    ]


def _value(number: int | None, shape: str) -> Text:
    return Text("—") if number is None else Text(shape, {"n": number})


def months(rounds: Sequence[RoundView]) -> list[MonthOfRounds]:
    """The months that had rounds, the oldest first."""
    found: dict[date, list[RoundView]] = defaultdict(list)
    for one in rounds:
        found[one.on_day.replace(day=1)].append(one)
    return [_month(month, found[month]) for month in sorted(found)]


def _month(month: date, rounds: Sequence[RoundView]) -> MonthOfRounds:
    reports = [one.report for one in rounds if one.report is not None]

    def most(name: str) -> int | None:
        return max((v for r in reports if (v := getattr(r, name)) is not None), default=None)

    def middle(name: str) -> int | None:
        known = [v for r in reports if (v := getattr(r, name)) is not None]
        return median_low(known) if known else None

    def total(name: str) -> int | None:
        return sum(getattr(r, name) for r in reports) if reports else None

    return MonthOfRounds(
        month=month,
        rounds=len(rounds),
        served=sum(one.served for one in rounds),
        waiting=sum(one.waiting for one in rounds),
        longest_wait_days=most("longest_wait_days"),
        metres_median=middle("metres_median"),
        metres_most=most("metres_most"),
        most_visits=most("most_visits"),
        left_out=middle("left_out"),
        told=total("served"),
        greedy=total("greedy"),
        bound=total("bound"),
    )


COLUMNS = (
    N_("月份"),
    N_("批数"),
    N_("派到"),
    N_("没派到"),
    N_("派到的占比（%）"),
    N_("等得最久（天）"),
    N_("距离中位数（米）"),
    N_("最远距离（米）"),
    N_("一个人最多几次"),
    N_("很久没轮到的人"),
    N_("有记录的批次派到"),
    N_("一条一条派能派到"),
    N_("最多可能派到"),
)


def cells(month: MonthOfRounds) -> list[object]:
    """A month as a row under `COLUMNS`; empty where nothing is known."""
    values: list[object] = [
        f"{month.month:%Y-%m}",
        month.rounds,
        month.served,
        month.waiting,
        month.percent,
        month.longest_wait_days,
        month.metres_median,
        month.metres_most,
        month.most_visits,
        month.left_out,
        month.told,
        month.greedy,
        month.bound,
    ]
    return ["" if value is None else value for value in values]


@dataclass(frozen=True)
class Bar:
    """A month in the chart: how high, and where taking the requests one by one would have come, in its units."""

    x: int
    height: int
    rival: int | None
    month: MonthOfRounds


# Units of the chart; the page scales it to its width.
CHART_WIDTH, CHART_HEIGHT, CHART_TOP = 640, 200, 24


def bars(of: Sequence[MonthOfRounds]) -> list[Bar]:
    """The share of requests served in each of these months; the full height is all of them."""
    step = CHART_WIDTH // max(1, len(of))
    found = []
    for n, one in enumerate(of):
        rival = None
        if one.told and one.greedy is not None:
            # What one by one would have served of the same requests.
            rival = round(CHART_HEIGHT * one.percent / 100 * min(1, one.greedy / one.told))
        found.append(Bar(n * step + step // 2, CHART_HEIGHT * one.percent // 100, rival, one))
    return found
