"""Running a round, or trying one: read in one transaction, solve in a thread outside any, write in another."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from matching import digest
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.database import run_again
from timebank.core.errors import NotFound, TimebankError
from timebank.core.ids import derived_id, new_id
from timebank.core.logs import mishap
from timebank.core.long_work import unless_long
from timebank.pairing import service
from timebank.pairing.errors import CannotPin, PlanWrong, RoundStopped, RoundUnderWay, TriedOtherwise
from timebank.pairing.model import RoundView, RunStage, Steering
from timebank.pairing.solving import Solved, compared, solve
from timebank.pairing.steps.runs import give_up_run, note_run
from timebank.pairing.views import WhatIfPage

# Of a round over so many pairs of helper and request that is not done in a second it is told how far it is; a smaller
# one is there before anybody could look.
TOLD_FROM_PAIRS = 20_000
PATIENCE_SECONDS = 1.0
_EVERY_SECONDS = 0.5
# A smaller one says only that it lives (`SILENT`).
_QUIET_SECONDS = 20.0


@dataclass
class _Far:
    """How far the thread is that solves; `written` once others can see that, `stop` once nobody wants more of it."""

    stage: RunStage = RunStage.DECIDING
    done: int = 0
    total: int = 0
    stop: bool = False
    written: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, done: int, total: int) -> None:
        """Called from the thread."""
        if self.stop:
            raise RoundStopped
        self.stage, self.done, self.total = RunStage.TRYING, done, total


@dataclass(frozen=True)
class _Wanted:
    """The round that is to be; `tried` is the unsent round that it was tried out on, and the digest of what was seen."""

    community_id: UUID
    round_id: UUID
    scheme_id: UUID | None
    steering: Steering
    tried: tuple[UUID, str] | None = None


async def run_round(
    call: Call, *, community_id: UUID, scheme_id: UUID | None = None, steering: Steering | None = None
) -> RoundView:
    """Decide a round over the requests of one scheme, or of all; nobody is asked yet (`service.send_round`).

    The same call with the same key gives the same round. Raises `NothingWaiting`, `CannotPin`, `PlanWrong`,
    `NotFound`, `RoundUnderWay` while another is run, and `RoundStopped` where somebody stopped it.
    """
    wanted = _Wanted(community_id, _round_id(call), scheme_id, steering or Steering())
    return await _run(call, wanted, _Far(), None)


async def begin_round(
    call: Call, *, community_id: UUID, scheme_id: UUID | None = None, patience: float | None = None
) -> RoundView | None:
    """The same for somebody at a page; None: it takes long, goes on by itself, and `service.round_run` has it.

    `patience` in seconds, if not that of all rounds.
    """
    return await _begin(call, _Wanted(community_id, _round_id(call), scheme_id, Steering()), patience)


async def keep_tried(
    call: Call, *, community_id: UUID, round_id: UUID, steering: Steering, seen: str
) -> RoundView | None:
    """Run an unsent round once more as it was tried out, if it would be decided from what was `seen` then.

    None as of `begin_round`. Raises what that raises, and `RoundClosed`, `TriedOtherwise`.
    """
    tried = await service.made_round(call.with_key(None), community_id=community_id, round_id=round_id)
    if tried is None or tried.community_id != community_id:
        raise NotFound
    wanted = _Wanted(community_id, _round_id(call), tried.scheme_id, steering, (round_id, seen))
    return await _begin(call, wanted, None)


async def what_if_round(call: Call, *, community_id: UUID, round_id: UUID, steering: Steering) -> WhatIfPage:
    """What an unsent round would be if it were run now, as it is and steered so; nothing is kept.

    Raises `NotFound`, `RoundClosed`, `CannotPin`.
    """
    posed = await service.pose_what_if(call, community_id=community_id, round_id=round_id, steering=steering)
    try:
        found = await asyncio.to_thread(compared, posed.before, posed.after)
    except CannotPin as refused:
        raise await _named(call, community_id, refused) from refused
    return await service.what_if_page(
        call, community_id=community_id, round_id=round_id, steering=steering, found=found
    )


def _round_id(call: Call) -> UUID:
    return derived_id(call.actor.id, "round", call.key) if call.key else new_id()


async def _named(call: Call, community_id: UUID, refused: CannotPin) -> CannotPin:
    return refused.naming(await service.pairs_named(call, community_id=community_id, choices=refused.choices))


async def _begin(call: Call, wanted: _Wanted, patience: float | None) -> RoundView | None:
    far = _Far()
    try:
        return await unless_long(_run(call, wanted, far, patience), far.written, failed="a round failed")
    except RoundUnderWay as other:
        if other.about == wanted.round_id:
            return None  # the button was pressed twice
        raise


async def _run(call: Call, wanted: _Wanted, far: _Far, patience: float | None) -> RoundView:
    plain, community_id, round_id = call.with_key(None), wanted.community_id, wanted.round_id
    made = await service.made_round(plain, community_id=community_id, round_id=round_id)
    if made is not None:
        return made
    await service.close_due(plain, community_id=community_id)
    posed = await service.take_up(
        plain,
        community_id=community_id,
        round_id=round_id,
        scheme_id=wanted.scheme_id,
        steering=wanted.steering,
        instead_of=wanted.tried[0] if wanted.tried else None,
    )
    try:
        began = clock.stopwatch()
        solved = await _solved(call, wanted, posed, far, patience)
        return await service.record_round(
            plain,
            community_id=community_id,
            round_id=round_id,
            scheme_id=wanted.scheme_id,
            posed=posed,
            solved=solved,
            milliseconds=clock.stopwatch() - began,
        )
    except BaseException as error:
        if isinstance(error, PlanWrong):
            mishap("a plan is wrong", error, found=str(error.values["found"]))
        await _give_up(call, community_id, round_id, stopped=isinstance(error, RoundStopped))
        if isinstance(error, CannotPin):
            raise await _named(plain, community_id, error) from error
        raise


async def _solved(
    call: Call, wanted: _Wanted, posed: service.Posed, far: _Far, patience: float | None
) -> Solved:
    """What the thread comes to. Raises what it raises, `TriedOtherwise`, `RoundStopped`, `RoundUnderWay`."""
    if wanted.tried and await asyncio.to_thread(digest, posed.problem) != wanted.tried[1]:
        raise TriedOtherwise
    if patience is None:
        many = len(posed.problem.helpers) * len(posed.problem.requests) >= TOLD_FROM_PAIRS
        patience = PATIENCE_SECONDS if many else _QUIET_SECONDS
    solving = asyncio.ensure_future(
        asyncio.to_thread(solve, posed.problem, posed.kinds, posed.volunteers, far.tell)
    )
    try:
        await _wait(call, wanted, solving, far, patience)
        return await solving
    except BaseException:
        # The thread ends at its next word; what it says then is for nobody.
        far.stop = True
        solving.add_done_callback(lambda done: done.cancelled() or done.exception())
        raise


async def _wait(
    call: Call, wanted: _Wanted, solving: "asyncio.Future[Solved]", far: _Far, patience: float
) -> None:
    """Until it is solved, saying how far it is once patience has run out. Raises `RoundStopped`, `RoundUnderWay`."""
    await asyncio.wait({solving}, timeout=patience)
    while not solving.done():
        try:
            async with call.database.begin({wanted.community_id}) as db:
                await note_run(
                    db,
                    wanted.community_id,
                    wanted.round_id,
                    stage=far.stage,
                    done=far.done,
                    total=far.total,
                )
        except TimebankError:
            raise
        except Exception as error:  # noqa: BLE001 - the round itself is not to fail for it
            mishap("telling how far a round is failed", error)
        far.written.set()
        await asyncio.wait({solving}, timeout=_EVERY_SECONDS)


async def _give_up(call: Call, community_id: UUID, round_id: UUID, *, stopped: bool) -> None:
    """Say that nothing came of it. Where even that fails, its silence says so (`SILENT`)."""

    async def say() -> None:
        async with call.database.begin({community_id}) as db:
            stage = RunStage.STOPPED if stopped else RunStage.FAILED
            await give_up_run(db, community_id, round_id, stage)

    try:
        await run_again(say)
    except Exception as error:  # noqa: BLE001 - what the round failed for is to be heard, not this
        mishap("telling how a round ended failed", error)
