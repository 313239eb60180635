"""A street whose scheme sets minutes aside, far enough ahead for the database's own clock."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.given import World
from tests.visits.given import Street
from timebank.access.guard import Call
from timebank.audit import comparing
from timebank.audit.checks import CHECKS
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


async def differences(street: HoldingStreet) -> list[tuple[str, str]]:
    """What reconciliation finds in the books."""
    async with street.world.database.begin({street.world.here}) as db:
        comparison = await comparing.compare(db, street.world.here, CHECKS, cut_off_at=AHEAD)
    assert not [one.problem for one in comparison.checks if one.problem]
    return [
        (each.check, each.fault)
        for one in comparison.checks
        for each in (n.difference for n in one.differences)
    ]
