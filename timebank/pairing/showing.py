"""Values of pairing as what programs read."""

from matching import Report
from timebank.core.errors import Text
from timebank.pairing.model import Answered, Occasion, PairView, ProposalView, RoundView, Sent
from timebank.pairing.round_schemas import MoveOut, ReportOut, WhatIfOut
from timebank.pairing.schemas import (
    AnsweredOut,
    DroppedOut,
    OccasionOut,
    PairOut,
    PlannedPair,
    ProposalOut,
    RoundFull,
    RoundOut,
    SentOut,
    UnmatchedOut,
)
from timebank.pairing.views import RoundPage, WhatIfPage
from timebank.requests.recurrence.rules import rrule_text
from timebank.web.i18n import Language, say


def round_out(view: RoundView) -> RoundOut:
    """A round."""
    plain = {name: getattr(view, name) for name in RoundOut.model_fields if name != "report"}
    return RoundOut(**plain, report=report_out(view.report))


def report_out(report: Report | None) -> ReportOut | None:
    """What a round came to."""
    return None if report is None else ReportOut(**{n: getattr(report, n) for n in ReportOut.model_fields})


def what_if_out(page: WhatIfPage) -> WhatIfOut:
    """A round tried out."""
    return WhatIfOut(
        before=report_out(page.before),
        after=report_out(page.after),
        moves=[
            MoveOut(
                request_id=line.request.id,
                before=line.before.id if line.before else None,
                after=line.after.id if line.after else None,
            )
            for line in page.moved
        ],
        drifted=page.drifted,
    )


def round_full(page: RoundPage, language: Language) -> RoundFull:
    """A whole round, its reasons in the reader's language."""

    def said(texts: list[Text]) -> list[str]:
        return [say(text, language) for text in texts]

    detail = page.detail
    return RoundFull(
        round=round_out(detail.view),
        input_digest=detail.input_digest,
        plan_digest=detail.plan_digest,
        unmatched=[
            UnmatchedOut(
                request_id=line.request.id,
                recipient_id=line.recipient.id,
                helpers=detail.nobody[line.request.id].helpers,
                eligible=detail.nobody[line.request.id].eligible,
                counts=dict(detail.nobody[line.request.id].counts),
                why=say(line.why, language),
                would_help=said(list(line.helps)),
            )
            for line in page.unmatched
        ],
        lapsed=list(detail.input.lapsed),
        pairs=[
            PlannedPair(
                request_id=line.request.id,
                recipient_id=line.recipient.id,
                helper_id=line.helper.id,
                occasion=occasion_out(line.occasion),
                score=line.score,
                points=dict(line.points),
                metres=line.metres,
                why=said(list(line.why)),
                runner_up=say(line.runner_up, language) if line.runner_up else None,
                proposal_id=line.proposal.id if line.proposal else None,
                dropped=said(list(line.dropped)),
            )
            for line in page.pairs
        ],
    )


def sent_out(sent: Sent) -> SentOut:
    """What came of sending a round."""
    dropped = [
        DroppedOut(request_id=one.request_id, helper_id=one.helper_id, because=list(one.because))
        for one in sent.dropped
    ]
    return SentOut(made=list(sent.made), dropped=dropped)


def proposal_out(view: ProposalView) -> ProposalOut:
    """A proposal."""
    plain = {"occasion", "helper_answer", "recipient_answer"}
    return ProposalOut(
        **{name: getattr(view, name) for name in ProposalOut.model_fields if name not in plain},
        occasion=occasion_out(view.occasion),
        helper_answer=_answered(view.helper_answer),
        recipient_answer=_answered(view.recipient_answer),
    )


def pair_out(view: PairView) -> PairOut:
    """A standing pair."""
    plain = {name: getattr(view, name) for name in PairOut.model_fields if name != "occasion"}
    return PairOut(**plain, occasion=occasion_out(view.occasion))


def occasion_out(occasion: Occasion) -> OccasionOut:
    """When it is to be."""
    return OccasionOut(
        on=occasion.on,
        from_minute=occasion.from_minute,
        minutes=occasion.minutes,
        weekly=occasion.weekly,
        rrule=rrule_text(occasion.recurrence, occasion.on.weekday()) if occasion.recurrence else None,
    )


def _answered(answered: Answered | None) -> AnsweredOut | None:
    if answered is None:
        return None
    return AnsweredOut(answer=answered.answer, at=answered.at, provenance=answered.provenance)
