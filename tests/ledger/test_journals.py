"""hledger and beancount read a book, add it up anew, and come to our balances."""

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import ledger
from ledger import JournalForm, Posted, reversal_of
from tests.ledger.bookkeeping import added_up, complaint, written
from tests.ledger.books import ACTOR, Book, move, open_book

# A program of another house is started for each text.
pytestmark = pytest.mark.slow

SEPTEMBER = (date(2026, 9, 1), date(2026, 9, 30))
OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
ALL_TIME = (date(2026, 1, 1), date(2026, 12, 31))
FORMS = tuple(JournalForm)
forms = pytest.mark.parametrize("form", FORMS, ids=[form.value for form in FORMS])

moves = st.tuples(
    st.permutations(("opening", "pool", "chen", "li", "wang")), st.integers(1, 500), st.integers(0, 90)
)


def _name(account_id: UUID) -> str:
    return f"Liabilities:Member:{str(account_id).upper()}"


def _lines_of(account_id: UUID, text: str) -> list[str]:
    """Those with an amount, in order."""
    return [line for line in text.splitlines() if f"{_name(account_id)}  " in line]


async def _post_an_autumn(db: AsyncSession, book: Book) -> None:
    wrong = move(book, book.li, book.chen, 75, effective_on=date(2026, 10, 9))
    await ledger.post(
        db,
        [
            move(book, book.opening, book.li, 300, kind="opening", effective_on=date(2026, 9, 1)),
            move(book, book.li, book.chen, 60, effective_on=date(2026, 9, 30)),
            wrong,
        ],
    )
    [found] = await ledger.transfers(db, book.id, [wrong.id])
    back = reversal_of(
        found,
        operation_id=move(book, book.li, book.chen, 1).id,
        effective_on=date(2026, 10, 31),
        actor_id=ACTOR,
        reason='typed "twice"; 打错了',
    )
    [outcome] = await ledger.post(db, [back])
    assert isinstance(outcome, Posted)


@forms
async def test_a_month_opens_with_what_the_one_before_closed_with(
    db: AsyncSession, book: Book, form: JournalForm, tmp_path: Path
) -> None:
    await _post_an_autumn(db, book)
    september = await written(db, book.id, SEPTEMBER, form)
    october = await written(db, book.id, OCTOBER, form)
    assert complaint(september, form, tmp_path) == ""
    assert complaint(october, form, tmp_path) == ""
    # 李 has 240 minutes to claim, which a bookkeeper writes as a credit.
    [*_, closed] = _lines_of(book.li, september)
    [opened, *_] = _lines_of(book.li, october)
    assert closed.endswith("-240 MIN")
    assert opened.endswith("-240 MIN")


@forms
async def test_a_book_without_a_movement_is_an_empty_text(
    db: AsyncSession, book: Book, form: JournalForm, tmp_path: Path
) -> None:
    text = await written(db, book.id, OCTOBER, form)
    assert complaint(text, form, tmp_path) == ""
    assert "Liabilities" not in text


@forms
@pytest.mark.parametrize("kind", ["a transfer", "what it opened with", "what it closed with"])
async def test_a_minute_changed_anywhere_is_noticed(
    db: AsyncSession, book: Book, form: JournalForm, kind: str, tmp_path: Path
) -> None:
    await _post_an_autumn(db, book)
    text = await written(db, book.id, OCTOBER, form)
    lines = text.splitlines()
    places = [lines.index(line) for line in _lines_of(book.li, text)]
    place = {"what it opened with": places[0], "a transfer": places[1], "what it closed with": places[-1]}[
        kind
    ]
    amount = lines[place].split()[-2]
    lines[place] = lines[place].replace(f" {amount} MIN", f" {int(amount) + 1} MIN")
    assert complaint("\n".join(lines) + "\n", form, tmp_path) != ""


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.lists(moves, min_size=1, max_size=40))
async def test_any_book_comes_to_our_balances(
    engine: AsyncEngine, drawn: list[tuple[list[str], int, int]], tmp_path: Path
) -> None:
    async with engine.connect() as connection, connection.begin() as transaction:
        db = AsyncSession(connection, join_transaction_mode="create_savepoint")
        book = await open_book(db)
        first = ALL_TIME[0]
        await ledger.post(
            db,
            [
                move(
                    book, getattr(book, parties[0]), getattr(book, parties[1]), minutes,
                    effective_on=first + timedelta(days=day),
                )
                for parties, minutes, day in drawn
            ],
        )  # fmt: skip
        for days in (ALL_TIME, (first + timedelta(days=30), first + timedelta(days=60))):
            for form in FORMS:
                text = await written(db, book.id, days, form)
                assert complaint(text, form, tmp_path) == ""
            text = await written(db, book.id, days, JournalForm.HLEDGER)
            stood = await ledger.balances(db, book.id, book.account_ids, on=days[1])
            ours = {each.account_id: each.minutes for each in stood if each.minutes}
            assert {id_: minutes for id_, minutes in added_up(text, tmp_path).items() if minutes} == ours
        await db.close()
        await transaction.rollback()
