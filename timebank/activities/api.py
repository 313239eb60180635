"""Activities for programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from timebank.access.doors import KeyedCall, SignedInCall
from timebank.activities import service
from timebank.activities.model import ActivityKind, Part
from timebank.activities.queries import When
from timebank.activities.schemas import (
    ActivityBody,
    ActivityList,
    Because,
    ChangedPlan,
    CountsFor,
    InvitationBody,
    NewActivity,
    ReportBody,
    SignInBody,
    StandingBody,
    TakingBody,
    TakingPart,
    WithdrawBody,
    body_of,
    invitation_of,
    taking_of,
)
from timebank.requests.schemas import Made, Seen
from timebank.web.versions import VersionedRoute

router = APIRouter(
    prefix="/communities/{community_id}/activities", tags=["activities"], route_class=VersionedRoute
)


@router.get("")
async def list_activities(
    call: SignedInCall,
    community_id: UUID,
    when: When = When.COMING,
    kind: ActivityKind | None = None,
    words: Annotated[str | None, Query(max_length=60)] = None,
    after: str | None = None,
) -> ActivityList:
    """Talks and events by day: what comes, the next first; what is past or all, the latest first."""
    page = await service.list_activities(
        call, community_id=community_id, when=when, kind=kind, words=words, after=after
    )
    return ActivityList(rows=[body_of(view) for view in page.rows], after=page.after)


@router.post("", status_code=201)
async def plan(call: SignedInCall, community_id: UUID, body: NewActivity) -> Made:
    """Plan a talk or an event."""
    made = await service.plan(
        call, community_id=community_id, plan=body.plan, targets=frozenset(body.target_ids)
    )
    return Made(id=made)


@router.get("/{activity_id}")
async def see(call: SignedInCall, community_id: UUID, activity_id: UUID) -> ActivityBody:
    """One activity, without names."""
    return body_of(await service.one(call, community_id=community_id, activity_id=activity_id))


@router.put("/{activity_id}", status_code=204)
async def change(call: SignedInCall, community_id: UUID, activity_id: UUID, body: ChangedPlan) -> Response:
    """Plan it differently; 409 where somebody changed it after `version`. More seats go to those who wait."""
    await service.change(
        call, community_id=community_id, activity_id=activity_id, plan=body.plan, version=body.version
    )
    return Response(status_code=204)


@router.get("/{activity_id}/targets")
async def list_targets(call: SignedInCall, community_id: UUID, activity_id: UUID) -> list[UUID]:
    """The targets of campaigns that it counts for."""
    return sorted(await service.targets(call, community_id=community_id, activity_id=activity_id))


@router.put("/{activity_id}/targets", status_code=204)
async def count_for(call: SignedInCall, community_id: UUID, activity_id: UUID, body: CountsFor) -> Response:
    """Say which targets it counts for, also after it took place; it must lie within their campaign's days."""
    await service.count_for(
        call,
        community_id=community_id,
        activity_id=activity_id,
        targets=frozenset(body.target_ids),
        version=body.version,
    )
    return Response(status_code=204)


@router.post("/{activity_id}/cancel", status_code=204)
async def cancel(call: SignedInCall, community_id: UUID, activity_id: UUID, body: Because) -> Response:
    """Call it off; everybody in it sees why."""
    await service.cancel(
        call, community_id=community_id, activity_id=activity_id, version=body.version, reason=body.reason
    )
    return Response(status_code=204)


@router.post("/{activity_id}/restore", status_code=204)
async def restore(call: SignedInCall, community_id: UUID, activity_id: UUID, body: Seen) -> Response:
    """It takes place after all."""
    await service.restore(call, community_id=community_id, activity_id=activity_id, version=body.version)
    return Response(status_code=204)


@router.get("/{activity_id}/participations")
async def list_participations(call: SignedInCall, community_id: UUID, activity_id: UUID) -> list[TakingBody]:
    """Everybody in it, in the order in which they enrolled; for the desk."""
    found = await service.gathering(call, community_id=community_id, activity_id=activity_id)
    return [taking_of(one, found.posted) for one in found.takings]


@router.get("/{activity_id}/participations/{member_id}")
async def see_participation(
    call: SignedInCall, community_id: UUID, activity_id: UUID, member_id: UUID
) -> InvitationBody:
    """The activity as one member sees it, with their own part in it."""
    found = await service.invitation(
        call, community_id=community_id, activity_id=activity_id, member_id=member_id
    )
    return invitation_of(found)


@router.put("/{activity_id}/participations/{member_id}")
async def take_part(
    call: SignedInCall, community_id: UUID, activity_id: UUID, member_id: UUID, body: TakingPart
) -> StandingBody:
    """Take a seat, or with `or_wait` a place in the line where there is none (else 409 `seats-taken`).

    Speakers and helpers take no seat; only the desk notes them.
    """
    who = {"community_id": community_id, "activity_id": activity_id, "member_id": member_id}
    if body.part is Part.PARTICIPANT:
        standing = await service.enrol(call, **who, or_wait=body.or_wait, provenance=body.provenance)
    else:
        standing = await service.staff(call, **who, part=body.part, provenance=body.provenance)
    return StandingBody(standing=standing)


@router.post("/{activity_id}/participations/{member_id}/withdraw", status_code=204)
async def withdraw(
    call: SignedInCall, community_id: UUID, activity_id: UUID, member_id: UUID, body: WithdrawBody
) -> Response:
    """They do not come, and why; the first who waits has the seat."""
    await service.withdraw(
        call, community_id=community_id, activity_id=activity_id, member_id=member_id, reason=body.reason
    )
    return Response(status_code=204)


@router.put("/{activity_id}/sign-in")
async def sign_in(call: KeyedCall, community_id: UUID, activity_id: UUID, body: SignInBody) -> ActivityBody:
    """Type in the sign-in sheet, or type it in again: it says who came, and all others did not.

    What was served is posted at once; what the sheet says no more is taken back.
    """
    view = await service.sign_in(
        call, community_id=community_id, activity_id=activity_id, sheet=body.sheet, version=body.version
    )
    return body_of(view)


@router.post("/{activity_id}/settle")
async def settle(call: KeyedCall, community_id: UUID, activity_id: UUID, body: Seen) -> list[TakingBody]:
    """Try again to post what the ledger refused; everybody with what now stands."""
    found = await service.settle(
        call, community_id=community_id, activity_id=activity_id, version=body.version
    )
    return [taking_of(one, found.posted) for one in found.takings]


@router.put("/{activity_id}/report", status_code=204)
async def report(call: SignedInCall, community_id: UUID, activity_id: UUID, body: ReportBody) -> Response:
    """Write down how it went, once the sheet is typed in."""
    await service.report(
        call,
        community_id=community_id,
        activity_id=activity_id,
        notes=body.notes,
        went_well=body.went_well,
        version=body.version,
    )
    return Response(status_code=204)
