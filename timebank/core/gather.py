"""Calls of one kind that come at the same moment are run together, once, and each gets its own answer.

Whoever calls waits in a line; a poster takes what is there (no timer, so that one who is alone waits for
nobody), runs it, and answers when that has returned. A line has at most one poster at a time, and lines take
turns. What runs is the caller's to say; that it is one transaction, committed when it returns, is so in
`access/gathering.py`.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from timebank.core.errors import N_, Unavailable

T = TypeVar("T")
R = TypeVar("R")
# Runs calls together: an answer for each in order, or why that one alone was refused.
Together = Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]]

TOGETHER_MAX = 256
WAITING_MAX = 1024
# Each holds a connection while it works, and others need some too.
POSTERS_MAX = 4


class Busy(Unavailable):
    """The line is full: nothing was done."""

    code = "busy"
    message = N_("现在排队的人太多，这一次没有记下；请过几秒再试")


class Closing(Unavailable):
    """The service is being stopped: nothing was done."""

    code = "closing"
    message = N_("系统正在重新启动，这一次没有记下；请过一会儿再试")


@dataclass(eq=False)
class _Caller(Generic[T, R]):
    call: T
    apart: frozenset[Hashable]
    answer: asyncio.Future[R]

    def hear(self, answer: R | Exception) -> None:
        """Give the answer to whoever is still there to hear it."""
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


@dataclass(eq=False)
class _Line(Generic[T, R]):
    kind: Hashable
    together: Together[T, R]
    # In the order of their coming; a dict, since those who give up leave from the middle.
    waiting: dict[_Caller[T, R], None] = field(default_factory=dict)

    def take(self) -> list[_Caller[T, R]]:
        """The next ones to be run together; one who must be apart from another of them waits for the next turn."""
        taken: list[_Caller[T, R]] = []
        met: set[Hashable] = set()
        for caller in self.waiting:
            if met.isdisjoint(caller.apart):
                taken.append(caller)
            # Also of those who wait on: nobody overtakes one they must be apart from.
            met |= caller.apart
            if len(taken) == TOGETHER_MAX:
                break
        for caller in taken:
            del self.waiting[caller]
        return taken


class Gather:
    """The lines of one process."""

    def __init__(self, *, waiting_max: int = WAITING_MAX) -> None:
        self._waiting_max = waiting_max
        self._lines: dict[Hashable, _Line[Any, Any]] = {}
        # Those whose turn is to come; one that is at work stands at the end again when it is done.
        self._turns: deque[_Line[Any, Any]] = deque()
        self._posters: set[asyncio.Task[None]] = set()
        self._closing = False

    async def run(
        self, kind: Hashable, call: T, together: Together[T, R], *, apart: frozenset[Hashable] = frozenset()
    ) -> R:
        """Have `together` run the call beside others of its kind, and give back its own answer.

        Two calls that have something of `apart` in common are never run together, but in their order.
        Raises what the call was refused for, `Busy` where too many wait, `Closing` after `close()`. One that
        is cancelled while it waits is not run; one that runs already is run to its end.
        """
        if self._closing:
            raise Closing
        line = self._lines.get(kind)
        if line is None:
            line = self._lines[kind] = _Line(kind, together)
            self._turns.append(line)
        if len(line.waiting) >= self._waiting_max:
            raise Busy
        caller = _Caller[T, R](call, apart, asyncio.get_running_loop().create_future())
        line.waiting[caller] = None
        if len(self._posters) < min(POSTERS_MAX, len(self._lines)):
            self._posters.add(asyncio.create_task(self._post()))
        try:
            return await caller.answer
        finally:
            line.waiting.pop(caller, None)

    async def close(self) -> None:
        """Take no more calls; return when all that were taken are answered."""
        self._closing = True
        while self._posters:
            await asyncio.wait(set(self._posters))

    async def _post(self) -> None:
        """Take turns until no line is left."""
        poster = asyncio.current_task()
        assert poster is not None
        try:
            while self._turns:
                line = self._turns.popleft()
                await _answer_all(line.together, line.take())
                if line.waiting:
                    self._turns.append(line)
                else:
                    del self._lines[line.kind]
        finally:
            # At once, not when the loop gets to it: the next caller counts who is at work.
            self._posters.discard(poster)


async def _answer_all(together: Together[T, R], callers: Sequence[_Caller[T, R]]) -> None:
    try:
        await _answer(together, callers)
    finally:
        # Nothing where they were answered; where the loop itself ends, nobody waits for ever.
        for caller in callers:
            caller.answer.cancel()


async def _answer(together: Together[T, R], callers: Sequence[_Caller[T, R]]) -> None:
    """Answer each of them. If it fails for all, by halves: whom it fails for alone fails alone."""
    there = [caller for caller in callers if not caller.answer.done()]
    if not there:
        return
    try:
        answers = await together([caller.call for caller in there])
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        if len(there) == 1:
            there[0].hear(error)
            return
        half = len(there) // 2
        await _answer(together, there[:half])
        await _answer(together, there[half:])
        return
    for caller, answer in zip(there, answers, strict=True):
        caller.hear(answer)
