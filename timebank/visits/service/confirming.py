"""The recipient says that the claim is right, and it is posted: many at once, or one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates.model import Purpose
from timebank.access.gathering import Each, gathered
from timebank.access.kin.queries import kin_among_pairs
from timebank.core.errors import NotFound, Stale, TimebankError
from timebank.core.provenance import Provenance
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import ConfirmBy, SchemePolicy
from timebank.visits import rules, steps
from timebank.visits.errors import FamilyConfirms, OnlyThemselves, VisitMoved
from timebank.visits.model import MOVES, Move, Outcome, Side, VisitView
from timebank.visits.rules import status_text
from timebank.visits.service.parties import ANYBODY, DESK, both_of_each, only, source, speaker
from timebank.visits.service.telling import Objection, raise_disputes


@dataclass(frozen=True)
class Confirmation:
    """That a claim is right; `minutes`: what the recipient says it was, if anything else."""

    community_id: UUID
    visit_id: UUID
    version: int
    minutes: int | None = None
    words: str | None = None
    provenance: Provenance = Provenance.PHONE


@dataclass(frozen=True)
class Settlement:
    """That a visit is to be posted which the ledger refused."""

    community_id: UUID
    visit_id: UUID
    version: int


@dataclass(frozen=True)
class _Known:
    """A visit, held, and what decides who may confirm it."""

    visit: VisitView
    policy: SchemePolicy | None
    family: bool


@gathered(
    Confirmation, Outcome, who=ANYBODY, on_behalf=both_of_each, about="visit_id", purposes={Purpose.CONFIRM}
)
async def confirm(
    db: AsyncSession, community_id: UUID, said: Sequence[Each[Confirmation]]
) -> list[Outcome | TimebankError]:
    """Say that the claim is right, and post it.

    Within the scheme's tolerance the claim stands and both figures are kept; beyond it this is a dispute.
    Raises `NotYourPart` for the helper, `OnlyThemselves` where a desk may not speak for the recipient,
    `FamilyConfirms` where the two are kin: then it is for a desk to say.
    """
    known = await _known(db, community_id, said)
    ends = [_end(each, known.get(each.asks.visit_id)) for each in said]
    agreed = [each for each, end in zip(said, ends, strict=True) if end is Move.CONFIRM]
    opposed = [each for each, end in zip(said, ends, strict=True) if end is Move.DISPUTE]
    outcomes = await _agree(db, community_id, agreed, known)
    outcomes |= await _oppose(db, opposed, known)
    return [
        end if isinstance(end, TimebankError) else outcomes[each.asks.visit_id]
        for each, end in zip(said, ends, strict=True)
    ]


@gathered(Settlement, Outcome, who=DESK, on_behalf=both_of_each, about="visit_id")
async def settle_again(
    db: AsyncSession, community_id: UUID, asked: Sequence[Each[Settlement]]
) -> list[Outcome | TimebankError]:
    """Ask the ledger once more: the minutes, or the rules, may be there now."""
    ids = [each.asks.visit_id for each in asked]
    visits = {visit.id: visit for visit in await steps.held(db, community_id, ids)}
    wrong = {each.asks.visit_id: _unseen(each.asks, visits.get(each.asks.visit_id)) for each in asked}
    ready = [visit for visit in visits.values() if wrong[visit.id] is None]
    settlers = {each.asks.visit_id: each.act.actor.id for each in asked}
    now = max(each.act.now for each in asked)
    outcomes = await steps.settle_held(db, community_id, ready, settlers, now=now)
    ended = {outcome.visit.id: outcome for outcome in outcomes}
    return [wrong[visit_id] or ended[visit_id] for visit_id in ids]


async def _known(
    db: AsyncSession, community_id: UUID, said: Sequence[Each[Confirmation]]
) -> dict[UUID, _Known]:
    visits = await steps.held(db, community_id, [each.asks.visit_id for each in said])
    versions = await schemes.scheme_policies(db, {visit.scheme_id for visit in visits})
    today: date = said[0].act.today
    pairs = {(visit.recipient_id, visit.helper_id) for visit in visits}
    kin = await kin_among_pairs(db, pairs, today)
    known = {}
    for visit in visits:
        dated = scheme_rules.in_force(versions[visit.scheme_id], visit.served_on)
        family = (visit.recipient_id, visit.helper_id) in kin
        known[visit.id] = _Known(visit, dated.content if dated else None, family)
    return known


def _end(each: Each[Confirmation], known: _Known | None) -> Move | TimebankError:
    """Whether what was said makes an agreement or a dispute, or why it cannot be said."""
    if (unseen := _unseen(each.asks, known.visit if known else None)) is not None or known is None:
        return unseen or NotFound()
    try:
        _refuse_speaker(each, known)
    except TimebankError as error:
        return error
    end = _said(each.asks, known)
    if known.visit.status not in MOVES[end][0]:
        return VisitMoved(status=status_text(known.visit.status))
    return end


def _unseen(asks: Confirmation | Settlement, visit: VisitView | None) -> TimebankError | None:
    if visit is None:
        return NotFound()
    return None if visit.version == asks.version else Stale(visit.version)


def _refuse_speaker(each: Each[Confirmation], known: _Known) -> None:
    speaking = only(each.act, known.visit, Side.RECIPIENT)
    if speaking is not None and known.family:
        raise FamilyConfirms
    own_word = speaking is not None or known.family or each.asks.provenance is Provenance.PAPER
    if known.policy is not None and known.policy.confirm_by is ConfirmBy.RECIPIENT and not own_word:
        raise OnlyThemselves


def _said(asks: Confirmation, known: _Known) -> Move:
    claimed, minutes = _claimed(known.visit), asks.minutes
    if minutes is None or minutes == claimed:
        return Move.CONFIRM
    tolerance = known.policy.tolerance_minutes if known.policy else 0
    near = rules.within_tolerance(claimed, minutes, tolerance_minutes=tolerance)
    return Move.CONFIRM if near else Move.DISPUTE


async def _agree(
    db: AsyncSession,
    community_id: UUID,
    agreed: Sequence[Each[Confirmation]],
    known: Mapping[UUID, _Known],
) -> dict[UUID, Outcome]:
    if not agreed:
        return {}
    visits = [known[each.asks.visit_id].visit for each in agreed]
    now = max(each.act.now for each in agreed)
    values = [
        {
            "said_minutes": each.asks.minutes,
            "confirmed_minutes": _claimed(visit),
            "confirmed_by": speaker(each.act, visit),
            "confirmed_at": each.act.now,
            "confirmed_source": source(each.act, each.asks.provenance),
        }
        for each, visit in zip(agreed, visits, strict=True)
    ]
    confirmed = await steps.move_all(db, visits, Move.CONFIRM, now=now, values=values)
    settlers = {each.asks.visit_id: each.act.actor.id for each in agreed}
    outcomes = await steps.settle_held(db, community_id, confirmed, settlers, now=now)
    return {outcome.visit.id: outcome for outcome in outcomes}


async def _oppose(
    db: AsyncSession, opposed: Sequence[Each[Confirmation]], known: Mapping[UUID, _Known]
) -> dict[UUID, Outcome]:
    raised = [
        (
            each.act,
            known[each.asks.visit_id].visit,
            Objection(each.asks.minutes, each.asks.words, each.asks.provenance),
        )
        for each in opposed
    ]
    return {visit.id: Outcome(visit, posted=False) for visit in await raise_disputes(db, raised)}


def _claimed(visit: VisitView) -> int:
    return visit.claimed.minutes if visit.claimed else 0
