"""Minutes that go from one book to another: two transfers, through what the two books owe each other."""

from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import Linked, NewAccount, Posted, Refusal, Refused, rules
from tests.ledger.books import ACTOR, balances, faults, move, new_id, refusals
from tests.ledger.neighbours import EXPOSURE, Neighbours, open_neighbours, taken_back
from tests.postgres import see


@pytest.fixture
async def books(db: AsyncSession) -> Neighbours:
    """Wang there has 1,000 minutes."""
    made = await open_neighbours(db)
    await ledger.post(db, [made.brought()])
    return made


async def test_minutes_cross_in_two_transfers_and_both_books_stay_at_zero(
    db: AsyncSession, books: Neighbours
) -> None:
    outcomes = await ledger.post(db, [Linked(books.across(60))])
    assert [type(outcome) for outcome in outcomes] == [Posted, Posted]
    here, there = await balances(db, books.here), await balances(db, books.there)
    assert (here[books.here.chen], here[books.with_there]) == (60, -60)
    assert (there[books.there.wang], there[books.with_here]) == (940, 60)
    assert (sum(here.values()), sum(there.values())) == (0, 0)
    assert await faults(db, books.here) == []
    assert await faults(db, books.there) == []


async def test_one_half_alone_is_refused_and_costs_its_neighbours_nothing(
    db: AsyncSession, books: Neighbours
) -> None:
    leaving, arriving = books.across(60)
    plain = move(books.there, books.there.wang, books.there.li, 10)
    assert await refusals(db, leaving, plain, arriving, Linked(books.across(5))) == [
        Refusal.CLEARING_UNMATCHED,
        None,
        Refusal.CLEARING_UNMATCHED,
        None,
        None,
    ]
    assert (await balances(db, books.there))[books.there.wang] == 985
    assert await faults(db, books.there) == []


async def test_halves_of_different_size_are_refused_together(db: AsyncSession, books: Neighbours) -> None:
    group = books.across(60, arriving=61)
    [first, last] = await ledger.post(db, [Linked(group)])
    assert isinstance(first, Refused)
    assert isinstance(last, Refused)
    assert (first.refusal, first.because_id) == (Refusal.LINKED_REFUSED, last.id)
    assert last.refusal is Refusal.CLEARING_UNMATCHED
    again = await ledger.post(db, [Linked(group)])
    assert again == [replace(first, repeated=True), replace(last, repeated=True)]


async def test_neither_book_owes_the_other_more_than_was_agreed(db: AsyncSession, books: Neighbours) -> None:
    assert await refusals(db, Linked(books.across(EXPOSURE)), Linked(books.across(1))) == [
        None,
        None,
        Refusal.CEILING_BREACHED,
        Refusal.LINKED_REFUSED,
    ]


async def test_a_crossing_is_taken_back_on_both_sides_or_not_at_all(
    db: AsyncSession, books: Neighbours
) -> None:
    await ledger.post(db, [Linked(crossed := books.across(60))])

    assert await refusals(db, taken_back(crossed)[0]) == [Refusal.CLEARING_UNMATCHED]
    assert await refusals(db, Linked(taken_back(crossed))) == [None, None]
    assert set((await balances(db, books.here)).values()) == {0}


async def test_a_book_that_is_not_seen_is_not_cleared_with(db: AsyncSession, books: Neighbours) -> None:
    await see(db, books.here.id)
    with pytest.raises(ledger.BookNotVisible):
        await ledger.post(db, [Linked(books.across(60))])


async def test_an_open_clearing_account_is_not_made_to_clear_with_another(
    db: AsyncSession, books: Neighbours
) -> None:
    other = NewAccount(
        id=books.with_there, kind="clearing", floor_minutes=0, ceiling_minutes=0, clears_with=new_id()
    )
    with pytest.raises(ledger.AccountDiffers):
        await ledger.open_accounts(db, books.here.id, [other], actor_id=ACTOR, reason="again")


async def test_the_pure_rule_says_the_same(db: AsyncSession, books: Neighbours) -> None:
    found = {one.id: one for book in (books.here, books.there) for one in await ledger.accounts(db, book.id)}
    for arriving, unmatched in ((60, False), (61, True)):
        group = books.across(60, arriving)
        moved = [(one, found[one.debit_id], found[one.credit_id]) for one in group]
        assert rules.clearing_unmatched(moved) is unmatched
        assert rules.clearing_unmatched(moved[:1])
