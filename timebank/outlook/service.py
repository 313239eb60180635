"""Use cases of the outlook: the figures, what stands behind them, whom to ask, whom to call, and that it was done."""

from collections.abc import Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.care.contacts import queries as contacts
from timebank.care.contacts import rules as contact_rules
from timebank.care.contacts import steps as contact_steps
from timebank.care.contacts.errors import NotInTouch
from timebank.care.contacts.model import Contact as Noted
from timebank.care.contacts.model import ContactKind
from timebank.core.actor import Role
from timebank.core.errors import Invalid, Text
from timebank.core.lists import Page, cut, decode
from timebank.hours.gifts.model import Receiver
from timebank.hours.gifts.rules import allows
from timebank.hours.redeeming.queries import redeem_barriers
from timebank.outlook import assuming, queries, rules, steps, suggesting
from timebank.outlook.model import Advice, CallList, Coaching, Quiet, Reached, Standing, Survey
from timebank.people import queries as people
from timebank.people.model import STATUS_LABELS, Contact, MemberView
from timebank.schemes import queries as schemes

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
READERS = DESK | {Role.AUDITOR}
PAGE_ROWS = 50

T = TypeVar("T")


@reading(who=READERS, where="community_id", snapshot=True)
async def standing(db: AsyncSession, act: Act, *, community_id: UUID) -> Standing:
    """How the hours of a community stand today."""
    found = await queries.survey(db, community_id, act.today)
    backings = await queries.backings(db, community_id)
    return Standing(
        survey=found,
        figures=rules.figures(list(found.savers.values()), found.on),
        capacity=assuming.capacity(found),
        backing=rules.in_force(backings, found.on),
        backings=tuple(backings),
    )


@reading(who=DESK, where="community_id", snapshot=True)
async def asking_list(
    db: AsyncSession, act: Act, *, community_id: UUID, months: int, after: str | None = None
) -> Coaching:
    """Whoever has hours older than that and never asked, or not for a year: what to ask each of them about.

    Left out: who is too young to be helped, away, or was spoken to lately; and who may not spend yet, of whom it is
    told how many they are. The oldest come first, and of those who have most.
    """
    found = await queries.survey(db, community_id, act.today)
    reached = await _reached(db, community_id, found)
    ids = [one.id for one in found.active]
    away = await people.away(db, ids, found.on)
    waiting = [
        one
        for one in found.active
        if one.id not in away | reached
        and rules.could_use_hours(one, found.on)
        and rules.waits_to_be_asked(found.savers[one.id], found.on, months=months)
    ]
    house = (await schemes.house_policy(db, community_id, act.today)).content
    ages = {one.id: found.savers[one.id].age for one in waiting}
    barred = await redeem_barriers(db, community_id, ages, house) if waiting else {}
    rows = [one for one in waiting if one.id not in barred]
    page = _paged(rows, {one.id: rules.asking_order(found.savers[one.id], one.number) for one in rows}, after)
    offered = await queries.offered(db, found, community_id)
    kin = (
        await queries.kin_who_could_use_hours(db, found, community_id) if allows(house, Receiver.KIN) else {}
    )

    def advised(one: MemberView) -> Advice:
        saver, details = found.savers[one.id], one.details
        known = suggesting.Known(
            age=saver.age,
            lives_alone=details.lives_alone,
            needs=frozenset(details.needs),
            interests=frozenset(details.interests),
            smartphone=details.contact is Contact.SMARTPHONE,
            hardship_tier=details.hardship_tier,
            held_minutes=saver.balance_minutes,
            last_ask_on=saver.last_ask_on,
            offered=suggesting.nearest(offered, one.id, details.lat, details.lon),
            kin=kin.get(one.id),
        )
        thought = suggesting.suggestion(known, found.on)
        return Advice(
            member=one,
            held_minutes=saver.balance_minutes,
            facts=tuple(suggesting.facts(known, found.on)),
            category=thought.category,
            question=thought.question,
            because=thought.because,
        )

    return Coaching(
        page=Page([advised(one) for one in page.rows], page.after), total=len(rows), barred=len(barred)
    )


@reading(who=DESK, where="community_id", snapshot=True)
async def call_list(
    db: AsyncSession, act: Act, *, community_id: UUID, days: int, after: str | None = None
) -> CallList:
    """Members of whom nothing was heard for so many days: no entry, visit, request or activity. The longest silent first."""
    found = await queries.survey(db, community_id, act.today)
    reached = await _reached(db, community_id, found)
    quiet = [
        one
        for one in found.active
        if one.id not in reached
        and ((since := found.seen_on.get(one.id)) is None or (found.on - since).days >= days)
    ]
    orders = {one.id: rules.quiet_order(found.seen_on.get(one.id), one.number) for one in quiet}
    page = _paged(quiet, orders, after)
    absences = await people.absences(db, [one.id for one in page.rows])

    def row(one: MemberView) -> Quiet:
        since = found.seen_on.get(one.id)
        away = [absence.until_on for absence in absences.get(one.id, ()) if absence.covers(found.on)]
        return Quiet(
            member=one,
            since=since,
            days=None if since is None else (found.on - since).days,
            held_minutes=found.savers[one.id].holds_minutes,
            away_until=max(away, default=None),
        )

    lately = [
        Reached(member=member, contact=one)
        for one in await contacts.lately(db, community_id)
        if (member := found.members.get(found.merged.get(one.member_id, one.member_id))) is not None
    ]
    return CallList(
        page=Page([row(one) for one in page.rows], page.after), total=len(quiet), lately=tuple(lately)
    )


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def note_call(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, on: date, word: str | None = None
) -> UUID:
    """Somebody of the desk spoke to a member: the contact's id. They are on neither list for ninety days.

    Raises `NotFound`, `NotInTouch`, `Invalid`.
    """
    member = await contacts.member_here(db, community_id, member_id)
    if member.status in people.GONE:
        raise NotInTouch(name=member.name, status=Text(STATUS_LABELS[member.status]))
    call = Noted(kind=ContactKind.CALL, happened_on=on, by_whom=act.actor.name, word=word)
    if wrong := contact_rules.problems(call, today=act.today):
        raise Invalid(wrong)
    contact_id = act.id_for("contact")
    await contact_steps.note(
        db, community_id, member_id, call, contact_id=contact_id, by=act.actor.id, now=act.now
    )
    return contact_id


@use_case(who={Role.ADMINISTRATOR}, where="community_id")
async def record_backing(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    from_on: date,
    fund_fen: int,
    hour_fen: int,
    note: str | None = None,
) -> UUID:
    """Write down what stands behind the hours from a day on; it moves nothing in the ledger. Raises `Invalid`."""
    if wrong := rules.backing_problems(fund_fen=fund_fen, hour_fen=hour_fen):
        raise Invalid(wrong)
    backing_id = act.id_for("backing")
    await steps.record_backing(
        db,
        community_id,
        backing_id=backing_id,
        from_on=from_on,
        fund_fen=fund_fen,
        hour_fen=hour_fen,
        note=note,
        by=act.actor.id,
        now=act.now,
    )
    return backing_id


async def _reached(db: AsyncSession, community_id: UUID, found: Survey) -> set[UUID]:
    """Who was spoken to lately; under a record that was merged since, the kept one."""
    since = rules.in_peace_since(found.on)
    ids = await contacts.reached_since(db, community_id, since)
    return ids | {found.merged[one] for one in ids if one in found.merged}


def _paged(rows: Sequence[MemberView], orders: dict[UUID, str], after: str | None) -> Page[MemberView]:
    start = decode(after, parts=1)
    ordered = sorted(rows, key=lambda one: orders[one.id])
    rest = [one for one in ordered if start is None or orders[one.id] > start[0]][: PAGE_ROWS + 1]
    return cut(rest, limit=PAGE_ROWS, key=[[orders[one.id]] for one in rest])
