"""Pages of sign-in, the first run, one's own password and preferences."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from timebank.access import doors, service
from timebank.access.doors import Anybody, DeskCall, SignedInCall
from timebank.access.errors import WrongCredentials
from timebank.access.model import MEMBER_LOGIN, STAFF_LOGIN, Token
from timebank.access.schemas import (
    FirstRun,
    PasswordChange,
    Preferences,
    SignInCard,
    SignInStaff,
    WorkIn,
)
from timebank.access.secrets import new_token
from timebank.core.actor import ActorKind, Role
from timebank.core.errors import N_, Text, TimebankError
from timebank.web import cookies
from timebank.web.forms import Form, read
from timebank.web.render import redirect, render

router = APIRouter()
open_router = APIRouter()


@open_router.get("/")
async def door(call: Anybody) -> Response:
    """Send everybody to their first page."""
    if call.actor.kind is ActorKind.NOBODY:
        return RedirectResponse("/sign-in", status_code=303)
    if call.actor.kind is ActorKind.MEMBER:
        return RedirectResponse("/me", status_code=303)
    desk = call.actor.anywhere(Role.COORDINATOR, Role.ADMINISTRATOR)
    return RedirectResponse("/today" if desk else "/audit", status_code=303)


@open_router.get("/sign-in")
async def sign_in_page(request: Request, call: Anybody) -> Response:
    """Card and PIN first, large; name and password below."""
    return _with_visitor(request, "access/sign_in.html", {"card": Form(), "staff": Form(), "secret": ""})


@open_router.get("/card/{secret}")
async def card_page(request: Request, call: Anybody, secret: str) -> Response:
    """Where the QR code on a card leads: only the PIN is asked."""
    return _with_visitor(request, "access/card.html", {"card": Form(), "secret": secret})


@open_router.post("/sign-in/card")
async def sign_in_card(request: Request, call: Anybody) -> Response:
    """A member signs in."""
    form = await read(request, SignInCard)
    secret = form.text("secret")
    if form.value is not None:
        try:
            value = form.value
            token = await service.sign_in_card(
                call,
                pin=value.pin,
                number=value.number,
                secret=value.secret,
                address=doors.address_of(request),
            )
            if token is not None:
                return _enter(request, token, member=True)
            form = form.refused(WrongCredentials())
        except TimebankError as error:
            form = form.refused(error)
    page = "access/card.html" if secret else "access/sign_in.html"
    context = {"card": form, "staff": Form(), "secret": secret}
    return _with_visitor(request, page, context, status=422)


@open_router.post("/sign-in/staff")
async def sign_in_staff(request: Request, call: Anybody) -> Response:
    """A coordinator, an auditor or an administrator signs in."""
    form = await read(request, SignInStaff)
    if form.value is not None:
        try:
            value = form.value
            token = await service.sign_in_staff(
                call,
                user_name=value.user_name,
                password=value.password,
                address=doors.address_of(request),
            )
            if token is not None:
                return _enter(request, token, member=False)
            form = form.refused(WrongCredentials())
        except TimebankError as error:
            form = form.refused(error)
    context = {"card": Form(), "staff": form, "secret": ""}
    return _with_visitor(request, "access/sign_in.html", context, status=422)


@router.post("/sign-out")
async def sign_out(request: Request, call: SignedInCall) -> Response:
    """End this login."""
    await service.sign_out(call, token=doors.token_of(request) or "")
    response = redirect(request, "/sign-in", Text(N_("已退出登录")))
    response.delete_cookie(doors.COOKIE)
    return response


@open_router.post("/preferences")
async def preferences(request: Request) -> Response:
    """Language and text size, kept in this browser."""
    form = await read(request, Preferences)
    response = RedirectResponse(_own_page(form.value.back if form.value else "/"), status_code=303)
    if form.value:
        for name, chosen in (("lang", form.value.lang), ("size", form.value.size)):
            if chosen:
                cookies.keep(request, response, name, chosen, seconds=31_536_000)
    return response


def _own_page(back: str) -> str:
    """`back` if it is a page of ours, else the first page: never another site's address."""
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"


@router.post("/desk/community/{community_id}")
async def work_in(request: Request, call: DeskCall, community_id: UUID) -> Response:
    """Work in another community from now on."""
    await service.work_in(call, community_id=community_id, login_id=request.state.login_id)
    form = await read(request, WorkIn)
    return redirect(request, _own_page(form.value.back if form.value else "/"))


@open_router.get("/setup/{code}")
async def setup_page(request: Request, call: Anybody, code: str) -> Response:
    """The first run."""
    return _with_visitor(request, "access/setup.html", {"form": Form(), "code": code})


@open_router.post("/setup/{code}")
async def setup(request: Request, call: Anybody, code: str) -> Response:
    """Make the first community and its coordinator."""
    form = await read(request, FirstRun)
    if form.value is not None:
        try:
            await service.set_up(call, code=code, **form.value.model_dump())
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/sign-in", Text(N_("社区已建好；请用刚才的登录名登录")))
    return _with_visitor(request, "access/setup.html", {"form": form, "code": code}, status=422)


@router.get("/password")
async def password_page(request: Request, call: DeskCall) -> Response:
    """Change one's own password."""
    return render(request, "access/password.html", {"form": Form()})


@router.post("/password")
async def change_password(request: Request, call: DeskCall) -> Response:
    """Take the new password; everybody else's devices with the old one are signed out."""
    form = await read(request, PasswordChange)
    if form.value is not None:
        try:
            await service.change_password(call, old=form.value.old, new=form.value.new)
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, "/sign-in", Text(N_("密码已更改；请用新密码登录")))
    return render(request, "access/password.html", {"form": form}, status=422)


def _with_visitor(request: Request, page: str, context: dict[str, object], *, status: int = 200) -> Response:
    """A page with a form for somebody not signed in: the CSRF token is bound to a cookie of its own."""
    visitor = request.cookies.get(doors.VISITOR) or new_token()
    if getattr(request.state, "call", None) is None:
        request.state.csrf = doors.csrf_token(request.app.state.seal, visitor)
    response = render(request, page, context, status=status)
    cookies.keep(request, response, doors.VISITOR, visitor)
    return response


def _enter(request: Request, token: Token, *, member: bool) -> Response:
    lasts = MEMBER_LOGIN if member else STAFF_LOGIN
    response = RedirectResponse(token.home, status_code=303)
    cookies.keep(request, response, doors.COOKIE, token.token, seconds=int(lasts.total_seconds()))
    return response
