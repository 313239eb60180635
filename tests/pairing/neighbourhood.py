"""A small neighbourhood: a scheme, helpers with their weeks, elders with their wishes."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.given import NOW, World
from timebank.core import clock
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.people import steps as people
from timebank.people.model import AbsenceKind
from timebank.people.model import Window as Free
from timebank.requests import queries as requests
from timebank.requests import steps as request_steps
from timebank.requests.model import Kind, RequestView, Window, Wish
from timebank.schemes import steps as schemes
from timebank.schemes.model import SchemeKind, SchemePolicy

TODAY = clock.day_of(NOW)
MONDAY, WEDNESDAY = TODAY + timedelta(days=1), TODAY + timedelta(days=3)
MORNING = (9 * 60, 11 * 60)


@dataclass
class Neighbourhood:
    """What a test about pairing starts from; people join it by name."""

    world: World
    scheme: UUID = field(default_factory=new_id)
    now: datetime = NOW

    async def open(self, **policy: Any) -> "Neighbourhood":
        """Open the scheme."""
        async with self.world.database.begin({self.world.here}) as db:
            await schemes.open_scheme(
                db,
                self.world.here,
                "银龄互助",
                SchemeKind.MUTUAL_AID,
                SchemePolicy(**policy),
                date(2026, 9, 1),
                self.now,
                made_by=self.world.coordinator,
                scheme_id=self.scheme,
            )
        return self

    async def helper(self, name: str, *, free: tuple[int, ...] = (0, 2, 4), **fields: Any) -> UUID:
        """A helper who can go shopping and is free on mornings of these weekdays."""
        given = {
            "skills": ("shopping", "clinic"),
            "birth_on": date(1960, 5, 1),
            "is_recipient": False,
        } | fields
        who = await self.world.add_member(name, **given)
        async with self.world.database.begin({self.world.here}) as db:
            windows = [Free(weekday, 8 * 60, 12 * 60) for weekday in free]
            await people.set_availability(db, who, windows, community_id=self.world.here)
        return who

    async def elder(self, name: str, **fields: Any) -> UUID:
        """Somebody who is helped."""
        given = {"birth_on": date(1940, 3, 1), "is_helper": False} | fields
        return await self.world.add_member(name, **given)

    async def away(
        self, who: UUID, days: int, kind: AbsenceKind = AbsenceKind.SEA, since: date = TODAY
    ) -> None:
        """Away from a day for so many days."""
        async with self.world.database.begin({self.world.here}) as db:
            await people.add_absence(
                db,
                who,
                community_id=self.world.here,
                from_on=since,
                until_on=since + timedelta(days=days),
                kind=kind,
                now=NOW,
            )

    async def request(self, member_id: UUID, **changes: Any) -> UUID:
        """A published wish: an hour of shopping on Wednesday morning, unless said otherwise."""
        today = clock.day_of(self.now)
        wish = Wish(
            scheme_id=self.scheme,
            category="shopping",
            kind=Kind.ONCE,
            duration_minutes=60,
            starts_on=today,
            expires_on=today + timedelta(days=30),
            windows=(Window(*MORNING, on_day=WEDNESDAY),),
        )
        made = new_id()
        async with self.world.database.begin({self.world.here}) as db:
            await request_steps.submit(
                db,
                self.world.here,
                member_id,
                replace(wish, **changes),
                request_id=made,
                provenance=Provenance.PHONE,
                created_by=self.world.coordinator,
                now=self.now,
            )
            await request_steps.publish(db, made, now=self.now)
        return made

    async def weekly(self, member_id: UUID, weekday: int = 2, **changes: Any) -> UUID:
        """The same every week."""
        windows = (Window(*MORNING, weekday=weekday),)
        return await self.request(member_id, kind=Kind.WEEKLY, windows=windows, **changes)

    async def look(self, request_id: UUID) -> RequestView:
        """A request as it stands."""
        async with self.reading() as db:
            return await requests.request(db, request_id)

    def reading(self) -> Any:
        """A transaction of this community."""
        return self.world.database.begin({self.world.here})


async def open_neighbourhood(world: World, **policy: Any) -> Neighbourhood:
    """The neighbourhood with its scheme open."""
    return await Neighbourhood(world).open(**policy)


__all__ = ["MONDAY", "MORNING", "TODAY", "WEDNESDAY", "Neighbourhood", "open_neighbourhood"]
