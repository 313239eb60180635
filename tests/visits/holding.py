"""A street whose scheme sets minutes aside, far enough ahead for the database's own clock."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.given import World
from tests.visits.given import Street
from timebank.access.guard import Call
from timebank.audit import comparing
from timebank.audit.checks import CHECKS
from timebank.audit.model import Since
from timebank.audit.relations import OVERLAP
from timebank.core.ids import new_id
from timebank.hours import queries as hours
from timebank.hours import steps as hours_steps
from timebank.hours.holds.model import Hold, LetGo, SetAside
from timebank.hours.holds.queries import holds_about
from timebank.hours.model import Balance, Recorded
from timebank.schemes.model import SchemePolicy
from timebank.visits import service
from timebank.visits.model import NewPlan, Outcome, VisitView

# A Sunday. The ledger ends holds by the database's clock, which no test sets.
AHEAD = datetime(2098, 1, 5, 2, 0, tzinfo=UTC)
SHORT = timedelta(milliseconds=150)
HOLDING = SchemePolicy(hold_days=14)


@dataclass
class HoldingStreet(Street):
    """Zhou is to help Feng, and what it will come to is set aside."""

    async def call(self, key: str | None = None) -> Call:
        """The coordinator's."""
        return await self.world.call(key=key or new_id().hex)

    async def plan_one(
        self, minutes: int = 60, *, after: timedelta = timedelta(hours=1), **changes: Any
    ) -> UUID:
        """Plan a visit at the desk; its id."""
        begins = AHEAD + after
        plan = NewPlan(
            **{
                "scheme_id": self.scheme,
                "category": "clinic",
                "helper_id": self.zhou,
                "recipient_id": self.feng,
                "planned_from": begins,
                "planned_until": begins + timedelta(minutes=minutes),
            }
            | changes
        )
        return await service.plan_visit(
            await self.call(), community_id=self.world.here, plan=plan, anyway=True
        )

    async def seen(self, visit_id: UUID) -> dict[str, Any]:
        """What a use case about a visit is told."""
        view = await self.visit(visit_id)
        return {"community_id": self.world.here, "visit_id": visit_id, "version": view.version}

    async def claim(self, visit_id: UUID, minutes: int) -> VisitView:
        """Zhou says how long it took."""
        return await service.claim(await self.call(), **await self.seen(visit_id), minutes=minutes)

    async def settle(self, visit_id: UUID, minutes: int) -> Outcome:
        """Zhou says how long it took, Feng agrees, and it is posted."""
        await self.claim(visit_id, minutes)
        return await service.confirm(await self.call(), **await self.seen(visit_id))

    async def cancel(self, visit_id: UUID) -> VisitView:
        """Call it off."""
        return await service.cancel(await self.call(), **await self.seen(visit_id), reason="不去了")

    async def feng_has(self) -> Balance:
        """Feng's balance, with what is held of it."""
        async with self.world.database.begin({self.world.here}) as db:
            return await hours.balance(db, self.world.here, self.feng)

    async def hold(self, visit_id: UUID) -> Hold | None:
        """What is set aside for a visit, or was last."""
        async with self.world.database.begin({self.world.here}) as db:
            return (await holds_about(db, self.world.here, [visit_id])).get(visit_id)

    async def over(self, visit_id: UUID) -> None:
        """Let the visit's hold end in a moment, by the database's clock, and wait for it."""
        hold = await self.hold(visit_id)
        assert hold is not None
        here, by = self.world.here, self.world.coordinator
        for attempt in range(12):
            wait = SHORT * 2**attempt
            soon = SetAside(
                id=new_id(),
                from_account=hold.from_account,
                to_account=hold.to_account,
                minutes=hold.minutes,
                until=datetime.now(UTC) + wait,
                occasion=hold.occasion,
            )
            async with self.world.database.begin({here}) as db:
                wanted = [soon] if attempt else [LetGo(id=new_id(), hold=hold), soon]
                answers = await hours_steps.post(db, here, wanted, actor_id=by, now=AHEAD)
            if isinstance(answers[-1], Recorded):
                await asyncio.sleep(wait.total_seconds())
                return
        raise AssertionError("a hold was over before it was made")


async def holding_street(world: World, policy: SchemePolicy = HOLDING, **given: Any) -> HoldingStreet:
    """Move in."""
    street = HoldingStreet(world)
    await street.move_in(policy, **given)
    return street


# As a run would have left it that saw all but each account's last entry.
MARK = text("""
INSERT INTO timebank.reconciled (community_id, account_id, version, balance_minutes)
SELECT e.book_id, e.account_id, e.version, e.balance_after FROM ledger.entries e
JOIN ledger.accounts a ON a.book_id = e.book_id AND a.id = e.account_id AND e.version = a.version - 1
WHERE e.book_id = :book
""")


async def differences(street: Street) -> list[tuple[str, str]]:
    """What reconciliation finds in the books, as a whole and in what is new."""
    here = street.world.here
    async with street.world.database.begin({here}) as db:
        whole = await comparing.compare(db, here, CHECKS, cut_off_at=AHEAD)
        marked = await db.begin_nested()
        await db.execute(MARK, {"book": here})
        since = Since(run_id=new_id(), read_at=datetime.now(UTC) + OVERLAP, leaves=0, checkpoints=0)
        night = await comparing.compare(db, here, CHECKS, cut_off_at=AHEAD, since=since)
        await marked.rollback()
    checks = [*whole.checks, *night.checks]
    assert not [one.problem for one in checks if one.problem]
    return [(each.check, each.fault) for one in checks for each in (n.difference for n in one.differences)]
