"""What a desk does to one visit: for each move its form, what it starts with, and how it is done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.amounts import Minutes
from timebank.core.errors import N_, FieldError, Invalid, Text
from timebank.visits import rules, service
from timebank.visits.forms import (
    OTHER,
    AmendForm,
    CancelForm,
    ClaimForm,
    ConfirmForm,
    DisputeForm,
    Heard,
    NoShowForm,
    OutcomeForm,
    PutOffForm,
    Seen,
    instant,
)
from timebank.visits.model import Move, Outcome, Status, VisitView


@dataclass(frozen=True)
class Deed:
    """A move as a page does it; `do` gives back what to say."""

    schema: type[Seen]
    do: Callable[[Call, UUID, Any], Awaitable[Text]]


async def _reschedule(call: Call, visit_id: UUID, form: PutOffForm) -> Text:
    if form.anyway and not form.reason:
        raise Invalid([FieldError("reason", Text(N_("请写一句为什么仍然这样办")))])
    await service.reschedule(
        call.because(form.reason),
        community_id=call.desk,
        visit_id=visit_id,
        version=form.version,
        planned_from=instant(form.on, form.from_time),
        planned_until=instant(form.on, form.until_time),
        anyway=form.anyway,
    )
    return Text(N_("时间改好了；请告诉双方"))


async def _check_in(call: Call, visit_id: UUID, form: Heard) -> Text:
    await service.check_in(
        call, community_id=call.desk, visit_id=visit_id, version=form.version, provenance=form.provenance
    )
    return Text(N_("已签到"))


async def _undo_check_in(call: Call, visit_id: UUID, form: Seen) -> Text:
    await service.undo_check_in(call, community_id=call.desk, visit_id=visit_id, version=form.version)
    return Text(N_("签到已撤销"))


async def _check_out(call: Call, visit_id: UUID, form: Heard) -> Text:
    await service.check_out(
        call, community_id=call.desk, visit_id=visit_id, version=form.version, provenance=form.provenance
    )
    return Text(N_("离开的时间记下了；请登记时长"))


async def _claim(call: Call, visit_id: UUID, form: ClaimForm) -> Text:
    await service.claim(
        call,
        community_id=call.desk,
        visit_id=visit_id,
        version=form.version,
        minutes=form.total or 0,
        served_on=form.served_on,
        note=form.note,
        provenance=form.provenance,
    )
    return Text(N_("时长已登记；请受助人确认"))


async def _confirm(call: Call, visit_id: UUID, form: ConfirmForm) -> Text:
    outcome = await service.confirm(
        call,
        community_id=call.desk,
        visit_id=visit_id,
        version=form.version,
        minutes=form.total,
        words=form.words,
        provenance=form.provenance,
    )
    return told(outcome)


async def _dispute(call: Call, visit_id: UUID, form: DisputeForm) -> Text:
    visit = await service.dispute(
        call,
        community_id=call.desk,
        visit_id=visit_id,
        version=form.version,
        minutes=form.said,
        words=form.words,
        provenance=form.provenance,
    )
    return told(Outcome(visit, posted=False))


async def _resolve(call: Call, visit_id: UUID, form: OutcomeForm) -> Text:
    outcome = await service.resolve(
        call.because(form.reason),
        community_id=call.desk,
        visit_id=visit_id,
        version=form.version,
        minutes=form.decided,
        reason=form.reason,
    )
    return told(outcome)


async def _amend(call: Call, visit_id: UUID, form: AmendForm) -> Text:
    if form.total is None and form.paid_by is None:
        raise Invalid([FieldError("minutes", Text(N_("请改短时长，或换一个支付方")))])
    outcome = await service.amend(
        call.because(form.reason),
        community_id=call.desk,
        visit_id=visit_id,
        version=form.version,
        reason=form.reason,
        minutes=form.total,
        paid_by=form.paid_by,
    )
    return told(outcome)


async def _settle(call: Call, visit_id: UUID, form: Seen) -> Text:
    outcome = await service.settle_again(
        call, community_id=call.desk, visit_id=visit_id, version=form.version
    )
    return told(outcome)


async def _correct(call: Call, visit_id: UUID, form: OutcomeForm) -> Text:
    outcome = await service.correct(
        call.because(form.reason),
        community_id=call.desk,
        visit_id=visit_id,
        version=form.version,
        minutes=form.decided,
        reason=form.reason,
        forced=form.forced,
    )
    if outcome.visit.status is Status.CANCELLED:
        return Text(N_("原来的记账已冲正，这次服务不计时"))
    return told(outcome)


async def _cancel(call: Call, visit_id: UUID, form: CancelForm) -> Text:
    await service.cancel(
        call.because(form.reason),
        community_id=call.desk,
        visit_id=visit_id,
        version=form.version,
        reason=form.reason,
        ask_again=form.ask_again,
    )
    return Text(N_("已取消；取消错了可以恢复"))


async def _no_show(call: Call, visit_id: UUID, form: NoShowForm) -> Text:
    await service.no_show(
        call.because(form.reason),
        community_id=call.desk,
        visit_id=visit_id,
        version=form.version,
        absent=form.absent,
        reason=form.reason,
        ask_again=form.ask_again,
    )
    return Text(N_("记下了；记错了可以恢复"))


async def _restore(call: Call, visit_id: UUID, form: Seen) -> Text:
    await service.restore(call, community_id=call.desk, visit_id=visit_id, version=form.version)
    return Text(N_("已恢复为待开始"))


# A correction reopens or voids: one form, where the desk says which.
DEEDS: dict[Move, Deed] = {
    Move.RESCHEDULE: Deed(PutOffForm, _reschedule),
    Move.CHECK_IN: Deed(Heard, _check_in),
    Move.UNDO_CHECK_IN: Deed(Seen, _undo_check_in),
    Move.CHECK_OUT: Deed(Heard, _check_out),
    Move.CLAIM: Deed(ClaimForm, _claim),
    Move.CONFIRM: Deed(ConfirmForm, _confirm),
    Move.DISPUTE: Deed(DisputeForm, _dispute),
    Move.RESOLVE: Deed(OutcomeForm, _resolve),
    Move.AMEND: Deed(AmendForm, _amend),
    Move.SETTLE: Deed(Seen, _settle),
    Move.REOPEN: Deed(OutcomeForm, _correct),
    Move.CANCEL: Deed(CancelForm, _cancel),
    Move.NO_SHOW: Deed(NoShowForm, _no_show),
    Move.RESTORE: Deed(Seen, _restore),
}


def told(outcome: Outcome) -> Text:
    """How it ended, as one says it at a desk."""
    visit = outcome.visit
    match visit.status:
        case Status.SETTLED:
            return Text(N_("已记账 {amount}"), {"amount": Minutes(visit.settled_minutes or 0)})
        case Status.CONFIRMED:
            return Text(N_("时长定了，但账没有记上；请看下面的办法"))
        case Status.DISPUTED:
            return Text(N_("双方说法不一，已记为异议；请听听两边，再定"))
        case _:
            return Text(N_("已取消，不计时"))


def first_move(visit: VisitView, offered: frozenset[Move], *, now: datetime) -> Move | None:
    """What a desk most likely opened the page for."""
    over = visit.planned_until is not None and now >= visit.planned_until
    order = {
        Status.PLANNED: (Move.CLAIM,) if over else (Move.CHECK_IN,),
        Status.ATTENDED: (Move.CLAIM,),
        Status.CLAIMED: (Move.CONFIRM, Move.CLAIM),
        Status.DISPUTED: (Move.RESOLVE,),
        Status.CONFIRMED: (Move.AMEND,),
    }.get(visit.status, ())
    return next((move for move in order if move in offered), None)


def started(visit: VisitView, move: Move, *, now: datetime) -> dict[str, Any]:
    """What the form of a move starts with, as if it had been typed."""
    match move:
        case Move.CLAIM:
            known = rules.measured_minutes(visit) or rules.planned_minutes(visit)
            minutes = visit.claimed.minutes if visit.claimed else known
            day = min(visit.served_on, clock.day_of(now))
            return _amount(minutes) | {"served_on": day.isoformat(), "provenance": "phone"}
        case Move.RESCHEDULE if visit.planned_from and visit.planned_until:
            begin, end = (at.astimezone(clock.zone()) for at in (visit.planned_from, visit.planned_until))
            return {
                "on": begin.date().isoformat(),
                "from_time": f"{begin:%H:%M}",
                "until_time": f"{end:%H:%M}",
            }
        case Move.REOPEN if visit.confirmed:
            return _amount(visit.confirmed.minutes) | {"outcome": OTHER}
        case Move.NO_SHOW | Move.CANCEL:
            return {"ask_again": "true"} if move is Move.NO_SHOW and visit.request_id else {}
        case _:
            return {}


def _amount(minutes: int | None) -> dict[str, Any]:
    if minutes is None:
        return {}
    hours, rest = divmod(minutes, 60)
    return {"hours": hours or "", "minutes": rest}
