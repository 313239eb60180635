"""A small book with a month in it, and somebody at the database who may do anything."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from tests.given import World
from tests.postgres import Database
from tests.visits.given import Street
from timebank.audit import queries
from timebank.audit.checks import CHECKS
from timebank.audit.model import Check
from timebank.audit.reconciling import reconcile_now
from timebank.audit.views import FindingView, RunView
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import steps as hours
from timebank.hours.model import About, AccountKind, Kind, Posted, Wish, common_account
from timebank.hours.proving import prove
from timebank.schemes.model import RemainderTo, Rounding, SchemePolicy
from timebank.visits import queries as visits
from timebank.visits import steps as visits_steps

WHOLE_HOURS = SchemePolicy(rounding_minutes=60, rounding=Rounding.DOWN, remainder_to=RemainderTo.POOL)
TABLES = (
    *(f"ledger.{name}" for name in ("accounts", "entries", "transfers", "outcomes", "limits")),
    *(f"ledger.{name}" for name in ("leaves", "nodes", "checkpoints", "signers", "sequenced")),
    *(f"timebank.{name}" for name in ("movements", "visits", "settlements")),
)


@dataclass
class Month:
    """Three brought hours. Zhou helped Feng twice and Chen once; Chen's visit was corrected; Feng gave 10.

    By whole hours: `first` is 60 minutes to Zhou and 20 to the pool, `second` 60, `corrected` 120 and 10,
    taken back, then 60 and 30.
    """

    world: World
    street: Street = field(init=False)
    first: UUID = field(init=False)
    second: UUID = field(init=False)
    corrected: UUID = field(init=False)
    openings: dict[UUID, UUID] = field(default_factory=dict)
    gift: UUID = field(default_factory=new_id)

    @property
    def here(self) -> UUID:
        """The community, which is the book."""
        return self.world.here

    async def happen(self) -> "Month":
        """Write the month with the rooms' own steps."""
        self.street = await Street(self.world).move_in(WHOLE_HOURS, feng_brings=0)
        await self._bring({self.street.zhou: 30, self.street.feng: 600, self.street.chen: 300})
        self.first = await self.street.confirmed(80)
        self.second = await self.street.confirmed(60)
        self.corrected = await self.street.confirmed(130, recipient_id=self.street.chen)
        by, now = self.world.coordinator, self.world.now
        async with self.world.database.begin({self.here}) as db:
            wanted = [self.first, self.second, self.corrected]
            await visits_steps.settle_many(db, self.here, wanted, actor_id=by, now=now)
        async with self.world.database.begin({self.here}) as db:
            visit = await visits_steps.locked(db, self.here, self.corrected)
            await visits_steps.correct(
                db, visit, minutes=90, reason="算错了", forced=False, actor_id=by, now=now
            )
        await self._give()
        return self

    async def give_often(self, times: int) -> None:
        """Feng gives a minute away, so many times."""
        await self._post([self._gift(new_id(), 1) for _ in range(times)])

    async def prove(self, *keys: Ed25519PrivateKey) -> None:
        """Sign what the book has come to."""
        await prove(self.world.call_of_job(), community_id=self.here, keys=keys)

    async def _give(self) -> None:
        await self._post([self._gift(self.gift, 10)])

    def _gift(self, id_: UUID, minutes: int) -> Wish:
        pool = common_account(AccountKind.POOL, self.here)
        about = About(kind=Kind.GIFT, subject_id=new_id(), provenance=Provenance.DESK, basis={})
        return Wish(id=id_, from_account=self.street.feng, to_account=pool, minutes=minutes, about=about)

    async def _bring(self, minutes_of: dict[UUID, int]) -> None:
        opening = common_account(AccountKind.OPENING, self.here)
        about = About(kind=Kind.OPENING, subject_id=new_id(), provenance=Provenance.PAPER, basis={"行": "五"})
        wishes = [
            Wish(id=new_id(), from_account=opening, to_account=who, minutes=minutes, about=about, group=0)
            for who, minutes in minutes_of.items()
        ]
        await self._post(wishes)
        self.openings = {wish.to_account: wish.id for wish in wishes}

    async def _post(self, wishes: list[Wish]) -> None:
        by, now = self.world.coordinator, self.world.now
        async with self.world.database.begin({self.here}) as db:
            answers = await hours.post(db, self.here, wishes, actor_id=by, now=now)
        assert all(isinstance(answer, Posted) for answer in answers), answers

    async def transfers_of(self, visit_id: UUID) -> list[UUID]:
        """The transfers of a visit's settlement in force: the helper's, then the pool's."""
        async with self.world.database.begin({self.here}) as db:
            found = await visits.settlements(db, [visit_id])
        return next(list(one.transfer_ids) for one in found if one.reversed_at is None)

    async def reconcile(self, checks: Sequence[Check] = CHECKS) -> RunView:
        """Reconcile by the auditor's button."""
        call = await self.world.call(self.world.auditor)
        return await reconcile_now(call, community_id=self.here, checks=checks)

    async def findings(self) -> list[FindingView]:
        """All findings there are."""
        async with self.world.database.begin({self.here}) as db:
            return (await queries.findings(db, [self.here])).rows


# What keeps the books, and stands in the way of who would tamper with them.
_TRIGGERS = [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in TABLES]
_CONSTRAINTS = f"""
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
WHERE contype IN ('c', 'f') AND conrelid = ANY ('{{{",".join(TABLES)}}}'::regclass[])
"""
_INDEXES = [
    "DROP INDEX IF EXISTS ledger.already_reversed",
    "DROP INDEX IF EXISTS timebank.settlement_one_in_force",
]


async def without_guards(sql: AsyncConnection) -> None:
    """Switch off every trigger, those that are always on too, and drop the constraints."""
    dropping = list(await sql.scalars(text(_CONSTRAINTS)))
    for statement in (*_TRIGGERS, *dropping, *_INDEXES):
        await sql.execute(text(statement))


@asynccontextmanager
async def intruder(database: Database) -> AsyncIterator[AsyncConnection]:
    """A superuser at a database without its guards; what they did is committed at the end."""
    engine = create_async_engine(database.superuser_url, poolclass=NullPool)
    async with engine.begin() as sql:
        await sql.execute(text("SET session_replication_role = replica"))
        await without_guards(sql)
        yield sql
    await engine.dispose()


async def add_to_head(database: Database, account_id: UUID, minutes: int) -> None:
    """Change an account's balance behind everybody's back."""
    async with intruder(database) as sql:
        done = await sql.execute(
            text("UPDATE ledger.accounts SET balance_minutes = balance_minutes + :minutes WHERE id = :id"),
            {"minutes": minutes, "id": account_id},
        )
        assert done.rowcount == 1


async def broken_month(world: World, database: Database) -> Month:
    """Somebody added 100 minutes to Feng's balance, and the last run saw it."""
    month = await Month(world).happen()
    await add_to_head(database, month.street.feng, 100)
    await month.reconcile()
    return month
