"""Pure decisions about applications."""

from uuid import UUID

from timebank.core.errors import N_, TimebankError
from timebank.membership.joining.errors import (
    ApplicationRefused,
    ApprovedTwiceByOne,
    NotApplying,
    SecondApprovalMissing,
)
from timebank.membership.joining.model import Application, StepKind
from timebank.people.model import Status

STEP_LABELS: dict[StepKind, str] = {
    StepKind.RECEIVED: N_("提出申请"),
    StepKind.ID_SEEN: N_("看过证件"),
    StepKind.HOME_VISITED: N_("上门看过"),
    StepKind.TALKED: N_("谈过话"),
    StepKind.APPROVED: N_("批准"),
    StepKind.REFUSED: N_("不通过"),
    StepKind.REOPENED: N_("撤回不通过"),
}


def application_approved_twice_by_one(application: Application, by: UUID) -> bool:
    """True where this person agreed in this round already."""
    return any(step.by == by for step in application.approvals)


def application_refused_without_reason(kind: StepKind, note: str | None) -> bool:
    """True for a refusal that says nothing."""
    return kind is StepKind.REFUSED and not (note or "").strip()


def obstacle_to_approve(application: Application, *, by: UUID) -> TimebankError | None:
    """Why this person can't approve it."""
    if application.member.status is not Status.APPLIED:
        return ApplicationRefused() if application.refusal else NotApplying()
    return ApprovedTwiceByOne() if application_approved_twice_by_one(application, by) else None


def completes(application: Application) -> bool:
    """True if one more approval makes the applicant a member."""
    return len(application.approvals) + 1 >= application.approvals_needed


def obstacle_to_return(application: Application) -> TimebankError | None:
    """Why whoever left, or is only helped, can't simply join: they were refused, or never were a member."""
    if application.refusal:
        return ApplicationRefused()
    never = bool(application.steps) or application.member.status is Status.SERVED
    never &= not application.approvals
    return SecondApprovalMissing() if never and application.approvals_needed > 1 else None
