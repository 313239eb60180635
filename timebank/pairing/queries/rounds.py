"""Reading match rounds."""

import json
from datetime import date
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from matching import Choice, Plan, Report, Value, from_json, to_json
from timebank.core.errors import NotFound
from timebank.core.lists import Page, cut, instant_and_id
from timebank.pairing.model import Dropped, RoundDetail, RoundInput, RoundStatus, RoundView, Why, WhyNobody
from timebank.pairing.tables import Round

INPUT = TypeAdapter(RoundInput)
VALUE = TypeAdapter(Value)
REPORT = TypeAdapter(Report)
WHY = TypeAdapter(Why)
WHYS = TypeAdapter(list[Why])
NOBODY = TypeAdapter(list[WhyNobody])
DROPPED = TypeAdapter(list[Dropped])
ROUNDS_SHOWN = 20
TRENDED_MAX = 5_000
_LIGHT = (
    Round.id,
    Round.community_id,
    Round.scheme_id,
    Round.on_day,
    Round.status,
    Round.served,
    Round.waiting,
    Round.helpers,
    Round.milliseconds,
    Round.made_by,
    Round.made_at,
    Round.sent_at,
    Round.report,
)


async def round_detail(db: AsyncSession, round_id: UUID) -> RoundDetail:
    """A whole round; raises `NotFound`."""
    row = await db.scalar(select(Round).where(Round.id == round_id).execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return RoundDetail(
        view=_view(row),
        input=INPUT.validate_python(row.input, strict=False),
        input_digest=row.input_digest,
        plan=plan_of(row.plan),
        plan_digest=row.plan_digest,
        whys={Choice(why.request_id, why.chosen.helper_id): why for why in WHYS.validate_python(row.whys)},
        nobody={why.request_id: why for why in NOBODY.validate_python(row.nobody)},
        dropped={one.request_id: one for one in DROPPED.validate_python(row.dropped)},
    )


async def round_view(db: AsyncSession, round_id: UUID) -> RoundView | None:
    """A round as the list shows it, if it is there."""
    row = await db.scalar(select(Round).where(Round.id == round_id).options(load_only(*_LIGHT)))
    return None if row is None else _view(row)


async def list_rounds(
    db: AsyncSession, community_id: UUID, *, after: str | None = None, limit: int = ROUNDS_SHOWN
) -> Page[RoundView]:
    """The newest first."""
    wanted = select(Round).where(Round.community_id == community_id).options(load_only(*_LIGHT))
    if start := instant_and_id(after):
        wanted = wanted.where(tuple_(Round.made_at, Round.id) < start)
    rows = (await db.scalars(wanted.order_by(Round.made_at.desc(), Round.id.desc()).limit(limit + 1))).all()
    keys = [[row.made_at.isoformat(), str(row.id)] for row in rows]
    return cut([_view(row) for row in rows], limit=limit, key=keys)


async def round_before(db: AsyncSession, view: RoundView) -> RoundView | None:
    """The round of the same community and scheme before this one that no newer one took the place of."""
    wanted = (
        select(Round)
        .where(
            Round.community_id == view.community_id,
            Round.scheme_id.is_not_distinct_from(view.scheme_id),
            Round.status != RoundStatus.SUPERSEDED,
            tuple_(Round.made_at, Round.id) < (view.made_at, view.id),
        )
        .options(load_only(*_LIGHT))
        .order_by(Round.made_at.desc(), Round.id.desc())
        .limit(1)
    )
    row = await db.scalar(wanted)
    return None if row is None else _view(row)


async def rounds_since(
    db: AsyncSession, community_id: UUID, day: date, *, limit: int = TRENDED_MAX
) -> list[RoundView]:
    """The rounds run on or after a day, the newest first, no more than `limit`; those superseded came to nothing."""
    wanted = select(Round).where(
        Round.community_id == community_id, Round.on_day >= day, Round.status != RoundStatus.SUPERSEDED
    )
    newest = wanted.options(load_only(*_LIGHT)).order_by(Round.made_at.desc(), Round.id.desc())
    return [_view(row) for row in await db.scalars(newest.limit(limit))]


async def passed_over_on(db: AsyncSession, community_id: UUID, day: date) -> set[UUID]:
    """The requests that rounds of that day have left waiting already."""
    found = await db.scalars(
        select(Round.nobody).where(Round.community_id == community_id, Round.on_day == day)
    )
    return {why.request_id for nobody in found for why in NOBODY.validate_python(nobody)}


def stored_plan(plan: Plan) -> object:
    """A plan as the JSON it is stored in."""
    return json.loads(to_json(plan))


def plan_of(stored: object) -> Plan:
    """The plan from its stored JSON."""
    return from_json(Plan, json.dumps(stored))


def _view(row: Round) -> RoundView:
    return RoundView(
        id=row.id,
        community_id=row.community_id,
        scheme_id=row.scheme_id,
        on_day=row.on_day,
        status=RoundStatus(row.status),
        served=row.served,
        waiting=row.waiting,
        helpers=row.helpers,
        milliseconds=row.milliseconds,
        made_by=row.made_by,
        made_at=row.made_at,
        sent_at=row.sent_at,
        report=None if row.report is None else REPORT.validate_python(row.report),
    )
