"""Putting together what a reader is shown: the states of communities, and a finding with all around it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.kin.queries import kin_of_actor
from timebank.audit import months, queries, rules
from timebank.audit.model import FindingState, Scope
from timebank.audit.views import (
    CheckView,
    CommunityState,
    CommunityStates,
    FindingPage,
    Holder,
    Person,
    RunPage,
    RunView,
)
from timebank.core import clock
from timebank.core.actor import Actor, Role
from timebank.core.lists import PAGE_ROWS_MAX, cut, decode
from timebank.hours import queries as hours


async def states(db: AsyncSession, community_ids: Collection[UUID], now: datetime) -> list[CommunityState]:
    """How the books of communities stand: those out of order first, then by code."""
    last = await queries.last_finished(db, community_ids)
    full = await queries.last_full(db, community_ids)
    counts = await queries.finding_counts(db, community_ids)
    still_there = await queries.still_there(db, community_ids)
    found = [
        CommunityState(
            community_id=place.id,
            name=place.name,
            code=place.code,
            last=last.get(place.id),
            full=full.get(place.id),
            old=place.id in last and rules.is_old(last[place.id].finished_at or now, now),
            open_findings=counts.get((place.id, FindingState.OPEN), 0),
            explained_findings=counts.get((place.id, FindingState.EXPLAINED), 0),
            still_there=still_there.get(place.id, 0),
        )
        for place in await access.communities(db)
        if place.id in community_ids
    ]
    return sorted(found, key=_place)


def page_of(found: list[CommunityState], after: str | None) -> CommunityStates:
    """A page of states, in their order. Raises `Invalid` for a page position that is none."""
    key = decode(after, parts=2)
    rest = [state for state in found if key is None or _place(state) > key]
    rows = rest[: PAGE_ROWS_MAX + 1]
    return CommunityStates(
        page=cut(rows, limit=PAGE_ROWS_MAX, key=[_place(state) for state in rows]),
        communities=len(found),
        in_order=sum(state.in_order for state in found),
    )


async def run_page(db: AsyncSession, community_id: UUID, run_id: UUID) -> RunPage:
    """A run with what every check said, in it or in the full run before. Raises `NotFound`."""
    found = await queries.run(db, community_id, run_id)
    since = await queries.run(db, community_id, found.since_run_id) if found.since_run_id else None
    full = await queries.full_before(db, found)
    return RunPage(
        run=found,
        since=since,
        full=full,
        checks=tuple(await queries.checks_of(db, community_id, run_id)),
        left=await left_to(db, found, full),
        findings=await queries.findings_seen_by(db, found),
    )


async def checks(db: AsyncSession, made: RunView, full: RunView | None) -> tuple[CheckView, ...]:
    """What every check said last: in this run, or where it left one out, in the full run."""
    return (*await queries.checks_of(db, made.community_id, made.id), *await left_to(db, made, full))


async def left_to(db: AsyncSession, made: RunView, full: RunView | None) -> tuple[CheckView, ...]:
    """What a full run said of the checks that a later run of news left to it."""
    if made.scope is Scope.FULL or full is None:
        return ()
    said = await queries.checks_of(db, full.community_id, full.id)
    return tuple(one for one in said if one.check is not None and one.check.left_to_full)


def _place(state: CommunityState) -> list[str]:
    return ["1" if state.in_order else "0", state.code]


async def finding_page(
    db: AsyncSession, finding_id: UUID, *, actor: Actor, seen_by: Role, now: datetime
) -> FindingPage:
    """A finding with what it is about, what is like it, and what this reader may do. Raises `NotFound`."""
    found = await queries.finding(db, finding_id)
    here = found.community_id
    people = await queries.people(db, found.member_ids, seen_by=seen_by)
    open_ways, obstacle = rules.ways(
        found.state,
        explained_by=found.explained_by,
        member_ids=found.member_ids,
        kin=await kin_of_actor(db, actor, found.member_ids, clock.day_of(now)),
        actor=actor,
    )
    return FindingPage(
        finding=found,
        community=next((place.name for place in await access.communities(db) if place.id == here), ""),
        people=people,
        account=await _account(db, here, found.account_id, people) if found.account_id else None,
        transfer=await months.transfer(db, here, found.transfer_id, seen_by=seen_by)
        if found.transfer_id
        else None,
        visit=await queries.visit(db, here, found.visit_id, people) if found.visit_id else None,
        related=tuple(await queries.related(db, found)),
        history=tuple(await queries.history(db, here, finding_id)),
        ways=open_ways,
        obstacle=obstacle,
    )


async def _account(
    db: AsyncSession, community_id: UUID, account_id: UUID, people: Mapping[UUID, Person]
) -> Holder:
    known = await hours.balances(db, community_id, [account_id])
    whose = months.holder(account_id, community_id, people)
    return whose if account_id in known else replace(whose, account_id=None)
