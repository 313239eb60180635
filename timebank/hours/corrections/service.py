"""Use cases of corrections: ask, approve as a second person, refuse with a word back, think better of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.access.delegates.model import Purpose
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import Forbidden, NotFound
from timebank.core.lists import Page
from timebank.hours import queries as hours
from timebank.hours import steps as hours_steps
from timebank.hours.corrections import queries, rules, steps
from timebank.hours.corrections.errors import AnotherMustDecide, CorrectedElsewhere, CorrectionStands
from timebank.hours.corrections.model import CorrectionView, State
from timebank.hours.errors import as_error
from timebank.hours.refusals import Refused
from timebank.hours.tables import Correction

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Corrections:
    """Those that wait, here and next door, and a page of those of this community that ended."""

    waiting: list[CorrectionView]
    ended: Page[CorrectionView]


async def _both(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    """The members whose minutes were moved: neither they nor their family approve."""
    transfer_id = arguments.get("transfer_id")
    if transfer_id is None:
        row = await db.get(Correction, arguments["correction_id"])
        if row is None:
            raise NotFound
        transfer_id = row.transfer_id
    return await queries.members_of(db, arguments["community_id"], transfer_id)


@reading(who=DESK, where="community_id", next_door=True)
async def corrections(
    db: AsyncSession, act: Act, *, community_id: UUID, after: str | None = None
) -> Corrections:
    """What waits for a second person, here and next door, and how the others of this community ended.

    Next door is for what waits: how theirs ended is read by their own desk only (`Forbidden`).
    """
    if community_id not in act.actor.communities:
        raise Forbidden
    return Corrections(await queries.waiting(db, act), await queries.ended(db, act, community_id, after))


@reading(who=DESK, where=EVERYWHERE, next_door=True)
async def to_decide(db: AsyncSession, act: Act) -> list[CorrectionView]:
    """Those that this reader may decide on, here and next door."""
    return [one for one in await queries.waiting(db, act) if one.may_decide]


@reading(
    who=DESK | {Role.AUDITOR, Role.MEMBER},
    where="community_id",
    on_behalf=_both,
    purposes={Purpose.BALANCE},
)
async def corrections_of(
    db: AsyncSession, act: Act, *, community_id: UUID, transfer_id: UUID
) -> list[CorrectionView]:
    """What was asked for one transfer, the latest last."""
    _refuse_bystander(act)
    return await queries.of_transfer(db, act, community_id, transfer_id)


@use_case(who=DESK | {Role.MEMBER}, where="community_id", on_behalf=_both)
async def ask_correction(
    db: AsyncSession, act: Act, *, community_id: UUID, transfer_id: UUID, reason: str
) -> UUID:
    """Ask that a gift or a grant be taken back. Raises `CorrectedElsewhere`, `CorrectionStands`, `NotFound`."""
    _refuse_bystander(act)
    about = (await hours.abouts(db, community_id, [transfer_id])).get(transfer_id)
    found = await ledger.transfers(db, community_id, [transfer_id])
    if not found or about is None:
        raise NotFound
    if about.kind not in rules.KINDS:
        raise CorrectedElsewhere
    if found[0].reversed_by is not None:
        raise CorrectionStands
    return await steps.ask(
        db,
        community_id,
        transfer_id,
        correction_id=act.id_for("correction"),
        reason=reason,
        by=act.actor.id,
        now=act.now,
        today=act.today,
    )


@use_case(who=DESK, where="community_id", on_behalf=_both, next_door=True)
async def approve_correction(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    correction_id: UUID,
    version: int,
    forced: bool = False,
) -> UUID:
    """Agree as a second person: an equal and opposite transfer is posted; its id.

    `forced` takes back what was spent meanwhile, below the floor. Raises `AnotherMustDecide`,
    `CorrectionOver`, `Stale`, `NotPosted`.
    """
    row = await steps.locked(db, community_id, correction_id, version=version, today=act.today)
    if row.asked_by == act.actor.id:
        raise AnotherMustDecide
    wishes = await hours_steps.reversal_wishes(
        db,
        community_id,
        [row.transfer_id],
        reason=row.reason,
        root=act.root,
        entered_by=row.asked_by,
        confirmed_by=act.actor.id,
        forced=forced,
    )
    [answer] = await hours_steps.post(db, community_id, wishes, actor_id=act.actor.id, now=act.now)
    if isinstance(answer, Refused):
        name = await hours.name_of(db, community_id, answer.account_id)
        raise as_error(answer, answer.text(name))
    steps.end(row, State.APPROVED, by=act.actor.id, now=act.now, reversal_id=answer.id)
    return answer.id


@use_case(who=DESK, where="community_id", on_behalf=_both, next_door=True)
async def refuse_correction(
    db: AsyncSession, act: Act, *, community_id: UUID, correction_id: UUID, version: int, word: str
) -> None:
    """Do not agree, and say why to whoever asked. Raises the same as `approve_correction`."""
    row = await steps.locked(db, community_id, correction_id, version=version, today=act.today)
    if row.asked_by == act.actor.id:
        raise AnotherMustDecide
    steps.end(row, State.REFUSED, by=act.actor.id, now=act.now, word=word)


@use_case(who=DESK | {Role.MEMBER}, where="community_id", on_behalf=_both)
async def withdraw_correction(
    db: AsyncSession, act: Act, *, community_id: UUID, correction_id: UUID, version: int
) -> None:
    """Think better of what one asked for oneself. Raises `Forbidden`, `CorrectionOver`, `Stale`."""
    row = await steps.locked(db, community_id, correction_id, version=version, today=act.today)
    if row.asked_by != act.actor.id:
        raise Forbidden
    steps.end(row, State.WITHDRAWN, by=act.actor.id, now=act.now)


def _refuse_bystander(act: Act) -> None:
    """A member has no part in what moved between the community's own accounts."""
    if act.role is Role.MEMBER and act.beneficiary_id is None:
        raise NotFound
