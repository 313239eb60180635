"""Who acts in the sample: a desk with its coordinators and members, and the calls they make."""

import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.actor import Actor, ActorKind, Role, system
from timebank.core.database import Database
from timebank.core.sealing import Seal
from timebank.sample.district import Place
from timebank.sample.persons import Person

# A call takes somebody at a desk, or on a phone, so long; nothing happens twice in one moment.
_TICK = timedelta(seconds=7)
Happening = Callable[[], Awaitable[None]]


@dataclass
class Desk:
    """One community of the sample at work. `ids` and `people` are by member number, `schemes` by name."""

    place: Place
    database: Database
    seal: Seal
    coordinators: list[Actor]
    administrator: Actor
    people: dict[str, Person]
    ids: dict[str, UUID] = field(default_factory=dict)
    schemes: dict[str, UUID] = field(default_factory=dict)
    # Visits that took place and stand on paper only.
    on_paper: list[UUID] = field(default_factory=list)
    # Until when anybody is being asked, and how many wishes came by app: else there is nothing to look for.
    asked_until: datetime | None = None
    # Visits and proposals whose end is told in a story, and nowhere else.
    scripted: set[UUID] = field(default_factory=set)
    silent: set[UUID] = field(default_factory=set)
    # Talks in the order in which they were planned.
    talks: list[UUID] = field(default_factory=list)
    to_review: int = 0
    _hands: clock.Hands | None = None
    _agenda: list[tuple[datetime, int, Happening]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.chance = Random(f"history {self.place.key}")  # noqa: S311 - the same history every time is the point
        self._numbers: dict[UUID, str] = {}

    @property
    def id(self) -> UUID:
        """The community's id."""
        return self.place.id

    def person(self, member_id: UUID) -> Person:
        """The person behind a member's id."""
        if len(self._numbers) != len(self.ids):
            self._numbers = {one_id: number for number, one_id in self.ids.items()}
        return self.people[self._numbers[member_id]]

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction of this community, to look things up."""
        return self.database.begin({self.id})

    @contextmanager
    def at(self, day: date, hour: int, minute: int = 0) -> Iterator[None]:
        """Within the block it is this time of the day, and a little later with each call."""
        with clock.set_to(datetime.combine(day, time(hour, minute), clock.zone())) as hands:
            self._hands = hands
            yield
        self._hands = None

    def plan(self, when: datetime, happening: Happening) -> None:
        """Let something happen at a moment to come."""
        heapq.heappush(self._agenda, (when, next(self._order), happening))

    async def live_until(self, end: datetime) -> None:
        """Let everything happen that is planned before `end`, in its order; the clock never goes back."""
        assert self._hands is not None
        while self._agenda and self._agenda[0][0] < end:
            when, _, happening = heapq.heappop(self._agenda)
            self._hands.move(max(when, self._hands.instant))
            await happening()

    def call(self, *words: object) -> Call:
        """A call by the first coordinator; `words` make its key, so that what it makes has the same id every time."""
        return self._by(self.coordinators[0], words)

    def call_of_second(self, *words: object) -> Call:
        """A call by another: a second coordinator where there is one, else the district's administrator."""
        return self._by([*self.coordinators[1:], self.administrator][0], words)

    def call_of_administrator(self, *words: object) -> Call:
        """A call by the district's administrator."""
        return self._by(self.administrator, words)

    def call_of_member(self, number: str, *words: object) -> Call:
        """A call by a member with their own card."""
        who = self.ids[number]
        roles = {self.id: frozenset({Role.MEMBER})}
        return self._by(Actor(who, ActorKind.MEMBER, f"sample {number}", roles, frozenset({who})), words)

    def call_of_job(self, job: str, *words: object) -> Call:
        """A call by a nightly job."""
        return self._by(system(frozenset({self.id}), job=job), words)

    def _by(self, actor: Actor, words: Iterable[object]) -> Call:
        if self._hands is not None:
            self._hands.move(self._hands.instant + _TICK)
        key = "/".join(str(word) for word in words)
        made = Call(self.database, actor, clock.now(), self.seal, community_id=self.id, request_id="sample")
        return replace(made, key=f"sample/{self.place.key}/{key}") if key else made
