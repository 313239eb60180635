"""Use cases of requests: asked by the member or at a desk for them, reviewed, published, taken back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates.model import Purpose
from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text
from timebank.core.lists import Page
from timebank.core.provenance import Provenance
from timebank.hours.redeeming.queries import redeem_barriers
from timebank.people import queries as people
from timebank.people.model import (
    CATEGORY_LABELS,
    CIRCUMSTANCES,
    RECEIVING,
    BranchView,
    Brief,
    MemberView,
)
from timebank.requests import queries, rules, steps
from timebank.requests.errors import AskedAlready, NoScheme, NotActive, RequestMoved
from timebank.requests.model import ANY_SCHEME, AS_RECORDED, OPEN, Move, RequestView, Status, Wish
from timebank.requests.recurrence import queries as recurrence
from timebank.requests.recurrence.model import Turn
from timebank.requests.recurrence.rules import next_turns
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import Payer, SchemeKind, SchemeView

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
ANYBODY = DESK | {Role.MEMBER}


@dataclass(frozen=True)
class Asked:
    """A request, who asks, whom it prefers, and the branches that it is limited to."""

    request: RequestView
    member: Brief
    turns: Sequence[Turn] = ()
    preferred: tuple[Brief, ...] = ()
    branches: tuple[str, ...] = ()

    @property
    def numbers(self) -> dict[UUID, str]:
        """The numbers of those whom it prefers."""
        return {one.id: one.number or "" for one in self.preferred}


@dataclass(frozen=True)
class Asker:
    """A member about to ask, and the circumstances their record names."""

    member: Brief
    circumstances: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """A page of requests, and how many stand where."""

    page: Page[Asked]
    counts: dict[Status, int]


async def _asking(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    found = await queries.requests(db, [arguments["request_id"]])
    return {view.member_id for view in found.values()}


@use_case(who=ANYBODY, where="community_id", on_behalf="member_id", purposes={Purpose.ASK})
async def submit(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    member_id: UUID,
    wish: Wish,
    provenance: Provenance,
    publish: bool = False,
    anyway: bool = False,
) -> UUID:
    """Ask for help; its id. A desk may publish in one go what it has reviewed while writing it down.

    The same help on the same days is said once (`AskedAlready`) and taken `anyway`.
    Raises `Invalid` with every field that is wrong, `NotActive`, `NoScheme`.
    """
    own = act.role in (Role.MEMBER, Role.DELEGATE)
    brief = await _member(db, community_id, member_id)
    ready = await _checked(db, act, community_id, brief, wish)
    await steps.hold_asking(db, member_id)
    other = None if anyway else await queries.same_again(db, community_id, member_id, ready)
    if other is not None:
        raise AskedAlready(
            other.id, name=brief.name, what=Text(CATEGORY_LABELS.get(wish.category, wish.category))
        )
    request_id = await steps.submit(
        db,
        community_id,
        member_id,
        replace(ready, priority=0) if own else ready,
        request_id=act.id_for("request"),
        provenance=Provenance.APP if own else provenance,
        created_by=act.actor.id,
        now=act.now,
    )
    if publish and not own:
        await steps.publish(db, request_id, now=act.now)
    return request_id


@use_case(who=DESK, where="community_id", on_behalf=_asking)
async def change(
    db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID, wish: Wish, version: int
) -> None:
    """Put it differently while nobody has been found yet. Raises `Stale`, `RequestMoved`, `Invalid`."""
    view = await _here(db, community_id, request_id)
    if view.status not in (Status.SUBMITTED, Status.PUBLISHED):
        raise RequestMoved(status=rules.status_text(view.status))
    brief = await _member(db, community_id, view.member_id)
    ready = await _checked(db, act, community_id, brief, wish)
    await steps.change(db, community_id, request_id, ready, version=version, now=act.now)


@use_case(who=DESK, where="community_id", on_behalf=_asking)
async def publish(db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID, version: int) -> None:
    """Reviewed: let the next round see it."""
    await _here(db, community_id, request_id)
    await steps.publish(db, request_id, now=act.now, version=version)


@use_case(who=DESK, where="community_id", on_behalf=_asking)
async def unpublish(
    db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID, version: int
) -> None:
    """Undo the review."""
    await _here(db, community_id, request_id)
    await steps.move(db, request_id, Move.UNPUBLISH, now=act.now, version=version)


@use_case(who=DESK, where="community_id", on_behalf=_asking)
async def reject(
    db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID, version: int, reason: str
) -> None:
    """Do not take it on; the member reads the reason."""
    await _here(db, community_id, request_id)
    await steps.reject(db, request_id, reason=reason, now=act.now, version=version)


@use_case(who=DESK, where="community_id", on_behalf=_asking)
async def reconsider(
    db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID, version: int
) -> None:
    """Look again at what was rejected, withdrawn or expired: it waits for a review."""
    view = await _here(db, community_id, request_id)
    back = {
        Status.REJECTED: Move.RECONSIDER,
        Status.WITHDRAWN: Move.RESTORE,
        Status.EXPIRED: Move.RENEW,
    }.get(view.status, Move.RECONSIDER)
    await steps.move(db, request_id, back, now=act.now, version=version)


@use_case(who=ANYBODY, where="community_id", on_behalf=_asking)
async def withdraw(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    request_id: UUID,
    version: int,
    reason: str | None = None,
) -> None:
    """No longer needed. Once somebody was found the visit or the pair is ended instead (`RequestMoved`)."""
    view = await _here(db, community_id, request_id)
    if view.status is Status.MATCHED:
        raise RequestMoved(status=rules.status_text(view.status))
    await steps.withdraw(db, request_id, now=act.now, version=version, reason=reason)


@use_case(who={Role.SYSTEM}, where="community_id")
async def expire_due(db: AsyncSession, act: Act, *, community_id: UUID) -> int:
    """The night's work: end the requests whose last day is over; how many."""
    return len(await steps.expire_due(db, now=act.now, community_id=community_id))


@reading(who=DESK, where="community_id")
async def list_requests(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    statuses: Collection[Status] = (),
    member_id: UUID | None = None,
    category: str | None = None,
    after: str | None = None,
) -> Listed:
    """The newest first, with who asks."""
    page = await queries.list_requests(
        db, community_id, statuses=statuses, member_id=member_id, category=category, after=after
    )
    known = await people.briefs(db, {view.member_id for view in page.rows})
    rows = [Asked(view, known[view.member_id]) for view in page.rows]
    return Listed(Page(rows, page.after), await queries.count_by_status(db, community_id))


@reading(who=ANYBODY, where="community_id", on_behalf=_asking)
async def one(db: AsyncSession, act: Act, *, community_id: UUID, request_id: UUID) -> Asked:
    """One request, who asks, and the next dates of a standing one."""
    view = await _here(db, community_id, request_id)
    known = await people.briefs(db, {view.member_id, *view.wish.prefers})
    member = known[view.member_id]
    series = (await recurrence.series(db, community_id, [view], act.today)).get(request_id)
    ahead = next_turns(series, act.today) if series and view.status in OPEN else []
    preferred = tuple(known[who] for who in view.wish.prefers if who in known)
    branches = {one.id: one.name for one in await people.branches(db, community_id)}
    named = tuple(branches[one] for one in view.wish.helper_branches if one in branches)
    return Asked(view, member, ahead, preferred, named)


@reading(who=ANYBODY, where="community_id", on_behalf="member_id")
async def of_member(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, after: str | None = None
) -> Page[RequestView]:
    """All that a member has asked for, the newest first."""
    return await queries.list_requests(db, community_id, member_id=member_id, after=after)


@reading(who=ANYBODY, where="community_id")
async def open_schemes(db: AsyncSession, act: Act, *, community_id: UUID) -> list[SchemeView]:
    """The schemes that a request may belong to today."""
    return await schemes.schemes(db, community_id, open_on=act.today)


@reading(who=DESK, where="community_id")
async def meant(db: AsyncSession, act: Act, *, community_id: UUID, words: str) -> list[Brief]:
    """Whom the words typed at a desk may mean."""
    return await people.meant(db, community_id, words)


@reading(who=DESK, where="community_id")
async def numbered(db: AsyncSession, act: Act, *, community_id: UUID, words: str) -> list[UUID]:
    """Whom numbers typed at a desk mean, with spaces between, in their order. Raises `Invalid` (`prefers`)."""
    found = []
    for word in words.replace("，", " ").replace(",", " ").replace("、", " ").split():
        who = await people.exactly(db, community_id, word)
        if len(who) != 1:
            raise Invalid([FieldError("prefers", Text(N_("本社区没有会员号 {number}"), {"number": word}))])
        found.append(who[0].id)
    return found


@reading(who=DESK, where="community_id")
async def branches(db: AsyncSession, act: Act, *, community_id: UUID) -> list[BranchView]:
    """The branches whose members a request may ask for."""
    return await people.branches(db, community_id)


@reading(who=DESK, where="community_id")
async def asker(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> Asker:
    """The member for whom a desk is about to write something down. Raises `NotFound`."""
    brief = await _member(db, community_id, member_id)
    return Asker(brief, _recorded(await people.member(db, member_id)))


async def _here(db: AsyncSession, community_id: UUID, request_id: UUID) -> RequestView:
    view = await queries.request(db, request_id)
    if view.community_id != community_id:
        raise NotFound
    return view


async def _member(db: AsyncSession, community_id: UUID, member_id: UUID) -> Brief:
    brief = (await people.briefs(db, [member_id])).get(member_id)
    if brief is None or brief.community_id != community_id:
        raise NotFound
    return brief


async def _checked(db: AsyncSession, act: Act, community_id: UUID, brief: Brief, wish: Wish) -> Wish:
    """The wish with its scheme, once everything that can be wrong with it is right."""
    if brief.status not in RECEIVING:
        raise NotActive(name=brief.name)
    found = rules.problems(wish, today=act.today) + rules.gives_problems(wish, brief.status)
    if found:
        raise Invalid(found)
    open_now = await schemes.schemes(db, community_id, open_on=act.today)
    wanted = [s for s in open_now if wish.scheme_id in (s.id, ANY_SCHEME)]
    policies = await schemes.scheme_policies(db, {scheme.id for scheme in wanted})
    house = await schemes.house_policy(db, community_id, act.today)
    unripe = await redeem_barriers(db, community_id, {brief.id: brief.age(act.today)}, house.content)
    barriers: list[FieldError] = []
    for scheme in wanted:
        dated = scheme_rules.in_force(policies[scheme.id], max(wish.starts_on, act.today))
        if dated is None:
            continue
        if barrier := scheme_rules.category_barrier(dated.content, wish.category):
            barriers.append(FieldError("category", barrier))
        elif kept_out := scheme_rules.recipient_barriers(
            dated.content, age=brief.age(act.today), status=brief.status
        ):
            barriers.append(FieldError("member_id", kept_out[0]))
        elif scheme.kind is SchemeKind.MENTORING and wish.helpers > 1:
            barriers.append(FieldError("helpers", Text(N_("结对帮带一次只结一对"))))
        elif dated.content.payer is Payer.RECIPIENT and unripe:
            barriers.append(FieldError("member_id", unripe[brief.id]))
        else:
            return await _as_recorded(db, brief, replace(wish, scheme_id=scheme.id))
    if barriers:
        raise Invalid(barriers[:1])
    raise NoScheme


async def _as_recorded(db: AsyncSession, brief: Brief, wish: Wish) -> Wish:
    if wish.circumstances != AS_RECORDED:
        return wish
    return replace(wish, circumstances=_recorded(await people.member(db, brief.id)))


def _recorded(member: MemberView) -> tuple[str, ...]:
    return tuple(code for code in CIRCUMSTANCES if code in member.details.needs)
