"""Care plans for programs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from timebank.access.doors import SignedInCall
from timebank.care.plans import service
from timebank.care.plans.schemas import (
    ChangedPlan,
    EndBody,
    PlanBody,
    PlanFields,
    PlanList,
    ReviewBody,
    VersionBody,
    line_of,
    plan_of,
    version_of,
)
from timebank.requests.schemas import Made
from timebank.web.versions import VersionedRoute

router = APIRouter(prefix="/communities/{community_id}", tags=["care"], route_class=VersionedRoute)


@router.get("/care-plans")
async def list_plans(
    call: SignedInCall, community_id: UUID, ended: bool = False, after: str | None = None
) -> PlanList:
    """Running plans, the next to be looked at first; or those that have ended, the latest first."""
    page = await service.list_plans(call, community_id=community_id, ended=ended, after=after)
    return PlanList(rows=[line_of(line) for line in page.rows], after=page.after)


@router.post("/members/{member_id}/care-plans", status_code=201)
async def begin_plan(call: SignedInCall, community_id: UUID, member_id: UUID, body: PlanFields) -> Made:
    """Begin a plan for one person, who has no other that runs."""
    made = await service.begin_plan(call, community_id=community_id, member_id=member_id, plan=body.plan)
    return Made(id=made)


@router.get("/care-plans/{plan_id}")
async def see_plan(call: SignedInCall, community_id: UUID, plan_id: UUID) -> PlanBody:
    """A plan as it stands."""
    return plan_of(await service.one_plan(call, community_id=community_id, plan_id=plan_id))


@router.put("/care-plans/{plan_id}", status_code=204)
async def change_plan(call: SignedInCall, community_id: UUID, plan_id: UUID, body: ChangedPlan) -> Response:
    """Write it differently; 409 where somebody changed it after `version`. What stood before is kept."""
    await service.change_plan(
        call, community_id=community_id, plan_id=plan_id, plan=body.plan, version=body.version
    )
    return Response(status_code=204)


@router.get("/care-plans/{plan_id}/versions")
async def plan_versions(call: SignedInCall, community_id: UUID, plan_id: UUID) -> list[VersionBody]:
    """Every version of a plan, the latest first."""
    found = await service.one_plan(call, community_id=community_id, plan_id=plan_id)
    return [version_of(one) for one in found.versions]


@router.post("/care-plans/{plan_id}/review", status_code=204)
async def review_plan(call: SignedInCall, community_id: UUID, plan_id: UUID, body: ReviewBody) -> Response:
    """It was looked at again: what was found, and when next."""
    await service.review_plan(
        call,
        community_id=community_id,
        plan_id=plan_id,
        word=body.word,
        review_on=body.review_on,
        version=body.version,
    )
    return Response(status_code=204)


@router.post("/care-plans/{plan_id}/end", status_code=204)
async def end_plan(call: SignedInCall, community_id: UUID, plan_id: UUID, body: EndBody) -> Response:
    """It is over, and why."""
    await service.end_plan(
        call, community_id=community_id, plan_id=plan_id, reason=body.reason, version=body.version
    )
    return Response(status_code=204)
