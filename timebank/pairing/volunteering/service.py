"""Use cases of volunteering: what is asked for nearby, said and taken back, by the helper or at a desk for them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Choice, looks
from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.core.lists import cut, decode
from timebank.core.provenance import Provenance
from timebank.pairing import queries, words
from timebank.pairing.errors import DoesNotSuit, NotEligible, NotWaiting
from timebank.pairing.problem import problem_of
from timebank.pairing.views import NearbyPage
from timebank.pairing.volunteering import queries as volunteering
from timebank.pairing.volunteering import rules, steps
from timebank.pairing.volunteering.model import Volunteering
from timebank.people.model import Brief
from timebank.requests import queries as requests
from timebank.requests import steps as request_steps
from timebank.requests.model import RequestView
from timebank.requests.model import Status as RequestStatus

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
ANYBODY = DESK | {Role.MEMBER}
# Big cards, of which few fit on a phone.
SHOWN = 10


@reading(who=ANYBODY, where="community_id", on_behalf="member_id")
async def nearby(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, after: str | None = None
) -> NearbyPage:
    """What waits for somebody and suits this helper, of nobody known, the nearest and longest waiting first.

    Raises `NotFound`, `NoHelper`.
    """
    member = await requests.active_helper(db, community_id, member_id)
    said = await queries.volunteered(db, community_id, member_id, act.now)
    facts = await queries.facts(db, community_id, act.today, helper_ids=[member_id])
    start = decode(after, parts=1)
    rows = [
        one for one in queries.could_go(facts, member_id) if start is None or rules.in_order(one) > start[0]
    ][: SHOWN + 1]
    return NearbyPage(member, said, cut(rows, limit=SHOWN, key=[[rules.in_order(one)] for one in rows]))


@use_case(who=ANYBODY, where="community_id", on_behalf="member_id")
async def volunteer(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    request_id: UUID,
    member_id: UUID,
    provenance: Provenance = Provenance.PHONE,
) -> None:
    """They would go; the round or the coordinator decides. Said twice it changes nothing.

    Raises `NotFound`, `NoHelper`, `NotWaiting` where somebody else goes, and where something stands against
    them `NotEligible` at a desk, to themselves `DoesNotSuit`.
    """
    # Held, so that whoever is being asked at this moment comes before or after.
    await request_steps.hold(db, [request_id])
    request = await _request(db, community_id, request_id)
    member = await requests.active_helper(db, community_id, member_id)
    since = rules.counts_since(act.today)
    said = await volunteering.volunteers(db, community_id, since, request_ids=[request_id])
    if any(one.member_id == member_id for one in said.get(request_id, ())):
        return
    await _refuse(db, act, request, member)
    own = act.role is Role.MEMBER
    await steps.say(
        db,
        community_id,
        request_id,
        member_id,
        volunteering_id=act.id_for("volunteer", request_id),
        provenance=Provenance.APP if own else provenance,
        by=act.actor.id,
        now=act.now,
        since=since,
    )


@use_case(who=ANYBODY, where="community_id", on_behalf="member_id")
async def step_back(
    db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID, member_id: UUID
) -> None:
    """They would not go after all; nothing where they never said so. Raises `NotFound`."""
    await _request(db, community_id, request_id)
    await steps.take_back(db, request_id, member_id, now=act.now)


@reading(who=DESK, where="community_id")
async def volunteers(
    db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID
) -> list[Volunteering]:
    """Who would go to a request, the first first. Raises `NotFound`."""
    await _request(db, community_id, request_id)
    since = rules.counts_since(act.today)
    said = await volunteering.volunteers(db, community_id, since, request_ids=[request_id])
    return said.get(request_id, [])


async def _refuse(db: AsyncSession, act: Act, request: RequestView, member: Brief) -> None:
    crew = (await queries.crews(db, [request]))[request.id]
    if request.status is not RequestStatus.PUBLISHED or not crew.free:
        raise NotWaiting(why=rules.gone_text(request.status))
    facts = await queries.facts(
        db, request.community_id, act.today, request_ids=[request.id], helper_ids=[member.id]
    )
    problem = problem_of(facts)
    if not problem.requests:  # every time that it named has passed
        raise NotWaiting(why=rules.gone_text(RequestStatus.EXPIRED))
    (look,) = looks(problem, [Choice(request.id, member.id)])
    if look.reasons and act.role is Role.MEMBER:
        raise DoesNotSuit
    if look.reasons:
        raise NotEligible(name=member.name, reasons=words.reasons_text(look.reasons))


async def _request(db: AsyncSession, community_id: UUID, request_id: UUID) -> RequestView:
    request = await requests.request(db, request_id)
    if request.community_id != community_id:
        raise NotFound
    return request
