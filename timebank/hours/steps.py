"""Moving minutes: opening accounts, posting and reversing, each with what it was about."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.core import clock
from timebank.core.errors import NotFound, TooLarge
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.core.rows import insert_all
from timebank.hours import rules
from timebank.hours.errors import OutsideLimits
from timebank.hours.holds import rules as hold_rules
from timebank.hours.holds.model import LetGo, SetAside
from timebank.hours.model import (
    COMMON_ACCOUNTS,
    About,
    AccountKind,
    Answer,
    Brought,
    Kind,
    Wish,
    common_account,
)
from timebank.hours.queries import abouts
from timebank.hours.refusals import Refused
from timebank.hours.tables import Movement, Reservation
from timebank.schemes import queries as schemes
from timebank.schemes.model import HousePolicy

Wanted = Wish | SetAside | LetGo

WISHES_MAX = ledger.OPERATIONS_MAX
# In `db.info`: the sample writes its history under a set clock, as the owner, who alone may date a posting.
HISTORY = "timebank.history"


async def open_book(db: AsyncSession, community_id: UUID, *, actor_id: UUID) -> None:
    """Open a community's pool, grants and opening accounts; those that are open stay as they are."""
    await ledger.open_accounts(
        db,
        community_id,
        [_new(kind, common_account(kind, community_id), HousePolicy()) for kind in COMMON_ACCOUNTS],
        actor_id=actor_id,
        reason="book opened",
    )


async def open_members(
    db: AsyncSession,
    community_id: UUID,
    member_ids: Collection[UUID],
    *,
    house: HousePolicy,
    actor_id: UUID,
) -> None:
    """Open members' accounts at zero under the house policy, and the book if need be; repeatable."""
    await open_book(db, community_id, actor_id=actor_id)
    await ledger.open_accounts(
        db,
        community_id,
        [_new(AccountKind.MEMBER, member_id, house) for member_id in sorted(member_ids)],
        actor_id=actor_id,
        reason="joined",
    )


async def post(
    db: AsyncSession, community_id: UUID, wishes: Sequence[Wanted], *, actor_id: UUID, now: datetime
) -> list[Answer]:
    """Post wishes, and write down what each transfer or hold is about; one answer for each wish, in order.

    Call it once in a transaction, after locking one's own rows: accounts stay locked to its end. A refusal
    is an answer, not an error, and costs its neighbours nothing unless they are of one group (whose wishes
    stand side by side). Raises `TooLarge` past 8,192 wishes.
    """
    if len(wishes) > WISHES_MAX:
        raise TooLarge(limit=WISHES_MAX)
    outcomes = await ledger.post(
        db,
        _batch(wishes, community_id=community_id, actor_id=actor_id, effective_on=rules.effective_on(now)),
        posted_at=now if db.info.get(HISTORY) else None,
    )
    fresh = [
        wish
        for wish, outcome in zip(wishes, outcomes, strict=True)
        if not isinstance(outcome, ledger.Refused) and not outcome.repeated
    ]
    await insert_all(db, Movement, [_row(community_id, wish) for wish in fresh if isinstance(wish, Wish)])
    held = [_reservation(community_id, wish) for wish in fresh if isinstance(wish, SetAside)]
    await insert_all(db, Reservation, held)
    return [rules.answer_of(outcome) for outcome in outcomes]


async def rooms(
    db: AsyncSession, community_id: UUID, wishes: Sequence[Wanted], member_ids: Collection[UUID]
) -> dict[UUID, int]:
    """How many minutes members' accounts take up to their ceilings, and still will when `wishes` are posted.

    `wishes`: all that the batch may hold, since every account of it is kept as it stands. Who has no ceiling
    is missing.
    """
    ends = {end for wish in wishes if isinstance(wish, Wish) for end in (wish.from_account, wish.to_account)}
    still = await ledger.keep_still(db, community_id, sorted(ends | set(member_ids)))
    return {
        account.id: account.ceiling_minutes - account.balance_minutes
        for account in still
        if account.id in member_ids and account.ceiling_minutes is not None
    }


async def brought(db: AsyncSession, community_id: UUID, member_ids: Collection[UUID]) -> dict[UUID, Brought]:
    """What each of these members brought in that still stands; everybody is in the answer."""
    found: dict[UUID, Brought] = {}
    open_ids, taken_back = list(member_ids), 0
    while open_ids:
        ids = {rules.opening_id(community_id, one, taken_back): one for one in open_ids}
        transfers = {one.id: one for one in await ledger.transfers(db, community_id, list(ids))}
        open_ids = []
        for transfer_id, member_id in ids.items():
            transfer = transfers.get(transfer_id)
            if transfer is None:
                found[member_id] = Brought(0, None, transfer_id)
            elif transfer.reversed_by is not None:
                open_ids.append(member_id)
            else:
                next_id = rules.opening_id(community_id, member_id, taken_back + 1)
                found[member_id] = Brought(transfer.minutes, transfer_id, next_id)
        taken_back += 1
    return found


async def reversal_wishes(
    db: AsyncSession,
    community_id: UUID,
    transfer_ids: Collection[UUID],
    *,
    reason: str,
    root: UUID,
    entered_by: UUID,
    confirmed_by: UUID | None = None,
    provenance: Provenance = Provenance.DESK,
    forced: bool = False,
    group: int | None = None,
) -> list[Wish]:
    """Wishes that take transfers back, to be posted alone or together with what replaces them.

    `root` (`act.root`) derives their ids. `forced` lets them pass floor and ceiling, for which `reason`
    answers. Each keeps the subject of what it takes back. Raises `NotFound`.
    """
    found = await ledger.transfers(db, community_id, list(transfer_ids))
    if len(found) != len(set(transfer_ids)):
        raise NotFound
    known = await abouts(db, community_id, transfer_ids)
    made = []
    for transfer in found:
        old = known.get(transfer.id)
        about = About(
            kind=Kind.CORRECTION,
            subject_id=old.subject_id if old else transfer.id,
            provenance=provenance,
            served_on=transfer.served_on,
            category=old.category if old else None,
            helper_id=old.helper_id if old else None,
            recipient_id=old.recipient_id if old else None,
            house_version_id=old.house_version_id if old else None,
            scheme_version_id=old.scheme_version_id if old else None,
            entered_by=entered_by,
            confirmed_by=confirmed_by,
            basis={"corrects": str(old.kind) if old else ""},
        )
        made.append(
            Wish(
                id=derived_id(root, "reversal", transfer.id),
                from_account=transfer.credit_id,
                to_account=transfer.debit_id,
                minutes=transfer.minutes,
                about=about,
                group=group,
                reverses=transfer.id,
                reason=reason,
                forced_reason=reason if forced else None,
            )
        )
    return made


async def reverse(
    db: AsyncSession,
    community_id: UUID,
    transfer_ids: Collection[UUID],
    *,
    reason: str,
    root: UUID,
    actor_id: UUID,
    now: datetime,
    provenance: Provenance = Provenance.DESK,
    forced: bool = False,
) -> list[Answer]:
    """Take transfers back, all or none; one answer for each, by transfer id. Raises `NotFound`."""
    wishes = await reversal_wishes(
        db,
        community_id,
        transfer_ids,
        reason=reason,
        root=root,
        entered_by=actor_id,
        provenance=provenance,
        forced=forced,
        group=0,
    )
    return await post(db, community_id, wishes, actor_id=actor_id, now=now)


async def close_into(
    db: AsyncSession,
    community_id: UUID,
    *,
    ended_id: UUID,
    kept_id: UUID,
    minutes: int,
    transfer_id: UUID,
    reason: str,
    actor_id: UUID,
    now: datetime,
    released: Sequence[LetGo] = (),
    anew: Sequence[SetAside] = (),
) -> Answer | None:
    """Move all that stands in an account to another and close it for good; None: it was at zero.

    What is below zero moves as well: then the kept account makes good for it. `released` are the holds that it
    has a part in, `anew` those in their place. After a refusal the caller must not commit.
    """
    wishes: list[Wanted] = [*released]
    if minutes:
        house = await schemes.house_policy(db, community_id, clock.day_of(now))
        about = About(
            kind=Kind.MERGE,
            subject_id=kept_id,
            provenance=Provenance.DESK,
            house_version_id=house.version_id,
            entered_by=actor_id,
            basis={"minutes": abs(minutes)},
        )
        giver, taker = (ended_id, kept_id) if minutes > 0 else (kept_id, ended_id)
        moved = Wish(
            id=transfer_id,
            from_account=giver,
            to_account=taker,
            minutes=abs(minutes),
            about=about,
            reason=reason,
        )
        wishes.append(moved)
    wishes += anew
    answers = await post(db, community_id, wishes, actor_id=actor_id, now=now) if wishes else []
    refused = next((answer for answer in answers if isinstance(answer, Refused)), None)
    if refused is not None:
        return refused
    await ledger.close_accounts(db, community_id, [ended_id])
    return next((answer for answer in answers if answer.id == transfer_id), None)


async def apply_house_policy(db: AsyncSession, community_id: UUID, *, on: date, actor_id: UUID) -> int:
    """Give every member's account the limits of the house policy in force; how many changed.

    Nobody loses hours: what a lower ceiling leaves above it stays, and can only shrink.
    """
    house = await schemes.house_policy(db, community_id, on)
    floor, ceiling = rules.limits_of(AccountKind.MEMBER, house.content)
    changed, after = 0, None
    while True:
        page = await ledger.accounts(db, community_id, kind=str(AccountKind.MEMBER), after=after)
        differ = [
            ledger.Limits(account_id=account.id, floor_minutes=floor, ceiling_minutes=ceiling)
            for account in page
            if account.closed_at is None
            and not rules.at_rest(account)
            and (account.floor_minutes, account.ceiling_minutes) != (floor, ceiling)
        ]
        if differ:
            reason = f"house policy {house.number} in force from {house.in_force_from}"
            changed += await ledger.set_limits(db, community_id, differ, actor_id=actor_id, reason=reason)
        if len(page) < ledger.PAGE_MAX:
            return changed
        after = page[-1].id


async def outside_limits(db: AsyncSession, community_id: UUID, house: HousePolicy) -> tuple[int, int]:
    """How many members' balances these limits would leave outside, and by how many minutes together."""
    floor, ceiling = rules.limits_of(AccountKind.MEMBER, house)
    people = minutes = 0
    after = None
    while True:
        page = await ledger.accounts(db, community_id, kind=str(AccountKind.MEMBER), after=after)
        for account in page:
            over = rules.outside_by(account.balance_minutes, floor, ceiling)
            if over and account.closed_at is None:
                people, minutes = people + 1, minutes + over
        if len(page) < ledger.PAGE_MAX:
            return people, minutes
        after = page[-1].id


async def refuse_outside(db: AsyncSession, community_id: UUID, house: HousePolicy) -> None:
    """Raise `OutsideLimits` where limits leave somebody outside and nobody has said what becomes of them."""
    if house.kept_outside:
        return
    people, minutes = await outside_limits(db, community_id, house)
    if people:
        raise OutsideLimits(people, minutes)


def _new(kind: AccountKind, account_id: UUID, house: HousePolicy) -> ledger.NewAccount:
    floor, ceiling = rules.limits_of(kind, house)
    return ledger.NewAccount(id=account_id, kind=str(kind), floor_minutes=floor, ceiling_minutes=ceiling)


def _act(wish: Wanted, *, community_id: UUID, actor_id: UUID, effective_on: date) -> ledger.Act:
    match wish:
        case SetAside():
            return hold_rules.new_hold(wish, community_id=community_id, actor_id=actor_id)
        case LetGo():
            return hold_rules.void_of(wish, community_id=community_id, actor_id=actor_id)
        case Wish():
            return rules.operation_of(
                wish, community_id=community_id, actor_id=actor_id, effective_on=effective_on
            )


def _batch(
    wishes: Sequence[Wanted], *, community_id: UUID, actor_id: UUID, effective_on: date
) -> list[ledger.Act | ledger.Linked]:
    """The ledger's batch: neighbours of one group linked."""
    batch: list[ledger.Act | ledger.Linked] = []
    open_group: int | None = None
    for wish in wishes:
        operation = _act(wish, community_id=community_id, actor_id=actor_id, effective_on=effective_on)
        last = batch[-1] if batch else None
        if wish.group is None:
            batch.append(operation)
        elif wish.group == open_group and isinstance(last, ledger.Linked):
            batch[-1] = ledger.Linked((*last.operations, operation))
        else:
            batch.append(ledger.Linked((operation,)))
        open_group = wish.group
    return batch


def _row(community_id: UUID, wish: Wish) -> dict[str, object]:
    about = wish.about
    return {
        "community_id": community_id,
        "transfer_id": wish.id,
        "kind": about.kind,
        "subject_id": about.subject_id,
        "provenance": about.provenance,
        "served_on": about.served_on,
        "category": about.category,
        "helper_id": about.helper_id,
        "recipient_id": about.recipient_id,
        "house_version_id": about.house_version_id,
        "scheme_version_id": about.scheme_version_id,
        "entered_by": about.entered_by,
        "confirmed_by": about.confirmed_by,
        "basis": dict(about.basis),
    }


def _reservation(community_id: UUID, wish: SetAside) -> dict[str, object]:
    of = wish.occasion
    return {
        "community_id": community_id,
        "hold_id": wish.id,
        "subject_id": of.subject_id,
        "served_on": of.served_on,
        "category": of.category,
        "helper_id": of.helper_id,
        "recipient_id": of.recipient_id,
    }
