"""Keeping in touch, for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.care.contacts import service
from timebank.care.contacts.schemas import (
    InTouchBody,
    NewContact,
    RhythmFields,
    RhythmsBody,
    StrikeBody,
    WatchBody,
    contact_of,
    last_of,
    rhythm_of,
    watch_of,
)
from timebank.requests.schemas import Made
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["care"], route_class=VersionedRoute)


@router.get("/care/watch")
async def watch(call: SignedInCall, community_id: UUID) -> WatchBody:
    """Everybody in a hardship tier: whom nobody has seen or called within the rhythm, and who is next."""
    return watch_of(await service.watch(call, community_id=community_id))


@router.get("/care/rhythms")
async def rhythms(call: SignedInCall, community_id: UUID) -> RhythmsBody:
    """How often each tier is to be seen today, and as it was set before."""
    today, versions = await service.rhythms(call, community_id=community_id)
    return RhythmsBody(today=dict(today.days), versions=[rhythm_of(one) for one in versions])


@router.post("/care/rhythms", status_code=201)
async def set_rhythm(call: SignedInCall, community_id: UUID, body: RhythmFields) -> Made:
    """Say how often each tier is to be seen, from a day on that is not over."""
    made = await service.set_rhythm(
        call, community_id=community_id, rhythm=body.rhythm, in_force_from=body.in_force_from
    )
    return Made(id=made)


@router.get("/members/{member_id}/contacts")
async def in_touch(call: SignedInCall, community_id: UUID, member_id: UUID) -> InTouchBody:
    """When a member was last seen, and the last calls and look-ins."""
    found = await service.in_touch(call, community_id=community_id, member_id=member_id)
    return InTouchBody(last_seen=last_of(found.last), contacts=[contact_of(view) for view in found.contacts])


@router.post("/members/{member_id}/contacts", status_code=201)
async def note_contact(call: SignedInCall, community_id: UUID, member_id: UUID, body: NewContact) -> Made:
    """Note a call or a look-in."""
    made = await service.note_contact(
        call, community_id=community_id, member_id=member_id, contact=body.contact
    )
    return Made(id=made)


@router.post("/contacts/{contact_id}/strike", status_code=204)
async def strike_contact(
    call: SignedInCall, community_id: UUID, contact_id: UUID, body: StrikeBody
) -> Response:
    """Strike out what was noted wrongly; it stays to be read, and no longer counts."""
    await service.strike_contact(call, community_id=community_id, contact_id=contact_id, reason=body.reason)
    return Response(status_code=204)
