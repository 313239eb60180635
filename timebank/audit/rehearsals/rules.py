"""Pure reckoning: a month's postings under rules that were not in force."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from timebank.audit.rehearsals.model import HouseOutcome, Posting, SchemeOutcome
from timebank.people.model import Status
from timebank.schemes import rules
from timebank.schemes.model import HousePolicy, OverflowTo, SchemePolicy

Age = Callable[[UUID, date], int | None]
# Which trainings somebody held on a day.
Held = Callable[[date], Collection[str]]


def under_house(
    postings: Sequence[Posting],
    house: HousePolicy,
    *,
    members: Collection[UUID],
    banked: Mapping[UUID, int],
    age: Age,
) -> HouseOutcome:
    """A month in the order of posting under another house policy.

    What would have gone to the pool is missing in the account from then on, and is reckoned with.
    `banked`: what each had banked when the month began.
    """
    gone: Counter[UUID] = Counter()
    more: Counter[UUID] = Counter()
    over: set[UUID] = set()
    short: Counter[UUID] = Counter()
    unripe: Counter[UUID] = Counter()
    waiting: set[UUID] = set()
    to_pool = 0
    for each in postings:
        giver, taker = each.giver_id, each.taker_id
        if giver in members:
            left = each.giver_before - gone[giver] - each.minutes
            short[giver] += min(each.minutes, max(0, house.floor_minutes - left))
        if each.kind != "visit":
            continue
        if giver in members and each.served_on is not None:
            had = banked.get(giver, 0) + more[giver]
            if rules.redeem_barrier(house, age=age(giver, each.served_on), banked_minutes=had):
                unripe[giver] += each.minutes
        if taker in members:
            more[taker] += each.minutes
            room = None
            if house.ceiling_minutes is not None:
                room = house.ceiling_minutes - (each.taker_before - gone[taker])
            if room is not None and each.minutes > room:
                over.add(taker)
                if house.overflow_to is OverflowTo.POOL:
                    _, above = rules.split_at(house, each.minutes, room)
                    gone[taker] += above
                    to_pool += above
                else:
                    waiting.add(each.subject_id)
                    gone[taker] += each.minutes
    return HouseOutcome(
        over=len(over),
        to_pool=to_pool,
        waiting=len(waiting),
        short=sum(minutes > 0 for minutes in short.values()),
        short_minutes=short.total(),
        unripe=len(unripe),
        unripe_minutes=unripe.total(),
    )


def under_scheme(
    postings: Sequence[Posting],
    policy: SchemePolicy,
    *,
    then: Mapping[UUID, SchemePolicy],
    age: Age,
    trainings: Mapping[UUID, Held],
    accountless: Collection[UUID] = (),
) -> SchemeOutcome:
    """A scheme's visits of a month under another policy; `postings` are its own. `accountless`: who is only helped.

    `then`: its versions by id, one of which decided each. Whom a desk let pay instead still pays.
    """
    visits = {each.subject_id: each for each in postings if "served_minutes" in each.basis}
    was, would = Counter[str](), Counter[str]()
    different = barred = 0
    weeks: Counter[tuple[UUID, date]] = Counter()
    for visit in visits.values():
        served, before = (
            int(visit.basis["served_minutes"]),
            {name: int(visit.basis[name]) for name in ("credited", "charged", "to_pool")},
        )
        was_payer = then[visit.scheme_version_id].payer if visit.scheme_version_id else policy.payer
        payer = policy.payer if visit.payer is was_payer else visit.payer
        payable = rules.payable(replace(policy, payer=payer), served, visit.category)
        after = {"credited": payable.credited, "charged": payable.charged, "to_pool": payable.to_pool}
        different += before != after
        was.update(before)
        would.update(after)
        barred += _barred(visit, policy, age, trainings) or (
            visit.recipient_id in accountless and not rules.served_is_paid_for(payer, Status.SERVED)
        )
        if visit.helper_id and visit.served_on:
            weeks[visit.helper_id, visit.served_on - timedelta(days=visit.served_on.weekday())] += served
    cap = policy.weekly_cap_minutes
    return SchemeOutcome(
        visits=len(visits),
        different=different,
        served=sum(int(visit.basis["served_minutes"]) for visit in visits.values()),
        credited=(was["credited"], would["credited"]),
        charged=(was["charged"], would["charged"]),
        to_pool=(was["to_pool"], would["to_pool"]),
        barred=barred,
        capped=len({who for (who, _), minutes in weeks.items() if cap is not None and minutes > cap}),
    )


def _barred(visit: Posting, policy: SchemePolicy, age: Age, trainings: Mapping[UUID, Held]) -> bool:
    on, helper, recipient = visit.served_on, visit.helper_id, visit.recipient_id
    if on is None or helper is None or recipient is None:
        return False
    return bool(
        rules.category_barrier(policy, visit.category)
        or rules.helper_barriers(
            policy, age=age(helper, on), trainings=trainings[helper](on) if helper in trainings else ()
        )
        or rules.recipient_barriers(policy, age=age(recipient, on))
    )
