"""A small book with a month in it, and somebody at the database who may do anything."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import asyncpg
from sqlalchemy import insert
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

import timebank.requests.tables  # noqa: F401 - visits point at it
from tests.given import World
from tests.postgres import Database
from timebank.audit.checks import CHECKS
from timebank.audit.model import Check
from timebank.audit.reconciling import reconcile_now
from timebank.audit.views import RunView
from timebank.core.ids import derived_id, new_id
from timebank.core.provenance import Provenance
from timebank.hours import rules as hours_rules
from timebank.hours import steps as hours
from timebank.hours.model import About, AccountKind, Kind, Posted, Wish, common_account
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes import steps as scheme_steps
from timebank.schemes.model import HousePolicy, RemainderTo, Rounding, SchemeKind, SchemePolicy
from timebank.visits.tables import Settlement, Visit

SERVED = date(2026, 11, 20)
WHOLE_HOURS = SchemePolicy(rounding_minutes=60, rounding=Rounding.DOWN, remainder_to=RemainderTo.POOL)


@dataclass
class Settled:
    """A visit and the transfers that settled it."""

    id: UUID
    transfer_ids: list[UUID]


@dataclass
class Month:
    """Chen, Li and Wang brought hours; Chen helped Li twice and Wang once, of which one was corrected."""

    world: World
    chen: UUID = field(default_factory=new_id)
    li: UUID = field(default_factory=new_id)
    wang: UUID = field(default_factory=new_id)
    scheme: UUID = field(default_factory=new_id)
    openings: dict[UUID, UUID] = field(default_factory=dict)
    first: Settled = field(init=False)
    second: Settled = field(init=False)
    corrected: Settled = field(init=False)

    @property
    def here(self) -> UUID:
        """The community."""
        return self.world.here

    async def happen(self) -> "Month":
        """Write the month."""
        for member_id, name in ((self.chen, "陈阿婆"), (self.li, "梁秀英"), (self.wang, "王伟")):
            await self.world.add_member(name, member_id=member_id)
        async with self.world.database.begin({self.here}) as db:
            by = self.world.coordinator
            people = [self.chen, self.li, self.wang]
            await hours.open_members(db, self.here, people, house=HousePolicy(), actor_id=by)
            await scheme_steps.open_scheme(
                db,
                self.here,
                "银龄互助",
                SchemeKind.MUTUAL_AID,
                WHOLE_HOURS,
                date(2026, 9, 1),
                self.world.now,
                made_by=by,
                scheme_id=self.scheme,
            )
            await self._bring(db)
        self.first = await self._visit(self.li, 80)
        self.second = await self._visit(self.li, 60)
        self.corrected = await self._visit(self.wang, 130)
        await self._correct(self.corrected, self.wang, 90)
        return self

    async def _bring(self, db: AsyncSession) -> None:
        opening = common_account(AccountKind.OPENING, self.here)
        about = About(
            kind=Kind.OPENING, subject_id=new_id(), provenance=Provenance.PAPER, basis={"row": "梁"}
        )
        wishes = [
            Wish(id=new_id(), from_account=opening, to_account=who, minutes=minutes, about=about, group=0)
            for who, minutes in ((self.chen, 30), (self.li, 600), (self.wang, 300))
        ]
        await self._post(db, wishes)
        self.openings = {wish.to_account: wish.id for wish in wishes}

    async def _visit(self, recipient: UUID, minutes: int) -> Settled:
        visit = Settled(new_id(), [])
        async with self.world.database.begin({self.here}) as db:
            now, by = self.world.now, self.world.coordinator
            said = {
                f"{what}_{part}": value
                for what in ("claimed", "confirmed")
                for part, value in (("minutes", minutes), ("by", by), ("at", now), ("source", "paper"))
            }
            await db.execute(
                insert(Visit).values(
                    id=visit.id,
                    community_id=self.here,
                    scheme_id=self.scheme,
                    category="clinic",
                    helper_id=self.chen,
                    recipient_id=recipient,
                    served_on=SERVED,
                    status="confirmed",
                    provenance="paper",
                    created_by=by,
                    created_at=now,
                    changed_at=now,
                    **said,
                )
            )
            await self._settle(db, visit, recipient, minutes, revision=1)
        return visit

    async def _settle(
        self, db: AsyncSession, visit: Settled, recipient: UUID, minutes: int, *, revision: int
    ) -> None:
        policy = await schemes.scheme_policy(db, self.scheme, SERVED)
        payable = scheme_rules.payable(policy.content, minutes)
        about = About(
            kind=Kind.VISIT,
            subject_id=visit.id,
            provenance=Provenance.PAPER,
            served_on=SERVED,
            category="clinic",
            helper_id=self.chen,
            recipient_id=recipient,
            scheme_version_id=policy.version_id,
            entered_by=self.world.coordinator,
            confirmed_by=recipient,
            basis=payable.basis,
        )
        wishes = hours_rules.wishes_of(
            payable,
            community_id=self.here,
            helper_id=self.chen,
            recipient_id=recipient,
            about=about,
            id_for=lambda slot: derived_id("visit", visit.id, revision, slot),
            group=0,
        )
        await self._post(db, wishes)
        visit.transfer_ids = [wish.id for wish in wishes]
        await db.execute(
            insert(Settlement).values(
                visit_id=visit.id,
                revision=revision,
                community_id=self.here,
                transfer_ids=visit.transfer_ids,
                minutes=payable.charged,
                scheme_version_id=policy.version_id,
                settled_by=self.world.coordinator,
                settled_at=self.world.now,
            )
        )
        row = await db.get_one(Visit, visit.id)
        row.status, row.settled_minutes, row.revision = "settled", payable.charged, revision

    async def _correct(self, visit: Settled, recipient: UUID, minutes: int) -> None:
        async with self.world.database.begin({self.here}) as db:
            wishes = await hours.reversal_wishes(
                db,
                self.here,
                visit.transfer_ids,
                reason="算错了",
                root=new_id(),
                entered_by=self.world.coordinator,
                group=0,
            )
            await self._post(db, wishes)
            settlement = await db.get_one(Settlement, (visit.id, 1))
            settlement.reversed_by, settlement.reversed_at = self.world.coordinator, self.world.now
            settlement.reversed_because, settlement.reversal_ids = "算错了", [wish.id for wish in wishes]
            row = await db.get_one(Visit, visit.id)
            row.status, row.settled_minutes, row.confirmed_minutes = "confirmed", None, minutes
        async with self.world.database.begin({self.here}) as db:
            await self._settle(db, visit, recipient, minutes, revision=2)

    async def _post(self, db: AsyncSession, wishes: list[Wish]) -> None:
        answers = await hours.post(db, self.here, wishes, actor_id=self.world.coordinator, now=self.world.now)
        assert all(isinstance(answer, Posted) for answer in answers), answers

    async def reconcile(self, checks: Sequence[Check] = CHECKS) -> RunView:
        """Reconcile by the auditor's button."""
        call = await self.world.call(self.world.auditor)
        return await reconcile_now(call, community_id=self.here, checks=checks)


@asynccontextmanager
async def intruder(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A superuser with every trigger off, those that are always on too, and no check in the way."""
    url = make_url(database.superuser_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        await connection.execute("SET session_replication_role = replica")
        for table in (
            *(f"ledger.{name}" for name in ("accounts", "entries", "transfers", "outcomes", "limits")),
            *(f"timebank.{name}" for name in ("movements", "visits", "settlements")),
        ):
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        yield connection
    finally:
        await connection.close()
