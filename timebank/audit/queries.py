"""Reading runs and findings."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Select, and_, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from timebank.audit import rules
from timebank.audit.checks import BY_NAME, fault
from timebank.audit.model import Cause, CheckState, Event, FindingState, Scope, Severity, Since
from timebank.audit.tables import Finding, FindingEvent, Run, RunCheck
from timebank.audit.views import CheckView, EventView, FindingView, Person, RunView, VisitFacts
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, instant_and_id
from timebank.people.rules import mask_name

# How many findings of one check stand beside it; all of them are one link away.
FINDINGS_SHOWN = 5
_COUNTED = ("accounts", "transfers", "entries", "movements", "visits")


async def run(db: AsyncSession, community_id: UUID, run_id: UUID) -> RunView:
    """One run. Raises `NotFound`."""
    row = await db.scalar(select(Run).where(Run.community_id == community_id, Run.id == run_id))
    if row is None:
        raise NotFound
    return _run(row)


async def runs(
    db: AsyncSession, community_id: UUID, *, after: str | None = None, limit: int = PAGE_ROWS_MAX
) -> Page[RunView]:
    """Runs of a community, newest first. Raises `Invalid` for a page position that is none."""
    query = select(Run).where(Run.community_id == community_id)
    if key := instant_and_id(after):
        query = query.where(tuple_(Run.started_at, Run.id) < key)
    found = await db.scalars(query.order_by(Run.started_at.desc(), Run.id.desc()).limit(limit + 1))
    rows = [_run(row) for row in found]
    return cut(rows, limit=limit, key=[[row.started_at.isoformat(), str(row.id)] for row in rows])


async def last_finished(db: AsyncSession, community_ids: Collection[UUID]) -> dict[UUID, RunView]:
    """The latest finished run of each community that has one."""
    query = (
        select(Run)
        .ext(distinct_on(Run.community_id))
        .where(Run.community_id.in_(community_ids), Run.finished_at.is_not(None))
        .order_by(Run.community_id, Run.cut_off_at.desc(), Run.id.desc())
    )
    return {row.community_id: _run(row) for row in await db.scalars(query)}


async def last_full(db: AsyncSession, community_ids: Collection[UUID]) -> dict[UUID, RunView]:
    """The latest complete full run of each community that has one."""
    query = _full(community_ids).ext(distinct_on(Run.community_id))
    return {row.community_id: _run(row) for row in await db.scalars(query)}


async def full_before(db: AsyncSession, made: RunView) -> RunView | None:
    """The latest complete full run that read no later than this one, or is it."""
    query = _full([made.community_id]).where(Run.cut_off_at <= made.cut_off_at).limit(1)
    row = await db.scalar(query)
    return _run(row) if row else None


def _full(community_ids: Collection[UUID]) -> Select[Run]:
    return (
        select(Run)
        .where(Run.community_id.in_(community_ids), Run.scope == Scope.FULL, Run.unchecked == 0)
        .order_by(Run.community_id, Run.cut_off_at.desc(), Run.id.desc())
    )


async def last_complete(db: AsyncSession, community_id: UUID) -> UUID | None:
    """The complete run that came farthest; None before the first that left marks."""
    query = (
        select(Run.id)
        .where(Run.community_id == community_id, Run.unchecked == 0, Run.read_at.is_not(None))
        .order_by(Run.cut_off_at.desc(), Run.read_at.desc())
    )
    return await db.scalar(query.limit(1))


async def since(db: AsyncSession, community_id: UUID, run_id: UUID) -> Since | None:
    """Since when a run of news looks; None for a full one."""
    earlier = aliased(Run)
    row = (
        await db.execute(
            select(earlier.id, earlier.read_at, earlier.leaves, earlier.checkpoints)
            .join(Run, and_(Run.community_id == earlier.community_id, Run.since_run_id == earlier.id))
            .where(Run.community_id == community_id, Run.id == run_id)
        )
    ).one_or_none()
    if row is None:
        return None
    return Since(run_id=row.id, read_at=row.read_at, leaves=row.leaves, checkpoints=row.checkpoints)


async def checks_of(db: AsyncSession, community_id: UUID, run_id: UUID) -> list[CheckView]:
    """What every check of a run said, in order."""
    rows = await db.scalars(
        select(RunCheck)
        .where(RunCheck.community_id == community_id, RunCheck.run_id == run_id)
        .order_by(RunCheck.place)
    )
    return [
        CheckView(
            name=row.name,
            check=BY_NAME.get(row.name),
            state=CheckState(row.state),
            found=row.found,
            milliseconds=row.milliseconds,
            problem=row.problem,
        )
        for row in rows
    ]


async def finding_counts(
    db: AsyncSession, community_ids: Collection[UUID]
) -> dict[tuple[UUID, FindingState], int]:
    """How many findings of each community are in each state."""
    query = (
        select(Finding.community_id, Finding.state, func.count())
        .where(Finding.community_id.in_(community_ids))
        .group_by(Finding.community_id, Finding.state)
    )
    return {(community, FindingState(state)): count for community, state, count in await db.execute(query)}


async def still_there(db: AsyncSession, community_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many findings of each community that has any are not gone."""
    query = (
        select(Finding.community_id, func.count().label("findings"))
        .where(Finding.community_id.in_(community_ids), Finding.gone_at.is_(None))
        .group_by(Finding.community_id)
    )
    return {row.community_id: row.findings for row in await db.execute(query)}


async def community_of_finding(db: AsyncSession, finding_id: UUID) -> UUID:
    """Where a finding is. Raises `NotFound`."""
    found = await db.scalar(select(Finding.community_id).where(Finding.id == finding_id))
    if found is None:
        raise NotFound
    return found


async def members_of_finding(db: AsyncSession, finding_id: UUID) -> list[UUID]:
    """Whom a finding concerns."""
    return await db.scalar(select(Finding.member_ids).where(Finding.id == finding_id)) or []


async def findings(
    db: AsyncSession,
    community_ids: Collection[UUID],
    *,
    state: FindingState | None = None,
    check: str | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS_MAX,
) -> Page[FindingView]:
    """Findings, newest first; names are left to `people`. Raises `Invalid` for a page position that is none."""
    query = select(Finding).where(Finding.community_id.in_(community_ids))
    if state is not None:
        query = query.where(Finding.state == state)
    if check is not None:
        query = query.where(Finding.check == check)
    if key := instant_and_id(after):
        query = query.where(tuple_(Finding.first_seen_at, Finding.id) < key)
    found = await db.scalars(query.order_by(Finding.first_seen_at.desc(), Finding.id.desc()).limit(limit + 1))
    rows = list(found)
    key_of = [[row.first_seen_at.isoformat(), str(row.id)] for row in rows]
    page = cut(rows, limit=limit, key=key_of)
    return Page([_finding(row) for row in page.rows], page.after)


async def finding(db: AsyncSession, finding_id: UUID) -> FindingView:
    """One finding. Raises `NotFound`."""
    row = await db.scalar(select(Finding).where(Finding.id == finding_id))
    if row is None:
        raise NotFound
    return _finding(row)


async def related(db: AsyncSession, found: FindingView) -> list[FindingView]:
    """Other findings about the same transfer, visit or account: often one cause, seen from several sides."""
    same = [
        column == value
        for column, value in (
            (Finding.transfer_id, found.transfer_id),
            (Finding.visit_id, found.visit_id),
            (Finding.account_id, found.account_id),
        )
        if value is not None
    ]
    if not same:
        return []
    condition = same[0]
    for other in same[1:]:
        condition = condition | other
    rows = await db.scalars(
        select(Finding)
        .where(Finding.community_id == found.community_id, Finding.id != found.id, condition)
        .order_by(Finding.number)
        .limit(20)
    )
    return [_finding(row) for row in rows]


async def history(db: AsyncSession, community_id: UUID, finding_id: UUID) -> list[EventView]:
    """What happened to a finding, oldest first."""
    rows = await db.scalars(
        select(FindingEvent)
        .where(FindingEvent.community_id == community_id, FindingEvent.finding_id == finding_id)
        .order_by(FindingEvent.number)
    )
    return [
        EventView(
            at=row.at,
            event=Event(row.event),
            run_id=row.run_id,
            actor_name=row.actor_name,
            note=row.note,
            recorded_minutes=row.recorded_minutes,
            expected_minutes=row.expected_minutes,
        )
        for row in rows
    ]


_SEEN = text("""
SELECT id FROM (
    SELECT f.id, row_number() OVER (PARTITION BY f."check" ORDER BY f.number) AS place
    FROM timebank.findings f
    WHERE f.community_id = :community AND f.first_seen_at <= :at AND (f.last_seen_at >= :at OR f.gone_at IS NULL)
        AND NOT EXISTS (
            SELECT FROM timebank.finding_events gone
            WHERE gone.community_id = :community AND gone.finding_id = f.id AND gone.event = 'gone'
                AND gone.at <= :at
                AND NOT EXISTS (
                    SELECT FROM timebank.finding_events back
                    WHERE back.community_id = :community AND back.finding_id = f.id AND back.event = 'back'
                        AND back.number > gone.number AND back.at <= :at
                )
        )
) seen WHERE place <= :most
""")


async def findings_seen_by(
    db: AsyncSession, seen: RunView, *, per_check: int = FINDINGS_SHOWN
) -> dict[str, tuple[FindingView, ...]]:
    """What a finished run saw or earlier ones did and it may not have looked at, as it stands now.

    The first findings of each check that has any.
    """
    if seen.finished_at is None:
        return {}
    values = {"community": seen.community_id, "at": seen.finished_at, "most": per_check}
    ids = list(await db.scalars(_SEEN, values))
    found: dict[str, list[FindingView]] = defaultdict(list)
    for row in await db.scalars(select(Finding).where(Finding.id.in_(ids)).order_by(Finding.number)):
        found[row.check].append(_finding(row))
    return {check: tuple(findings) for check, findings in found.items()}


_VISIT = text("""
SELECT id, number, category, served_on, status, helper_id, recipient_id
FROM timebank.visits WHERE community_id = :community AND id = :visit
""")


async def visit(
    db: AsyncSession, community_id: UUID, visit_id: UUID, people: Mapping[UUID, Person]
) -> VisitFacts | None:
    """The visit behind a finding; None if it is gone."""
    row = (await db.execute(_VISIT, {"community": community_id, "visit": visit_id})).one_or_none()
    if row is None:
        return None
    return VisitFacts(
        id=row.id,
        number=row.number,
        category=row.category,
        served_on=row.served_on,
        status=row.status,
        helper=people.get(row.helper_id),
        recipient=people.get(row.recipient_id),
    )


_PEOPLE = text("SELECT id, name, number FROM timebank.members WHERE id = ANY (:members)")


async def people(db: AsyncSession, member_ids: Collection[UUID], *, seen_by: Role) -> dict[UUID, Person]:
    """Members by their ids, named as this reader may see them; who is not there is missing."""
    rows = await db.execute(_PEOPLE, {"members": list(member_ids)})
    named = str if rules.sees_names(seen_by) else mask_name
    return {row.id: Person(id=row.id, name=named(row.name), number=row.number) for row in rows}


def _run(row: Run) -> RunView:
    return RunView(
        id=row.id,
        community_id=row.community_id,
        cause=Cause(row.cause),
        scope=Scope(row.scope),
        since_run_id=row.since_run_id,
        actor_name=row.actor_name,
        started_at=row.started_at,
        cut_off_at=row.cut_off_at,
        finished_at=row.finished_at,
        milliseconds=row.milliseconds,
        counts={name: getattr(row, name) or 0 for name in _COUNTED},
        book_minutes=row.book_minutes,
        passed=row.passed,
        found=row.found,
        unchecked=row.unchecked,
        findings=row.findings,
    )


def _finding(row: Finding) -> FindingView:
    check = BY_NAME.get(row.check)
    return FindingView(
        id=row.id,
        community_id=row.community_id,
        number=row.number,
        check=row.check,
        check_label=check.label if check else row.check,
        means=check.means if check else "",
        fault=fault(row.check, row.fault),
        facts=row.facts,
        severity=Severity(row.severity),
        state=FindingState(row.state),
        account_id=row.account_id,
        account_version=row.account_version,
        transfer_id=row.transfer_id,
        visit_id=row.visit_id,
        member_ids=tuple(row.member_ids),
        recorded_minutes=row.recorded_minutes,
        expected_minutes=row.expected_minutes,
        difference_minutes=row.difference_minutes,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        gone_at=row.gone_at,
        explained_by=row.explained_by,
        version=row.version,
    )
