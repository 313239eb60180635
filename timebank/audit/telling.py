"""Values of audit as what programs read, in the reader's language, and as rows of a file."""

from collections.abc import Mapping
from uuid import UUID

from timebank.audit import words
from timebank.audit.model import Check
from timebank.audit.schemas import (
    CheckOut,
    EventOut,
    FindingFull,
    FindingOut,
    FindingRows,
    HolderOut,
    MonthOut,
    PersonOut,
    RunCheckOut,
    RunFull,
    RunList,
    RunOut,
    StateList,
    StateOut,
    TransferOut,
)
from timebank.audit.views import (
    CheckView,
    CommunityState,
    CommunityStates,
    EventView,
    FindingList,
    FindingPage,
    FindingView,
    Holder,
    MonthPage,
    Person,
    RunPage,
    RunView,
    TransferLine,
)
from timebank.core.errors import N_
from timebank.core.lists import Page
from timebank.hours.rules import PROVENANCES, category_name
from timebank.web.i18n import Language, instant, say, translate


def check_out(check: Check, language: Language) -> CheckOut:
    """A check in words."""
    return CheckOut(
        name=check.name,
        label=translate(check.label, language),
        means=translate(check.means, language),
        counts=check.counts,
    )


def run_out(view: RunView) -> RunOut:
    """A run."""
    return RunOut.model_validate(view, from_attributes=True)


def run_list(page: Page[RunView]) -> RunList:
    """A page of runs."""
    return RunList(rows=[run_out(row) for row in page.rows], after=page.after)


def run_full(page: RunPage, language: Language) -> RunFull:
    """A run with its checks."""
    return RunFull(
        run=run_out(page.run),
        full=run_out(page.full) if page.full else None,
        checks=[_run_check(row, language) for row in page.checks],
        left=[_run_check(row, language) for row in page.left],
    )


def finding_rows(found: FindingList, language: Language) -> FindingRows:
    """A page of findings."""
    rows = [finding_out(row, found.people, language) for row in found.page.rows]
    return FindingRows(rows=rows, after=found.page.after)


def finding_out(view: FindingView, people: Mapping[UUID, Person], language: Language) -> FindingOut:
    """A finding in words."""
    same = ("fault", "says", "people", "recorded", "expected")
    return FindingOut(
        **{name: getattr(view, name) for name in FindingOut.model_fields if name not in same},
        fault=view.fault.code,
        says=say(view.says, language),
        people=[
            PersonOut.model_validate(people[one], from_attributes=True)
            for one in view.member_ids
            if one in people
        ],
        recorded=translate(view.fault.recorded, language),
        expected=translate(view.fault.expected, language),
    )


def finding_full(page: FindingPage, language: Language) -> FindingFull:
    """A finding with all around it."""
    return FindingFull(
        finding=finding_out(page.finding, page.people, language),
        related=[finding_out(row, page.people, language) for row in page.related],
        history=[_event(row) for row in page.history],
        may=list(page.ways),
        obstacle=say(page.obstacle, language) if page.obstacle else None,
    )


def state_list(states: CommunityStates) -> StateList:
    """A page of communities."""
    return StateList(
        rows=[_state(row) for row in states.page.rows],
        after=states.page.after,
        communities=states.communities,
        in_order=states.in_order,
    )


def month_out(page: MonthPage, language: Language) -> MonthOut:
    """A month."""
    return MonthOut(
        month=page.month.name,
        from_on=page.month.first_on,
        until_on=page.month.last_on,
        in_minutes=page.members.credit_minutes,
        out_minutes=page.members.debit_minutes,
        book_minutes=page.trial.total.closing_minutes,
        transfers=page.counts.transfers,
        corrections=page.counts.corrections,
        forced=page.counts.forced,
        late=page.counts.late,
        last=run_out(page.state.last) if page.state.last else None,
        full=run_out(page.state.full) if page.state.full else None,
        checks=[_run_check(row, language) for row in page.checks],
        remarkable=[transfer_out(row, language) for row in page.remarkable],
    )


def transfer_out(line: TransferLine, language: Language) -> TransferOut:
    """A transfer."""
    sides = ("giver", "taker", "remarks")
    return TransferOut(
        **{name: getattr(line, name) for name in TransferOut.model_fields if name not in sides},
        giver=_holder(line.giver, language),
        taker=_holder(line.taker, language),
        remarks=list(line.remarks),
    )


TRANSFER_COLUMNS = (
    N_("划转编号"),
    N_("记账日"),
    N_("记账时间"),
    N_("服务日"),
    N_("种类"),
    N_("支出方编号"),
    N_("支出方"),
    N_("存入方编号"),
    N_("存入方"),
    N_("分钟"),
    N_("服务类别"),
    N_("服务单号"),
    N_("服务需求编号"),
    N_("来源"),
    N_("登记人"),
    N_("确认人"),
    N_("记账人"),
    N_("备注"),
    N_("原因"),
    N_("冲正哪一笔"),
    N_("被哪一笔冲正"),
)


def transfer_row(line: TransferLine, language: Language) -> list[object]:
    """A transfer as a row of the month's file, under `TRANSFER_COLUMNS`."""
    category = category_name(line.category)
    return [
        line.id,
        line.effective_on,
        instant(line.posted_at, language),
        line.served_on or "",
        translate(words.KINDS.get(line.kind, line.kind), language),
        line.giver.number,
        say(line.giver.name, language),
        line.taker.number,
        say(line.taker.name, language),
        line.minutes,
        say(category, language) if category else "",
        line.visit_number or "",
        line.request_id or "",
        translate(PROVENANCES[line.provenance], language) if line.provenance else "",
        line.entered_by,
        line.confirmed_by,
        line.posted_by,
        "、".join(translate(words.REMARKS[one], language) for one in line.remarks),
        line.reason or "",
        line.reverses or "",
        line.reversed_by or "",
    ]


FINDING_COLUMNS = (
    N_("差异编号"),
    N_("检查"),
    N_("不对在哪里"),
    N_("状态"),
    N_("账上记的是什么"),
    N_("账上记的（分钟）"),
    N_("应当是什么"),
    N_("应当是（分钟）"),
    N_("相差（分钟）"),
    N_("有关的人"),
    N_("划转编号"),
    N_("最早看到"),
    N_("最近看到"),
    N_("看不到了"),
)


def finding_row(view: FindingView, people: Mapping[UUID, Person], language: Language) -> list[object]:
    """A finding as a row of a file, under `FINDING_COLUMNS`."""
    concerned = [people[one] for one in view.member_ids if one in people]
    return [
        view.number,
        translate(view.check_label, language),
        say(view.says, language),
        translate(words.FINDING_STATES[view.state], language),
        translate(view.fault.recorded, language),
        "" if view.recorded_minutes is None else view.recorded_minutes,
        translate(view.fault.expected, language),
        "" if view.expected_minutes is None else view.expected_minutes,
        "" if view.difference_minutes is None else view.difference_minutes,
        "、".join(f"{one.name} {one.number}" for one in concerned),
        view.transfer_id or "",
        instant(view.first_seen_at, language),
        instant(view.last_seen_at, language),
        instant(view.gone_at, language) if view.gone_at else "",
    ]


def _run_check(view: CheckView, language: Language) -> RunCheckOut:
    return RunCheckOut(
        name=view.name,
        label=translate(view.check.label, language) if view.check else view.name,
        state=view.state,
        found=view.found,
        milliseconds=view.milliseconds,
        problem=view.problem,
    )


def _event(view: EventView) -> EventOut:
    return EventOut.model_validate(view, from_attributes=True)


def _state(view: CommunityState) -> StateOut:
    return StateOut(
        community_id=view.community_id,
        name=view.name,
        code=view.code,
        last=run_out(view.last) if view.last else None,
        full=run_out(view.full) if view.full else None,
        old=view.old,
        in_order=view.in_order,
        open_findings=view.open_findings,
        explained_findings=view.explained_findings,
        still_there=view.still_there,
    )


def _holder(view: Holder, language: Language) -> HolderOut:
    return HolderOut(account_id=view.account_id, number=view.number, name=say(view.name, language))
