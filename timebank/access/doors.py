"""What pages and API routes ask for: who is calling, and that a form is our own."""

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request

from timebank.access import service
from timebank.access.errors import ForgedForm
from timebank.access.guard import Call
from timebank.access.model import UnitNode
from timebank.access.queries import SignedIn
from timebank.core import clock
from timebank.core.actor import NOBODY, Actor, ActorKind, Role
from timebank.core.errors import N_, FieldError, Forbidden, Invalid, NotFound, Text, Unauthenticated
from timebank.core.sealing import Seal
from timebank.web import versions

COOKIE = "login"
VISITOR = "visitor"
# Where a member's own pages stand.
OWN = "/me"
_DESK = (Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR)
KEY_LENGTH_MAX = 200
_THIS_MACHINE = ("127.0.0.1", "::1")


def call_of(request: Request, actor: Actor = NOBODY) -> Call:
    """A call by `actor` at this moment."""
    state = request.app.state
    return Call(
        database=state.database,
        actor=actor,
        now=clock.now(),
        seal=state.seal,
        request_id=request.scope.get("request_id"),
    )


def token_of(request: Request) -> str | None:
    """The login token: of the Authorization header, else of the cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.cookies.get(COOKIE)


def address_of(request: Request) -> str | None:
    """Where a request comes from, as far as the proxies in the settings can be believed.

    None for this very machine: a proxy on it that nobody told us of would be everybody at once.
    """
    host = request.client.host if request.client else None
    return None if host in _THIS_MACHINE else host


async def _login_of(request: Request) -> SignedIn | None:
    """The live login behind a request, asked for once: what guards a form needs it, and then the form itself."""
    if not hasattr(request.state, "login"):
        token = token_of(request)
        request.state.login = await service.who_is(call_of(request), token=token) if token else None
    found: SignedIn | None = request.state.login
    return found


async def anybody(request: Request) -> Call:
    """The call of whoever is there, signed in or not."""
    found = await _login_of(request)
    if found is None:
        request.state.csrf = csrf_token(request.app.state.seal, request.cookies.get(VISITOR, ""))
        return call_of(request)
    request.state.login_id = found.login_id
    request.state.csrf = csrf_token(request.app.state.seal, str(found.login_id))
    desks = {
        community: roles
        for community, roles in found.actor.roles.items()
        if roles.intersection((*_DESK, Role.MEMBER))
    }
    community_id = found.community_id if found.community_id in desks else min(desks, default=None)
    call = replace(call_of(request, found.actor), community_id=community_id)
    if found.actor.kind is ActorKind.STAFF:
        request.state.places = found.places
        if found.community_id is None and request.state.places:
            call = replace(call, community_id=_first(request.state.places, desks))
    request.state.call = call
    return call


async def signed_in(
    request: Request, key: Annotated[str | None, Header(alias="Idempotency-Key")] = None
) -> Call:
    """The call of somebody signed in; `Unauthenticated` otherwise."""
    call = await anybody(request)
    if call.actor.kind is ActorKind.NOBODY:
        raise Unauthenticated
    versions.refuse_misread(request)
    if key is not None and not 8 <= len(key) <= KEY_LENGTH_MAX:
        raise Invalid([FieldError("Idempotency-Key", Text(N_("提交编号要有 8 到 200 个字符")))])
    return call.with_key(key)


async def visitor(request: Request, call: Annotated[Call, Depends(anybody)]) -> Call:
    """The call of a program that may be nobody's yet."""
    versions.refuse_misread(request)
    return call


async def keyed(
    call: Annotated[Call, Depends(signed_in)], _key: Annotated[str, Header(alias="Idempotency-Key")]
) -> Call:
    """The call of a program that changes hours: without an Idempotency-Key it is refused."""
    return call


async def at_desk(call: Annotated[Call, Depends(signed_in)]) -> Call:
    """The call of staff; a member is sent to their own pages by the layout, and refused here."""
    if call.actor.kind is not ActorKind.STAFF or call.community_id is None:
        raise Forbidden
    return call


async def at_work(call: Annotated[Call, Depends(at_desk)]) -> Call:
    """The call of staff who may change something there: a page that is only a form is shown to nobody else."""
    if not call.actor.may_write_in(call.community_id):
        raise Forbidden
    return call


async def member(call: Annotated[Call, Depends(signed_in)]) -> Call:
    """The call of a member who signed in with a card."""
    if call.actor.kind is not ActorKind.MEMBER:
        raise Forbidden
    return call


async def own_form(request: Request) -> AsyncIterator[None]:
    """Refuse a form that another site made (`ForgedForm`): a token bound to the login, and the origin.

    The form's `key` becomes the Idempotency-Key of what it does, so that pressing twice does once.
    Files that came with it are closed once it is answered, also where nobody was let in to read them.
    """
    try:
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            await _refuse_forged(request)
        yield
    finally:
        await request.close()


async def _refuse_forged(request: Request) -> None:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForgedForm
    form = await request.form()
    found = await _login_of(request)
    bound_to = str(found.login_id) if found else request.cookies.get(VISITOR, "")
    expected = csrf_token(request.app.state.seal, bound_to)
    if not bound_to or not hmac.compare_digest(str(form.get("csrf", "")), expected):
        raise ForgedForm


async def form_key(request: Request) -> str | None:
    """The hidden `key` of a posted form."""
    key = (await request.form()).get("key")
    return key if isinstance(key, str) and 8 <= len(key) <= KEY_LENGTH_MAX else None


async def own_api_call(request: Request) -> None:
    """A program that changes something must send its token in a header, which no other site can make."""
    if request.method in ("GET", "HEAD", "OPTIONS") or request.headers.get("authorization"):
        return
    if request.cookies.get(COOKIE):
        given = request.headers.get("x-csrf-token", "")
        await anybody(request)
        if not hmac.compare_digest(given, request.state.csrf):
            raise ForgedForm


def csrf_token(seal: Seal, bound_to: str) -> str:
    """The proof that a form came from our own page, for one login or visitor."""
    return seal.sign(bound_to, purpose="csrf")


@dataclass(frozen=True)
class Whose:
    """Whom a member's page is about: themselves, or somebody they act for. `base`: where such pages stand.

    `call` works in that member's community.
    """

    call: Call
    member_id: UUID
    base: str


async def whose(request: Request, call: Annotated[Call, Depends(member)]) -> Whose:
    """The member of `/me/…`, or of `/me/for/{principal_id}/…` if the caller acts for them (else `NotFound`)."""
    if "principal_id" not in request.path_params:
        return Whose(call, call.actor.id, OWN)
    principal_id: UUID = request.path_params["principal_id"]
    acting = await service.acting_for(call)
    found = next((one for one in acting if one.member_id == principal_id), None)
    if found is None:
        raise NotFound
    request.state.base = f"/me/for/{principal_id}"
    return Whose(replace(call, community_id=found.community_id), principal_id, request.state.base)


def _first(places: list[UnitNode], desks: dict[UUID, frozenset[Role]]) -> UUID | None:
    return next((place.id for place in places if place.id in desks), None)


Anybody = Annotated[Call, Depends(anybody)]
VisitorCall = Annotated[Call, Depends(visitor)]
KeyedCall = Annotated[Call, Depends(keyed)]
SignedInCall = Annotated[Call, Depends(signed_in)]
DeskCall = Annotated[Call, Depends(at_desk)]
WorkCall = Annotated[Call, Depends(at_work)]
MemberCall = Annotated[Call, Depends(member)]
OwnOrFor = Annotated[Whose, Depends(whose)]
FormKey = Annotated[str | None, Depends(form_key)]
