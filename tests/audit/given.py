"""A small book with a month in it, and somebody at the database who may do anything."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

import ledger
from tests.given import World
from tests.postgres import Database
from tests.visits.given import Street
from timebank.activities import service as activities
from timebank.activities.model import ActivityKind, Earners, Part, Planned, SignIn
from timebank.activities.tables import ActivitySettlement
from timebank.audit import queries
from timebank.audit.checks import CHECKS
from timebank.audit.model import Check, Since
from timebank.audit.reconciling import reconcile_now
from timebank.audit.relations import OVERLAP
from timebank.audit.tables import Run
from timebank.audit.views import FindingView, RunView
from timebank.core import clock
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import steps as hours
from timebank.hours.model import About, AccountKind, Kind, Posted, Wish, common_account
from timebank.hours.proving import prove
from timebank.hours.rules import operation_of
from timebank.schemes.model import HousePolicy, RemainderTo, Rounding, SchemePolicy
from timebank.visits import queries as visits
from timebank.visits import steps as visits_steps

QUARTER = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
WHOLE_HOURS = SchemePolicy(rounding_minutes=60, rounding=Rounding.DOWN, remainder_to=RemainderTo.POOL)
LEDGER_TABLES = (
    *("accounts", "entries", "transfers", "outcomes", "limits", "holds", "hold_ends"),
    *("periods", "closing_balances", "approvals"),
    *("leaves", "nodes", "checkpoints", "signers", "sequenced"),
)
TABLES = (
    *(f"ledger.{name}" for name in LEDGER_TABLES),
    *(
        f"timebank.{name}"
        for name in (
            "movements",
            "visits",
            "settlements",
            "activities",
            "participations",
            "activity_settlements",
        )
    ),
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
    # What Feng set aside for Zhou, if anything was: still open, let go, and used in part by `used`.
    open_hold: UUID = field(default_factory=new_id)
    void_hold: UUID = field(default_factory=new_id)
    used_hold: UUID = field(default_factory=new_id)
    used: UUID = field(default_factory=new_id)
    talk: UUID = field(init=False)  # an activity, once it was held
    neighbour: UUID = field(default_factory=new_id)  # a book that this one clears with, once it does

    @property
    def here(self) -> UUID:
        """The community, which is the book."""
        return self.world.here

    async def begin(self) -> "Month":
        """Move in, and bring the hours."""
        self.street = await Street(self.world).move_in(WHOLE_HOURS, feng_brings=0)
        await self._bring({self.street.zhou: 30, self.street.feng: 600, self.street.chen: 300})
        return self

    async def happen(self) -> "Month":
        """Write the month with the rooms' own steps."""
        if not self.openings:
            await self.begin()
        self.first = await self.street.confirmed(80)
        self.second = await self.street.confirmed(60)
        self.corrected = await self.street.confirmed(130, recipient_id=self.street.chen)
        by, now = self.world.coordinator, self.world.now
        async with self.world.database.begin({self.here}) as db:
            wanted = dict.fromkeys((self.first, self.second, self.corrected), by)
            await visits_steps.settle_many(db, self.here, wanted, now=now)
        async with self.world.database.begin({self.here}) as db:
            visit = await visits_steps.locked(db, self.here, self.corrected)
            await visits_steps.correct(
                db, visit, minutes=90, reason="算错了", forced=False, actor_id=by, now=now
            )
        await self.give(self.gift)
        return self

    async def set_aside(self) -> None:
        """Feng sets 20, 30 and 40 minutes aside for Zhou, lets the 30 go, and gives 25 of the 40."""
        by, now, never = self.world.coordinator, self.world.now, datetime(2099, 1, 1, tzinfo=UTC)
        held = {self.open_hold: 20, self.void_hold: 30, self.used_hold: 40}
        made = [
            ledger.NewHold(
                id=id_,
                book_id=self.here,
                debit_id=self.street.feng,
                credit_id=self.street.zhou,
                minutes=minutes,
                kind="gift",
                expires_at=never,
                actor_id=by,
                reason="说好了",
            )
            for id_, minutes in held.items()
        ]
        about = About(kind=Kind.GIFT, subject_id=new_id(), provenance=Provenance.DESK, basis={})
        wish = Wish(
            id=self.used,
            from_account=self.street.feng,
            to_account=self.street.zhou,
            minutes=25,
            about=about,
            captures=self.used_hold,
        )
        async with self.world.database.begin({self.here}) as db:
            await ledger.post(db, made)
        async with self.world.database.begin({self.here}) as db:
            await ledger.post(db, [ledger.void_of(made[1], operation_id=new_id(), actor_id=by)])
        async with self.world.database.begin({self.here}) as db:
            [answer] = await hours.post(db, self.here, [wish], actor_id=by, now=now)
        assert isinstance(answer, Posted), answer

    async def hold_a_talk(self) -> None:
        """Two spoke for an hour, the pool paid, and the sheet typed in again says that one of them did not."""
        desk, where = await self.world.call(), {"community_id": self.here}
        both = [await self.world.add_member(name) for name in ("何伯", "莫老师")]
        async with self.world.database.begin({self.here}) as db:
            by = self.world.coordinator
            await hours.open_members(db, self.here, both, house=HousePolicy(), actor_id=by)
        plan = Planned(
            kind=ActivityKind.TALK,
            title="宣讲",
            place="广场",
            held_on=clock.day_of(self.world.now),
            from_minute=480,
            to_minute=540,
            seats=9,
            scheme_id=self.street.scheme,
            earners=Earners.STAFFING,
        )
        self.talk = await activities.plan(desk, plan=plan, **where)
        where["activity_id"] = self.talk
        for who in both:
            await activities.staff(
                desk, **where, member_id=who, part=Part.SPEAKER, provenance=Provenance.PAPER
            )
        await self.give_often(90)
        for version, came in enumerate((both, both[:1]), start=1):
            await activities.sign_in(desk, sheet=SignIn(frozenset(came)), version=version, **where)

    async def talked(self) -> list[UUID]:
        """The transfers for what was served in the talk: the one that stands, and the one taken back."""
        async with self.world.database.begin({self.here}) as db:
            rows = await db.execute(
                select(ActivitySettlement.transfer_ids).order_by(ActivitySettlement.reversed_at.nulls_first())
            )
            return [row.transfer_ids[0] for row in rows]

    async def clear_with_a_neighbour(self) -> None:
        """Open an account in each book for what the two will owe each other."""
        books = (self.here, self.neighbour)
        async with self.world.database.begin(books) as db:
            for book, other in (books, books[::-1]):
                made = ledger.NewAccount(
                    id=new_id(), kind="clearing", floor_minutes=-600, ceiling_minutes=600, clears_with=other
                )
                await ledger.open_accounts(db, book, [made], actor_id=self.world.coordinator, reason="说好了")

    async def close_a_quarter(self) -> UUID:
        """Give Zhou 20, 20 and 20 minutes from January to March, and close the three; the approved one's id.

        The last was a correction: March was closing already.
        """
        opening = common_account(AccountKind.OPENING, self.here)
        about = About(kind=Kind.OPENING, subject_id=new_id(), provenance=Provenance.PAPER, basis={"行": "六"})
        wishes = [
            Wish(id=new_id(), from_account=opening, to_account=self.street.zhou, minutes=20, about=about)
            for _ in QUARTER
        ]
        by = self.world.coordinator
        for month, wish in zip(QUARTER, wishes, strict=True):
            async with self.world.database.begin({self.here}) as db:
                if month == QUARTER[-1]:
                    await ledger.begin_closing(db, self.here, month, actor_id=by)
                    asked = operation_of(wish, community_id=self.here, actor_id=by, effective_on=month)
                    await ledger.approve(
                        db, [asked], finding_id=new_id(), entered_by=by, approved_by=self.world.auditor
                    )
                noon = datetime(month.year, month.month, month.day, 4, tzinfo=UTC)
                [answer] = await hours.post(db, self.here, [wish], actor_id=by, now=noon)
                assert isinstance(answer, Posted), answer
            async with self.world.database.begin({self.here}) as db:
                await ledger.begin_closing(db, self.here, month, actor_id=by)
                await ledger.close(db, self.here, month, actor_id=by)
        return wishes[-1].id

    async def give(self, gift: UUID) -> None:
        """Feng gives the pool 10 minutes."""
        await self._post([self._gift(gift, 10)])

    async def give_often(self, times: int) -> None:
        """Feng gives a minute away, so many times."""
        await self._post([self._gift(new_id(), 1) for _ in range(times)])

    async def bring_often(self, times: int) -> None:
        """Zhou brings a minute, so many times."""
        opening = common_account(AccountKind.OPENING, self.here)
        about = About(kind=Kind.OPENING, subject_id=new_id(), provenance=Provenance.PAPER, basis={})
        for batch in range(0, times, hours.WISHES_MAX):
            wishes = [
                Wish(id=new_id(), from_account=opening, to_account=self.street.zhou, minutes=1, about=about)
                for _ in range(min(hours.WISHES_MAX, times - batch))
            ]
            await self._post(wishes)

    async def prove(self, *keys: Ed25519PrivateKey) -> None:
        """Sign what the book has come to."""
        await prove(self.world.call_of_job(), community_id=self.here, keys=keys)

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

    async def reconcile_at_night(self, checks: Sequence[Check] = CHECKS) -> RunView:
        """Reconcile as the scheduler does."""
        call = self.world.call_of_job("reconcile")
        return await reconcile_now(call, community_id=self.here, checks=checks)

    async def since(self) -> Since:
        """How far the last run came."""
        async with self.world.database.begin({self.here}) as db:
            run = (
                await db.scalars(select(Run).order_by(Run.cut_off_at.desc(), Run.read_at.desc()).limit(1))
            ).one()
        assert run.unchecked == 0
        return Since(run_id=run.id, read_at=run.read_at, leaves=run.leaves, checkpoints=run.checkpoints)

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
    "DROP INDEX IF EXISTS timebank.activity_settlement_once",
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


async def later(url: str) -> None:
    """Let every run have been made so much later that the next one doesn't look back behind it."""
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as sql:
        await sql.execute(
            text(
                "UPDATE timebank.reconciliation_runs SET read_at = read_at + :overlap WHERE read_at <= now()"
            ),
            {"overlap": OVERLAP},
        )
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
