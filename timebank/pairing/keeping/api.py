"""Keeping pairs, for programs."""

from uuid import UUID

from fastapi import APIRouter

from timebank.access.doors import SignedInCall
from timebank.pairing.keeping import service
from timebank.pairing.keeping.schemas import KeptOut, Made, NewNote, NewSubstitute, NoteOut
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/pairs/{pair_id}", tags=["pairs"], route_class=VersionedRoute
)


@router.get("/notes")
async def kept(call: SignedInCall, community_id: UUID, pair_id: UUID) -> KeptOut:
    """What was done for a pair, when its review is due, and whether it fell silent."""
    found = await service.kept(call, community_id=community_id, pair_id=pair_id)
    return KeptOut(
        notes=[NoteOut.of(note) for note in found.notes],
        review_on=found.review_on,
        accompanied=found.accompanied,
        silent_since=found.silent_since,
    )


@router.post("/notes", status_code=201)
async def note(call: SignedInCall, community_id: UUID, pair_id: UUID, body: NewNote) -> Made:
    """Write down that somebody came along, looked in, or reviewed it."""
    made = await service.note(call, community_id=community_id, pair_id=pair_id, **body.model_dump())
    return Made(id=made)


@router.post("/substitutes", status_code=201)
async def substitute(call: SignedInCall, community_id: UUID, pair_id: UUID, body: NewSubstitute) -> Made:
    """Let another helper go to one planned visit, whose id comes back; the pair stays."""
    moved = await service.substitute(call, community_id=community_id, pair_id=pair_id, **body.model_dump())
    return Made(id=moved.id)
