"""Reading hours: balances, passbooks, what an entry stands on, the trial balance."""

from collections.abc import Callable, Collection
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from timebank.access import queries as access
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text, TooLarge
from timebank.core.lists import PAGE_ROWS_MAX, Page, decode, encode
from timebank.core.provenance import Provenance
from timebank.hours import rules
from timebank.hours.gifts import rules as gift_rules
from timebank.hours.model import (
    COMMON_ACCOUNTS,
    About,
    AccountKind,
    AccountView,
    Balance,
    BalanceLine,
    Entry,
    Explanation,
    Kind,
    Passbook,
    Related,
    TrialBalance,
    common_account,
)
from timebank.hours.reckoning import minutes_again_of
from timebank.hours.tables import Movement
from timebank.people import queries as people
from timebank.people.model import CATEGORY_LABELS, TRAINING_LABELS
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import Dated, HousePolicy, PolicyVersion

TOGETHER_MAX = 20
NAMES = CATEGORY_LABELS | TRAINING_LABELS


async def balance(db: AsyncSession, community_id: UUID, member_id: UUID) -> Balance:
    """What an account holds now. Raises `NotFound` where there is no account."""
    found = await balances(db, community_id, [member_id])
    if member_id not in found:
        raise NotFound
    return found[member_id]


async def balances(db: AsyncSession, community_id: UUID, member_ids: Collection[UUID]) -> dict[UUID, Balance]:
    """What accounts hold now; who has no account is missing."""
    accounts = await ledger.accounts(db, community_id, ids=list(member_ids))
    return {account.id: Balance(account.balance_minutes, account.held_minutes) for account in accounts}


async def account(db: AsyncSession, community_id: UUID, account_id: UUID) -> AccountView:
    """One account as it stands. Raises `NotFound`."""
    found = await _views(db, community_id, [account_id])
    if not found:
        raise NotFound
    return found[0]


async def account_views(
    db: AsyncSession, community_id: UUID, account_ids: Collection[UUID]
) -> dict[UUID, AccountView]:
    """Several accounts as they stand, by id; one that is not there is missing."""
    return {one.id: one for one in await _views(db, community_id, account_ids)}


async def name_of(db: AsyncSession, community_id: UUID, account_id: UUID | None) -> Text:
    """What to call an account, in a refusal for instance; empty for none."""
    if account_id is None:
        return Text("")
    name, _ = await names(db, community_id, [account_id])
    return name(account_id)


async def list_accounts(
    db: AsyncSession, community_id: UUID, *, words: str | None = None, after: str | None = None
) -> Page[AccountView]:
    """Accounts by their holders' names; the common ones first. Who has no account is left out."""
    page = await people.list_members(db, community_id, words=words, after=after)
    ids = [member.id for member in page.rows]
    if not words and not after:
        ids = [common_account(kind, community_id) for kind in COMMON_ACCOUNTS] + ids
    return Page(await _views(db, community_id, ids), page.after)


async def abouts(db: AsyncSession, community_id: UUID, transfer_ids: Collection[UUID]) -> dict[UUID, About]:
    """What transfers were about, by their ids."""
    rows = await db.scalars(
        select(Movement).where(Movement.community_id == community_id, Movement.transfer_id.in_(transfer_ids))
    )
    return {row.transfer_id: _about(row) for row in rows}


async def transfers_about(
    db: AsyncSession, community_id: UUID, subject_ids: Collection[UUID]
) -> dict[UUID, list[UUID]]:
    """The transfers that something caused (a visit, an import), reversals among them."""
    rows = await db.execute(
        select(Movement.subject_id, Movement.transfer_id)
        .where(Movement.community_id == community_id, Movement.subject_id.in_(subject_ids))
        .order_by(Movement.transfer_id)
    )
    made: dict[UUID, list[UUID]] = {}
    for row in rows:
        made.setdefault(row.subject_id, []).append(row.transfer_id)
    return made


async def passbook(
    db: AsyncSession,
    community_id: UUID,
    account_id: UUID,
    from_on: date,
    until_on: date,
    after: str | None = None,
    *,
    limit: int | None = PAGE_ROWS_MAX,
) -> Passbook:
    """An account from one day to another, both included, oldest entry first.

    A page has `limit` entries (`None`: all of them), framed by the balances before and after it. Raises
    `NotFound`, `Invalid` where the days are the wrong way round, `TooLarge` past 20,000 entries.
    """
    whose = await account(db, community_id, account_id)
    if until_on < from_on:
        raise Invalid([FieldError("until_on", Text(N_("结束的日期不能早于开始的日期")))])
    try:
        statement = await ledger.statement(db, community_id, account_id, from_on, until_on)
    except ledger.StatementTooLong as error:
        raise TooLarge(limit=error.lines_max) from error
    start = min(_start(after), len(statement.lines))
    lines = statement.lines[start:] if limit is None else statement.lines[start : start + limit]
    earlier = statement.lines[start - 1 : start] if start else ()
    opening = earlier[0].balance_minutes if earlier else statement.opening_minutes
    more = start + len(lines) < len(statement.lines)
    return Passbook(
        account_id=account_id,
        name=whose.name,
        from_on=from_on,
        until_on=until_on,
        opening_minutes=opening,
        lines=await _entries(db, community_id, lines),
        closing_minutes=lines[-1].balance_minutes if lines else opening,
        after=encode([str(start + len(lines))]) if more else None,
    )


async def trial_balance(
    db: AsyncSession, community_id: UUID, until_on: date, from_on: date | None = None
) -> TrialBalance:
    """Every account to the end of a day; from the first of that month unless told from when.

    Raises `Invalid` where the days are the wrong way round.
    """
    begin = until_on.replace(day=1) if from_on is None else from_on
    if until_on < begin:
        raise Invalid([FieldError("until_on", Text(N_("结束的日期不能早于开始的日期")))])
    before = await ledger.trial_balance(db, community_id, begin - timedelta(days=1))
    then = await ledger.trial_balance(db, community_id, until_on)
    opening = {line.account_id: line for line in before.lines}
    name, numbers = await names(db, community_id, [line.account_id for line in then.lines])
    lines = []
    for line in then.lines:
        old = opening.get(line.account_id)
        lines.append(
            BalanceLine(
                account_id=line.account_id,
                kind=AccountKind(line.kind),
                name=name(line.account_id),
                number=numbers.get(line.account_id, ""),
                accounts=1,
                opening_minutes=old.balance_minutes if old else 0,
                debit_minutes=line.debit_minutes - (old.debit_minutes if old else 0),
                credit_minutes=line.credit_minutes - (old.credit_minutes if old else 0),
            )
        )
    lines.sort(key=lambda line: (line.kind is AccountKind.MEMBER, line.number, str(line.account_id)))
    kinds = tuple(_sum(kind, lines) for kind in AccountKind)
    return TrialBalance(from_on=begin, until_on=until_on, lines=tuple(lines), kinds=kinds)


async def explain(
    db: AsyncSession, community_id: UUID, transfer_id: UUID, *, seen_by: UUID | None = None
) -> Explanation:
    """Why an entry stands there, in words, from what was kept of it. Raises `NotFound`.

    The words are those of the account that received, or of `seen_by`, one of the two.
    """
    found = await ledger.transfers(db, community_id, [transfer_id])
    if not found:
        raise NotFound
    transfer = found[0]
    about = (await abouts(db, community_id, [transfer_id])).get(transfer_id)
    others = await _together(db, community_id, about, transfer_id)
    name, _ = await names(db, community_id, _involved([transfer, *others], about))
    house, policy = await _rules_behind(db, community_id, about)

    def words(of: ledger.Transfer, account_id: UUID, what: About | None) -> Text:
        return rules.words_of(
            what,
            account_id=account_id,
            other_id=of.debit_id if account_id == of.credit_id else of.credit_id,
            incoming=account_id == of.credit_id,
            community_id=community_id,
            name=name,
        )

    def named(id_: UUID | None) -> Text | None:
        return None if id_ is None else name(id_)

    told = await abouts(db, community_id, [other.id for other in others])
    return Explanation(
        transfer_id=transfer_id,
        community_id=community_id,
        from_id=transfer.debit_id,
        to_id=transfer.credit_id,
        from_name=name(transfer.debit_id),
        to_name=name(transfer.credit_id),
        minutes=transfer.minutes,
        words=words(transfer, seen_by or transfer.credit_id, about),
        about=about,
        category=rules.category_name(about.category) if about else None,
        helper=named(about.helper_id if about else None),
        recipient=named(about.recipient_id if about else None),
        effective_on=transfer.effective_on,
        posted_at=transfer.posted_at,
        posted_by=name(transfer.actor_id),
        entered_by=named(about.entered_by if about else None),
        confirmed_by=named(about.confirmed_by if about else None),
        policy=policy,
        policy_lines=tuple(scheme_rules.scheme_lines(policy.policy.content, NAMES)) if policy else (),
        house=house,
        house_lines=tuple(scheme_rules.house_lines(house.content)) if house else (),
        reckoning=scheme_rules.words(about.basis) or gift_rules.words(about.basis) if about else (),
        minutes_again=minutes_again_of(about, policy, house or schemes.UNSET, to_id=transfer.credit_id),
        reason=transfer.reason,
        forced=transfer.forced,
        reverses=transfer.reverses,
        reversed_by=transfer.reversed_by,
        together=tuple(
            Related(
                transfer_id=other.id,
                words=words(other, other.credit_id, told.get(other.id)),
                to_name=name(other.credit_id),
                minutes=other.minutes,
            )
            for other in others
        ),
    )


async def _together(
    db: AsyncSession, community_id: UUID, about: About | None, transfer_id: UUID
) -> list[ledger.Transfer]:
    # An import has one subject for a thousand balances, which are not of one piece.
    if about is None or Kind.OPENING in (about.kind, about.basis.get("corrects")):
        return []
    found = (await transfers_about(db, community_id, [about.subject_id])).get(about.subject_id, [])
    ids = [other for other in found if other != transfer_id][:TOGETHER_MAX]
    return sorted(await ledger.transfers(db, community_id, ids), key=lambda other: other.posted_at)


def _involved(transfers: Collection[ledger.Transfer], about: About | None) -> set[UUID]:
    involved = {id_ for one in transfers for id_ in (one.debit_id, one.credit_id, one.actor_id)}
    if about is not None:
        parties = (about.helper_id, about.recipient_id, about.entered_by, about.confirmed_by)
        involved |= {id_ for id_ in parties if id_ is not None}
    return involved


async def _rules_behind(
    db: AsyncSession, community_id: UUID, about: About | None
) -> tuple[Dated[HousePolicy] | None, PolicyVersion | None]:
    house, policy = None, None
    if about and about.house_version_id:
        versions = await schemes.house_policies(db, community_id)
        house = next((one for one in versions if one.version_id == about.house_version_id), None)
    if about and about.scheme_version_id:
        policies = await schemes.policy_versions(db, [about.scheme_version_id])
        policy = policies.get(about.scheme_version_id)
    return house, policy


async def _entries(
    db: AsyncSession, community_id: UUID, lines: Collection[ledger.StatementLine]
) -> tuple[Entry, ...]:
    known = await abouts(db, community_id, [line.entry.transfer_id for line in lines])
    involved = {line.entry.other_account_id for line in lines} | {
        one for about in known.values() for one in (about.helper_id, about.recipient_id) if one
    }
    name, _ = await names(db, community_id, involved)
    return tuple(
        Entry(
            transfer_id=line.entry.transfer_id,
            effective_on=line.entry.effective_on,
            served_on=line.entry.served_on,
            minutes=line.entry.minutes,
            balance_minutes=line.balance_minutes,
            words=rules.words_of(
                known.get(line.entry.transfer_id),
                account_id=line.entry.account_id,
                other_id=line.entry.other_account_id,
                incoming=line.entry.minutes > 0,
                community_id=community_id,
                name=name,
            ),
            other=name(line.entry.other_account_id),
            corrects=line.entry.reverses is not None,
            forced=line.entry.forced,
            corrected=line.entry.reversed_by is not None,
        )
        for line in lines
    )


async def _views(db: AsyncSession, community_id: UUID, ids: Collection[UUID]) -> list[AccountView]:
    """Accounts in the order of `ids`."""
    found = {one.id: one for one in await ledger.accounts(db, community_id, ids=list(ids))}
    name, numbers = await names(db, community_id, found)
    return [
        AccountView(
            id=one.id,
            kind=AccountKind(one.kind),
            name=name(one.id),
            number=numbers.get(one.id, ""),
            balance=Balance(one.balance_minutes, one.held_minutes),
            floor_minutes=one.floor_minutes,
            ceiling_minutes=one.ceiling_minutes,
            closed=one.closed_at is not None,
        )
        for one in (found[id_] for id_ in ids if id_ in found)
    ]


async def names(
    db: AsyncSession, community_id: UUID, ids: Collection[UUID]
) -> tuple[Callable[[UUID], Text], dict[UUID, str]]:
    """What to call accounts and people, and the members' numbers."""
    common = {common_account(kind, community_id): kind for kind in COMMON_ACCOUNTS}
    members = await people.briefs(db, [one for one in ids if one not in common])
    staff = await access.staff_names(db, [one for one in ids if one not in common and one not in members])

    def name(id_: UUID) -> Text:
        if id_ in common:
            return Text(rules.ACCOUNT_NAMES[common[id_]])
        if id_ in members:
            return Text("{name}", {"name": members[id_].name})
        return Text("{name}", {"name": staff[id_]}) if id_ in staff else Text(N_("系统"))

    return name, {id_: member.number for id_, member in members.items()}


def _sum(kind: AccountKind, lines: Collection[BalanceLine]) -> BalanceLine:
    of_kind = [line for line in lines if line.kind is kind]
    return BalanceLine(
        account_id=None,
        kind=kind,
        name=Text(rules.ACCOUNT_NAMES[kind]),
        number="",
        accounts=len(of_kind),
        opening_minutes=sum(line.opening_minutes for line in of_kind),
        debit_minutes=sum(line.debit_minutes for line in of_kind),
        credit_minutes=sum(line.credit_minutes for line in of_kind),
    )


def _start(after: str | None) -> int:
    key = decode(after, parts=1)
    if key is None:
        return 0
    if not key[0].isdecimal() or len(key[0]) > 9:
        raise Invalid([FieldError("after", Text(N_("翻页位置不对；请从第一页开始")))])
    return int(key[0])


def _about(row: Movement) -> About:
    return About(
        kind=Kind(row.kind),
        subject_id=row.subject_id,
        provenance=Provenance(row.provenance),
        served_on=row.served_on,
        category=row.category,
        helper_id=row.helper_id,
        recipient_id=row.recipient_id,
        house_version_id=row.house_version_id,
        scheme_version_id=row.scheme_version_id,
        entered_by=row.entered_by,
        confirmed_by=row.confirmed_by,
        basis=row.basis,
    )
