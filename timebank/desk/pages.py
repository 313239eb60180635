"""The first pages: today at the desk, one person on one page, a member's home, what was done."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.delegates.rules import PURPOSE_LABELS
from timebank.access.doors import DeskCall, MemberCall
from timebank.activities.rules import PART_TEXTS, STANDING_TEXTS, hours_text
from timebank.care.contacts.rules import SEEN_TEXTS
from timebank.core.errors import N_
from timebank.desk import rules, service
from timebank.desk.wording import category_text
from timebank.hours.approvals import service as approvals
from timebank.hours.corrections import service as corrections
from timebank.membership.joining import service as joining
from timebank.membership.retirement.model import ITEM_LABELS
from timebank.pairing.volunteering.rules import OUTCOME_TEXTS
from timebank.people.model import CATEGORY_LABELS, DIALECT_LABELS, NEED_LABELS, SKILL_LABELS, TIER_LABELS
from timebank.requests import rules as request_rules
from timebank.visits import rules as visit_rules
from timebank.web.render import render

router = APIRouter()

_WORDS = {
    "categories": CATEGORY_LABELS,
    "skill_labels": SKILL_LABELS,
    "need_labels": NEED_LABELS,
    "dialect_labels": DIALECT_LABELS,
    "tier_labels": TIER_LABELS,
    "visit_text": visit_rules.status_text,
    "request_text": request_rules.status_text,
    "tags": visit_rules.STATUS_TAGS,
    "category_text": category_text,
    "purposes": PURPOSE_LABELS,
    "outcome_texts": OUTCOME_TEXTS,
    "activity_hours": hours_text,
    "standing_texts": STANDING_TEXTS,
    "part_texts": PART_TEXTS,
    "retirement_labels": ITEM_LABELS,
    "seen_texts": SEEN_TEXTS,
}


@router.get("/today")
async def today(request: Request, call: DeskCall) -> Response:
    """The work list."""
    found = await service.today(call, community_id=call.desk)
    shown = found.tasks[: rules.TASKS_SHOWN_MAX]
    most = max(found.busiest[1], 1)
    deciding = await corrections.to_decide(call)
    proposed = await approvals.to_decide(call)
    joining_next_door = await joining.next_door(call)
    context = {
        "today": found,
        "deciding": deciding,
        "proposed": proposed,
        "joining": joining_next_door,
        "tasks": shown,
        "most": most,
        "now": call.now,
        **_WORDS,
    }
    return render(request, "desk/today.html", context)


@router.get("/members/{member_id:uuid}")
async def person(request: Request, call: DeskCall, member_id: UUID) -> Response:
    """One person on one page."""
    found = await service.person(call, community_id=call.desk, member_id=member_id)
    return render(request, "desk/person.html", {"person": found, "m": found.member, **_WORDS})


@router.get("/me")
async def home(request: Request, call: MemberCall) -> Response:
    """A member's first page: the balance first."""
    found = await service.home(call, community_id=call.desk, member_id=call.actor.id)
    return render(request, "desk/home.html", {"home": found, "me": call.actor.id, **_WORDS})


@router.get("/acts")
async def acts(
    request: Request, call: DeskCall, about: UUID | None = None, after: str | None = None
) -> Response:
    """What was done, by whom, for whom and why."""
    page = await service.acts(call, community_id=call.desk, about=about, after=after)
    return render(request, "desk/acts.html", {"page": page, "about": about, "roles": ROLES})


ROLES = {
    "coordinator": N_("协调员"),
    "administrator": N_("管理员"),
    "auditor": N_("审计员"),
    "member": N_("本人"),
    "delegate": N_("代办人"),
    "system": N_("系统"),
    "nobody": N_("未登录"),
}
