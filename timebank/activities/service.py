"""Use cases of activities: planned at a desk, joined by members, signed in from paper, reported."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.activities import queries, rules, steps
from timebank.activities.campaigns import queries as campaigns
from timebank.activities.campaigns import steps as campaign_steps
from timebank.activities.campaigns.rules import uncounted
from timebank.activities.errors import NotOnRoster, NotTakingPart
from timebank.activities.model import (
    TAKES_PART,
    ActivityKind,
    ActivityView,
    Earners,
    Gathering,
    Invitation,
    Move,
    Part,
    Planned,
    SignIn,
    Standing,
)
from timebank.activities.queries import When
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text, TooLarge
from timebank.core.lists import Page
from timebank.core.provenance import Provenance
from timebank.people import queries as people
from timebank.people.model import Brief
from timebank.people.model import Status as MemberStatus
from timebank.schemes import queries as schemes
from timebank.schemes.model import SchemeView

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
ANYBODY = DESK | {Role.MEMBER}
EXPORT_ROWS_MAX = 5_000
WALK_INS_MAX = 500


async def _serving(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    """Whose hours are written down: nobody types in their own."""
    serving = await queries.serving(db, arguments["activity_id"])
    activity = (await queries.activities(db, [arguments["activity_id"]])).get(arguments["activity_id"])
    everybody = activity is not None and activity.plan.earners is Earners.EVERYBODY
    return serving | (arguments["sheet"].came if everybody and "sheet" in arguments else set())


@use_case(who=DESK, where="community_id")
async def plan(
    db: AsyncSession, act: Act, *, community_id: UUID, plan: Planned, targets: frozenset[UUID] = frozenset()
) -> UUID:
    """Plan an activity, and what it counts for; its id. Raises `Invalid` with every field that is wrong."""
    offered = await campaigns.choices(db, community_id, plan.held_on) if targets else []
    unfit = uncounted(targets, [one.target.id for one in offered if one.target.id])
    _refuse([*rules.problems(plan, today=act.today), *unfit, *await _scheme_problems(db, community_id, plan)])
    activity_id = act.id_for("activity")
    await steps.write(db, community_id, plan, activity_id=activity_id, by=act.actor.id, now=act.now)
    await campaign_steps.count_for(db, community_id, activity_id, targets)
    return activity_id


@use_case(who=DESK, where="community_id")
async def change(
    db: AsyncSession, act: Act, *, community_id: UUID, activity_id: UUID, plan: Planned, version: int
) -> None:
    """Plan it differently; more seats go to those who wait. Raises `Stale`, `ActivityMoved`, `Invalid`."""
    activity = await steps.hold(db, community_id, activity_id, version=version)
    unfit = await _scheme_problems(db, community_id, plan)
    _refuse([*rules.problems(plan, today=act.today, seats_taken=activity.seats_taken), *unfit])
    await steps.change(db, activity, plan, now=act.now)


@use_case(who=DESK, where="community_id")
async def count_for(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    activity_id: UUID,
    targets: frozenset[UUID],
    version: int,
) -> None:
    """Say which targets of campaigns it counts for, also afterwards. Raises `Stale`, `ActivityMoved`, `Invalid`."""
    activity = await steps.hold(db, community_id, activity_id, version=version)
    offered = await campaigns.choices(db, community_id, activity.plan.held_on)
    before = await campaigns.targets_of(db, activity_id)
    _refuse(uncounted(targets - before, [one.target.id for one in offered if one.target.id]))
    await steps.count_for(db, activity, targets)


@reading(who=DESK, where="community_id")
async def targets(db: AsyncSession, act: Act, *, community_id: UUID, activity_id: UUID) -> set[UUID]:
    """The targets that an activity counts for. Raises `NotFound`."""
    await _here(db, community_id, activity_id)
    return await campaigns.targets_of(db, activity_id)


@use_case(who=DESK, where="community_id")
async def cancel(
    db: AsyncSession, act: Act, *, community_id: UUID, activity_id: UUID, version: int, reason: str
) -> None:
    """Call it off; everybody in it sees why. Raises `Stale`, `ActivityMoved`."""
    activity = await steps.hold(db, community_id, activity_id, version=version)
    await steps.move(db, activity, Move.CANCEL, reason=reason)


@use_case(who=DESK, where="community_id")
async def restore(db: AsyncSession, act: Act, *, community_id: UUID, activity_id: UUID, version: int) -> None:
    """It takes place after all, with everybody who was in it. Raises `Stale`, `ActivityMoved`."""
    activity = await steps.hold(db, community_id, activity_id, version=version)
    await steps.move(db, activity, Move.RESTORE, reason=None)


@use_case(who=ANYBODY, where="community_id", on_behalf="member_id")
async def enrol(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    activity_id: UUID,
    member_id: UUID,
    or_wait: bool,
    provenance: Provenance,
) -> Standing:
    """Take a seat, or where there is none and `or_wait` says so, a place in the line; how they stand now.

    Raises `SeatsTaken`, `ActivityBegun`, `ActivityMoved`, `TakesPartAlready`, `NotOnRoster`.
    """
    heard = Provenance.APP if act.role is Role.MEMBER else provenance
    return await _take_part(
        db, act, community_id, activity_id, member_id, Part.PARTICIPANT, may_wait=or_wait, provenance=heard
    )


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def staff(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    activity_id: UUID,
    member_id: UUID,
    part: Part,
    provenance: Provenance,
) -> Standing:
    """Note a member as speaker or helper, who take no seat, also afterwards. Raises `ActivityMoved`,
    `TakesPartAlready`, `NotOnRoster`.
    """
    return await _take_part(
        db, act, community_id, activity_id, member_id, part, may_wait=False, provenance=provenance
    )


@use_case(who=ANYBODY, where="community_id", on_behalf="member_id")
async def withdraw(
    db: AsyncSession, act: Act, *, community_id: UUID, activity_id: UUID, member_id: UUID, reason: str
) -> None:
    """They do not come, and why; the first who waits has the seat. Raises `NotTakingPart`, `ActivityMoved`."""
    activity = await steps.hold(db, community_id, activity_id)
    rules.refuse_move(activity, Move.CHANGE)
    mine = await queries.participation(db, activity_id, member_id)
    if mine is None or mine.standing not in TAKES_PART:
        name = (await _member(db, community_id, member_id)).name
        raise NotTakingPart(name=name)
    await steps.withdraw(db, activity_id, member_id, reason=reason, by=act.actor.id, now=act.now)


@use_case(who=DESK, where="community_id", on_behalf=_serving)
async def sign_in(
    db: AsyncSession, act: Act, *, community_id: UUID, activity_id: UUID, sheet: SignIn, version: int
) -> ActivityView:
    """Type in the sign-in sheet, or type it in again; how many came.

    What was served is posted at once, and what the sheet says no more is taken back. Raises `Stale`,
    `ActivityMoved`, `ActivityAhead`, `EarnedAndSpent`, `Invalid`, `NotFound` for somebody of elsewhere.
    """
    activity = await steps.hold(db, community_id, activity_id, version=version)
    rules.refuse_sheet(activity, act.today)
    _refuse(rules.sheet_problems(sheet.guests, sheet.served))
    known = await people.briefs(db, sheet.came)
    if any(one not in known or known[one].community_id != community_id for one in sheet.came):
        raise NotFound
    await steps.sign_in(db, activity, sheet, by=act.actor.id, now=act.now)
    return await queries.activity(db, activity_id)


@use_case(who=DESK, where="community_id", on_behalf=_serving)
async def settle(
    db: AsyncSession, act: Act, *, community_id: UUID, activity_id: UUID, version: int
) -> Gathering:
    """Try again to post what the ledger refused; everybody with what is posted. Raises `Stale`, `ActivityMoved`."""
    activity = await steps.hold(db, community_id, activity_id, version=version)
    await steps.settle_again(db, activity, by=act.actor.id, now=act.now)
    return await queries.gathering(db, activity_id)


@use_case(who=DESK, where="community_id")
async def report(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    activity_id: UUID,
    notes: str | None,
    went_well: str | None,
    version: int,
) -> None:
    """Write down how it went, once the sheet is typed in. Raises `Stale`, `ActivityMoved`."""
    activity = await steps.hold(db, community_id, activity_id, version=version)
    await steps.report(db, activity, notes=notes, went_well=went_well, by=act.actor.id, now=act.now)


@reading(who=ANYBODY, where="community_id")
async def list_activities(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    when: When = When.COMING,
    kind: ActivityKind | None = None,
    words: str | None = None,
    after: str | None = None,
) -> Page[ActivityView]:
    """A page of activities, with how many take part and nobody's name."""
    return await queries.list_activities(
        db, community_id, act.today, when=when, kind=kind, words=words, after=after
    )


@reading(who=ANYBODY, where="community_id")
async def one(db: AsyncSession, act: Act, *, community_id: UUID, activity_id: UUID) -> ActivityView:
    """One activity, without names. Raises `NotFound`."""
    return await _here(db, community_id, activity_id)


@reading(who=DESK, where="community_id")
async def gathering(db: AsyncSession, act: Act, *, community_id: UUID, activity_id: UUID) -> Gathering:
    """One activity with everybody in it. Raises `NotFound`."""
    await _here(db, community_id, activity_id)
    return await queries.gathering(db, activity_id)


@reading(who=ANYBODY, where="community_id", on_behalf="member_id")
async def invitations(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> list[Invitation]:
    """What is to come, as one member sees it."""
    return await queries.invitations(db, community_id, member_id, act.today)


@reading(who=ANYBODY, where="community_id", on_behalf="member_id")
async def invitation(
    db: AsyncSession, act: Act, *, community_id: UUID, activity_id: UUID, member_id: UUID
) -> Invitation:
    """One activity as a member sees it. Raises `NotFound`."""
    await _here(db, community_id, activity_id)
    return await queries.invitation(db, activity_id, member_id)


@reading(who=DESK, where="community_id")
async def open_schemes(db: AsyncSession, act: Act, *, community_id: UUID) -> list[SchemeView]:
    """The schemes under which somebody may earn."""
    return await schemes.schemes(db, community_id)


@reading(who=DESK, where="community_id")
async def places(db: AsyncSession, act: Act, *, community_id: UUID) -> Sequence[str]:
    """Where there were activities, to choose from."""
    return await queries.places(db, community_id)


@reading(who=DESK, where="community_id")
async def meant(db: AsyncSession, act: Act, *, community_id: UUID, words: str) -> list[Brief]:
    """Whom words typed at the desk may mean."""
    return await people.meant(db, community_id, words)


@reading(who=DESK, where="community_id")
async def walk_ins(
    db: AsyncSession, act: Act, *, community_id: UUID, lines: Sequence[str]
) -> frozenset[UUID]:
    """Who is meant by lines copied from a sheet, each a number or a name. Raises `Invalid` with every line that is none."""
    if len(lines) > WALK_INS_MAX:
        raise TooLarge(limit=WALK_INS_MAX)
    found: set[UUID] = set()
    wrong = []
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        them = await people.meant(db, community_id, line)
        if len(them) == 1:
            found.add(them[0].id)
        else:
            wrong.append(FieldError("walk_ins", _unclear(line, them), row=row))
    _refuse(wrong)
    return frozenset(found)


@use_case(who=DESK, where="community_id")
async def export(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    when: When = When.ALL,
    kind: ActivityKind | None = None,
    words: str | None = None,
) -> list[ActivityView]:
    """Every activity of a list for a file; written down, since it leaves the house. Raises `TooLarge`."""
    found: list[ActivityView] = []
    after: str | None = None
    while True:
        page = await queries.list_activities(
            db, community_id, act.today, when=when, kind=kind, words=words, after=after, limit=100
        )
        found += page.rows
        if len(found) > EXPORT_ROWS_MAX:
            raise TooLarge(limit=EXPORT_ROWS_MAX)
        if (after := page.after) is None:
            return found


async def _take_part(
    db: AsyncSession,
    act: Act,
    community_id: UUID,
    activity_id: UUID,
    member_id: UUID,
    part: Part,
    *,
    may_wait: bool,
    provenance: Provenance,
) -> Standing:
    member = await _member(db, community_id, member_id)
    if member.status is not MemberStatus.ACTIVE:
        raise NotOnRoster(name=member.name)
    activity = await steps.hold(db, community_id, activity_id)
    if part is Part.PARTICIPANT:
        rules.refuse_enrolling(activity, act.now)
    else:
        rules.refuse_move(activity, Move.STAFF)
    before = await queries.participation(db, activity_id, member_id)
    standing = rules.standing_of_new(activity, before, part, may_wait=may_wait, name=member.name)
    await steps.take_part(
        db,
        activity,
        member_id,
        part=part,
        standing=standing,
        provenance=provenance,
        by=act.actor.id,
        now=act.now,
    )
    return standing


def _unclear(line: str, them: Sequence[Brief]) -> Text:
    if not them:
        return Text(N_("没有找到“{line}”；不在册的请算进没有账户的来客"), {"line": line})
    numbers = [f"{one.name} {one.number}" for one in them[:6]]
    return Text(N_("“{line}”可能是 {them}；请写会员号"), {"line": line, "them": numbers})


def _refuse(found: Sequence[FieldError]) -> None:
    if found:
        raise Invalid(found)


async def _scheme_problems(db: AsyncSession, community_id: UUID, plan: Planned) -> list[FieldError]:
    """What is wrong with the scheme of a plan: it must be one of here, and open on the day."""
    if plan.scheme_id is None:
        return []
    known = {one.id: one for one in await schemes.schemes(db, community_id)}
    if plan.scheme_id in known and known[plan.scheme_id].is_open(plan.held_on):
        return []
    return [FieldError("scheme_id", Text(N_("这个项目那一天没有开办；请换一个项目或日子")))]


async def _member(db: AsyncSession, community_id: UUID, member_id: UUID) -> Brief:
    found = (await people.briefs(db, [member_id])).get(member_id)
    if found is None or found.community_id != community_id:
        raise NotFound
    return found


async def _here(db: AsyncSession, community_id: UUID, activity_id: UUID) -> ActivityView:
    view = await queries.activity(db, activity_id)
    if view.community_id != community_id:
        raise NotFound
    return view
