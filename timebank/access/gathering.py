"""Use cases that post: written for many calls, and one goes the same way.

Calls that come at the same moment from one set of communities are run together: one transaction, one
posting, and each caller is answered after the commit. Everything else is as `guard.py` has it: who may is asked
for each call, and each leaves its own row in the log and its own answer under its own key. What refuses one
call costs the others nothing.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import answers
from timebank.access.authority import Asking, Authority, authorities
from timebank.access.delegates.model import Purpose
from timebank.access.guard import (
    DECLARED,
    Act,
    Call,
    Declared,
    act_of,
    in_one,
    is_race,
    last_change,
    subject_of,
    write_down,
)
from timebank.core import clock
from timebank.core.actor import Role
from timebank.core.database import run_again
from timebank.core.errors import Stale, TimebankError, Unavailable


class Content(Protocol):
    """What a call asks for."""

    @property
    def community_id(self) -> UUID:
        """Where."""
        ...


P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=Content)


@dataclass(frozen=True)
class Each(Generic[C]):
    """One of the calls that are run together: who acts, and what they ask for."""

    act: Act
    asks: C


# Takes calls of one community and day, no two of them about the same record; an answer, or a refusal, for
# each in order. Whatever it raises rolls all back.
Method = Callable[[AsyncSession, UUID, Sequence[Each[C]]], Awaitable[Sequence[R | TimebankError]]]
PartiesOfEach = Callable[[AsyncSession, Sequence[C]], Awaitable[Sequence[frozenset[UUID]]]]


@dataclass(frozen=True)
class _Asked(Generic[C]):
    call: Call
    asks: C


@dataclass(frozen=True)
class _Gathered(Generic[C, R]):
    operation: str
    who: frozenset[Role]
    on_behalf: PartiesOfEach[C]
    about: str
    purposes: frozenset[Purpose]
    answer: TypeAdapter[R]
    method: Method[C, R]
    writes: bool = True

    async def run(self, call: Call, asks: C) -> R:
        today = clock.day_of(call.now)
        kind = (self.operation, call.actor.communities, asks.community_id, today, call.key is None)
        # The second one upon a record, or with a key, comes when the first is answered.
        apart = {(self.about, getattr(asks, self.about)), (call.actor.id, call.key or object())}
        gather = call.database.gather
        try:
            return await gather.run(kind, _Asked(call, asks), self._together, apart=frozenset(apart))
        except Stale as error:
            error.last = await last_change(call, subject_of(vars(asks), None))
            raise
        except IntegrityError as error:
            if is_race(error):
                raise Stale from error
            raise

    async def _together(self, asked: Sequence[_Asked[C]]) -> Sequence[R | Exception]:
        first = asked[0].call
        begin = first.database.begin
        try:
            return await run_again(
                lambda: in_one(first, begin, lambda db: self._within(db, asked), sure=False)
            )
        except Unavailable as error:
            return [type(error)() for _ in asked]

    async def _within(self, db: AsyncSession, asked: Sequence[_Asked[C]]) -> list[R | TimebankError]:
        found: dict[int, R | TimebankError] = {}
        acts: dict[int, Act] = {}
        for n, allowed in enumerate(await self._allowed(db, asked)):
            if isinstance(allowed, TimebankError):
                found[n] = allowed
            else:
                acts[n] = act_of(asked[n].call, self.operation, allowed, asked[n].asks.community_id)
        keys = {n: _key(asked[n], act) for n, act in acts.items() if asked[n].call.key is not None}
        known = await answers.answered_all(db, dict(keys.values()))
        for n, (key, _) in keys.items():
            if key in known:
                answer = known[key]
                found[n] = answer if isinstance(answer, TimebankError) else self._again(answer)
        fresh = [n for n in acts if n not in found]
        if fresh:
            done = await self._do(db, [Each(acts[n], asked[n].asks) for n in fresh])
            found |= dict(zip(fresh, done, strict=True))
            kept = {n: answer for n in fresh if not isinstance(answer := found[n], TimebankError)}
            await self._write_down(db, asked, acts, keys, kept)
        return [found[n] for n in range(len(asked))]

    async def _allowed(self, db: AsyncSession, asked: Sequence[_Asked[C]]) -> list[Authority | TimebankError]:
        parties = await self.on_behalf(db, [one.asks for one in asked])
        asking = [Asking(one.call.actor, who) for one, who in zip(asked, parties, strict=True)]
        first = asked[0]
        return await authorities(
            db,
            asking,
            self.who,
            community_id=first.asks.community_id,
            purposes=self.purposes,
            today=clock.day_of(first.call.now),
        )

    async def _do(self, db: AsyncSession, calls: Sequence[Each[C]]) -> Sequence[R | TimebankError]:
        done = await self.method(db, calls[0].asks.community_id, calls)
        await db.flush()
        return done

    async def _write_down(
        self,
        db: AsyncSession,
        asked: Sequence[_Asked[C]],
        acts: Mapping[int, Act],
        keys: Mapping[int, tuple[answers.Asked, str]],
        kept: Mapping[int, R],
    ) -> None:
        log = [
            (asked[n].call, acts[n], subject_of(vars(asked[n].asks), answer)) for n, answer in kept.items()
        ]
        await write_down(db, log)
        rows = [
            (*keys[n], self.answer.dump_python(answer, mode="json"))
            for n, answer in kept.items()
            if n in keys
        ]
        await answers.remember_all(db, rows, now=asked[0].call.now)

    def _again(self, answer: object) -> R:
        return self.answer.validate_python(answer, strict=False)


def gathered(
    content: Callable[P, C],
    answer: type[R],
    *,
    who: Collection[Role],
    on_behalf: PartiesOfEach[C],
    about: str,
    purposes: Collection[Purpose] = (),
) -> Callable[[Method[C, R]], Callable[Concatenate[Call, P], Awaitable[R]]]:
    """Declare a use case that posts, written for many calls. It is called for one, with the fields of `content`.

    `on_behalf` finds the parties of each call; `about` names the field that is the record it changes. The
    rest is as `use_case` has it. Raises besides `Busy` and `Closing`.
    """

    def declare(method: Method[C, R]) -> Callable[Concatenate[Call, P], Awaitable[R]]:
        room = method.__module__.removeprefix("timebank.").split(".")[0]
        operation = f"{room}.{method.__name__}"
        allowed = frozenset(who) | ({Role.DELEGATE} if purposes else frozenset())
        declared = _Gathered(
            operation, allowed, on_behalf, about, frozenset(purposes), TypeAdapter(answer), method
        )
        DECLARED[operation] = Declared(operation, allowed, writes=True)

        @functools.wraps(method)
        async def guarded(call: Call, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if args:
                raise TypeError(f"{operation} takes its arguments by keyword")
            return await declared.run(call, content(*args, **kwargs))

        guarded.__use_case__ = declared  # type: ignore[attr-defined]
        guarded.__signature__ = inspect.signature(content)  # type: ignore[attr-defined]
        return guarded

    return declare


def _key(one: _Asked[Any], act: Act) -> tuple[answers.Asked, str]:
    assert one.call.key is not None
    asked = answers.Asked(one.call.actor.id, act.operation, one.call.key)
    return asked, answers.digest_of(vars(one.asks), one.call.seal)
