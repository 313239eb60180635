"""Use cases of proposals: made by hand, answered, taken back."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.errors import OwnAffair
from timebank.access.guard import Act, Arguments, reading, use_case
from timebank.core.actor import ActorKind, Role
from timebank.core.errors import NotFound
from timebank.core.lists import Page
from timebank.core.provenance import Provenance
from timebank.pairing import queries, words
from timebank.pairing.model import Answer, ProposalStatus, ProposalView, Side
from timebank.pairing.service.rounds import DESK, READERS, RUNNERS
from timebank.pairing.steps import proposals as steps
from timebank.pairing.views import CallLine, MyProposal, ProposalLine, ProposalPage
from timebank.people import queries as people
from timebank.people.model import Contact
from timebank.requests import queries as requests
from timebank.requests.model import Status as RequestStatus
from timebank.visits import queries as visits

ANSWERERS = DESK | {Role.MEMBER}


async def _answering(db: AsyncSession, arguments: Arguments) -> Iterable[UUID]:
    return [(await queries.proposal(db, arguments["proposal_id"])).party(arguments["side"])]


async def _both(db: AsyncSession, arguments: Arguments) -> Iterable[UUID]:
    proposal = await queries.proposal(db, arguments["proposal_id"])
    return [proposal.helper_id, proposal.recipient_id]


@use_case(who=ANSWERERS, where="community_id", on_behalf=_answering)
async def answer(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    proposal_id: UUID,
    side: Side,
    answer: Answer,
    provenance: Provenance = Provenance.PHONE,
) -> ProposalView:
    """One side's yes or no: by the member, or by the desk for them, with how it reached us.

    The second yes makes a visit, or a standing pair; the first no ends it. Raises `NotFound`, `ProposalClosed`,
    `OwnAffair` where whoever answers at the desk is the other side.
    """
    own = act.actor.kind is ActorKind.MEMBER
    proposal = await steps.locked(db, community_id, proposal_id)
    if act.role is not Role.MEMBER and act.actor.memberships & {proposal.helper_id, proposal.recipient_id}:
        # At a desk one would say yes in the name of whoever is to help oneself.
        raise OwnAffair
    return await steps.answer(
        db,
        proposal,
        side,
        answer,
        by=act.actor.id,
        provenance=Provenance.APP if own else provenance,
        now=act.now,
    )


@use_case(who=DESK, where="community_id")
async def withdraw(db: AsyncSession, act: Act, *, community_id: UUID, proposal_id: UUID) -> None:
    """Take an open proposal back; the request waits again. Raises `NotFound`, `ProposalClosed`."""
    await steps.withdraw(db, await steps.locked(db, community_id, proposal_id), now=act.now)


@use_case(who=RUNNERS, where="community_id")
async def close_due(db: AsyncSession, act: Act, *, community_id: UUID) -> int:
    """End the proposals past their deadline, and those whose request went away; how many."""
    return await steps.close_due(db, community_id, now=act.now)


@reading(who=READERS, where="community_id")
async def list_proposals(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    statuses: Sequence[ProposalStatus] = (),
    after: str | None = None,
) -> Page[ProposalLine]:
    """Proposals with their people, the newest first; the open ones by deadline, all on one page."""
    if list(statuses) == [ProposalStatus.OPEN]:
        found = Page(await queries.open_proposals(db, community_id))
    else:
        found = await queries.list_proposals(db, community_id, statuses=statuses, after=after)
    return Page(await _lines(db, found.rows), found.after)


@reading(who=READERS, where="community_id")
async def proposal_page(db: AsyncSession, act: Act, *, community_id: UUID, proposal_id: UUID) -> ProposalPage:
    """One proposal in words, and what came of it; raises `NotFound`."""
    proposal = await queries.proposal(db, proposal_id)
    if proposal.community_id != community_id:
        raise NotFound
    why = await queries.why_of(db, proposal_id)
    others = [one for one in await queries.proposals_of_request(db, proposal.request_id) if one != proposal]
    lines = await _lines(db, [proposal, *others])
    known = {proposal.helper_id, *([why.runner_up.helper_id] if why.runner_up else [])}
    persons = await people.members(db, known)
    serves = None
    if why.runner_up_serves and (to := (await requests.requests(db, [why.runner_up_serves]))):
        serves = await people.member(db, to[why.runner_up_serves].member_id)
    recipient = lines[0].recipient
    request = await requests.request(db, proposal.request_id)
    made = await visits.list_visits(db, community_id, request_id=proposal.request_id)
    return ProposalPage(
        line=lines[0],
        request=request,
        why=words.why_pair_text(why, persons, recipient),
        runner_up=words.runner_up_text(why, persons, recipient, serves) if not proposal.by_hand else None,
        pair=await queries.pair_of_proposal(db, proposal_id),
        visits=[visit for visit in made.rows if visit.proposal_id == proposal_id],
        earlier=lines[1:],
        crew=(await queries.crews(db, [request]))[request.id],
    )


@use_case(who=DESK, where="community_id")
async def call_list(
    db: AsyncSession, act: Act, *, community_id: UUID, round_id: UUID | None = None
) -> list[CallLine]:
    """Whom to ring up: every side of an open proposal that is silent and has no smartphone, by name.

    It shows many people's numbers at once, so that it was read is written down. Raises `NotFound` for a
    round that is not here.
    """
    if round_id is not None and await queries.round_view(db, round_id) is None:
        raise NotFound
    waiting = await queries.open_proposals(db, community_id)
    about = await requests.requests(db, {one.request_id for one in waiting})
    found = [
        CallLine(
            line.proposal, about[line.proposal.request_id], side, line.person(side), line.person(side.other)
        )
        for line in await _lines(db, [one for one in waiting if round_id in (None, one.round_id)])
        for side in line.proposal.unanswered
        if line.person(side).details.contact is not Contact.SMARTPHONE
    ]
    return sorted(found, key=lambda call: (call.who.name, call.who.number, call.proposal.deadline))


@reading(who={Role.MEMBER}, where="community_id", on_behalf=_both)
async def my_proposal(db: AsyncSession, act: Act, *, community_id: UUID, proposal_id: UUID) -> MyProposal:
    """A proposal as one of its two people reads it; raises `NotFound`."""
    proposal = await queries.proposal(db, proposal_id)
    mine = next(side for side in Side if proposal.party(side) in act.actor.memberships)
    why = await queries.why_of(db, proposal_id)
    request = await requests.request(db, proposal.request_id)
    return MyProposal(
        proposal=proposal,
        request=request,
        side=mine,
        other=await people.member(db, proposal.party(mine.other)),
        near=words.metres_text(why.chosen.metres),
        visits_before=why.chosen.visits_before,
        crew=(await queries.crews(db, [request]))[request.id],
        matched=request.status in (RequestStatus.MATCHED, RequestStatus.DONE),
    )


@reading(who=ANSWERERS, where="community_id", on_behalf=_both)
async def lacking(db: AsyncSession, act: Act, *, community_id: UUID, proposal_id: UUID) -> int:
    """How many of several have not said yes yet."""
    proposal = await queries.proposal(db, proposal_id)
    request = await requests.request(db, proposal.request_id)
    crew = (await queries.crews(db, [request]))[request.id]
    return 0 if request.wish.helpers == 1 else crew.wanted - len(crew.agreed)


async def _lines(db: AsyncSession, found: Sequence[ProposalView]) -> list[ProposalLine]:
    persons = await people.members(db, {who for one in found for who in (one.helper_id, one.recipient_id)})
    return [ProposalLine(one, persons[one.helper_id], persons[one.recipient_id]) for one in found]
