"""Reading proposals."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, instant_and_id
from timebank.core.provenance import Provenance
from timebank.pairing.model import (
    Answer,
    Answered,
    Crew,
    Occasion,
    PairStatus,
    ProposalStatus,
    ProposalView,
    Why,
)
from timebank.pairing.queries.rounds import WHY
from timebank.pairing.rules import FELL_THROUGH, still_asked, visit_of
from timebank.pairing.tables import Pair, Proposal
from timebank.requests.model import RequestView
from timebank.requests.recurrence.model import Recurrence
from timebank.visits import queries as visits


async def proposal(db: AsyncSession, proposal_id: UUID) -> ProposalView:
    """One proposal; raises `NotFound`."""
    row = await db.scalar(
        select(Proposal).where(Proposal.id == proposal_id).execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return proposal_view(row)


async def why_of(db: AsyncSession, proposal_id: UUID) -> Why:
    """Why this helper was chosen, as it was seen then; raises `NotFound`."""
    stored = await db.scalar(select(Proposal.why).where(Proposal.id == proposal_id))
    if stored is None:
        raise NotFound
    return WHY.validate_python(stored)


async def open_proposals(
    db: AsyncSession, community_id: UUID, *, member_id: UUID | None = None
) -> list[ProposalView]:
    """Every open proposal, the next deadline first; of one member if named."""
    wanted = [Proposal.community_id == community_id, Proposal.status == ProposalStatus.OPEN]
    if member_id is not None:
        wanted.append(_of(member_id))
    return await _views(db, and_(*wanted), Proposal.deadline, Proposal.id)


async def waiting_for_member(db: AsyncSession, community_id: UUID, member_id: UUID) -> list[ProposalView]:
    """The open proposals that this member has not answered, the next deadline first."""
    found = await open_proposals(db, community_id, member_id=member_id)
    return [one for one in found if (side := one.side_of(member_id)) and one.answer(side) is None]


async def open_for_requests(db: AsyncSession, request_ids: Collection[UUID]) -> dict[UUID, ProposalView]:
    """An open proposal of each request that has one: of a request for one helper the only one."""
    found = await _views(
        db, and_(Proposal.request_id.in_(request_ids), Proposal.status == ProposalStatus.OPEN), Proposal.id
    )
    return {one.request_id: one for one in found}


async def crews(db: AsyncSession, views: Collection[RequestView]) -> dict[UUID, Crew]:
    """Who fills the seats of each request, those whose visit fell through or whose pair has ended left out."""
    status = Proposal.status.in_((ProposalStatus.OPEN, ProposalStatus.ACCEPTED))
    found = await _views(
        db, and_(Proposal.request_id.in_([view.id for view in views]), status), Proposal.seat, Proposal.id
    )
    came_of = await visits.visits(db, [visit_of(one) for one in found])
    parted = await _parted(db, [one.id for one in found if one.occasion.weekly])
    by_request: dict[UUID, list[ProposalView]] = defaultdict(list)
    for one in found:
        visit = came_of.get(visit_of(one))
        fell_through = visit is not None and visit.status in FELL_THROUGH
        if not fell_through and one.id not in parted:
            by_request[one.request_id].append(one)
    return {
        view.id: Crew(
            view.wish.helpers,
            tuple(one for one in by_request[view.id] if _agreed(one, view)),
            tuple(one for one in by_request[view.id] if one.status is ProposalStatus.OPEN),
        )
        for view in views
    }


async def _parted(db: AsyncSession, proposal_ids: Collection[UUID]) -> set[UUID]:
    """Those of the proposals whose pair has ended."""
    ended = select(Pair.proposal_id).where(
        Pair.proposal_id.in_(proposal_ids), Pair.status == PairStatus.ENDED
    )
    return set(await db.scalars(ended)) if proposal_ids else set()


def _agreed(one: ProposalView, view: RequestView) -> bool:
    """A yes counts for as long as its time is one of those asked for."""
    return one.status is ProposalStatus.ACCEPTED and still_asked(one.occasion, view.wish)


async def proposals_of_round(db: AsyncSession, round_id: UUID) -> list[ProposalView]:
    """Every proposal a round made, in the order made."""
    return await _views(db, Proposal.round_id == round_id, Proposal.id)


async def proposals_of_request(db: AsyncSession, request_id: UUID) -> list[ProposalView]:
    """Everybody who was asked for a request, the latest first."""
    return await _views(db, Proposal.request_id == request_id, Proposal.made_at.desc(), Proposal.id.desc())


async def list_proposals(
    db: AsyncSession,
    community_id: UUID,
    *,
    statuses: Collection[ProposalStatus] = (),
    member_id: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[ProposalView]:
    """The newest first, at most 100."""
    limit = min(limit, PAGE_ROWS_MAX)
    wanted: list[ColumnElement[bool]] = [Proposal.community_id == community_id]
    if statuses:
        wanted.append(Proposal.status.in_(statuses))
    if member_id is not None:
        wanted.append(_of(member_id))
    if start := instant_and_id(after):
        wanted.append(tuple_(Proposal.made_at, Proposal.id) < start)
    rows = await db.scalars(
        select(Proposal)
        .where(*wanted)
        .order_by(Proposal.made_at.desc(), Proposal.id.desc())
        .limit(limit + 1)
        .execution_options(populate_existing=True)
    )
    views = [proposal_view(row) for row in rows]
    return cut(views, limit=limit, key=[[view.made_at.isoformat(), str(view.id)] for view in views])


async def declined_since(
    db: AsyncSession, community_id: UUID, since: datetime, *, request_ids: Collection[UUID] | None = None
) -> set[tuple[UUID, UUID]]:
    """(request, helper) of those who said no to each other, or let a deadline pass, since then."""
    said_no = Proposal.status == ProposalStatus.DECLINED
    silent = and_(Proposal.status == ProposalStatus.EXPIRED, Proposal.helper_answer.is_(None))
    wanted = [Proposal.community_id == community_id, Proposal.closed_at >= since, or_(said_no, silent)]
    if request_ids is not None:
        wanted.append(Proposal.request_id.in_(request_ids))
    rows = await db.execute(select(Proposal.request_id, Proposal.helper_id).where(*wanted))
    return {(row.request_id, row.helper_id) for row in rows}


def proposal_view(row: Proposal) -> ProposalView:
    """A row as a value."""
    helper = row.helper_answer, row.helper_answered_by, row.helper_answered_at, row.helper_provenance
    recipient = (
        row.recipient_answer,
        row.recipient_answered_by,
        row.recipient_answered_at,
        row.recipient_provenance,
    )
    return ProposalView(
        id=row.id,
        community_id=row.community_id,
        round_id=row.round_id,
        request_id=row.request_id,
        scheme_id=row.scheme_id,
        helper_id=row.helper_id,
        recipient_id=row.recipient_id,
        category=row.category,
        occasion=Occasion(
            row.on_day,
            row.from_minute,
            row.minutes,
            Recurrence(row.every, row.nth) if row.weekly else None,
        ),
        status=ProposalStatus(row.status),
        helper_answer=_answered(*helper),
        recipient_answer=_answered(*recipient),
        deadline=row.deadline,
        made_by=row.made_by,
        made_at=row.made_at,
        closed_at=row.closed_at,
        seat=row.seat,
    )


def _answered(
    answer: str | None, by: UUID | None, at: datetime | None, provenance: str | None
) -> Answered | None:
    if answer is None or by is None or at is None or provenance is None:
        return None
    return Answered(Answer(answer), by, at, Provenance(provenance))


def _of(member_id: UUID) -> ColumnElement[bool]:
    return or_(Proposal.helper_id == member_id, Proposal.recipient_id == member_id)


async def _views(db: AsyncSession, which: ColumnElement[bool], *order: object) -> list[ProposalView]:
    rows = await db.scalars(
        select(Proposal).where(which).order_by(*order).execution_options(populate_existing=True)  # type: ignore[arg-type]
    )
    return [proposal_view(row) for row in rows]
