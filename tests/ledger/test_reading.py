"""Balances, statements, trial balances and pages of entries."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import Posted
from tests.ledger.books import Book, move, new_id

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


async def _post_two_months(db: AsyncSession, book: Book) -> None:
    await ledger.post(
        db,
        [
            move(book, book.opening, book.chen, 300, kind="opening", effective_on=OCTOBER),
            move(book, book.chen, book.li, 60, effective_on=date(2026, 10, 20)),
            move(book, book.chen, book.li, 90, effective_on=date(2026, 11, 3)),
            # Typed in late: posted last, effective in between.
            move(book, book.wang, book.chen, 30, effective_on=date(2026, 11, 2)),
        ],
    )


async def test_opening_and_movements_make_the_closing_balance(db: AsyncSession, book: Book) -> None:
    await _post_two_months(db, book)
    november = await ledger.statement(db, book.id, book.chen, NOVEMBER, date(2026, 11, 30))
    assert (november.opening_minutes, november.closing_minutes) == (240, 180)
    assert [(line.entry.minutes, line.balance_minutes) for line in november.lines] == [(30, 270), (-90, 180)]
    assert [line.entry.other_account_id for line in november.lines] == [book.wang, book.li]
    october = await ledger.statement(db, book.id, book.chen, OCTOBER, NOVEMBER - timedelta(days=1))
    assert october.closing_minutes == november.opening_minutes


@pytest.mark.slow
async def test_a_statement_without_movements_still_has_its_balances(db: AsyncSession, book: Book) -> None:
    await _post_two_months(db, book)
    december = await ledger.statement(db, book.id, book.chen, date(2026, 12, 1), date(2026, 12, 31))
    assert (december.opening_minutes, december.lines, december.closing_minutes) == (180, (), 180)


async def test_a_trial_balance_adds_up_to_zero(db: AsyncSession, book: Book) -> None:
    await _post_two_months(db, book)
    october = await ledger.trial_balance(db, book.id, date(2026, 10, 31))
    assert {line.account_id: line.balance_minutes for line in october.lines} == {
        book.opening: -300,
        book.chen: 240,
        book.li: 60,
    }
    november = await ledger.trial_balance(db, book.id, date(2026, 11, 30))
    assert november.debit_minutes == november.credit_minutes == 480
    chen = next(line for line in november.lines if line.account_id == book.chen)
    assert (chen.kind, chen.debit_minutes, chen.credit_minutes) == ("member", 150, 330)


async def test_a_balance_by_date_follows_the_effective_date(db: AsyncSession, book: Book) -> None:
    await _post_two_months(db, book)
    found = await ledger.balances(db, book.id, [book.chen, book.wang, new_id()], on=date(2026, 11, 2))
    assert {balance.account_id: balance.minutes for balance in found} == {book.chen: 270, book.wang: -30}


async def test_a_balance_at_an_instant_follows_the_order_of_posting(db: AsyncSession, book: Book) -> None:
    [first] = await ledger.post(db, [move(book, book.opening, book.chen, 300)])
    [second] = await ledger.post(db, [move(book, book.chen, book.li, 60)])
    assert isinstance(first, Posted)
    assert isinstance(second, Posted)
    before = first.posted_at - timedelta(microseconds=1)
    assert await ledger.balance_at(db, book.id, book.chen, before) == 0
    assert await ledger.balance_at(db, book.id, book.chen, first.posted_at) == 300
    assert await ledger.balance_at(db, book.id, book.chen, second.posted_at) == 240


async def test_flows_are_by_month_and_leave_out_what_was_taken_back(db: AsyncSession, book: Book) -> None:
    await _post_two_months(db, book)
    wrong = move(book, book.wang, book.chen, 45)
    await ledger.post(db, [wrong])
    await ledger.reverse(
        db, book.id, wrong.id, operation_id=new_id(), effective_on=wrong.effective_on, actor_id=book.pool
    )
    found = await ledger.flows(db, book.id, kind="member")
    chen = [
        (f.kind, f.month, f.in_minutes, f.out_minutes, f.last_on) for f in found if f.account_id == book.chen
    ]
    assert chen == [
        ("opening", OCTOBER, 300, 0, OCTOBER),
        ("visit", OCTOBER, 0, 60, date(2026, 10, 20)),
        ("visit", NOVEMBER, 30, 90, date(2026, 11, 3)),
    ]
    for account in await ledger.accounts(db, book.id, kind="member"):
        mine = [f for f in found if f.account_id == account.id]
        assert sum(f.in_minutes - f.out_minutes for f in mine) == account.balance_minutes
    assert book.pool not in {f.account_id for f in found}


async def test_flows_read_each_transfer_a_few_times_however_many_there_are(
    db: AsyncSession, book: Book
) -> None:
    """Also in a book that the planner has no statistics of, where a join once read all of it for every entry."""
    many = 400
    await ledger.post(db, [move(book, book.opening, book.chen, 1, kind="opening") for _ in range(many)])
    read = text(
        "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables "
        "WHERE schemaname = 'ledger' AND relname = 'transfers'"
    )
    before = await db.scalar(read)
    [chen] = await ledger.flows(db, book.id, kind="member")
    assert chen.in_minutes == many
    assert 0 < await db.scalar(read) - before < 10 * many


async def test_entries_come_in_pages_newest_first(db: AsyncSession, book: Book) -> None:
    await ledger.post(db, [move(book, book.opening, book.chen, minutes) for minutes in range(1, 8)])
    first = await ledger.entries(db, book.id, book.chen, limit=3)
    rest = await ledger.entries(db, book.id, book.chen, before_version=first[-1].version)
    assert [entry.minutes for entry in first + rest] == [7, 6, 5, 4, 3, 2, 1]
    assert first[0].balance_after == 28
    with pytest.raises(ledger.PageTooLarge):
        await ledger.entries(db, book.id, book.chen, limit=101)


async def test_accounts_come_by_id_by_kind_or_in_pages(db: AsyncSession, book: Book) -> None:
    members = await ledger.accounts(db, book.id, kind="member")
    assert [account.id for account in members] == [book.chen, book.li, book.wang]
    page = await ledger.accounts(db, book.id, limit=2)
    rest = await ledger.accounts(db, book.id, after=page[-1].id)
    assert [account.id for account in page + rest] == book.account_ids
    assert [account.id for account in await ledger.accounts(db, book.id, ids=[book.li, new_id()])] == [
        book.li
    ]
    with pytest.raises(ledger.PageTooLarge):
        await ledger.accounts(db, book.id, limit=101)
