"""What a test starts from: a small district, people at their desks, a service to call.

Built with the rooms' own steps, so that nothing stands in the database that the service could not have made.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from timebank.access import queries as access_queries
from timebank.access import steps as access_steps
from timebank.access.guard import Call
from timebank.access.kin import steps as kin_steps
from timebank.access.kin.model import KinKind, Relative
from timebank.access.model import Level
from timebank.app import create_app
from timebank.core import clock
from timebank.core.actor import Actor, ActorKind, Role, system
from timebank.core.database import Database
from timebank.core.ids import new_id
from timebank.core.sealing import Seal
from timebank.people import steps as people_steps
from timebank.people.model import Details, NewMember, Status

# A Sunday; tests set the clock so that nothing depends on the day they run on.
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SEAL = Seal(bytes(range(32)))
PASSWORD = "榕树下的声音-1949"


@dataclass
class World:
    """A district with a town and two communities, each with a coordinator; an auditor and an administrator."""

    database: Database
    district: UUID = field(default_factory=new_id)
    town: UUID = field(default_factory=new_id)
    here: UUID = field(default_factory=new_id)
    there: UUID = field(default_factory=new_id)
    coordinator: UUID = field(default_factory=new_id)
    second: UUID = field(default_factory=new_id)
    neighbour: UUID = field(default_factory=new_id)
    auditor: UUID = field(default_factory=new_id)
    administrator: UUID = field(default_factory=new_id)
    now: datetime = NOW

    async def settle_in(self) -> "World":
        """Write the units and the staff."""
        hashed = _hashed()
        async with self.database.begin({self.here, self.there}) as db:
            for unit, level, name, code, parent in (
                (self.district, Level.DISTRICT, "测试区", "T", None),
                (self.town, Level.TOWN, "测试镇", "T1", self.district),
                (self.here, Level.COMMUNITY, "榕树社区", "T11", self.town),
                (self.there, Level.COMMUNITY, "河畔社区", "T12", self.town),
            ):
                await access_steps.add_unit(
                    db, level=level, name=name, code=code, parent_id=parent, unit_id=unit
                )
            for staff, name, user, role, unit in (
                (self.coordinator, "莫协调", "mo", Role.COORDINATOR, self.here),
                (self.second, "麦协调", "mai", Role.COORDINATOR, self.here),
                (self.neighbour, "何协调", "he", Role.COORDINATOR, self.there),
                (self.auditor, "何审计", "auditor", Role.AUDITOR, self.district),
                (self.administrator, "区管理", "admin", Role.ADMINISTRATOR, self.district),
            ):
                await access_steps.write_staff(
                    db, name=name, user_name=user, password_hash=hashed, now=self.now, staff_id=staff
                )
                await access_steps.give_role(db, staff_id=staff, unit_id=unit, role=role)
        return self

    async def add_member(
        self,
        name: str = "陈阿婆",
        *,
        number: str | None = None,
        id_number: str | None = None,
        status: Status = Status.ACTIVE,
        community_id: UUID | None = None,
        member_id: UUID | None = None,
        **fields: Any,
    ) -> UUID:
        """A member of the community here, with what `Details` has; both helper and recipient unless said."""
        roles = {"is_helper": True, "is_recipient": True}
        details = Details(name=name, **(roles | fields))
        values = NewMember(details=details, number=number, id_number=id_number, status=status)
        where = community_id or self.here
        async with self.database.begin({where}) as db:
            return await people_steps.add_member(
                db, where, values, seal=SEAL, now=clock.now(), member_id=member_id
            )

    async def relate(self, member_id: UUID, other: UUID | str, kind: str = "spouse") -> UUID:
        """Two members here of one family; or, by a name, the coordinator, who is then the other."""
        relative = (
            Relative(name=other, staff_id=self.coordinator)
            if isinstance(other, str)
            else Relative(community_id=self.here, member_id=other)
        )
        async with self.database.begin({self.here}) as db:
            return await kin_steps.record(
                db,
                tie_id=new_id(),
                community_id=self.here,
                member_id=member_id,
                kind=KinKind(kind),
                other=relative,
                said_by="本人",
                said_on=clock.day_of(self.now),
                by=self.administrator,
                now=self.now,
            )

    async def call(self, staff_id: UUID | None = None, *, key: str | None = None) -> Call:
        """A call by somebody of the staff; by the coordinator if nobody is named."""
        async with self.database.begin(()) as db:
            actor = await access_queries.staff_actor(db, staff_id or self.coordinator)
        assert actor is not None
        first = self.here if self.here in actor.communities else min(actor.communities)
        return self._call(actor, key, first)

    def call_of_member(
        self, member_id: UUID, community_id: UUID | None = None, *, key: str | None = None
    ) -> Call:
        """A call by a member with their card."""
        where = community_id or self.here
        actor = Actor(
            member_id, ActorKind.MEMBER, "card", {where: frozenset({Role.MEMBER})}, frozenset({member_id})
        )
        return self._call(actor, key, where)

    def call_of_job(self, job: str = "test") -> Call:
        """A call by a scheduled job over both communities."""
        return self._call(system(frozenset({self.here, self.there}), job=job), None, None)

    def _call(self, actor: Actor, key: str | None, community_id: UUID | None) -> Call:
        return Call(self.database, actor, clock.now(), SEAL, key=key, community_id=community_id)


@cache
def _hashed() -> str:
    """The staff's password as it is kept, at the least cost that argon2 has.

    A hash is compared at the cost with which it was made, and the service's own takes longer than most tests.
    Cards, and whoever is appointed or chooses a password in a test, have the service's.
    """
    return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)).hash(PASSWORD)


@cache
def _service() -> FastAPI:
    return create_app(Database("postgresql+asyncpg://nobody@nowhere/nothing"), SEAL)


def service_over(database: Database) -> FastAPI:
    """The service, made once in each worker: to work out its routes takes half a second every time."""
    app = _service()
    app.state.database = database
    return app


@asynccontextmanager
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that keeps cookies and does not follow redirects."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://timebank.test") as client:
        yield client


def csrf_of(page: str) -> str:
    """The token in the first form of a page."""
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


async def post_form(
    client: httpx.AsyncClient, path: str, data: dict[str, object], *, seen: str = ""
) -> httpx.Response:
    """Open a page with a form (`seen`, else `path`) and send the form as a browser would."""
    page = await client.get(seen or path)
    return await client.post(path, data={"csrf": csrf_of(page.text), "key": new_id().hex, **data})


async def sign_in(client: httpx.AsyncClient, user_name: str, password: str = PASSWORD) -> None:
    """Sign a staff member in."""
    answer = await post_form(
        client, "/sign-in/staff", {"user_name": user_name, "password": password}, seen="/sign-in"
    )
    assert answer.status_code == 303, answer.text
