"""Visits for programs. What may move minutes takes an Idempotency-Key; words are in the reader's language."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from timebank.access.doors import KeyedCall, MemberCall, SignedInCall
from timebank.core.errors import Text
from timebank.core.provenance import Provenance
from timebank.visits import service
from timebank.visits.schemas import (
    Amendment,
    BlankLines,
    CalledOff,
    Claim,
    Confirmation,
    Correction,
    NewVisit,
    NobodyCame,
    Objection,
    PutOff,
    Resolution,
    SeenHow,
    SeenVisit,
    ServedVisits,
    SignedSheet,
    TypedSheet,
    VisitFilter,
)
from timebank.visits.showing import (
    EnteredOut,
    FirstNumber,
    MyVisitsOut,
    OutcomeOut,
    PersonOut,
    UnderstoodLine,
    VisitList,
    VisitMade,
    VisitOut,
    VisitRow,
    VisitStory,
)
from timebank.web.forms import Day
from timebank.web.i18n import say
from timebank.web.render import language_of
from timebank.web.versions import VersionedRoute

router = APIRouter(tags=["visits"], route_class=VersionedRoute)
_COMMUNITY = "/communities/{community_id}"
_VISIT = _COMMUNITY + "/visits/{visit_id}"

After = Annotated[str | None, Query(max_length=300)]


@router.get("/me/visits")
async def my_visits(call: MemberCall, after: After = None) -> MyVisitsOut:
    """My visits: to answer now, to come, and past ones page by page."""
    return await member_visits(call, call.desk, call.actor.id, after)


@router.get(_COMMUNITY + "/members/{member_id}/visits")
async def member_visits(
    call: SignedInCall, community_id: UUID, member_id: UUID, after: After = None
) -> MyVisitsOut:
    """A member's visits: to answer now, to come, and past ones page by page."""
    mine = await service.of_member(call, community_id=community_id, member_id=member_id, after=after)
    return MyVisitsOut.of(mine)


@router.get(_COMMUNITY + "/visits")
async def list_visits(
    call: SignedInCall, community_id: UUID, given: Annotated[VisitFilter, Query()]
) -> VisitList:
    """Visits of a community, the latest day first."""
    page = await service.search(
        call,
        community_id=community_id,
        statuses=given.status,
        member_id=given.member_id,
        request_id=given.request_id,
        pair_id=given.pair_id,
        from_on=given.from_on,
        until_on=given.until_on,
        after=given.after,
    )
    return VisitList(rows=[VisitRow.of(row) for row in page.rows], after=page.after)


@router.get(_COMMUNITY + "/days/{day}/visits")
async def visits_of_day(call: SignedInCall, community_id: UUID, day: Day) -> list[VisitRow]:
    """Every visit of a day that is not called off, by time."""
    return [VisitRow.of(row) for row in await service.on_day(call, community_id=community_id, day=day)]


@router.post(_COMMUNITY + "/visits", status_code=201)
async def plan_visit(call: SignedInCall, community_id: UUID, body: NewVisit) -> VisitMade:
    """Plan a visit by hand; 409 names what is doubtful, unless `anyway`."""
    made = await service.plan_visit(
        call,
        community_id=community_id,
        plan=body.plan,
        provenance=Provenance(body.provenance),
        anyway=body.anyway,
    )
    return VisitMade(id=made)


@router.get(_VISIT)
async def read_visit(request: Request, call: SignedInCall, community_id: UUID, visit_id: UUID) -> VisitStory:
    """One visit with its disputes and postings."""
    story = await service.one(call, community_id=community_id, visit_id=visit_id)
    return VisitStory.told(story, _say(request))


@router.post(_VISIT + "/reschedule")
async def reschedule_visit(call: SignedInCall, community_id: UUID, visit_id: UUID, body: PutOff) -> VisitOut:
    """Put a planned visit off; 409 names what is doubtful, unless `anyway`."""
    moved = await service.reschedule(
        call,
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        planned_from=body.planned_from,
        planned_until=body.planned_until,
        anyway=body.anyway,
    )
    return VisitOut.of(moved)


@router.post(_VISIT + "/check-in")
async def check_in(call: SignedInCall, community_id: UUID, visit_id: UUID, body: SeenHow) -> VisitOut:
    """The helper is there, on the day itself."""
    moved = await service.check_in(
        call,
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        provenance=Provenance(body.provenance),
    )
    return VisitOut.of(moved)


@router.post(_VISIT + "/undo-check-in")
async def undo_check_in(call: SignedInCall, community_id: UUID, visit_id: UUID, body: SeenVisit) -> VisitOut:
    """The helper is not there after all."""
    moved = await service.undo_check_in(
        call, community_id=community_id, visit_id=visit_id, version=body.version
    )
    return VisitOut.of(moved)


@router.post(_VISIT + "/check-out")
async def check_out(call: SignedInCall, community_id: UUID, visit_id: UUID, body: SeenHow) -> VisitOut:
    """The helper leaves; said again, the later time stands."""
    moved = await service.check_out(
        call,
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        provenance=Provenance(body.provenance),
    )
    return VisitOut.of(moved)


@router.post(_VISIT + "/cancel")
async def cancel_visit(call: SignedInCall, community_id: UUID, visit_id: UUID, body: CalledOff) -> VisitOut:
    """Call a visit off; what was claimed only a desk may end."""
    moved = await service.cancel(
        call.because(body.reason),
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        reason=body.reason,
        ask_again=body.ask_again,
    )
    return VisitOut.of(moved)


@router.post(_VISIT + "/no-show")
async def record_no_show(
    call: SignedInCall, community_id: UUID, visit_id: UUID, body: NobodyCame
) -> VisitOut:
    """One side did not come; each side may say so of the other."""
    moved = await service.no_show(
        call.because(body.reason),
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        absent=body.absent,
        reason=body.reason,
        ask_again=body.ask_again,
    )
    return VisitOut.of(moved)


@router.post(_VISIT + "/restore")
async def restore_visit(call: SignedInCall, community_id: UUID, visit_id: UUID, body: SeenVisit) -> VisitOut:
    """Undo a cancellation or a no-show."""
    moved = await service.restore(call, community_id=community_id, visit_id=visit_id, version=body.version)
    return VisitOut.of(moved)


@router.post(_VISIT + "/claim")
async def claim_minutes(call: SignedInCall, community_id: UUID, visit_id: UUID, body: Claim) -> VisitOut:
    """The helper says how long it took; no minutes move before it is confirmed."""
    moved = await service.claim(
        call,
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        minutes=body.minutes,
        served_on=body.served_on,
        note=body.note,
        provenance=Provenance(body.provenance),
    )
    return VisitOut.of(moved)


@router.post(_VISIT + "/confirm")
async def confirm_claim(
    call: KeyedCall, community_id: UUID, visit_id: UUID, body: Confirmation
) -> OutcomeOut:
    """The recipient says that the claim is right, and it is posted.

    Other `minutes` than the claim's make a dispute where they differ by more than the scheme tolerates.
    """
    outcome = await service.confirm(
        call,
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        minutes=body.minutes,
        words=body.words,
        provenance=Provenance(body.provenance),
    )
    return OutcomeOut.of(outcome)


@router.post(_VISIT + "/dispute")
async def dispute_claim(call: SignedInCall, community_id: UUID, visit_id: UUID, body: Objection) -> VisitOut:
    """The recipient says that the claim is not right; the desk hears both sides."""
    moved = await service.dispute(
        call,
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        minutes=body.minutes,
        words=body.words,
        provenance=Provenance(body.provenance),
    )
    return VisitOut.of(moved)


@router.post(_VISIT + "/resolve")
async def resolve_dispute(
    call: KeyedCall, community_id: UUID, visit_id: UUID, body: Resolution
) -> OutcomeOut:
    """End a dispute with minutes, which are posted, or with none."""
    outcome = await service.resolve(
        call.because(body.reason),
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        minutes=body.minutes,
        reason=body.reason,
    )
    return OutcomeOut.of(outcome)


@router.post(_VISIT + "/settle")
async def settle_again(call: KeyedCall, community_id: UUID, visit_id: UUID, body: SeenVisit) -> OutcomeOut:
    """Ask the ledger once more for what it refused."""
    outcome = await service.settle_again(
        call, community_id=community_id, visit_id=visit_id, version=body.version
    )
    return OutcomeOut.of(outcome)


@router.post(_VISIT + "/amend")
async def amend_refused(call: KeyedCall, community_id: UUID, visit_id: UUID, body: Amendment) -> OutcomeOut:
    """Ask the ledger for fewer minutes, or from another payer."""
    outcome = await service.amend(
        call.because(body.reason),
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        reason=body.reason,
        minutes=body.minutes,
        paid_by=body.paid_by,
    )
    return OutcomeOut.of(outcome)


@router.post(_VISIT + "/correct")
async def correct_posted(call: KeyedCall, community_id: UUID, visit_id: UUID, body: Correction) -> OutcomeOut:
    """Take a posting back and post the true minutes; 409 where they are spent, unless `forced`."""
    outcome = await service.correct(
        call.because(body.reason),
        community_id=community_id,
        visit_id=visit_id,
        version=body.version,
        minutes=body.minutes,
        reason=body.reason,
        forced=body.forced,
    )
    return OutcomeOut.of(outcome)


@router.post(_COMMUNITY + "/served-visits", status_code=201)
async def enter_served(call: KeyedCall, community_id: UUID, body: ServedVisits) -> EnteredOut:
    """Write down visits that have happened, all or none; signed ones are posted at once."""
    entered = await service.enter(
        call,
        community_id=community_id,
        rows=[row.served for row in body.rows],
        provenance=Provenance(body.provenance),
        signed=body.signed,
    )
    return EnteredOut.of(entered)


@router.post(_COMMUNITY + "/sheet-numbers", status_code=201)
async def reserve_sheet_numbers(call: SignedInCall, community_id: UUID, body: BlankLines) -> FirstNumber:
    """Numbers for blank lines about to be printed."""
    return FirstNumber(first=await service.reserve_numbers(call, community_id=community_id, count=body.count))


@router.get(_COMMUNITY + "/sheets/people")
async def find_meant(
    call: SignedInCall, community_id: UUID, words: Annotated[str, Query(max_length=60)]
) -> list[PersonOut]:
    """Whom a number, a name or its pinyin on a sheet may mean."""
    found = await service.meant(call, community_id=community_id, words=words)
    return [PersonOut.model_validate(brief) for brief in found]


@router.post(_COMMUNITY + "/sheets/check")
async def check_sheet(
    request: Request, call: SignedInCall, community_id: UUID, body: TypedSheet
) -> list[UnderstoodLine]:
    """What typed lines would become, with what is wrong or doubtful; nothing is written down."""
    lines = await service.check_sheet(
        call, community_id=community_id, rows=[line.row for line in body.rows], scheme_id=body.scheme_id
    )
    return [UnderstoodLine.of(line, _say(request)) for line in lines]


@router.post(_COMMUNITY + "/sheets", status_code=201)
async def enter_sheet(call: KeyedCall, community_id: UUID, body: SignedSheet) -> EnteredOut:
    """Write down every line of a sheet, or none; signed ones are posted at once."""
    entered = await service.apply_sheet(
        call,
        community_id=community_id,
        rows=[line.row for line in body.rows],
        scheme_id=body.scheme_id,
        provenance=Provenance(body.provenance),
        signed=body.signed,
    )
    return EnteredOut.of(entered)


def _say(request: Request) -> Callable[[Text], str]:
    language = language_of(request)
    return lambda text: say(text, language)
