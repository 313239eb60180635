"""Writing proposals: made, answered, closed. Two who answer at once are taken one after the other."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound, Text
from timebank.core.provenance import Provenance
from timebank.pairing import rules
from timebank.pairing.errors import ProposalClosed
from timebank.pairing.model import Answer, NewProposal, ProposalStatus, ProposalView, Side
from timebank.pairing.queries.proposals import crews, open_proposals, proposal_view
from timebank.pairing.queries.rounds import WHY
from timebank.pairing.steps import pairs
from timebank.pairing.steps.pairs import rhythm_columns
from timebank.pairing.tables import Proposal
from timebank.pairing.volunteering import steps as volunteering
from timebank.pairing.words import PROPOSAL_TEXTS
from timebank.requests import queries as requests
from timebank.requests import steps as request_steps
from timebank.requests.model import Status as RequestStatus
from timebank.visits import steps as visit_steps
from timebank.visits.model import PlannedVisit


async def propose(
    db: AsyncSession, community_id: UUID, new: Sequence[NewProposal], *, by: UUID, now: datetime
) -> list[UUID]:
    """Make proposals; the ids of those made. A seat that somebody is being asked for is left as it is."""
    made: list[UUID] = []
    for one in sorted(new, key=lambda each: each.request_id):
        row = await db.scalar(
            insert(Proposal)
            .values(
                id=one.id,
                community_id=community_id,
                round_id=one.round_id,
                request_id=one.request_id,
                scheme_id=one.scheme_id,
                helper_id=one.helper_id,
                seat=one.seat,
                recipient_id=one.recipient_id,
                category=one.category,
                on_day=one.occasion.on,
                from_minute=one.occasion.from_minute,
                minutes=one.occasion.minutes,
                weekly=one.occasion.weekly,
                **rhythm_columns(one.occasion),
                status=ProposalStatus.OPEN,
                deadline=one.deadline,
                why=WHY.dump_python(one.why, mode="json"),
                made_by=by,
                made_at=now,
            )
            .on_conflict_do_nothing(
                index_elements=[Proposal.request_id, Proposal.seat], index_where=text("status = 'open'")
            )
            .returning(Proposal.id)
        )
        if row is not None:
            made.append(row)
    return made


async def locked(db: AsyncSession, community_id: UUID, proposal_id: UUID) -> ProposalView:
    """The proposal, held until the transaction ends; raises `NotFound`."""
    row = await db.scalar(
        select(Proposal)
        .where(Proposal.id == proposal_id, Proposal.community_id == community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return proposal_view(row)


async def answer(
    db: AsyncSession,
    proposal: ProposalView,
    side: Side,
    given: Answer,
    *,
    by: UUID,
    provenance: Provenance,
    now: datetime,
) -> ProposalView:
    """Write down what one side of a locked proposal said, and do what follows from it.

    The same answer twice changes nothing. Raises `ProposalClosed`.
    """
    said = proposal.answer(side)
    if said is not None and said.answer is given:
        return proposal
    status = rules.answered(proposal, side, given, now)
    await _still_wanted(db, proposal)
    row = (
        await db.scalars(
            update(Proposal)
            .where(Proposal.id == proposal.id)
            .values(
                {
                    "status": status,
                    "closed_at": None if status is ProposalStatus.OPEN else now,
                    f"{side}_answer": given,
                    f"{side}_answered_by": by,
                    f"{side}_answered_at": now,
                    f"{side}_provenance": provenance,
                }
            )
            .returning(Proposal)
            .execution_options(populate_existing=True)
        )
    ).one()
    after = proposal_view(row)
    if given is Answer.NO and side is Side.HELPER:
        await volunteering.take_back(db, proposal.request_id, proposal.helper_id, now=now)
    if given is Answer.YES and side is Side.RECIPIENT:
        await _welcome_others(db, after, by=by, provenance=provenance, now=now)
    if status is ProposalStatus.ACCEPTED:
        await _take_up(db, after, by=by, provenance=provenance, now=now)
    return after


async def withdraw(db: AsyncSession, proposal: ProposalView, *, now: datetime) -> None:
    """Take a locked proposal back; raises `ProposalClosed`."""
    if proposal.status is not ProposalStatus.OPEN:
        raise ProposalClosed(status=Text(PROPOSAL_TEXTS[proposal.status]))
    await _close(db, [proposal.id], ProposalStatus.WITHDRAWN, now=now)


async def withdraw_all(db: AsyncSession, community_id: UUID, member_id: UUID, *, now: datetime) -> None:
    """Nobody asks a member any more, nor on their behalf."""
    waiting = await open_proposals(db, community_id, member_id=member_id)
    await _close(db, [one.id for one in waiting], ProposalStatus.WITHDRAWN, now=now)


async def close_due(db: AsyncSession, community_id: UUID, *, now: datetime) -> int:
    """End what is past its deadline, and withdraw what nobody asks for any more; how many."""
    waiting = await open_proposals(db, community_id)
    late = [one.id for one in waiting if now >= one.deadline]
    wanted = await requests.requests(db, {one.request_id for one in waiting})
    gone = [
        one.id
        for one in waiting
        if one.id not in late and wanted[one.request_id].status is not RequestStatus.PUBLISHED
    ]
    await _close(db, late, ProposalStatus.EXPIRED, now=now)
    await _close(db, gone, ProposalStatus.WITHDRAWN, now=now)
    return len(late) + len(gone)


async def _close(
    db: AsyncSession, proposal_ids: Collection[UUID], status: ProposalStatus, *, now: datetime
) -> None:
    if proposal_ids:
        await db.execute(
            update(Proposal)
            .where(Proposal.id.in_(proposal_ids), Proposal.status == ProposalStatus.OPEN)
            .values(status=status, closed_at=now)
        )


async def _still_wanted(db: AsyncSession, proposal: ProposalView) -> None:
    request = await requests.request(db, proposal.request_id)
    if request.status is not RequestStatus.PUBLISHED:
        raise ProposalClosed(status=Text(PROPOSAL_TEXTS[ProposalStatus.WITHDRAWN]))


async def _welcome_others(
    db: AsyncSession, proposal: ProposalView, *, by: UUID, provenance: Provenance, now: datetime
) -> None:
    """Who is glad of one of several at a time is glad of the others: they are not asked once for each."""
    others = [
        one
        for one in await open_proposals(db, proposal.community_id, member_id=proposal.recipient_id)
        if one.request_id == proposal.request_id and one.recipient_answer is None
    ]
    for one in sorted(others, key=lambda each: each.id):
        held = await locked(db, one.community_id, one.id)
        if held.status is ProposalStatus.OPEN and now < held.deadline:
            await answer(db, held, Side.RECIPIENT, Answer.YES, by=by, provenance=provenance, now=now)


async def _take_up(
    db: AsyncSession, proposal: ProposalView, *, by: UUID, provenance: Provenance, now: datetime
) -> None:
    """Both said yes: the request is matched, and a visit or a standing pair comes of it.

    Where several are wanted, only once all of them have said yes.
    """
    await request_steps.hold(db, [proposal.request_id])
    request = await requests.request(db, proposal.request_id)
    agreed = [proposal]
    if request.wish.helpers > 1:
        crew = (await crews(db, [request]))[request.id]
        if not crew.complete:
            return
        agreed = list(crew.agreed)
    await request_steps.mark_matched(db, [proposal.request_id], now=now)
    if proposal.occasion.weekly:
        pair = await pairs.start(db, proposal, now=now)
        await pairs.plan_ahead(db, [pair], by=by, provenance=provenance, now=now)
        return
    planned = [
        PlannedVisit(
            id=rules.visit_of(one),
            community_id=one.community_id,
            scheme_id=one.scheme_id,
            category=one.category,
            helper_id=one.helper_id,
            recipient_id=one.recipient_id,
            planned_from=one.occasion.starts_at,
            planned_until=one.occasion.ends_at,
            request_id=one.request_id,
            proposal_id=one.id,
            place=request.wish.place,
        )
        for one in agreed
    ]
    await visit_steps.plan(db, planned, provenance=provenance, created_by=by, now=now)
