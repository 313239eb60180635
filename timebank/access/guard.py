"""Use cases: one method, one transaction, declared once with who may do it, where, and for whom.

A door (page, API, command, job) makes a `Call` and calls the use case with it. The guard opens the
transaction, asks whether this actor may, hands an `Act` to the method, writes the act down, commits,
and runs everything again after a deadlock, or when the server went away before the commit. The method
never begins, commits or authorises.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import answers
from timebank.access.authority import (
    SECOND_PERSONS,
    Authority,
    authority,
    delegated,
    refuse_own,
    with_next_door,
)
from timebank.access.delegates.model import Purpose
from timebank.core import clock
from timebank.core import tables as core_tables
from timebank.core.actor import Actor, Role
from timebank.core.database import Database, connection_lost, run_again, see
from timebank.core.errors import Change, Forbidden, Stale, Unsure
from timebank.core.ids import derived_id, new_id
from timebank.core.rows import insert_all
from timebank.core.sealing import Seal

P = ParamSpec("P")
R = TypeVar("R")
Arguments = dict[str, Any]
Locator = Callable[[AsyncSession, Arguments], Awaitable[UUID]]
# Told how far a long piece of work is: what is being done, how much of it, of how much.
Told = Callable[[str, int, int], None]
Opened = Callable[[Collection[UUID]], AbstractAsyncContextManager[AsyncSession]]
Parties = Callable[[AsyncSession, Arguments], Awaitable[Iterable[UUID]]]

# What two people at the same moment can cause: a second row of the same, or a row gone meanwhile.
_RACES = {"23505", "23P01", "23503"}


class Everywhere:
    """The use case concerns no single community: any community where the actor holds the role will do."""


EVERYWHERE = Everywhere()


def nobody_listens(stage: str, done: int, total: int) -> None:
    """What long work tells where nobody wants to know."""


@dataclass(frozen=True)
class Call:
    """What a door knows when it calls a use case.

    `key` is the caller's Idempotency-Key: the same key with the same content gets the first answer
    again. `community_id` is the community a desk is working in; use cases never read it.
    """

    database: Database
    actor: Actor
    now: datetime
    seal: Seal
    key: str | None = None
    reason: str | None = None
    request_id: str | None = None
    community_id: UUID | None = None
    told: Told = nobody_listens

    def with_key(self, key: str | None) -> "Call":
        """The same call under an Idempotency-Key."""
        return replace(self, key=key)

    def because(self, reason: str | None) -> "Call":
        """The same call with a reason to write down."""
        return replace(self, reason=reason)

    def telling(self, told: Told) -> "Call":
        """The same call, with somebody who wants to know how far it is."""
        return replace(self, told=told)

    @property
    def desk(self) -> UUID:
        """The community this desk works in; `Forbidden` for somebody who has none."""
        if self.community_id is None:
            raise Forbidden
        return self.community_id


@dataclass(frozen=True)
class Act:
    """What a use case is given once it is allowed: who acts in which capacity, for whom, and when."""

    operation: str
    actor: Actor
    role: Role
    community_id: UUID | None
    now: datetime
    seal: Seal
    root: UUID
    reason: str | None = None
    beneficiary_id: UUID | None = None
    told: Told = nobody_listens

    @property
    def today(self) -> date:
        """The calendar day of `now` where the time bank is."""
        return clock.day_of(self.now)

    def id_for(self, *parts: object) -> UUID:
        """An id that a retry of the same call derives again (ledger ids come from here)."""
        return derived_id(self.root, *parts)


@dataclass(frozen=True)
class Declared:
    """How a use case was declared; the permission matrix is made from these."""

    operation: str
    who: frozenset[Role]
    writes: bool


DECLARED: dict[str, Declared] = {}


@dataclass(frozen=True)
class _UseCase:
    operation: str
    who: frozenset[Role]
    where: str | Locator | Everywhere
    on_behalf: str | Parties | None
    writes: bool
    snapshot: bool
    next_door: bool
    purposes: frozenset[Purpose]
    method: Callable[..., Awaitable[Any]]

    async def run(self, call: Call, arguments: Arguments) -> Any:
        try:
            return await run_again(lambda: self._once(call, arguments))
        except Stale as error:
            error.last = await last_change(call, subject_of(arguments, None))
            raise
        except IntegrityError as error:
            if is_race(error):
                raise Stale from error
            raise

    async def _once(self, call: Call, arguments: Arguments) -> Any:
        opened = call.database.snapshot if self.snapshot else call.database.begin
        return await in_one(call, opened, lambda db: self._within(db, call, arguments), sure=not self.writes)

    async def _within(self, db: AsyncSession, call: Call, arguments: Arguments) -> Any:
        act = await self._authorise(db, call, arguments)
        if not self.writes:
            return await self.method(db, act, **arguments)
        if call.key is not None:
            mine = answers.Asked(call.actor.id, self.operation, call.key)
            digest = answers.digest_of(arguments, call.seal)
            known, answer = await answers.answered(db, mine, digest=digest, now=call.now)
            if known:
                return _adapter(self.method).validate_python(answer, strict=False)
        result = await self.method(db, act, **arguments)
        await db.flush()
        await write_down(db, [(call, act, subject_of(arguments, result))])
        if call.key is not None:
            answer = _adapter(self.method).dump_python(result, mode="json")
            await answers.remember(db, mine, answer=answer)
        return result

    async def _authorise(self, db: AsyncSession, call: Call, arguments: Arguments) -> Act:
        community_id = await self._community(db, arguments)
        actor = call.actor
        if self.next_door:
            actor = await with_next_door(db, actor)
            await see(db, actor.communities)
        parties = await self._parties(db, arguments)
        today = clock.day_of(call.now)
        acting = await delegated(db, actor, parties, self.purposes, today)
        found = acting or authority(actor, self.who, community_id=community_id, parties=parties)
        if self.writes and found.role in SECOND_PERSONS:
            await refuse_own(db, call.actor, parties - {found.principal_id}, today)
        return act_of(call, self.operation, found, community_id)

    async def _community(self, db: AsyncSession, arguments: Arguments) -> UUID | None:
        if isinstance(self.where, Everywhere):
            return None
        if isinstance(self.where, str):
            community_id: UUID = arguments[self.where]
            return community_id
        return await self.where(db, arguments)

    async def _parties(self, db: AsyncSession, arguments: Arguments) -> frozenset[UUID]:
        if self.on_behalf is None:
            return frozenset()
        if isinstance(self.on_behalf, str):
            member_id = arguments[self.on_behalf]
            return frozenset({member_id} if member_id is not None else ())
        return frozenset(await self.on_behalf(db, arguments))


async def in_one(
    call: Call, opened: Opened, work: Callable[[AsyncSession], Awaitable[R]], *, sure: bool
) -> R:
    """What `work` comes to in one transaction of the caller's; `sure`: it changes nothing that could be lost.

    Raises `Unsure` where the answer to the commit was lost, and no key lets it be asked again.
    """
    committing = False
    try:
        async with opened(call.actor.communities) as db:
            result = await work(db)
            committing = not sure
    except Exception as error:
        # Under a key it is simply done again: if it was kept, the first answer comes back.
        if committing and call.key is None and connection_lost(error):
            raise Unsure from error
        raise
    return result


def act_of(call: Call, operation: str, found: Authority, community_id: UUID | None) -> Act:
    """What a use case is told of a call that is allowed."""
    root = derived_id(call.actor.id, operation, call.key) if call.key else new_id()
    return Act(
        operation=operation,
        actor=call.actor,
        role=found.role,
        community_id=community_id,
        now=call.now,
        seal=call.seal,
        root=root,
        reason=call.reason or found.reason,
        beneficiary_id=found.beneficiary_id,
        told=call.told,
    )


def use_case(
    *,
    who: Collection[Role],
    where: str | Locator | Everywhere,
    on_behalf: str | Parties | None = None,
    next_door: bool = False,
    purposes: Collection[Purpose] = (),
) -> Callable[
    [Callable[Concatenate[AsyncSession, Act, P], Awaitable[R]]],
    Callable[Concatenate[Call, P], Awaitable[R]],
]:
    """Declare a use case that changes something. Its arguments, all by keyword, are ids and values.

    `where` names the argument that is the community's id (or finds it). `on_behalf` names the
    argument that is the member acted for (or finds all parties): a member may act for themselves
    only; staff may act for anybody but themselves (`OwnAffair`) and their family (`KinsAffair`).
    `who={Role.NOBODY}` stands open to all. With `next_door` a coordinator may be the second person for
    the communities of the same town; with `purposes` a delegate may, for whom they act for one of these.
    Raises `Unauthenticated`, `Forbidden`, `Stale` when somebody else came first, `KeyReused`.
    """
    return _declare(
        who, where, on_behalf, writes=True, snapshot=False, next_door=next_door, purposes=purposes
    )


def reading(
    *,
    who: Collection[Role],
    where: str | Locator | Everywhere,
    on_behalf: str | Parties | None = None,
    snapshot: bool = False,
    next_door: bool = False,
    purposes: Collection[Purpose] = (),
) -> Callable[
    [Callable[Concatenate[AsyncSession, Act, P], Awaitable[R]]],
    Callable[Concatenate[Call, P], Awaitable[R]],
]:
    """Declare a use case that only reads: guarded in the same way, and not written down.

    With `snapshot` all of it is read as of one moment (REPEATABLE READ, READ ONLY).
    """
    return _declare(
        who, where, on_behalf, writes=False, snapshot=snapshot, next_door=next_door, purposes=purposes
    )


def _declare(
    who: Collection[Role],
    where: str | Locator | Everywhere,
    on_behalf: str | Parties | None,
    *,
    writes: bool,
    snapshot: bool,
    next_door: bool,
    purposes: Collection[Purpose],
) -> Callable[
    [Callable[Concatenate[AsyncSession, Act, P], Awaitable[R]]],
    Callable[Concatenate[Call, P], Awaitable[R]],
]:
    def declare(
        method: Callable[Concatenate[AsyncSession, Act, P], Awaitable[R]],
    ) -> Callable[Concatenate[Call, P], Awaitable[R]]:
        room = method.__module__.removeprefix("timebank.").split(".")[0]
        operation = f"{room}.{method.__name__}"
        allowed = frozenset(who) | ({Role.DELEGATE} if purposes else frozenset())
        declared = _UseCase(
            operation,
            allowed,
            where,
            on_behalf,
            writes,
            snapshot,
            next_door,
            frozenset(purposes),
            method,
        )
        DECLARED[operation] = Declared(operation, allowed, writes)
        signature = inspect.signature(method)

        @functools.wraps(method)
        async def guarded(call: Call, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if args:
                raise TypeError(f"{operation} takes its arguments by keyword")
            bound = signature.bind(None, None, **kwargs)
            bound.apply_defaults()
            result: R = await declared.run(call, dict(list(bound.arguments.items())[2:]))
            return result

        guarded.__use_case__ = declared  # type: ignore[attr-defined]
        return guarded

    return declare


async def last_change(call: Call, subject: UUID | None) -> Change | None:
    """The latest act upon a record, for whoever came second; none where the record has none."""
    if subject is None:
        return None
    table = core_tables.Act
    latest = select(table.actor_name, table.at, table.operation).where(table.subject_id == subject)
    async with call.database.begin(call.actor.communities) as db:
        row = (await db.execute(latest.order_by(table.id.desc()).limit(1))).one_or_none()
    return None if row is None else Change(row.actor_name, row.at, row.operation)


def is_race(error: IntegrityError) -> bool:
    """True for what two people at the same moment can cause."""
    return getattr(error.orig, "sqlstate", None) in _RACES


def subject_of(arguments: Arguments, result: object) -> UUID | None:
    """The record that a call is about: what it made, else the first that its arguments name."""
    made = result if isinstance(result, UUID) else getattr(result, "id", None)
    if isinstance(made, UUID):
        return made
    ids = [v for k, v in arguments.items() if k.endswith("_id") and k != "community_id"]
    return next((value for value in ids if isinstance(value, UUID)), None)


async def write_down(db: AsyncSession, acts: Sequence[tuple[Call, Act, UUID | None]]) -> None:
    """A row in the log for each act, with what it is about."""
    rows = [
        {
            "id": new_id(),
            "at": call.now,
            "operation": act.operation,
            "actor_id": act.actor.id,
            "actor_kind": act.actor.kind,
            "actor_name": act.actor.name,
            "role": act.role,
            "community_id": act.community_id,
            "beneficiary_id": act.beneficiary_id,
            "subject_id": subject,
            "reason": act.reason,
            "request_id": call.request_id,
        }
        for call, act, subject in acts
    ]
    await insert_all(db, core_tables.Act, rows)


@functools.cache
def _adapter(method: Callable[..., Awaitable[Any]]) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(method)["return"])
