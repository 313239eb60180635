"""Who acts in the sample: a desk with its coordinators and members, and the calls they make."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.actor import Actor, ActorKind, Role, system
from timebank.core.database import Database
from timebank.core.sealing import Seal
from timebank.sample.district import Place
from timebank.sample.persons import Person


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

    @property
    def id(self) -> UUID:
        """The community's id."""
        return self.place.id

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
        key = "/".join(str(word) for word in words)
        made = Call(self.database, actor, clock.now(), self.seal, community_id=self.id, request_id="sample")
        return replace(made, key=f"sample/{self.place.key}/{key}") if key else made
