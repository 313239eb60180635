"""Use cases of keeping a pair."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Choice, DatedWindow, looks
from timebank.access.guard import Act, Arguments, reading, use_case
from timebank.core import clock
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text
from timebank.pairing import problem as posing
from timebank.pairing import queries as pairing
from timebank.pairing.keeping import queries, rules, steps
from timebank.pairing.keeping.model import Kept, Neglected, NoteKind, SubstitutePage
from timebank.pairing.model import PairView
from timebank.pairing.service.rounds import DESK, READERS
from timebank.pairing.steps import pairs as pair_steps
from timebank.people import queries as people
from timebank.visits import queries as visits
from timebank.visits import steps as visit_steps
from timebank.visits.errors import Doubtful, Unfit, VisitMoved
from timebank.visits.model import Move, Status, VisitView
from timebank.visits.rules import status_text
from timebank.visits.service.checking import Meeting, barriers, doubts, facts, too_much_in_week

FIT_SHOWN = 12


async def _both(db: AsyncSession, arguments: Arguments) -> Sequence[UUID]:
    pair = await pairing.pair(db, arguments["pair_id"])
    return [pair.helper_id, pair.recipient_id]


@reading(who=READERS, where="community_id")
async def kept(db: AsyncSession, act: Act, *, community_id: UUID, pair_id: UUID) -> Kept:
    """How a pair is kept. Raises `NotFound`."""
    pair = await pairing.pair(db, pair_id)
    if pair.community_id != community_id:
        raise NotFound
    noted = (await queries.notes(db, [pair_id])).get(pair_id, [])
    last = (await visits.last_of_pairs(db, community_id, [pair_id])).get(pair_id)
    return Kept(
        notes=tuple(noted),
        review_on=rules.review_on(pair, noted),
        accompanied=any(note.kind is NoteKind.ACCOMPANIED for note in noted),
        silent_since=rules.silent_since(pair, last, act.today, noted),
    )


@reading(who=READERS, where="community_id")
async def neglected(db: AsyncSession, act: Act, *, community_id: UUID) -> list[Neglected]:
    """Pairs that fell silent or whose review is due, the longest waiting first."""
    return await queries.neglected(db, community_id, act.today)


@use_case(who=DESK, where="community_id", on_behalf=_both)
async def note(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    pair_id: UUID,
    kind: NoteKind,
    on: date,
    word: str,
    next_on: date | None = None,
) -> UUID:
    """Write down what was done for a pair; its id. Raises `Invalid`, `NotFound`."""
    pair = await pair_steps.locked(db, community_id, pair_id)
    wrong = []
    if on > act.today:
        wrong.append(FieldError("on", Text(N_("不能是以后的日期"))))
    if next_on is not None and kind is not NoteKind.REVIEWED:
        wrong.append(FieldError("next_on", Text(N_("只有回顾才定下一次的日期"))))
    if next_on is not None and next_on <= on:
        wrong.append(FieldError("next_on", Text(N_("下一次要在这一次以后"))))
    if wrong:
        raise Invalid(wrong)
    made = act.id_for("note")
    await steps.note(
        db,
        pair,
        note_id=made,
        kind=kind,
        on=on,
        word=word,
        next_on=next_on,
        by=act.actor.id,
        now=act.now,
    )
    return made


@reading(who=DESK, where="community_id")
async def substitutes(
    db: AsyncSession, act: Act, *, community_id: UUID, pair_id: UUID, visit_id: UUID
) -> SubstitutePage:
    """Who could go once in the helper's place, by the same rules as in a round. Raises `NotFound`, `VisitMoved`."""
    pair, visit = await _of(db, community_id, pair_id, visit_id)
    assert visit.planned_from is not None
    assert visit.planned_until is not None
    known = await pairing.facts(db, community_id, act.today, request_ids=[pair.request_id])
    problem = posing.problem_of(known)
    begin = visit.planned_from.astimezone(clock.zone())
    minute = begin.hour * 60 + begin.minute
    lasts = int((visit.planned_until - visit.planned_from).total_seconds() // 60)
    once = DatedWindow(begin.date(), minute, min(minute + lasts, 1440))
    fit: list[UUID] = []
    if problem.requests:
        wanted = replace(
            problem.requests[0], windows=(), starts_on=None, dates=(once,), minutes=lasts, demand=1
        )
        asked = replace(problem, requests=(wanted,))
        found = looks(asked, [Choice(wanted.id, helper.id) for helper in problem.helpers])
        ranked = sorted(found, key=lambda one: (-one.score, one.helper))
        fit = [one.helper for one in ranked if not one.reasons and one.helper != visit.helper_id]
    persons = await people.members(db, {pair.helper_id, pair.recipient_id, *fit[:FIT_SHOWN]})
    return SubstitutePage(
        pair=pair,
        visit=visit,
        helper=persons[pair.helper_id],
        recipient=persons[pair.recipient_id],
        fit=tuple(persons[who] for who in fit[:FIT_SHOWN]),
    )


@use_case(who=DESK, where="community_id", on_behalf=_both)
async def substitute(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    pair_id: UUID,
    visit_id: UUID,
    version: int,
    helper_id: UUID,
    anyway: bool = False,
) -> VisitView:
    """Let another helper go to one visit, both having been asked. The pair stays as it is.

    Raises `NotFound`, `Stale`, `VisitMoved`, `Unfit`, `Doubtful` unless `anyway`, `NotSetAside`.
    """
    _, seen = await _of(db, community_id, pair_id, visit_id)
    visit = await visit_steps.locked(db, community_id, visit_id, version=version)
    assert visit.planned_from is not None
    assert visit.planned_until is not None
    meeting = Meeting(
        scheme_id=visit.scheme_id,
        category=visit.category,
        helper_id=helper_id,
        recipient_id=visit.recipient_id,
        on=seen.served_on,
        minutes=int((visit.planned_until - visit.planned_from).total_seconds() // 60),
        span=(visit.planned_from, visit.planned_until),
        visit_id=visit.id,
    )
    known = await facts(db, community_id, member_ids=[helper_id, visit.recipient_id], days=[meeting.on])
    found = barriers(known, meeting) or too_much_in_week(known, meeting)
    if helper_id == visit.helper_id:
        found = [FieldError("helper", Text(N_("还是同一个人；请选另一位")))]
    if found:
        raise Unfit(found)
    if not anyway and (warnings := doubts(known, meeting)):
        raise Doubtful(warnings)
    moved = await visit_steps.move(db, visit, Move.RESCHEDULE, now=act.now, helper_id=helper_id)
    await visit_steps.reserve(db, community_id, [moved], by=act.actor.id, now=act.now)
    return moved


async def _of(
    db: AsyncSession, community_id: UUID, pair_id: UUID, visit_id: UUID
) -> tuple[PairView, VisitView]:
    pair = await pairing.pair(db, pair_id)
    visit = await visits.visit(db, visit_id)
    if pair.community_id != community_id or visit.pair_id != pair_id:
        raise NotFound
    if visit.status is not Status.PLANNED or visit.planned_from is None or visit.planned_until is None:
        raise VisitMoved(status=status_text(visit.status))
    return pair, visit
