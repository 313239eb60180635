"""Taking a transfer back: mirrored, once, and by force where the minutes are spent."""

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import Account, Linked, Outcome, Posted, Refusal, Refused, reversal_of
from tests.ledger.books import ACTOR, DAY, Book, balances, faults, move, new_id


async def _account(db: AsyncSession, book: Book, account_id: object) -> Account:
    return next(account for account in await ledger.accounts(db, book.id) if account.id == account_id)


async def _earn_and_spend(db: AsyncSession, book: Book) -> Outcome:
    """Chen earns 100, which she has spent; Li has them now."""
    earned, spent = await ledger.post(
        db, [move(book, book.opening, book.chen, 100), move(book, book.chen, book.li, 150)]
    )
    assert isinstance(spent, Posted)
    return earned


async def test_a_reversal_takes_back_exactly_what_was_moved(db: AsyncSession, book: Book) -> None:
    wish = move(book, book.opening, book.chen, 100)
    await ledger.post(db, [wish])
    outcome = await ledger.reverse(
        db, book.id, wish.id, operation_id=new_id(), effective_on=DAY, actor_id=ACTOR, reason="typed twice"
    )
    assert isinstance(outcome, Posted)
    assert (outcome.debit_balance_minutes, outcome.credit_balance_minutes) == (0, 0)
    [original, reversal] = sorted(
        await ledger.transfers(db, book.id, [wish.id, outcome.id]), key=lambda t: t.debit_version
    )
    assert (original.reversed_by, reversal.reverses) == (reversal.id, original.id)
    assert (reversal.debit_id, reversal.credit_id, reversal.reason) == (
        book.chen,
        book.opening,
        "typed twice",
    )
    assert await faults(db, book) == []


async def test_a_reversal_of_nothing_is_none(db: AsyncSession, book: Book) -> None:
    outcome = await ledger.reverse(
        db, book.id, new_id(), operation_id=new_id(), effective_on=DAY, actor_id=ACTOR
    )
    assert outcome is None
    [raw] = await ledger.post(db, [move(book, book.opening, book.chen, 5, reverses=new_id())])
    assert isinstance(raw, Refused)
    assert raw.refusal is Refusal.TRANSFER_UNKNOWN


async def test_a_transfer_is_reversed_once(db: AsyncSession, book: Book) -> None:
    wish = move(book, book.opening, book.chen, 100)
    await ledger.post(db, [wish])
    back = [move(book, book.chen, book.opening, 100, reverses=wish.id) for _ in range(3)]
    first, second = await ledger.post(db, back[:2])
    [third] = await ledger.post(db, back[2:])
    assert isinstance(first, Posted)
    for outcome in (second, third):
        assert isinstance(outcome, Refused)
        assert outcome.refusal is Refusal.ALREADY_REVERSED


async def test_a_reversal_that_fell_with_its_group_leaves_room_for_another(
    db: AsyncSession, book: Book
) -> None:
    wish = move(book, book.opening, book.chen, 100)
    await ledger.post(db, [wish])
    back = move(book, book.chen, book.opening, 100, reverses=wish.id)
    fallen, _, again = await ledger.post(
        db,
        [
            Linked((back, move(book, book.wang, book.li, 1000))),
            move(book, book.chen, book.opening, 100, reverses=wish.id),
        ],
    )
    assert isinstance(fallen, Refused)
    assert isinstance(again, Posted)


async def test_a_reversal_is_not_reversed(db: AsyncSession, book: Book) -> None:
    wish = move(book, book.opening, book.chen, 100)
    back = move(book, book.chen, book.opening, 100, reverses=wish.id)
    await ledger.post(db, [wish])
    await ledger.post(db, [back])
    [outcome] = await ledger.post(db, [move(book, book.opening, book.chen, 100, reverses=back.id)])
    assert isinstance(outcome, Refused)
    assert outcome.refusal is Refusal.REVERSAL_OF_REVERSAL


async def test_a_reversal_is_a_mirror(db: AsyncSession, book: Book) -> None:
    wish = move(book, book.opening, book.chen, 100)
    await ledger.post(db, [wish])
    outcomes = await ledger.post(
        db,
        [
            move(book, book.chen, book.opening, 99, reverses=wish.id),
            move(book, book.opening, book.chen, 100, reverses=wish.id),
            move(book, book.chen, book.pool, 100, reverses=wish.id),
        ],
    )
    for outcome in outcomes:
        assert isinstance(outcome, Refused)
        assert outcome.refusal is Refusal.REVERSAL_UNMIRRORED


async def test_a_correction_reverses_and_posts_anew_together(db: AsyncSession, book: Book) -> None:
    wish = move(book, book.opening, book.chen, 100)
    await ledger.post(db, [wish])
    [wrong] = await ledger.transfers(db, book.id, [wish.id])
    outcomes = await ledger.post(
        db,
        [
            Linked(
                (
                    reversal_of(
                        wrong, operation_id=new_id(), effective_on=DAY, actor_id=ACTOR, reason="was 80"
                    ),
                    move(book, book.opening, book.chen, 80),
                )
            )
        ],
    )
    assert [type(outcome) for outcome in outcomes] == [Posted, Posted]
    assert (await balances(db, book))[book.chen] == 80


async def test_spent_minutes_are_not_taken_back_without_force(db: AsyncSession, book: Book) -> None:
    earned = await _earn_and_spend(db, book)
    [outcome] = await ledger.post(db, [move(book, book.chen, book.opening, 100, reverses=earned.id)])
    assert isinstance(outcome, Refused)
    assert (outcome.refusal, outcome.account_id, outcome.short_minutes) == (
        Refusal.FLOOR_BREACHED,
        book.chen,
        90,
    )


async def test_force_takes_spent_minutes_back_and_leaves_relief_that_melts(
    db: AsyncSession, book: Book
) -> None:
    earned = await _earn_and_spend(db, book)
    [outcome] = await ledger.post(
        db,
        [move(book, book.chen, book.opening, 100, reverses=earned.id, forced=True, reason="slip was forged")],
    )
    assert isinstance(outcome, Posted)
    chen = await _account(db, book, book.chen)
    assert (chen.balance_minutes, chen.relief_minutes) == (-150, 90)
    [newest] = await ledger.entries(db, book.id, book.chen, limit=1)
    assert newest.forced

    # Below her floor she earns as ever, but spends nothing: relief is not credit.
    spent, earned_again = await ledger.post(
        db, [move(book, book.chen, book.li, 1), move(book, book.li, book.chen, 50)]
    )
    assert isinstance(spent, Refused)
    assert isinstance(earned_again, Posted)
    chen = await _account(db, book, book.chen)
    assert (chen.balance_minutes, chen.relief_minutes) == (-100, 40)
    await ledger.post(db, [move(book, book.li, book.chen, 50)])
    assert (await _account(db, book, book.chen)).relief_minutes == 0
    assert await faults(db, book) == []


async def test_force_needs_a_reversal_and_a_reason(db: AsyncSession, book: Book) -> None:
    wish = move(book, book.opening, book.chen, 100)
    await ledger.post(db, [wish])
    outcomes = await ledger.post(
        db,
        [
            move(book, book.chen, book.li, 5000, forced=True, reason="because"),
            move(book, book.chen, book.opening, 100, reverses=wish.id, forced=True),
        ],
    )
    for outcome in outcomes:
        assert isinstance(outcome, Refused)
        assert outcome.refusal is Refusal.FORCED_WITHOUT_REASON
