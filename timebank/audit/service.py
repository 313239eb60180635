"""Use cases of audit: the three steps of a run, reading what runs found, and what people say of it."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ledger import JournalForm
from timebank.access.guard import EVERYWHERE, Act, Arguments, reading, use_case
from timebank.audit import comparing, months, queries, rules, showing, steps
from timebank.audit.checks import CHECKS
from timebank.audit.model import FILE_ROWS_MAX, Cause, Check, Comparison, Event, FindingState, Month, Scope
from timebank.audit.views import (
    CommunityState,
    CommunityStates,
    FindingList,
    FindingPage,
    FindingView,
    MonthPage,
    RunPage,
    RunView,
    TransferLine,
)
from timebank.core import clock
from timebank.core.actor import Role
from timebank.core.errors import NotFound, TooLarge
from timebank.core.lists import Page
from timebank.hours import queries as hours
from timebank.hours.journals import journal

RUNS_SHOWN = 31
FINDINGS_SHOWN = 50
READERS = frozenset({Role.COORDINATOR, Role.AUDITOR, Role.ADMINISTRATOR})
RUNNERS = READERS | {Role.SYSTEM}


@use_case(who=RUNNERS, where="community_id")
async def claim_run(db: AsyncSession, act: Act, *, community_id: UUID) -> UUID:
    """Begin a run, written down before anything is read. The same key gets the same run."""
    cause = Cause.NIGHTLY if act.role is Role.SYSTEM else Cause.BY_HAND
    run_id = act.id_for("run", community_id)
    since = await _since(db, community_id, cause, act.today)
    await steps.claim(
        db, community_id, run_id=run_id, cause=cause, since_run_id=since, actor=act.actor, now=act.now
    )
    return run_id


async def _since(db: AsyncSession, community_id: UUID, cause: Cause, today: date) -> UUID | None:
    """The run since which this one looks; None if it is to look at everything."""
    full = (await queries.last_full(db, [community_id])).get(community_id)
    last = (await queries.last_finished(db, [community_id])).get(community_id)
    scope = rules.scope(
        cause,
        today,
        last_is_complete=last is not None and last.unchecked == 0,
        full_on=clock.day_of(full.cut_off_at) if full and full.cut_off_at else None,
    )
    return await queries.last_complete(db, community_id) if scope is Scope.NEWS else None


@reading(who=RUNNERS, where="community_id", snapshot=True)
async def compare(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    run_id: UUID | None = None,
    cut_off_at: datetime,
    checks: Sequence[Check] = CHECKS,
) -> Comparison:
    """Everything a run compares, read in one snapshot; all of the book where it is for no run."""
    since = await queries.since(db, community_id, run_id) if run_id else None
    return await comparing.compare(db, community_id, checks, cut_off_at=cut_off_at, since=since)


@use_case(who=RUNNERS, where="community_id")
async def record_run(
    db: AsyncSession, act: Act, *, community_id: UUID, run_id: UUID, comparison: Comparison
) -> RunView:
    """Write down what a run came to, and bring the findings up to it; once, however often it is tried."""
    await steps.record(db, community_id, run_id, comparison, now=act.now)
    return await queries.run(db, community_id, run_id)


@reading(who=READERS, where=EVERYWHERE)
async def communities(db: AsyncSession, act: Act, *, after: str | None = None) -> CommunityStates:
    """How the books stand of every community that the reader may audit: those out of order first."""
    mine = {place for place, held in act.actor.roles.items() if held & READERS}
    return showing.page_of(await showing.states(db, mine, act.now), after)


@reading(who=READERS, where="community_id")
async def state(db: AsyncSession, act: Act, *, community_id: UUID) -> CommunityState:
    """How the books of one community stand."""
    [found] = await showing.states(db, {community_id}, act.now)
    return found


@reading(who=READERS, where="community_id", snapshot=True)
async def month(db: AsyncSession, act: Act, *, community_id: UUID, month: Month) -> MonthPage:
    """A month of a book on one page, all of it as of one moment. Raises `NotFound` before it has begun."""
    if month.first_on > act.today:
        raise NotFound
    [found] = await showing.states(db, {community_id}, act.now)
    last = found.last
    return MonthPage(
        state=found,
        month=month,
        trial=await hours.trial_balance(db, community_id, month.last_on, month.first_on),
        counts=await months.counts(db, community_id, month),
        remarkable=tuple(await months.remarkable(db, community_id, month, seen_by=act.role)),
        checks=await showing.checks(db, last, found.full) if last else (),
        findings=await queries.findings_seen_by(db, last) if last else {},
    )


@use_case(who=READERS, where="community_id")
async def export_transfers(
    db: AsyncSession, act: Act, *, community_id: UUID, month: Month
) -> list[TransferLine]:
    """Every transfer of a month; written down, since it leaves the house. Raises `TooLarge`."""
    return await months.transfers(db, community_id, month, seen_by=act.role)


@use_case(who=READERS, where="community_id")
async def export_journal(
    db: AsyncSession, act: Act, *, community_id: UUID, month: Month, form: JournalForm
) -> str:
    """A month of a book for hledger or beancount; written down, since it leaves the house.

    Raises `NotFound` before the month has begun, and `TooLarge`.
    """
    if month.first_on > act.today:
        raise NotFound
    if (await months.counts(db, community_id, month)).transfers > FILE_ROWS_MAX:
        raise TooLarge(limit=FILE_ROWS_MAX)
    return await journal(db, community_id, month.first_on, month.last_on, form)


@reading(who=READERS, where="community_id")
async def runs(db: AsyncSession, act: Act, *, community_id: UUID, after: str | None = None) -> Page[RunView]:
    """The runs of a community, newest first."""
    return await queries.runs(db, community_id, after=after, limit=RUNS_SHOWN)


@reading(who=READERS, where="community_id")
async def run_page(db: AsyncSession, act: Act, *, community_id: UUID, run_id: UUID) -> RunPage:
    """A run with what every check said. Raises `NotFound`."""
    return await showing.run_page(db, community_id, run_id)


@reading(who=READERS, where="community_id")
async def findings(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    state: FindingState | None = None,
    check: str | None = None,
    after: str | None = None,
) -> FindingList:
    """Findings of a community, newest first."""
    page = await queries.findings(
        db, [community_id], state=state, check=check, after=after, limit=FINDINGS_SHOWN
    )
    return await _with_people(db, act, page)


@use_case(who=READERS, where="community_id")
async def export_findings(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    state: FindingState | None = None,
    check: str | None = None,
) -> FindingList:
    """All findings of a community; written down, since they leave the house. Raises `TooLarge`."""
    page = await queries.findings(db, [community_id], state=state, check=check, limit=FILE_ROWS_MAX)
    if page.after is not None:
        raise TooLarge(limit=FILE_ROWS_MAX)
    return await _with_people(db, act, page)


async def _with_people(db: AsyncSession, act: Act, page: Page[FindingView]) -> FindingList:
    concerned = {one for finding in page.rows for one in finding.member_ids}
    return FindingList(page=page, people=await queries.people(db, concerned, seen_by=act.role))


@reading(who=RUNNERS, where="community_id")
async def run(db: AsyncSession, act: Act, *, community_id: UUID, run_id: UUID) -> RunView:
    """One run. Raises `NotFound`."""
    return await queries.run(db, community_id, run_id)


async def _where_finding(db: AsyncSession, arguments: Arguments) -> UUID:
    return await queries.community_of_finding(db, arguments["finding_id"])


async def _whose_finding(db: AsyncSession, arguments: Arguments) -> list[UUID]:
    return await queries.members_of_finding(db, arguments["finding_id"])


@reading(who=READERS, where=_where_finding)
async def finding_page(db: AsyncSession, act: Act, *, finding_id: UUID) -> FindingPage:
    """A finding with what it is about, what is like it, and what this reader may do. Raises `NotFound`."""
    return await showing.finding_page(db, finding_id, actor=act.actor, seen_by=act.role, now=act.now)


@use_case(who=READERS, where=_where_finding, on_behalf=_whose_finding)
async def explain(db: AsyncSession, act: Act, *, finding_id: UUID, note: str, version: int) -> None:
    """Write down why a difference is there. Raises `FindingClosed`, `Stale`, `OwnAffair`."""
    await _note(db, act, finding_id, Event.EXPLAINED, note, version)


@use_case(who=READERS, where=_where_finding, on_behalf=_whose_finding)
async def close(db: AsyncSession, act: Act, *, finding_id: UUID, note: str, version: int) -> None:
    """Close an explained finding, as a second person.

    Raises `NotExplained`, `SecondPersonNeeded`, `FindingClosed`, `Stale`, `OwnAffair`.
    """
    await _note(db, act, finding_id, Event.CLOSED, note, version)


@use_case(who=READERS, where=_where_finding, on_behalf=_whose_finding)
async def send_back(db: AsyncSession, act: Act, *, finding_id: UUID, note: str, version: int) -> None:
    """Not satisfied with the explanation: open again. Raises the same as `close`."""
    await _note(db, act, finding_id, Event.RETURNED, note, version)


async def _note(db: AsyncSession, act: Act, finding_id: UUID, event: Event, note: str, version: int) -> None:
    await steps.note(db, finding_id, event, note, version=version, actor=act.actor, now=act.now)
