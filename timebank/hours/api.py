"""Hours for programs. Amounts are whole minutes; names and words are in the reader's language."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from timebank.access.doors import KeyedCall, MemberCall, SignedInCall
from timebank.core import clock
from timebank.core.errors import Text
from timebank.hours import service
from timebank.hours.holds import service as holds
from timebank.hours.holds.schemas import AccountWithHolds, BalanceBody
from timebank.hours.house_schemas import HousePolicyVersionBody, NewHousePolicy
from timebank.hours.schemas import (
    AccountBody,
    AccountsBody,
    ExplanationBody,
    Made,
    Moved,
    NewGrant,
    PassbookBody,
    TrialBalanceBody,
)
from timebank.schemes.model import HousePolicy
from timebank.web.forms import Day
from timebank.web.i18n import say
from timebank.web.render import language_of
from timebank.web.versions import VersionedRoute

router = APIRouter(tags=["hours"], route_class=VersionedRoute)
_COMMUNITY = "/communities/{community_id}"
# What is read where nobody says from when.
USUAL_DAYS = timedelta(days=92)

Words = Annotated[str | None, Query(max_length=60)]
After = Annotated[str | None, Query(max_length=500)]


def say_to(request: Request) -> Callable[[Text], str]:
    """How a text reads to whoever asks."""
    language = language_of(request)
    return lambda text: say(text, language)


def _days(from_on: date | None, until_on: date | None) -> tuple[date, date]:
    until = until_on or clock.day_of(clock.now())
    return from_on or until - min(USUAL_DAYS, until - date.min), until


@router.get("/me/balance")
async def my_balance(request: Request, call: MemberCall) -> BalanceBody:
    """What I have, and what is held of it."""
    return await _balance(request, call, call.desk, call.actor.id)


@router.get("/me/passbook")
async def my_passbook(
    request: Request,
    call: MemberCall,
    from_on: Day | None = None,
    until_on: Day | None = None,
    after: After = None,
) -> PassbookBody:
    """My passbook, of the last three months unless told."""
    return await member_passbook(request, call, call.desk, call.actor.id, from_on, until_on, after)


@router.get(_COMMUNITY + "/members/{member_id}/balance")
async def member_balance(
    request: Request, call: SignedInCall, community_id: UUID, member_id: UUID
) -> BalanceBody:
    """What a member has, and what is held of it."""
    return await _balance(request, call, community_id, member_id)


@router.get(_COMMUNITY + "/members/{member_id}/passbook")
async def member_passbook(
    request: Request,
    call: SignedInCall,
    community_id: UUID,
    member_id: UUID,
    from_on: Day | None = None,
    until_on: Day | None = None,
    after: After = None,
) -> PassbookBody:
    """A member's passbook, of the last three months unless told."""
    first, last = _days(from_on, until_on)
    found = await service.passbook(
        call, community_id=community_id, member_id=member_id, from_on=first, until_on=last, after=after
    )
    return PassbookBody.of(found, say_to(request))


@router.post(_COMMUNITY + "/grants", status_code=201)
async def grant(call: KeyedCall, community_id: UUID, body: NewGrant) -> Moved:
    """Issue minutes to a member or to the pool."""
    made = await service.grant(
        call,
        community_id=community_id,
        member_id=body.member_id,
        minutes=body.minutes,
        reason=body.reason,
    )
    return Moved(transfer_id=made)


@router.get(_COMMUNITY + "/accounts")
async def list_accounts(
    request: Request, call: SignedInCall, community_id: UUID, words: Words = None, after: After = None
) -> AccountsBody:
    """Accounts by their holders; `words` searches as at the desk."""
    page = await service.accounts(call, community_id=community_id, words=words, after=after)
    return AccountsBody(rows=[AccountBody.of(row, say_to(request)) for row in page.rows], after=page.after)


@router.get(_COMMUNITY + "/accounts/{account_id}")
async def see_account(
    request: Request, call: SignedInCall, community_id: UUID, account_id: UUID
) -> AccountWithHolds:
    """One account as it stands, with what is held of it."""
    found = await service.account(call, community_id=community_id, account_id=account_id)
    lines = (
        await holds.held_of(call, community_id=community_id, account_id=account_id)
        if found.balance.held
        else []
    )
    return AccountWithHolds.told(found, lines, say_to(request))


@router.get(_COMMUNITY + "/accounts/{account_id}/statement")
async def statement(
    request: Request,
    call: SignedInCall,
    community_id: UUID,
    account_id: UUID,
    from_on: Day | None = None,
    until_on: Day | None = None,
    after: After = None,
) -> PassbookBody:
    """Any account's entries, of the last three months unless told."""
    first, last = _days(from_on, until_on)
    found = await service.statement(
        call, community_id=community_id, account_id=account_id, from_on=first, until_on=last, after=after
    )
    return PassbookBody.of(found, say_to(request))


@router.get(_COMMUNITY + "/trial-balance")
async def trial_balance(
    request: Request,
    call: SignedInCall,
    community_id: UUID,
    from_on: Day | None = None,
    until_on: Day | None = None,
) -> TrialBalanceBody:
    """Every account to the end of a day, of that month unless told from when."""
    last = until_on or clock.day_of(clock.now())
    found = await service.trial_balance(call, community_id=community_id, until_on=last, from_on=from_on)
    return TrialBalanceBody.of(found, say_to(request))


@router.get(_COMMUNITY + "/transfers/{transfer_id}")
async def explain(
    request: Request, call: SignedInCall, community_id: UUID, transfer_id: UUID
) -> ExplanationBody:
    """Why an entry stands in the book."""
    found = await service.explain(call, community_id=community_id, transfer_id=transfer_id)
    return ExplanationBody.of(found, say_to(request))


@router.get(_COMMUNITY + "/house-policies")
async def house_policies(call: SignedInCall, community_id: UUID) -> list[HousePolicyVersionBody]:
    """Every version of the house policy, the one that begins last first; empty: the defaults hold."""
    found = await service.house_rules(call, community_id=community_id)
    return [HousePolicyVersionBody.of(version) for version in found.versions]


@router.post(_COMMUNITY + "/house-policies", status_code=201)
async def set_house_policy(call: SignedInCall, community_id: UUID, body: NewHousePolicy) -> Made:
    """Set the house policy from a day on; accounts get its limits on that day."""
    made = await service.set_house_policy(
        call,
        community_id=community_id,
        policy=HousePolicy(**body.policy.model_dump()),
        in_force_from=body.in_force_from,
        replaces=body.replaces,
    )
    return Made(id=made)


async def _balance(request: Request, call: SignedInCall, community_id: UUID, member_id: UUID) -> BalanceBody:
    found = await service.balance(call, community_id=community_id, member_id=member_id)
    lines = await holds.held(call, community_id=community_id, member_id=member_id) if found.held else []
    return BalanceBody.of(found, lines, say_to(request), community_id=community_id, member_id=member_id)
