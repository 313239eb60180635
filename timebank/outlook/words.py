"""What the outlook's figures and assumptions are called, and how they read."""

from collections.abc import Iterator

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Text
from timebank.outlook import rules
from timebank.outlook.ahead import Ahead
from timebank.outlook.model import Standing
from timebank.outlook.projecting import Assumptions, Spread, YearAhead

FIGURE_COLUMNS = (N_("项目"), N_("数字"))
YEAR_COLUMNS = (
    N_("年"),
    N_("存着：少"),
    N_("存着：居中"),
    N_("存着：多"),
    N_("要用：少"),
    N_("要用：居中"),
    N_("要用：多"),
    N_("能给"),
    N_("身故未用"),
)


def money(fen: int) -> str:
    """1,234.50: yuan of an amount in fen."""
    return f"{fen // 100:,}.{fen % 100:02d}"


def yuan(fen: int) -> Text:
    """An amount in fen as people say it."""
    return Text(N_("{yuan} 元"), {"yuan": money(fen)})


def percent(number: int | None) -> Text:
    """So many of a hundred; a dash where there is nothing to divide."""
    return Text("—") if number is None else Text("{n}%", {"n": number})


def times(permille: int) -> str:
    """0.412: a coefficient kept in thousandths."""
    return f"{permille // 1000}.{permille % 1000:03d}"


def people(count: int) -> Text:
    """So many people."""
    return Text(N_("{n} 人"), {"n": count})


def lines(found: Standing) -> Iterator[tuple[Text, Text]]:
    """Every figure with its name, for the table and the file."""
    figures, capacity, backing = found.figures, found.capacity, found.backing
    owed = figures.outstanding_minutes
    yield Text(N_("存着未用的时间")), _amount(owed)
    yield Text(N_("存着时间的会员")), people(figures.holders)
    yield Text(N_("其中从没请过人的")), people(figures.never_asked)
    yield Text(N_("从没请过人的存着")), _amount(figures.never_asked_minutes)
    yield Text(N_("近 12 个月存入")), _amount(figures.earned_minutes)
    yield Text(N_("近 12 个月用掉")), _amount(figures.spent_minutes)
    yield Text(N_("周转率（一年用掉的占存着的）")), percent(figures.velocity_percent)
    yield Text(N_("存得最多的一成人")), people(figures.top_holders)
    yield Text(N_("这一成人占全部的")), percent(figures.top_percent)
    yield Text(N_("基尼系数（0 为人人一样多）")), Text(times(figures.gini_permille))
    yield Text(N_("欠着的时间")), _amount(figures.owed_minutes)
    yield Text(N_("已故和退出的人名下没用的")), _amount(figures.left_minutes)
    yield Text(N_("服务者")), people(capacity.helpers)
    yield Text(N_("其中没登记可服务时段的")), people(capacity.without_times)
    yield Text(N_("服务者一周最多能给")), _amount(capacity.week_minutes)
    yield Text(N_("全部兑付要服务者做")), _weeks(owed, capacity.week_minutes)
    if backing is not None:
        yield Text(N_("兑付保障金")), yuan(backing.fund_fen)
        yield Text(N_("每小时保障")), yuan(backing.hour_fen)
        yield Text(N_("全部兑付合")), yuan(rules.liability_fen(owed, backing))
        yield Text(N_("保障金够付的占比")), percent(rules.covered_percent(owed, backing))


def _amount(minutes: int) -> Text:
    return Text("{amount}", {"amount": Minutes(minutes)})


def _weeks(minutes: int, week_minutes: int) -> Text:
    if not week_minutes:
        return Text("—")
    return Text(N_("{n} 周"), {"n": -(-minutes // week_minutes)})


def year_cells(one: YearAhead) -> list[object]:
    """A year as a row under `YEAR_COLUMNS`, in whole hours; empty for what today has none of."""
    spreads = [*_three(one.outstanding), *_three(one.asked)]
    middles = [_hours(one.capacity.middle) if one.capacity else "", _hours(one.stranded.middle)]
    return [one.year, *spreads, *middles]


def _three(spread: Spread | None) -> list[object]:
    if spread is None:
        return ["", "", ""]
    return [_hours(spread.low), _hours(spread.middle), _hours(spread.high)]


def _hours(minutes: int) -> int:
    return round(minutes / 60)


def assumption_fields(given: Assumptions) -> list[tuple[str, Text, int, int, int]]:
    """Every assumption for the form: its name, what it says, its value, the least and the most it may be."""
    return [
        ("years", Text(N_("看几年")), given.years, 1, 30),
        ("mortality_percent", Text(N_("死亡率按生命表的百分之几")), given.mortality_percent, 0, 300),
        ("joining", Text(N_("每年新会员（人）")), given.joining, 0, 500),
        ("joining_age", Text(N_("新会员的年龄")), given.joining_age, 18, 100),
        ("earn_percent", Text(N_("每人存入按近一年的百分之几")), given.earn_percent, 0, 300),
        ("help_until", Text(N_("帮人帮到几岁")), given.help_until, 50, 110),
        ("first_ask_percent", Text(N_("从没请过人的，每年百分之几开始请")), given.first_ask_percent, 0, 100),
        ("ask_hours", Text(N_("新开口的人一年请几小时")), given.ask_minutes // 60, 0, 1_000),
        ("week_hours", Text(N_("每位服务者一周最多几小时")), given.week_minutes // 60, 0, 60),
        ("runs", Text(N_("推演几遍")), given.runs, 20, 400),
        ("seed", Text(N_("随机种子")), given.seed, 0, 2**31 - 1),
    ]


def conclusions(ahead: Ahead) -> list[Text]:
    """What the projection comes to, in sentences."""
    years = ahead.projection.years
    first, last = years[0], years[-1]
    said = [
        Text(
            N_("{years} 年后，存着未用的时间一半可能在 {hours} 小时以上（现在 {now} 小时）。"),
            {
                "years": last.year,
                "hours": f"{_hours(last.outstanding.middle):,}",
                "now": f"{_hours(first.outstanding.middle):,}",
            },
        ),
        Text(
            N_("这些年里，约有 {hours} 小时的主人没有用上就走了。"),
            {"hours": f"{_hours(last.stranded.middle):,}"},
        ),
    ]
    capacity = years[1].capacity
    if capacity is not None and not capacity.high:
        said.append(Text(N_("没有服务者登记可服务时段，看不出够不够用。")))
    elif (short := ahead.projection.short_from) is not None:
        said.append(Text(N_("从第 {year} 年起，要用的可能多过服务者能给的。"), {"year": short}))
    else:
        said.append(Text(N_("服务者能给的时间一直够用；难的是有人开口。")))
    return said
