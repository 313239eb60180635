"""The books of a district that is posted in: every member has an account with some hours."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import ledger
from ledger import NewAccount, Operation
from tests.benchmarks.scale import Scale
from timebank.core.database import Database
from timebank.core.ids import derived_id, new_id

ACTOR = derived_id("benchmark", "actor")
DAY = date(2026, 11, 2)
OPENING_MINUTES = 40_000


@dataclass(frozen=True)
class Book:
    """A community's book: the ids of its members' accounts."""

    id: UUID
    members: tuple[UUID, ...]


def books_of(scale: Scale) -> list[Book]:
    """As many members in each as in the others, or one more."""
    made = []
    for number in range(scale.communities):
        many = scale.members // scale.communities + (number < scale.members % scale.communities)
        members = tuple(derived_id("benchmark", number, member) for member in range(many))
        made.append(Book(derived_id("benchmark", number), members))
    return made


async def open_books(database: Database, books: list[Book]) -> None:
    """Open every account and bring in its hours."""
    for book in books:
        opening = derived_id(book.id, "opening")
        accounts = [NewAccount(id=opening, kind="opening", floor_minutes=None, ceiling_minutes=None)]
        accounts += [
            NewAccount(id=one, kind="member", floor_minutes=0, ceiling_minutes=90_000) for one in book.members
        ]
        async with database.begin([book.id]) as db:
            await ledger.open_accounts(db, book.id, accounts, actor_id=ACTOR, reason="benchmark")
            await ledger.post(db, [move(book, opening, one, OPENING_MINUTES) for one in book.members])


def move(book: Book, debit: UUID, credit: UUID, minutes: int) -> Operation:
    """One transfer."""
    return Operation(
        id=new_id(),
        book_id=book.id,
        debit_id=debit,
        credit_id=credit,
        minutes=minutes,
        kind="visit",
        effective_on=DAY,
        served_on=DAY,
        actor_id=ACTOR,
    )
