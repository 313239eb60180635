"""Pages of hours: the books at the desk, the house policy, and a member's passbook."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from timebank.access.doors import DeskCall, FormKey, WorkCall
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import N_, Text, TimebankError
from timebank.hours import service
from timebank.hours.corrections import rules as correction_rules
from timebank.hours.corrections import service as corrections
from timebank.hours.corrections.model import State
from timebank.hours.holds import service as holds
from timebank.hours.house_schemas import HousePolicyForm
from timebank.hours.model import AccountKind, Explanation
from timebank.hours.proofs.doors import proof_of
from timebank.hours.redeeming.service import standing
from timebank.hours.rules import PROVENANCES
from timebank.hours.schemas import MoveForm, Period
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import HousePolicy
from timebank.web.csv_files import csv_response
from timebank.web.forms import Form, read
from timebank.web.i18n import say, translate
from timebank.web.problems import as_invalid
from timebank.web.render import language_of, redirect, render

router = APIRouter()


@router.get("/accounts")
async def accounts_page(request: Request, call: DeskCall) -> Response:
    """The trial balance of the community, and its accounts with a search."""
    first, last = days_asked(request, call)
    words, after = (request.query_params.get(name) for name in ("words", "after"))
    context = {
        "trial": await service.trial_balance(call, community_id=call.desk, until_on=last, from_on=first),
        "page": await service.accounts(call, community_id=call.desk, words=words, after=after),
        "words": words or "",
    }
    return render(request, "hours/accounts.html", context)


@router.get("/accounts/trial-balance.csv")
async def trial_balance_file(request: Request, call: DeskCall) -> Response:
    """The trial balance of every account, in minutes."""
    first, last = days_asked(request, call)
    trial = await service.trial_balance(call, community_id=call.desk, until_on=last, from_on=first)
    language = language_of(request)
    header = (
        N_("编号"),
        N_("户名"),
        N_("期初（分钟）"),
        N_("借方（分钟）"),
        N_("贷方（分钟）"),
        N_("期末（分钟）"),
    )
    rows = [
        (
            line.number,
            say(line.name, language),
            line.opening_minutes,
            line.debit_minutes,
            line.credit_minutes,
            line.closing_minutes,
        )
        for line in (*trial.lines, trial.total)
    ]
    name = f"{translate(N_('试算平衡表'), language)} {trial.from_on} {trial.until_on}"
    return csv_response(name, [translate(cell, language) for cell in header], rows)


@router.get("/accounts/{account_id:uuid}")
async def account_page(request: Request, call: DeskCall, account_id: UUID) -> Response:
    """One account's statement: opening + movements = closing."""
    first, last = days_asked(request, call)
    found = await service.account(call, community_id=call.desk, account_id=account_id)
    book = await service.statement(
        call,
        community_id=call.desk,
        account_id=account_id,
        from_on=first,
        until_on=last,
        after=request.query_params.get("after"),
    )
    held = (
        await holds.held_of(call, community_id=call.desk, account_id=account_id) if found.balance.held else []
    )
    stands = (
        await standing(call, community_id=call.desk, member_id=account_id)
        if found.kind is AccountKind.MEMBER
        else None
    )
    context = {"account": found, "book": book, "held": held, "standing": stands}
    return render(request, "hours/account.html", context)


@router.get("/accounts/{account_id:uuid}/statement.csv")
async def statement_file(request: Request, call: DeskCall, account_id: UUID) -> Response:
    """The whole statement, in minutes."""
    first, last = days_asked(request, call)
    found = await service.statement(
        call, community_id=call.desk, account_id=account_id, from_on=first, until_on=last, whole=True
    )
    language = language_of(request)
    header = (N_("记账日"), N_("服务日"), N_("摘要"), N_("对方户名"), N_("收付（分钟）"), N_("余额（分钟）"))
    opening = (found.from_on, "", translate(N_("期初余额"), language), "", "", found.opening_minutes)
    rows = [
        (
            line.effective_on,
            line.served_on or "",
            say(line.words, language),
            say(line.other, language),
            line.minutes,
            line.balance_minutes,
        )
        for line in found.lines
    ]
    closing = (found.until_on, "", translate(N_("期末余额"), language), "", "", found.closing_minutes)
    name = f"{say(found.name, language)} {found.from_on} {found.until_on}"
    return csv_response(name, [translate(cell, language) for cell in header], [opening, *rows, closing])


@router.get("/accounts/{account_id:uuid}/grant")
async def grant_page(request: Request, call: WorkCall, account_id: UUID) -> Response:
    """Issue minutes to this account."""
    return await _grant(request, call, account_id, Form())


@router.post("/accounts/{account_id:uuid}/grant")
async def grant(request: Request, call: DeskCall, account_id: UUID, key: FormKey) -> Response:
    """Take the form."""
    form = await read(request, MoveForm)
    if form.value is not None:
        value = form.value
        whose = await service.account(call, community_id=call.desk, account_id=account_id)
        try:
            await service.grant(
                call.with_key(key).because(value.reason),
                community_id=call.desk,
                member_id=account_id if whose.kind is AccountKind.MEMBER else None,
                minutes=value.total,
                reason=value.reason,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            return redirect(request, f"/accounts/{account_id}", Text(N_("已发放")))
    return await _grant(request, call, account_id, form, status=422)


@router.get("/accounts/entries/{transfer_id:uuid}")
async def entry_page(request: Request, call: DeskCall, transfer_id: UUID) -> Response:
    """Explain an entry: the rule, the numbers and the people behind it."""
    return await entry(request, call, transfer_id, Form())


@router.get("/schemes/house")
async def house_page(request: Request, call: DeskCall) -> Response:
    """The house policy: what is in force, what was and will be, and a form for the next."""
    return await _house(request, call, None)


@router.post("/schemes/house")
async def set_house_policy(request: Request, call: DeskCall, key: FormKey) -> Response:
    """Take the form."""
    form = await read(request, HousePolicyForm)
    if form.value is not None:
        value = form.value
        try:
            await service.set_house_policy(
                call.with_key(key),
                community_id=call.desk,
                policy=value.policy,
                in_force_from=value.in_force_from,
                replaces=value.replaces,
            )
        except TimebankError as error:
            form = form.refused(error)
        else:
            first = len((await service.house_rules(call, community_id=call.desk)).versions) == 1
            words = (
                N_("新的社区规则从 {day} 起生效")
                if first
                else N_("已定下；另一个人批准以后，从 {day} 起生效")
            )
            said = Text(words, {"day": value.in_force_from})
            return redirect(request, "/schemes/house", said)
    return await _house(request, call, form)


async def entry(
    request: Request, call: Call, transfer_id: UUID, form: Form[Any], *, status: int = 200
) -> Response:
    """An entry explained at a desk; `form` asks for its correction."""
    found = await service.explain(call, community_id=call.desk, transfer_id=transfer_id)
    context = {
        "found": found,
        **await corrections_for(call, found, form),
        **await proof_of(request, call, found),
    }
    return render(request, "hours/entry.html", context, status=status)


async def corrections_for(call: Call, found: Explanation, form: Form[Any]) -> dict[str, Any]:
    """What was asked for an entry, and whether somebody may ask (again)."""
    asked = await corrections.corrections_of(
        call, community_id=found.community_id, transfer_id=found.transfer_id
    )
    waits = any(one.state is State.ASKED for one in asked)
    ours = found.about is not None and found.about.kind in correction_rules.KINDS
    return {
        "asked": asked,
        "askable": ours and not waits and found.reversed_by is None,
        "form": form,
        "provenances": PROVENANCES,
        "state_texts": correction_rules.STATE_TEXTS,
        "state_tags": correction_rules.STATE_TAGS,
    }


async def _grant(
    request: Request, call: Call, account_id: UUID, form: Form[MoveForm], *, status: int = 200
) -> Response:
    whose = await service.account(call, community_id=call.desk, account_id=account_id)
    return render(request, "hours/grant.html", {"account": whose, "form": form}, status=status)


async def _house(request: Request, call: Call, form: Form[HousePolicyForm] | None) -> Response:
    found = await service.house_rules(call, community_id=call.desk)
    replaces = request.query_params.get("replaces", "")
    old = next((one for one in found.versions if str(one.version_id) == replaces), None)
    started = _as_typed((old or found.in_force).content) | {
        "in_force_from": str(old.in_force_from) if old else "",
        "replaces": replaces if old else "",
    }
    context = {
        "found": found,
        "lines": scheme_rules.house_lines(found.in_force.content),
        "version_lines": {one.number: scheme_rules.house_lines(one.content) for one in found.versions},
        "form": form or Form(started),
        "today": clock.day_of(call.now),
        "gift_options": _options(request, scheme_rules.GIFTS),
        "overflow_options": _options(request, scheme_rules.OVERFLOWS),
        "unclaimed_options": _options(request, scheme_rules.UNCLAIMED),
    }
    return render(request, "hours/house.html", context, status=422 if form else 200)


def _options(request: Request, labels: Mapping[Any, str]) -> list[tuple[str, str]]:
    return [(str(code), translate(label, language_of(request))) for code, label in labels.items()]


def days_asked(request: Request, call: Call) -> tuple[date, date]:
    """The days asked for; this month until today unless told."""
    given = {name: value for name, value in request.query_params.items() if value}
    try:
        asked = Period.model_validate({name: given.get(name) for name in Period.model_fields})
    except ValidationError as error:
        raise as_invalid(error) from error
    last = asked.until_on or clock.day_of(call.now)
    return asked.from_on or last.replace(day=1), last


def _as_typed(policy: HousePolicy) -> dict[str, Any]:
    return {
        "overdraft_hours": -policy.floor_minutes // 60,
        "ceiling_hours": _hours(policy.ceiling_minutes),
        "kept_outside": "true" if policy.kept_outside else "",
        "overflow_to": str(policy.overflow_to),
        "redeem_age_min": policy.redeem_age_min,
        "redeem_after_hours": policy.redeem_after_minutes // 60,
        "star_hours": " ".join(str(minutes // 60) for minutes in policy.star_minutes),
        "unit_name": policy.unit_name,
        "unit_minutes": policy.unit_minutes,
        "gift_to": str(policy.gift_to),
        "gift_hours": _hours(policy.gift_minutes_max),
        "gift_year_hours": _hours(policy.gift_year_minutes_max),
        "gift_kept_hours": policy.gift_kept_minutes // 60,
        "approvals_to_join": policy.approvals_to_join,
        "unclaimed": str(policy.unclaimed),
    }


def _hours(minutes: int | None) -> int | str:
    return "" if minutes is None else minutes // 60
