"""Rounds, proposals and pairs for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.core.provenance import Provenance
from timebank.pairing import queries, service
from timebank.pairing.round_schemas import SteerBody, WhatIfOut
from timebank.pairing.running import run_round, what_if_round
from timebank.pairing.schemas import (
    AnswerBody,
    AskBody,
    EndBody,
    ListFilter,
    Made,
    PairBody,
    PairFilter,
    PairList,
    PairOut,
    ProposalFilter,
    ProposalList,
    ProposalOut,
    ReplayOut,
    RoundFull,
    RoundList,
    RoundOut,
    RunBody,
    SendBody,
    SentOut,
)
from timebank.pairing.showing import pair_out, proposal_out, round_full, round_out, sent_out, what_if_out
from timebank.web.render import language_of
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["pairing"], route_class=VersionedRoute)


@router.get("/rounds")
async def list_rounds(
    call: SignedInCall, community_id: UUID, given: Annotated[ListFilter, Query()]
) -> RoundList:
    """The rounds run, the newest first."""
    page = await service.rounds_page(call, community_id=community_id, after=given.after)
    return RoundList(rows=[round_out(row) for row in page.rounds.rows], after=page.rounds.after)


@router.post("/rounds", status_code=201)
async def run(call: SignedInCall, community_id: UUID, body: RunBody) -> RoundOut:
    """Run a round; nobody is asked yet. 409 where nothing waits, another is run, or a pair pinned cannot be."""
    made = await run_round(call, community_id=community_id, scheme_id=body.scheme_id, steering=body.steering)
    return round_out(made)


@router.get("/rounds/{round_id}")
async def read_round(request: Request, call: SignedInCall, community_id: UUID, round_id: UUID) -> RoundFull:
    """A round with its reasons in the reader's language (`X-Language: en` for English)."""
    page = await service.round_page(call, community_id=community_id, round_id=round_id)
    return round_full(page, language_of(request))


@router.post("/rounds/{round_id}/proposals", status_code=201)
async def send(call: SignedInCall, community_id: UUID, round_id: UUID, body: SendBody) -> SentOut:
    """Ask both sides of each pair, or of those for `request_ids`; stale pairs are dropped and named."""
    chosen = None if body.request_ids is None else tuple(body.request_ids)
    sent = await service.send_round(call, community_id=community_id, round_id=round_id, request_ids=chosen)
    return sent_out(sent)


@router.post("/rounds/{round_id}/what-if")
async def what_if(call: SignedInCall, community_id: UUID, round_id: UUID, body: SteerBody) -> WhatIfOut:
    """What an unsent round would be if it were run now and steered so; nothing is kept. 409 names a pair that cannot be."""
    page = await what_if_round(call, community_id=community_id, round_id=round_id, steering=body.steering)
    return what_if_out(page)


@router.get("/rounds/{round_id}/replay")
async def replay(call: SignedInCall, community_id: UUID, round_id: UUID) -> ReplayOut:
    """Decide the round once more from the same ids."""
    found = await service.replay_round(call, community_id=community_id, round_id=round_id)
    return ReplayOut(same=found.same, changed=list(found.changed))


@router.get("/proposals")
async def list_proposals(
    call: SignedInCall, community_id: UUID, given: Annotated[ProposalFilter, Query()]
) -> ProposalList:
    """Proposals of one status: open ones by deadline, others the newest first."""
    page = await service.list_proposals(
        call, community_id=community_id, statuses=[given.status], after=given.after
    )
    return ProposalList(rows=[proposal_out(row.proposal) for row in page.rows], after=page.after)


@router.post("/proposals", status_code=201)
async def ask(call: SignedInCall, community_id: UUID, body: AskBody) -> Made:
    """Ask one helper for a request by hand; 409 names what forbids it."""
    made = await service.ask(
        call.because(body.reason),
        community_id=community_id,
        request_id=body.request_id,
        helper_id=body.helper_id,
        on=body.on,
        from_minute=body.from_minute,
    )
    return Made(id=made)


@router.get("/proposals/{proposal_id}")
async def read_proposal(call: SignedInCall, community_id: UUID, proposal_id: UUID) -> ProposalOut:
    """One proposal."""
    page = await service.proposal_page(call, community_id=community_id, proposal_id=proposal_id)
    return proposal_out(page.line.proposal)


@router.post("/proposals/{proposal_id}/answers")
async def answer(call: SignedInCall, community_id: UUID, proposal_id: UUID, body: AnswerBody) -> ProposalOut:
    """One side's answer; the second yes makes a visit or a pair, the first no ends it."""
    view = await service.answer(
        call,
        community_id=community_id,
        proposal_id=proposal_id,
        side=body.side,
        answer=body.answer,
        provenance=Provenance(body.provenance),
    )
    return proposal_out(view)


@router.delete("/proposals/{proposal_id}", status_code=204)
async def withdraw(call: SignedInCall, community_id: UUID, proposal_id: UUID) -> Response:
    """Take an open proposal back; the request waits again."""
    await service.withdraw(call, community_id=community_id, proposal_id=proposal_id)
    return Response(status_code=204)


@router.get("/pairs")
async def list_pairs(
    call: SignedInCall, community_id: UUID, given: Annotated[PairFilter, Query()]
) -> PairList:
    """Standing pairs, the newest first."""
    statuses = [given.status] if given.status else queries.LIVING
    page = await service.list_pairs(call, community_id=community_id, statuses=statuses, after=given.after)
    return PairList(rows=[pair_out(row.pair) for row in page.rows], after=page.after)


@router.get("/pairs/{pair_id}")
async def read_pair(call: SignedInCall, community_id: UUID, pair_id: UUID) -> PairOut:
    """One standing pair."""
    page = await service.pair_page(call, community_id=community_id, pair_id=pair_id)
    return pair_out(page.row.pair)


@router.post("/pairs/{pair_id}/confirm")
async def confirm(call: SignedInCall, community_id: UUID, pair_id: UUID, body: PairBody) -> PairOut:
    """The trial went well; 409 where somebody changed the pair after `version`."""
    view = await service.confirm_pair(
        call.because(body.reason), community_id=community_id, pair_id=pair_id, version=body.version
    )
    return pair_out(view)


@router.post("/pairs/{pair_id}/pause")
async def pause(call: SignedInCall, community_id: UUID, pair_id: UUID, body: PairBody) -> PairOut:
    """No visits for a while."""
    view = await service.pause_pair(
        call.because(body.reason), community_id=community_id, pair_id=pair_id, version=body.version
    )
    return pair_out(view)


@router.post("/pairs/{pair_id}/resume")
async def resume(call: SignedInCall, community_id: UUID, pair_id: UUID, body: PairBody) -> PairOut:
    """Visits again."""
    view = await service.resume_pair(
        call.because(body.reason), community_id=community_id, pair_id=pair_id, version=body.version
    )
    return pair_out(view)


@router.post("/pairs/{pair_id}/end")
async def end(call: SignedInCall, community_id: UUID, pair_id: UUID, body: EndBody) -> PairOut:
    """End a pair, with thanks; `look_again`: its request waits for somebody else."""
    view = await service.end_pair(
        call.because(body.reason),
        community_id=community_id,
        pair_id=pair_id,
        version=body.version,
        look_again=body.look_again,
    )
    return pair_out(view)
