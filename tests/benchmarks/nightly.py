"""The desk of a book that grows: it posts with what each transfer is about, and reconciles at night."""

import time
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

import ledger
from ledger import NewAccount, Operation
from tests.benchmarks import district, server
from tests.benchmarks.books import ACTOR, DAY, OPENING_MINUTES, Book
from timebank.access import steps as access
from timebank.access.guard import Call
from timebank.access.model import Level
from timebank.audit.reconciling import reconcile_now
from timebank.core import clock
from timebank.core.actor import system
from timebank.core.database import Database
from timebank.core.embedded import Running
from timebank.core.ids import derived_id, new_id
from timebank.core.provenance import Provenance
from timebank.core.sealing import Seal
from timebank.hours.model import About, Kind, Wish
from timebank.hours.rules import operation_of

ABOUT = About(
    kind=Kind.GIFT, subject_id=derived_id("benchmark", "gifts"), provenance=Provenance.DESK, basis={}
)
_WRITE_DOWN = text("""
INSERT INTO timebank.movements (community_id, transfer_id, kind, subject_id, provenance, basis)
SELECT :book, id, 'gift', :subject, 'desk', '{}' FROM unnest(CAST(:ids AS uuid[])) id
""")
# A run looks back an hour behind the last one, and all of this was posted within minutes.
_AN_HOUR_LATER = """
UPDATE timebank.reconciliation_runs SET read_at = read_at + interval '1 hour' WHERE read_at <= now()
"""


@dataclass
class Desk:
    """Whoever keeps the book of one community."""

    database: Database
    running: Running
    book: Book

    async def open(self) -> None:
        """The community, an account with some hours for every member, and the first reconciliation."""
        opening = derived_id(self.book.id, "opening")
        accounts = [NewAccount(id=opening, kind="opening", floor_minutes=None, ceiling_minutes=None)]
        accounts += [
            NewAccount(id=one, kind="member", floor_minutes=0, ceiling_minutes=90_000)
            for one in self.book.members
        ]
        async with self.database.begin([self.book.id]) as db:
            parent = None
            for level, unit in ((Level.DISTRICT, None), (Level.TOWN, None), (Level.COMMUNITY, self.book.id)):
                parent = await access.add_unit(
                    db, level=level, name=level, code=level[0].upper(), parent_id=parent, unit_id=unit
                )
            await ledger.open_accounts(db, self.book.id, accounts, actor_id=ACTOR, reason="benchmark")
        await self.post([gift(self.book, opening, one, OPENING_MINUTES) for one in self.book.members])

    async def post(self, batch: list[Operation]) -> None:
        """Post gifts, and write down that they are."""
        async with self.database.begin([self.book.id]) as db:
            await ledger.post(db, batch)
            given = {"book": self.book.id, "subject": ABOUT.subject_id, "ids": [one.id for one in batch]}
            await db.execute(_WRITE_DOWN, given)

    async def reconcile(self) -> float:
        """Seconds for the night's run of this book: the month's first looks at everything, the others at what is new."""
        call = Call(
            self.database,
            system(frozenset({self.book.id}), job="reconcile"),
            clock.now(),
            Seal(bytes.fromhex(district.SEAL_KEY)),
        )
        began = time.perf_counter()
        run = await reconcile_now(call, community_id=self.book.id)
        took = time.perf_counter() - began
        assert run.agrees, f"{run.found} found, {run.unchecked} unchecked"
        print(f"reconciled ({run.scope}): {run.counts['transfers']:,} transfers in {took:.2f} s", flush=True)
        await server.run_as_superuser(self.running, _AN_HOUR_LATER)
        return took


def gift(book: Book, giver: UUID, taker: UUID, minutes: int) -> Operation:
    """One transfer, with the evidence of what it is about."""
    wish = Wish(id=new_id(), from_account=giver, to_account=taker, minutes=minutes, about=ABOUT)
    return operation_of(wish, community_id=book.id, actor_id=ACTOR, effective_on=DAY)
