"""Members for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.core import clock
from timebank.people import service
from timebank.people.schemas import (
    AbsenceBody,
    BranchBody,
    BranchChangeBody,
    Filters,
    MemberBody,
    ReasonBody,
    WeekBody,
)
from timebank.people.views import (
    BranchRow,
    CardView,
    IdNumberView,
    Made,
    MemberPage,
    ProfileView,
    Versioned,
    WeekView,
    brief_view,
    profile_view,
    week_view,
)
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["people"], route_class=VersionedRoute)


@router.get("/members")
async def list_members(
    call: SignedInCall, community_id: UUID, filters: Annotated[Filters, Query()]
) -> MemberPage:
    """Members by pinyin, narrowed; with `q` the best hits first."""
    page = await service.list_members(
        call,
        community_id=community_id,
        words=filters.q,
        role=filters.role,
        status=filters.status,
        branch_id=filters.branch_id,
        away_on=clock.day_of(call.now) if filters.away else None,
        after=filters.after,
    )
    return MemberPage(rows=[brief_view(row) for row in page.rows], after=page.after)


@router.get("/members/{member_id}")
async def read_member(call: SignedInCall, community_id: UUID, member_id: UUID) -> ProfileView:
    """A member in full."""
    known = await service.profile(call, community_id=community_id, member_id=member_id)
    return profile_view(known)


@router.put("/members/{member_id}")
async def change_member(
    call: SignedInCall, community_id: UUID, member_id: UUID, body: MemberBody
) -> Versioned:
    """Replace a member's details; 409 where somebody changed the record after `version`."""
    version = await service.change_member(
        call,
        community_id=community_id,
        member_id=member_id,
        version=body.version,
        details=body.details(),
        number=body.number,
        id_number=body.id_number,
    )
    return Versioned(version=version)


@router.get("/members/{member_id}/availability")
async def read_availability(call: SignedInCall, community_id: UUID, member_id: UUID) -> WeekView:
    """A member's week."""
    return week_view(await service.profile(call, community_id=community_id, member_id=member_id))


@router.put("/members/{member_id}/availability")
async def set_availability(
    call: SignedInCall, community_id: UUID, member_id: UUID, body: WeekBody
) -> Versioned:
    """Replace a member's week; 409 where somebody changed it after `version`."""
    version = await service.set_availability(
        call,
        community_id=community_id,
        member_id=member_id,
        windows=[window.window() for window in body.windows],
        version=body.version,
    )
    return Versioned(version=version)


@router.post("/members/{member_id}/absences", status_code=201)
async def add_absence(call: SignedInCall, community_id: UUID, member_id: UUID, body: AbsenceBody) -> Made:
    """Note that a member is away, both days included."""
    made = await service.add_absence(
        call,
        community_id=community_id,
        member_id=member_id,
        from_on=body.from_on,
        until_on=body.until_on,
        kind=body.kind,
        note=body.note,
    )
    return Made(id=made)


@router.delete("/members/{member_id}/absences/{absence_id}", status_code=204)
async def remove_absence(
    call: SignedInCall, community_id: UUID, member_id: UUID, absence_id: UUID
) -> Response:
    """The member is there after all."""
    await service.remove_absence(call, community_id=community_id, member_id=member_id, absence_id=absence_id)
    return Response(status_code=204)


@router.put("/members/{member_id}/apart/{other_id}", status_code=204)
async def keep_apart(
    call: SignedInCall, community_id: UUID, member_id: UUID, other_id: UUID, body: ReasonBody
) -> Response:
    """Never pair these two."""
    await service.keep_apart(
        call, community_id=community_id, member_id=member_id, other_id=other_id, reason=body.reason
    )
    return Response(status_code=204)


@router.delete("/members/{member_id}/apart/{other_id}", status_code=204)
async def allow_together(call: SignedInCall, community_id: UUID, member_id: UUID, other_id: UUID) -> Response:
    """The two may be paired again."""
    await service.allow_together(call, community_id=community_id, member_id=member_id, other_id=other_id)
    return Response(status_code=204)


@router.post("/members/{member_id}/id-number")
async def unmask_id(
    call: SignedInCall, community_id: UUID, member_id: UUID, body: ReasonBody
) -> IdNumberView:
    """The ID number in full; the reason is written down. An Idempotency-Key has no effect here."""
    # A kept answer would be an ID number in clear.
    asked = call.with_key(None).because(body.reason)
    shown = await service.unmask_id(asked, community_id=community_id, member_id=member_id)
    return IdNumberView(id_number=shown)


@router.post("/members/{member_id}/cards", status_code=201)
async def issue_card(call: SignedInCall, community_id: UUID, member_id: UUID) -> CardView:
    """A new card and PIN, told once; the card before stops. An Idempotency-Key has no effect here."""
    # A kept answer would be a PIN in clear.
    card = await service.issue_card(call.with_key(None), community_id=community_id, member_id=member_id)
    return CardView(number=card.number, secret=card.secret, pin=card.pin)


@router.delete("/members/{member_id}/cards", status_code=204)
async def stop_card(call: SignedInCall, community_id: UUID, member_id: UUID) -> Response:
    """A lost card stops at once."""
    await service.stop_card(call, community_id=community_id, member_id=member_id)
    return Response(status_code=204)


@router.get("/branches")
async def list_branches(call: SignedInCall, community_id: UUID) -> list[BranchRow]:
    """The branches by name."""
    rows = await service.branches(call, community_id=community_id)
    return [BranchRow(id=row.id, name=row.name, members=row.members) for row in rows]


@router.post("/branches", status_code=201)
async def add_branch(call: SignedInCall, community_id: UUID, body: BranchBody) -> Made:
    """A new branch."""
    return Made(id=await service.add_branch(call, community_id=community_id, name=body.name))


@router.put("/branches/{branch_id}", status_code=204)
async def rename_branch(
    call: SignedInCall, community_id: UUID, branch_id: UUID, body: BranchChangeBody
) -> Response:
    """Another name for a branch; 409 where it is not called `seen_name` any more."""
    await service.rename_branch(
        call, community_id=community_id, branch_id=branch_id, name=body.name, seen_name=body.seen_name
    )
    return Response(status_code=204)
