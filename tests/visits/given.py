"""A street to help one another in: helpers and recipients with accounts, and a scheme."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from tests.given import NOW, World
from timebank.core import clock
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import queries as hours_queries
from timebank.hours import steps as hours
from timebank.hours.model import About, AccountKind, Answer, Kind, Wish, common_account
from timebank.schemes import steps as schemes
from timebank.schemes.model import HousePolicy, SchemeKind, SchemePolicy
from timebank.visits import queries, steps
from timebank.visits.model import Move, PlannedVisit, VisitView

TODAY = clock.day_of(NOW)


@dataclass
class Street:
    """Zhou helps Feng, who brought ten hours; Chen is a neighbour who may do either."""

    world: World
    zhou: UUID = field(default_factory=new_id)
    feng: UUID = field(default_factory=new_id)
    chen: UUID = field(default_factory=new_id)
    scheme: UUID = field(default_factory=new_id)

    async def move_in(self, policy: SchemePolicy | None = None, *, feng_brings: int = 600) -> "Street":
        """Write them down, with accounts and the scheme."""
        world = self.world
        for who, name, number in (
            (self.zhou, "周阿姨", "0101"),
            (self.feng, "冯伯", "0102"),
            (self.chen, "陈婆", "0103"),
        ):
            await world.add_member(name, number=number, member_id=who, phone="1390000" + number)
        async with world.database.begin({world.here}) as db:
            await hours.open_members(
                db,
                world.here,
                [self.zhou, self.feng, self.chen],
                house=HousePolicy(),
                actor_id=world.coordinator,
            )
            await schemes.open_scheme(
                db,
                world.here,
                "银龄互助",
                SchemeKind.MUTUAL_AID,
                policy or SchemePolicy(),
                date(2026, 1, 1),
                world.now,
                made_by=world.coordinator,
                scheme_id=self.scheme,
            )
        if feng_brings:
            await self.bring(self.feng, feng_brings)
        return self

    async def bring(self, member_id: UUID, minutes: int) -> None:
        """An opening balance."""
        opening = common_account(AccountKind.OPENING, self.world.here)
        await self._post(opening, member_id, minutes, Kind.OPENING)

    async def spend(self, member_id: UUID, minutes: int) -> None:
        """Give minutes away to the pool."""
        await self._post(member_id, common_account(AccountKind.POOL, self.world.here), minutes, Kind.GIFT)

    async def _post(self, giver: UUID, taker: UUID, minutes: int, kind: Kind) -> None:
        about = About(kind=kind, subject_id=new_id(), provenance=Provenance.PAPER, basis={})
        wish = Wish(id=new_id(), from_account=giver, to_account=taker, minutes=minutes, about=about)
        async with self.world.database.begin({self.world.here}) as db:
            answers: list[Answer] = await hours.post(
                db, self.world.here, [wish], actor_id=self.world.coordinator, now=NOW
            )
        assert answers[0].__class__.__name__ == "Posted", answers

    def planned(self, **changes: object) -> PlannedVisit:
        """Zhou is to take Feng to the clinic in an hour, for two hours."""
        plain = PlannedVisit(
            id=new_id(),
            community_id=self.world.here,
            scheme_id=self.scheme,
            category="clinic",
            helper_id=self.zhou,
            recipient_id=self.feng,
            planned_from=NOW + timedelta(hours=1),
            planned_until=NOW + timedelta(hours=3),
        )
        return replace(plain, **changes)  # type: ignore[arg-type]

    async def plan(self, *visits: PlannedVisit) -> list[UUID]:
        """Plan them at the desk; the ids of the new ones."""
        async with self.world.database.begin({self.world.here}) as db:
            return await steps.plan(
                db,
                visits or [self.planned()],
                provenance=Provenance.DESK,
                created_by=self.world.coordinator,
                now=NOW,
            )

    async def confirmed(self, minutes: int = 120, **changes: object) -> UUID:
        """A visit that both sides agree on, not yet posted."""
        visit_id = (await self.plan(self.planned(**changes)))[0]
        async with self.world.database.begin({self.world.here}) as db:
            seen = await steps.locked(db, self.world.here, visit_id)
            for what, who in ((Move.CLAIM, "claimed"), (Move.CONFIRM, "confirmed")):
                values = {"minutes": minutes, "by": self.zhou, "at": NOW, "source": Provenance.APP}
                seen = await steps.move(
                    db, seen, what, now=NOW, **{f"{who}_{key}": value for key, value in values.items()}
                )
        return visit_id

    async def claimed(self, count: int, minutes: int = 30) -> list[UUID]:
        """So many visits of Zhou to Feng, one after the other, that Feng is still to confirm."""
        length = timedelta(minutes=minutes)
        starts = [NOW + n * length for n in range(count)]
        made = await self.plan(*(self.planned(planned_from=at, planned_until=at + length) for at in starts))
        said = {
            "claimed_minutes": minutes,
            "claimed_by": self.zhou,
            "claimed_at": NOW,
            "claimed_source": Provenance.APP,
        }
        async with self.world.database.begin({self.world.here}) as db:
            seen = await steps.locked_all(db, self.world.here, made)
            await steps.move_all(db, seen, Move.CLAIM, now=NOW, values=[said] * count)
        return made

    async def visit(self, visit_id: UUID) -> VisitView:
        """As it stands."""
        async with self.world.database.begin({self.world.here}) as db:
            return await queries.visit(db, visit_id)

    async def balances(self) -> tuple[int, int]:
        """What Zhou and Feng hold."""
        async with self.world.database.begin({self.world.here}) as db:
            found = await hours_queries.balances(db, self.world.here, [self.zhou, self.feng])
        return found[self.zhou].posted, found[self.feng].posted
