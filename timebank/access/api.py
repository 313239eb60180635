"""Sign-in for programs."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access import doors, service
from timebank.access.doors import Anybody, SignedInCall
from timebank.access.errors import WrongCredentials
from timebank.access.schemas import LoginView, NewLogin

router = APIRouter(tags=["access"])


@router.post("/logins", status_code=201)
async def sign_in(call: Anybody, body: NewLogin) -> LoginView:
    """Sign in; the token goes into `Authorization: Bearer …`."""
    if body.user_name and body.password:
        token = await service.sign_in_staff(call, user_name=body.user_name, password=body.password)
    else:
        token = await service.sign_in_card(call, pin=body.pin or "", number=body.number)
    if token is None:
        raise WrongCredentials
    return LoginView(token=token.token, home=token.home)


@router.delete("/logins/current", status_code=204)
async def sign_out(request: Request, call: SignedInCall) -> Response:
    """End this login."""
    await service.sign_out(call, token=doors.token_of(request) or "")
    return Response(status_code=204)
