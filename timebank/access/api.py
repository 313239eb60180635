"""Sign-in, units and staff for programs."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access import doors, service
from timebank.access.doors import SignedInCall, VisitorCall
from timebank.access.errors import WrongCredentials
from timebank.access.model import UnitNode
from timebank.access.queries import StaffView
from timebank.access.schemas import (
    ActiveBody,
    LoginView,
    Made,
    NewLogin,
    NewPasswordBody,
    NewStaffBody,
    NewUnitBody,
    OfficeBody,
    OfficeOut,
    StaffOut,
    UnitChangeBody,
    UnitOut,
)
from timebank.core.actor import Role
from timebank.web.versions import VersionedRoute

router = APIRouter(tags=["access"], route_class=VersionedRoute)


@router.post("/logins", status_code=201)
async def sign_in(request: Request, call: VisitorCall, body: NewLogin) -> LoginView:
    """Sign in; the token goes into `Authorization: Bearer …`."""
    address = doors.address_of(request)
    if body.user_name and body.password:
        token = await service.sign_in_staff(
            call, user_name=body.user_name, password=body.password, address=address
        )
    else:
        token = await service.sign_in_card(call, pin=body.pin or "", number=body.number, address=address)
    if token is None:
        raise WrongCredentials
    return LoginView(token=token.token, home=token.home)


@router.delete("/logins/current", status_code=204)
async def sign_out(request: Request, call: SignedInCall) -> Response:
    """End this login."""
    await service.sign_out(call, token=doors.token_of(request) or "")
    return Response(status_code=204)


@router.get("/units")
async def list_units(call: SignedInCall) -> list[UnitOut]:
    """The units that the caller administers, parents before children."""
    return [_unit(node) for node in await service.administered_units(call)]


@router.post("/units", status_code=201)
async def add_unit(call: SignedInCall, body: NewUnitBody) -> Made:
    """A town below the district, or a community below a town."""
    made = await service.add_unit(call, parent_id=body.parent_id, name=body.name, code=body.code)
    return Made(id=made)


@router.put("/units/{unit_id}", status_code=204)
async def change_unit(call: SignedInCall, unit_id: UUID, body: UnitChangeBody) -> Response:
    """Another name or code; 409 where it is no longer as it was seen."""
    await service.change_unit(call, unit_id=unit_id, **body.model_dump())
    return Response(status_code=204)


@router.get("/staff")
async def list_staff(call: SignedInCall) -> list[StaffOut]:
    """Everybody who holds an office in the caller's units."""
    return [_staff(view) for view in await service.list_staff(call)]


@router.post("/staff", status_code=201)
async def add_staff(call: SignedInCall, body: NewStaffBody) -> Made:
    """A new staff member with one office."""
    made = await service.add_staff(
        call,
        name=body.name,
        user_name=body.user_name,
        password=body.password,
        role=Role(body.role),
        unit_id=body.unit_id,
    )
    return Made(id=made)


@router.post("/staff/{staff_id}/offices", status_code=204)
async def give_office(call: SignedInCall, staff_id: UUID, body: OfficeBody) -> Response:
    """One office more."""
    await service.give_office(call, staff_id=staff_id, unit_id=body.unit_id, role=Role(body.role))
    return Response(status_code=204)


@router.post("/staff/{staff_id}/offices/take", status_code=204)
async def take_office(call: SignedInCall, staff_id: UUID, body: OfficeBody) -> Response:
    """One office less; 409 where it is the only one."""
    await service.take_office(call, staff_id=staff_id, unit_id=body.unit_id, role=Role(body.role))
    return Response(status_code=204)


@router.put("/staff/{staff_id}/password", status_code=204)
async def reset_password(call: SignedInCall, staff_id: UUID, body: NewPasswordBody) -> Response:
    """A new password for somebody who forgot theirs."""
    await service.reset_password(call, staff_id=staff_id, password=body.password)
    return Response(status_code=204)


@router.put("/staff/{staff_id}/active", status_code=204)
async def set_active(call: SignedInCall, staff_id: UUID, body: ActiveBody) -> Response:
    """Shut somebody out at once, or let them in again."""
    await service.set_staff_active(call, staff_id=staff_id, active=body.active)
    return Response(status_code=204)


def _unit(node: UnitNode) -> UnitOut:
    return UnitOut(id=node.id, parent_id=node.parent_id, level=node.level, name=node.name, code=node.code)


def _staff(view: StaffView) -> StaffOut:
    return StaffOut(
        id=view.id,
        name=view.name,
        user_name=view.user_name,
        active=view.active,
        offices=[OfficeOut(role=role, unit_id=unit_id, unit=unit) for role, unit_id, unit in view.offices],
        memberships=view.memberships,
    )
