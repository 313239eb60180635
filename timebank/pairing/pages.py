"""Pages of rounds, proposals and pairs: at the desk, and on a member's phone."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall, FormKey, MemberCall, WorkCall
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, NotFound, Text, TimebankError
from timebank.pairing import queries, reports, service, words
from timebank.pairing.keeping import service as keeping
from timebank.pairing.keeping.rules import KINDS as NOTE_KINDS
from timebank.pairing.model import Answer, ProposalStatus, ProposalView
from timebank.pairing.running import begin_round
from timebank.pairing.schemas import (
    AnswerForm,
    AskForm,
    AskQuery,
    EndForm,
    ListFilter,
    MyAnswerForm,
    PairFilter,
    PairForm,
    ProposalFilter,
    RunForm,
    SendForm,
)
from timebank.pairing.steering import emphasis_text
from timebank.web.forms import Form, asked_for, read
from timebank.web.i18n import translate
from timebank.web.problems import status_of
from timebank.web.render import language_of, redirect, render

router = APIRouter()


@router.get("/rounds")
async def rounds(request: Request, call: DeskCall) -> Response:
    """Who waits, who is being asked, what was done last; and the button that runs a round."""
    return await _rounds(request, call, Form())


@router.post("/rounds")
async def run(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Run a round and show it; nobody is asked yet."""
    form = await read(request, RunForm)
    status = 422
    if form.value is not None:
        try:
            made = await begin_round(
                call.with_key(key), community_id=call.desk, scheme_id=form.value.scheme_id
            )
        except TimebankError as error:
            form, status = form.refused(error), status_of(error)
        else:
            return redirect(request, f"/rounds/{made.id}" if made else "/rounds/under-way")
    return await _rounds(request, call, form, status=status)


@router.get("/rounds/{round_id}")
async def one_round(request: Request, call: DeskCall, round_id: UUID) -> Response:
    """A round: the unmatched first with what would help, then the pairs with their reasons."""
    return await _round(request, call, round_id, Form())


@router.post("/rounds/{round_id}")
async def send(request: Request, call: DeskCall, key: FormKey, round_id: UUID) -> Response:
    """Ask the pairs that are ticked."""
    form = await read(request, SendForm)
    if form.value is not None:
        try:
            sent = await service.send_round(
                call.with_key(key),
                community_id=call.desk,
                round_id=round_id,
                request_ids=tuple(form.value.request_ids),
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            values = {"sent": len(sent.made), "stale": len(sent.dropped)}
            said = Text(N_("已发出 {sent} 个邀约；{stale} 对没有发，原因写在那一行"), values)
            return redirect(request, f"/rounds/{round_id}", said if sent.dropped else _sent(len(sent.made)))
    return await _round(request, call, round_id, form, status=422)


@router.get("/rounds/{round_id}/calls")
async def round_calls(request: Request, call: DeskCall, round_id: UUID) -> Response:
    """Whom to ring up about a round, to print."""
    calls = await service.call_list(call, community_id=call.desk, round_id=round_id)
    context = {"calls": calls, "words": words, "back": f"/rounds/{round_id}"}
    return render(request, "pairing/calls.html", context)


@router.get("/proposals")
async def proposals(request: Request, call: DeskCall) -> Response:
    """Open proposals by deadline, or those of another status, the newest first."""
    given = asked_for(request, ProposalFilter)
    page = await service.list_proposals(
        call, community_id=call.desk, statuses=[given.status], after=given.after
    )
    context = {"page": page, "given": given, "words": words, "now": call.now}
    return render(request, "pairing/proposals.html", context)


@router.get("/proposals/calls")
async def calls(request: Request, call: DeskCall) -> Response:
    """Whom to ring up, to print."""
    found = await service.call_list(call, community_id=call.desk)
    return render(request, "pairing/calls.html", {"calls": found, "words": words, "back": "/proposals"})


@router.get("/proposals/new")
async def ask_page(request: Request, call: WorkCall) -> Response:
    """Who could be asked for one request."""
    return await _ask(request, call, asked_for(request, AskQuery), Form())


@router.post("/proposals/new")
async def ask(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Ask one helper by hand; what forbids it, or what it takes, is said."""
    form = await read(request, AskForm)
    value = form.value
    if value is not None:
        try:
            made = await service.ask(
                call.with_key(key).because(value.reason),
                community_id=call.desk,
                request_id=value.request_id,
                helper_id=value.helper_id,
                on=value.on,
                from_minute=value.from_minute,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/proposals/{made}", Text(N_("邀约已记下；请问一下双方")))
    try:
        asked = AskQuery(request_id=UUID(form.text("request_id")))
    except ValueError:
        return redirect(request, "/rounds")
    return await _ask(request, call, asked, form, status=422)


@router.get("/proposals/{proposal_id}")
async def proposal(request: Request, call: DeskCall, proposal_id: UUID) -> Response:
    """One proposal: both sides with their numbers and an answer in one tap."""
    return await _proposal(request, call, proposal_id, Form())


@router.post("/proposals/{proposal_id}")
async def answer(request: Request, call: DeskCall, key: FormKey, proposal_id: UUID) -> Response:
    """Take the answer that one side told the desk."""
    form = await read(request, AnswerForm)
    if form.value is not None:
        try:
            view = await service.answer(
                call.with_key(key),
                community_id=call.desk,
                proposal_id=proposal_id,
                side=form.value.side,
                answer=form.value.answer,
                provenance=form.value.how,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/proposals/{proposal_id}", await _outcome(call, view))
    return await _proposal(request, call, proposal_id, form, status=422)


@router.post("/proposals/{proposal_id}/withdraw")
async def withdraw(request: Request, call: DeskCall, key: FormKey, proposal_id: UUID) -> Response:
    """Take it back."""
    try:
        await service.withdraw(call.with_key(key), community_id=call.desk, proposal_id=proposal_id)
    except TimebankError as error:
        return await _proposal(request, call, proposal_id, Form().refused(error), status=409)
    return redirect(request, f"/proposals/{proposal_id}", Text(N_("邀约已撤回；需求回到待派单")))


@router.get("/pairs")
async def pairs(request: Request, call: DeskCall) -> Response:
    """Standing pairs, those that have not ended unless asked otherwise."""
    given = asked_for(request, PairFilter)
    statuses = [given.status] if given.status else queries.LIVING
    page = await service.list_pairs(call, community_id=call.desk, statuses=statuses, after=given.after)
    return render(request, "pairing/pairs.html", {"page": page, "given": given, "words": words})


@router.get("/pairs/{pair_id}")
async def pair(request: Request, call: DeskCall, pair_id: UUID) -> Response:
    """One pair with its visits, and what may be done to it."""
    return await pair_page(request, call, pair_id)


@router.post("/pairs/{pair_id}/{what}")
async def move_pair(request: Request, call: DeskCall, key: FormKey, pair_id: UUID, what: str) -> Response:
    """Confirm a trial, pause, go on, or end with thanks."""
    form = await read(request, EndForm if what == "end" else PairForm)
    value = form.value
    if value is not None:
        acting = call.with_key(key).because(value.reason)
        try:
            said = await _moved(acting, pair_id, what, value)
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/pairs/{pair_id}", said)
    return await pair_page(request, call, pair_id, form, status=422)


@router.get("/me/proposals/{proposal_id}")
async def my_proposal(request: Request, call: MemberCall, proposal_id: UUID) -> Response:
    """Who, what, when, how near, and two big answers."""
    return await _mine(request, call, proposal_id, Form())


@router.post("/me/proposals/{proposal_id}")
async def my_answer(request: Request, call: MemberCall, key: FormKey, proposal_id: UUID) -> Response:
    """Take the member's own answer."""
    form = await read(request, MyAnswerForm)
    value = form.value
    if value is not None:
        mine = await service.my_proposal(call, community_id=call.desk, proposal_id=proposal_id)
        try:
            view = await service.answer(
                call.with_key(key),
                community_id=call.desk,
                proposal_id=proposal_id,
                side=mine.side,
                answer=value.answer,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            thanks = Text(N_("谢谢您！")) if value.answer is Answer.YES else Text(N_("知道了，没关系"))
            said = await _outcome(call, view) if view.status is ProposalStatus.ACCEPTED else thanks
            return redirect(request, f"/me/proposals/{proposal_id}", said)
    return await _mine(request, call, proposal_id, form, status=422)


def _sent(proposals: int) -> Text:
    return Text(N_("已发出 {sent} 个邀约"), {"sent": proposals})


async def _outcome(call: Call, view: ProposalView) -> Text:
    match view.status:
        case ProposalStatus.ACCEPTED:
            lacking = await service.lacking(call, community_id=call.desk, proposal_id=view.id)
            if lacking:
                return Text(N_("已记下；还等 {lacking} 位，人齐了才算数"), {"lacking": lacking})
            if view.occasion.weekly:
                return Text(N_("双方同意：已结对，头几周的服务已排好"))
            return Text(N_("双方同意：服务已排好"))
        case ProposalStatus.DECLINED:
            return Text(N_("已记下；需求回到待派单"))
        case _:
            return Text(N_("已记下；还等另一方答复"))


async def _moved(call: Call, pair_id: UUID, what: str, value: PairForm) -> Text:
    where, version = call.desk, value.version
    match what:
        case "confirm":
            await service.confirm_pair(call, community_id=where, pair_id=pair_id, version=version)
            return Text(N_("已转为正式结对"))
        case "pause":
            await service.pause_pair(call, community_id=where, pair_id=pair_id, version=version)
            return Text(N_("已暂停；排好的服务已取消"))
        case "resume":
            await service.resume_pair(call, community_id=where, pair_id=pair_id, version=version)
            return Text(N_("已恢复；接下来的服务已排好"))
        case "end" if isinstance(value, EndForm):
            again = value.again == "yes"
            await service.end_pair(
                call, community_id=where, pair_id=pair_id, version=version, look_again=again
            )
            return Text(N_("结对已结束，需求回到待派单")) if again else Text(N_("结对已结束，谢谢两位"))
        case _:
            raise NotFound


async def _rounds(request: Request, call: Call, form: Form[RunForm], *, status: int = 200) -> Response:
    given = asked_for(request, ListFilter)
    page = await service.rounds_page(call, community_id=call.desk, after=given.after)
    schemes = [(scheme.id, scheme.name) for scheme in page.schemes]
    context = {"page": page, "form": form, "words": words, "now": call.now, "scheme_options": schemes}
    return render(request, "pairing/rounds.html", context, status=status)


async def _round(
    request: Request, call: Call, round_id: UUID, form: Form[SendForm], *, status: int = 200
) -> Response:
    page = await service.round_page(call, community_id=call.desk, round_id=round_id)
    told = [view.report for view in (page.previous, page.detail.view) if view is not None and view.report]
    context = {
        "page": page,
        "form": form,
        "words": words,
        "rows": reports.rows(*told),
        "rounds_told": len(told),
        "emphasis_text": emphasis_text,
    }
    return render(request, "pairing/round.html", context, status=status)


async def _ask(
    request: Request, call: Call, asked: AskQuery, form: Form[AskForm], *, status: int = 200
) -> Response:
    page = await service.ask_page(
        call, community_id=call.desk, request_id=asked.request_id, words_typed=asked.q
    )
    context = {"page": page, "form": form, "words": words, "q": asked.q or ""}
    return render(request, "pairing/ask.html", context, status=status)


async def _proposal(
    request: Request, call: Call, proposal_id: UUID, form: Form[AnswerForm], *, status: int = 200
) -> Response:
    page = await service.proposal_page(call, community_id=call.desk, proposal_id=proposal_id)
    return render(
        request, "pairing/proposal.html", {"page": page, "form": form, "words": words}, status=status
    )


async def pair_page(
    request: Request,
    call: Call,
    pair_id: UUID,
    form: Form[PairForm] | None = None,
    *,
    noted: Form[Any] | None = None,
    status: int = 200,
) -> Response:
    page = await service.pair_page(call, community_id=call.desk, pair_id=pair_id)
    context = {
        "page": page,
        "kept": await keeping.kept(call, community_id=call.desk, pair_id=pair_id),
        "form": form or Form(),
        "noted": noted or Form({"on": str(clock.day_of(call.now))}),
        "note_kinds": [
            (str(kind), translate(text, language_of(request))) for kind, text in NOTE_KINDS.items()
        ],
        "words": words,
    }
    return render(request, "pairing/pair.html", context, status=status)


async def _mine(
    request: Request, call: Call, proposal_id: UUID, form: Form[MyAnswerForm], *, status: int = 200
) -> Response:
    mine = await service.my_proposal(call, community_id=call.desk, proposal_id=proposal_id)
    return render(request, "pairing/mine.html", {"mine": mine, "form": form, "words": words}, status=status)
