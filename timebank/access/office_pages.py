"""Pages of an administrator: units, staff and their offices."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access import service
from timebank.access.doors import DeskCall, FormKey
from timebank.access.guard import Call
from timebank.access.model import Level
from timebank.access.schemas import NewPassword, NewStaff, NewUnit, Office, UnitChange
from timebank.core.actor import Role
from timebank.core.errors import N_, Stale, Text, TimebankError
from timebank.web.forms import Form, read
from timebank.web.i18n import translate
from timebank.web.render import language_of, redirect, render

router = APIRouter()
ROLES = {
    Role.COORDINATOR: N_("协调员"),
    Role.AUDITOR: N_("审计员"),
    Role.ADMINISTRATOR: N_("管理员"),
}
LEVELS = {Level.DISTRICT: N_("区"), Level.TOWN: N_("镇街"), Level.COMMUNITY: N_("社区")}


@router.get("/staff")
async def staff_page(request: Request, call: DeskCall) -> Response:
    """Who holds which office."""
    return await _list(request, call, Form())


@router.post("/staff")
async def add_staff(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Add somebody."""
    form = await read(request, NewStaff)
    if form.value is not None:
        value = form.value
        try:
            made = await service.add_staff(
                call.with_key(key),
                name=value.name,
                user_name=value.user_name,
                password=value.password,
                role=Role(value.role),
                unit_id=value.unit_id,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/staff/{made}", Text(N_("已添加 {name}"), {"name": value.name}))
    return await _list(request, call, form, status=422)


@router.get("/staff/{staff_id:uuid}")
async def one_page(request: Request, call: DeskCall, staff_id: UUID) -> Response:
    """One person's offices, and what can be done about them."""
    return await _one(request, call, staff_id, Form())


@router.post("/staff/{staff_id:uuid}/offices/{what}")
async def change_office(
    request: Request, call: DeskCall, key: FormKey, staff_id: UUID, what: Literal["give", "take"]
) -> Response:
    """One office more, or one less."""
    form = await read(request, Office)
    if form.value is not None:
        act = service.give_office if what == "give" else service.take_office
        role, unit_id = Role(form.value.role), form.value.unit_id
        try:
            await act(call.with_key(key), staff_id=staff_id, unit_id=unit_id, role=role)
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/staff/{staff_id}", Text(N_("已保存")))
    return await _one(request, call, staff_id, form, status=422)


@router.post("/staff/{staff_id:uuid}/password")
async def reset_password(request: Request, call: DeskCall, staff_id: UUID) -> Response:
    """A new password for somebody who forgot theirs."""
    form = await read(request, NewPassword)
    if form.value is not None:
        try:
            # Without a key: what is kept under a key must not be reckoned from a password.
            await service.reset_password(call, staff_id=staff_id, password=form.value.password)
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/staff/{staff_id}", Text(N_("密码已重设；请当面告诉本人，并请其改掉")))
    return await _one(request, call, staff_id, form, status=422)


@router.post("/staff/{staff_id:uuid}/{state}")
async def set_active(
    request: Request, call: DeskCall, key: FormKey, staff_id: UUID, state: Literal["on", "off"]
) -> Response:
    """Shut somebody out, or let them in again."""
    try:
        await service.set_staff_active(call.with_key(key), staff_id=staff_id, active=state == "on")
    except TimebankError as error:
        return await _one(request, call, staff_id, Form().refused(error), status=422)
    said = Text(N_("已恢复")) if state == "on" else Text(N_("已停用，其所有设备已退出"))
    return redirect(request, f"/staff/{staff_id}", said)


@router.get("/units")
async def units_page(request: Request, call: DeskCall) -> Response:
    """The tree of units."""
    return await _units(request, call, Form())


@router.post("/units")
async def add_unit(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Hang a town or a community in the tree."""
    form = await read(request, NewUnit)
    if form.value is not None:
        value = form.value
        try:
            await service.add_unit(
                call.with_key(key), parent_id=value.parent_id, name=value.name, code=value.code
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/units", Text(N_("已添加 {name}"), {"name": value.name}))
    return await _units(request, call, form, status=422)


@router.post("/units/{unit_id:uuid}")
async def change_unit(request: Request, call: DeskCall, key: FormKey, unit_id: UUID) -> Response:
    """Another name or code."""
    form = await read(request, UnitChange)
    if form.value is not None:
        try:
            await service.change_unit(call.with_key(key), unit_id=unit_id, **form.value.model_dump())
        except Stale as error:
            units = {unit.id: unit for unit in await service.administered_units(call)}
            form = form.refused(error).against({"name": units[unit_id].name, "code": units[unit_id].code})
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/units", Text(N_("已保存")))
    return await _units(request, call, form, changing=unit_id, status=422)


async def _list(request: Request, call: Call, form: Form[NewStaff], *, status: int = 200) -> Response:
    staff = await service.list_staff(call)
    context = {"staff": staff, "roles": ROLES, "form": form, **await _options(request, call)}
    return render(request, "access/staff.html", context, status=status)


async def _one(
    request: Request, call: Call, staff_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    person = await service.one_of_staff(call, staff_id=staff_id)
    context = {"person": person, "roles": ROLES, "form": form, **await _options(request, call)}
    return render(request, "access/one_of_staff.html", context, status=status)


async def _units(
    request: Request, call: Call, form: Form[Any], *, changing: UUID | None = None, status: int = 200
) -> Response:
    """The tree with a form in each row; `changing`: the row whose form was refused."""
    units = await service.administered_units(call)
    parents = [(unit.id, unit.name) for unit in units if unit.level is not Level.COMMUNITY]
    context = {"units": units, "parents": parents, "levels": LEVELS, "form": form, "changing": changing}
    return render(request, "access/units.html", context, status=status)


async def _options(request: Request, call: Call) -> dict[str, list[tuple[str, str]]]:
    language = language_of(request)
    units = await service.administered_units(call)
    return {
        "role_options": [(str(role), translate(label, language)) for role, label in ROLES.items()],
        "unit_options": [(str(unit.id), unit.name) for unit in units],
    }
