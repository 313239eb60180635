"""Two books that clear with each other: minutes go from one to the other through what the two owe."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import NewAccount, Operation
from tests.ledger.books import ACTOR, Book, move, new_id, open_book
from tests.postgres import see

EXPOSURE = 300  # minutes that one book may owe the other


@dataclass(frozen=True)
class Neighbours:
    """Two books, each with its clearing account with the other."""

    here: Book
    there: Book
    with_there: UUID
    with_here: UUID

    @property
    def book_ids(self) -> tuple[UUID, UUID]:
        """Both."""
        return self.here.id, self.there.id

    def brought(self) -> Operation:
        """Wang there brings 1,000 minutes."""
        return move(self.there, self.there.opening, self.there.wang, 1000)

    def across(self, minutes: int, arriving: int | None = None) -> tuple[Operation, Operation]:
        """Chen here helps Wang there: Wang's book takes from Wang, Chen's gives to Chen."""
        return (
            move(self.there, self.there.wang, self.with_here, minutes),
            move(self.here, self.with_there, self.here.chen, minutes if arriving is None else arriving),
        )

    def back(self, minutes: int) -> tuple[Operation, Operation]:
        """Wang there helps Chen here."""
        return (
            move(self.here, self.here.chen, self.with_there, minutes),
            move(self.there, self.with_here, self.there.wang, minutes),
        )


async def open_neighbours(db: AsyncSession) -> Neighbours:
    """Two new books, both of which the transaction sees."""
    here, there = await open_book(db), await open_book(db)
    await see(db, here.id, there.id)
    made = Neighbours(here, there, new_id(), new_id())
    for book, id_, other in ((here, made.with_there, there), (there, made.with_here, here)):
        clearing = NewAccount(
            id=id_,
            kind="clearing",
            floor_minutes=-EXPOSURE,
            ceiling_minutes=EXPOSURE,
            clears_with=other.id,
        )
        await ledger.open_accounts(db, book.id, [clearing], actor_id=ACTOR, reason="agreed")
    return made


def taken_back(crossed: tuple[Operation, Operation]) -> tuple[Operation, Operation]:
    """What takes a crossing back, on both sides."""
    leaving, arriving = (
        replace(one, id=new_id(), debit_id=one.credit_id, credit_id=one.debit_id, reverses=one.id)
        for one in crossed
    )
    return leaving, arriving
