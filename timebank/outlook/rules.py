"""What the hours of a community add up to. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from timebank.core.errors import N_, FieldError, Text
from timebank.hours.model import Kind
from timebank.hours.redeeming.model import Flow
from timebank.outlook.model import PEACE_DAYS, Backing, Figures, Lot, Saver
from timebank.people.model import MemberView, Status
from timebank.people.rules import AGE_MAX

GONE = frozenset({Status.LEFT, Status.DEAD})
# From this age on people are helped; those who are younger save on purpose, for later.
HELPED_FROM = 60
# What is worth a call, and what is long ago.
WORTH_MINUTES, YEAR_DAYS = 60, 365
# How old hours are, in months: younger than the first number, than the second …, and all others.
HOUR_AGES = (3, 12, 24, 60)
HOUR_AGE_LABELS = (
    N_("不到 3 个月"),
    N_("3 到 12 个月"),
    N_("1 到 2 年"),
    N_("2 到 5 年"),
    N_("5 年以上"),
)
# How old their owners are, in years; the last row is of those whose birthday is not known.
OWNER_AGES = (60, 70, 80, 90)
OWNER_AGE_LABELS = (
    N_("60 岁以下"),
    N_("60–69 岁"),
    N_("70–79 岁"),
    N_("80–89 岁"),
    N_("90 岁以上"),
    N_("年龄不详"),
)
# 兑付保障金 of more than this is a slip of the pen: ten milliard yuan, and a hundred thousand for an hour.
FUND_FEN_MAX, HOUR_FEN_MAX = 10**12, 10**7


def lots(flows: Iterable[Flow]) -> tuple[Lot, ...]:
    """What is left of somebody's hours, the oldest first, where the oldest are always spent first.

    What is left is then the newest of what came in, as much of it as the balance: the order within a month does not
    matter, nor does a time in debt, which later hours paid off.
    """
    came: dict[date, int] = defaultdict(int)
    left = 0
    for flow in flows:
        came[flow.month] += flow.in_minutes
        left += flow.in_minutes - flow.out_minutes
    found = []
    for month in sorted(came, reverse=True):
        minutes = min(left, came[month])
        if minutes > 0:
            found.append(Lot(month, minutes))
            left -= minutes
    return tuple(reversed(found))


def by_person(flows: Iterable[Flow], merged: Mapping[UUID, UUID]) -> dict[UUID, list[Flow]]:
    """Each person's flows: two records that were merged are one person's, and what moved between them is no flow."""
    found: dict[UUID, list[Flow]] = defaultdict(list)
    for flow in flows:
        if flow.kind is not Kind.MERGE:
            found[_kept(flow.member_id, merged)].append(flow)
    return dict(found)


def _kept(member_id: UUID, merged: Mapping[UUID, UUID]) -> UUID:
    seen = {member_id}
    while (further := merged.get(member_id)) is not None and further not in seen:
        seen.add(further)
        member_id = further
    return member_id


def months_before(day: date, months: int) -> date:
    """The first of the month so many months before that of a day."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def year_began(today: date) -> date:
    """The first of the twelve months that end with the present one."""
    return months_before(today, 11)


def gini_permille(amounts: Sequence[int]) -> int:
    """The Gini coefficient of amounts above zero, in thousandths; 0 for fewer than two (Gini 1912)."""
    ordered = sorted(amounts)
    total, count = sum(ordered), len(ordered)
    if count < 2 or not total:
        return 0
    weighted = sum(place * amount for place, amount in enumerate(ordered, start=1))
    return round(1000 * (2 * weighted - (count + 1) * total) / (count * total))


def top_tenth(amounts: Sequence[int]) -> tuple[int, int]:
    """How many the tenth with the most are, at least one, and what they hold together."""
    count = -(-len(amounts) // 10)
    return count, sum(sorted(amounts, reverse=True)[:count])


def figures(savers: Sequence[Saver], on: date) -> Figures:
    """What all of it adds up to."""
    holders = [saver for saver in savers if saver.here and saver.balance_minutes > 0]
    held = [saver.balance_minutes for saver in holders]
    table = [[0] * (len(HOUR_AGES) + 1) for _ in range(len(OWNER_AGES) + 2)]
    for saver in holders:
        row = table[_band(saver.age, OWNER_AGES) if saver.age is not None else -1]
        for lot in saver.lots:
            row[_band(_months(lot.month, on), HOUR_AGES)] += lot.minutes
    never = [saver for saver in holders if saver.last_ask_on is None]
    top_holders, top_minutes = top_tenth(held)
    return Figures(
        on=on,
        holders=len(holders),
        outstanding_minutes=sum(held),
        owed_minutes=-sum(saver.balance_minutes for saver in savers if saver.balance_minutes < 0),
        left_minutes=sum(saver.holds_minutes for saver in savers if not saver.here),
        never_asked=len(never),
        never_asked_minutes=sum(saver.balance_minutes for saver in never),
        earned_minutes=sum(saver.earned_minutes for saver in savers),
        spent_minutes=sum(saver.spent_minutes for saver in savers),
        top_holders=top_holders,
        top_minutes=top_minutes,
        gini_permille=gini_permille(held),
        by_age=tuple(map(tuple, table)),
    )


def _months(month: date, on: date) -> int:
    return (on.year - month.year) * 12 + on.month - month.month


def _band(value: int, bounds: Sequence[int]) -> int:
    return sum(value >= bound for bound in bounds)


def in_force(backings: Iterable[Backing], on: date) -> Backing | None:
    """What stands behind the hours on a day: what was recorded last of what counts by then."""
    counting = [one for one in backings if one.from_on <= on]
    return max(counting, key=lambda one: (one.from_on, one.recorded_at, one.id), default=None)


def liability_fen(minutes: int, backing: Backing) -> int:
    """What hours come to in money, at what each is guaranteed; rounded up."""
    return -(-minutes * backing.hour_fen // 60)


def covered_percent(minutes: int, backing: Backing) -> int | None:
    """Of a hundred yuan promised, how many are there; None where nothing is promised."""
    owed = liability_fen(minutes, backing)
    return backing.fund_fen * 100 // owed if owed else None


def backing_problems(*, fund_fen: int, hour_fen: int) -> list[FieldError]:
    """Everything wrong with a backing, named by field."""
    found = []
    if not 0 <= fund_fen <= FUND_FEN_MAX:
        found.append(FieldError("fund", Text(N_("保障金要在 0 到 100 亿元之间"))))
    if not 0 < hour_fen <= HOUR_FEN_MAX:
        found.append(FieldError("hour", Text(N_("每小时的保障金额要在 0.01 到 10 万元之间"))))
    return found


def in_peace_since(today: date) -> date:
    """Whoever was spoken to on this day or later is not called again yet."""
    return today - timedelta(days=PEACE_DAYS - 1)


def saver(
    member: MemberView,
    flows: Sequence[Flow],
    *,
    asked: tuple[date, date] | None,
    helped_on: date | None,
    on: date,
) -> Saver:
    """Somebody with their hours. Whoever was helped has asked, though nobody wrote the request down."""
    since = year_began(on)
    visits = [flow for flow in flows if flow.kind is Kind.VISIT]
    paid = [flow.month for flow in visits if flow.out_minutes]
    firsts = [*(asked[:1] if asked else ()), *paid, *([helped_on] if helped_on else ())]
    lasts = [*(asked[1:] if asked else ()), *([helped_on] if helped_on else ())]
    return Saver(
        member_id=member.id,
        here=member.status not in GONE,
        age=age_of(member, on),
        gender=member.details.gender,
        balance_minutes=sum(flow.in_minutes - flow.out_minutes for flow in flows),
        lots=lots(flows),
        earned_minutes=sum(flow.in_minutes for flow in visits if flow.month >= since),
        spent_minutes=sum(flow.out_minutes for flow in visits if flow.month >= since),
        first_ask_on=min(firsts, default=None),
        last_ask_on=max(lasts or paid, default=None),
        last_entry_on=max((flow.last_on for flow in flows), default=None),
    )


def age_of(member: MemberView, on: date) -> int | None:
    """Full years on a day; None where the birthday is unknown."""
    born = member.details.birth_on
    return None if born is None else on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def signs_of_life(member: MemberView, found: Saver, *others: date | None) -> list[date]:
    """The days on which somebody was last heard of: an entry, a request, that they joined, a visit, an activity."""
    days = (found.last_entry_on, found.last_ask_on, member.details.joined_on, *others)
    return [day for day in days if day is not None]


def could_use_hours(member: MemberView, on: date) -> bool:
    """True for who is of an age to be helped, or in hardship; others save on purpose, for later."""
    age = age_of(member, on)
    if age is None:
        return bool(member.details.hardship_tier) or member.details.is_recipient
    return bool(member.details.hardship_tier) or age >= HELPED_FROM


def waits_to_be_asked(found: Saver, on: date, *, months: int) -> bool:
    """True for somebody with hours older than that who never asked, or not for a year."""
    return (
        found.here
        and found.balance_minutes >= WORTH_MINUTES
        and found.oldest is not None
        and found.oldest <= months_before(on, months)
        and (found.last_ask_on is None or found.last_ask_on < on - timedelta(days=YEAR_DAYS))
    )


def asking_order(found: Saver, number: str) -> str:
    """A text by which the oldest people come first, by decades, and of those who have most."""
    decade = (AGE_MAX - (found.age or HELPED_FROM)) // 10
    return f"{decade:02d}{10**9 - found.balance_minutes:010d}{number}"


def quiet_order(since: date | None, number: str) -> str:
    """A text by which the longest silent come first."""
    return f"{since.isoformat() if since else ''}|{number}"
