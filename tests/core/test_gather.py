"""Calls that come together are run together; each hears its own answer, and nobody waits for ever."""

import asyncio
from collections.abc import Sequence

import pytest

from timebank.core.errors import NotFound
from timebank.core.gather import POSTERS_MAX, TOGETHER_MAX, Busy, Closing, Gather

POISON = -1


class Desk:
    """Doubles numbers, however many at a time, when it is let; keeps what it was given together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()

    async def double(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        await self.open.wait()
        if POISON in numbers:
            raise ZeroDivisionError
        return [NotFound() if number == 0 else number * 2 for number in numbers]


async def started(*calls: object) -> list[asyncio.Task[int]]:
    tasks = [asyncio.ensure_future(call) for call in calls]  # type: ignore[arg-type]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_is_there_is_run_together_and_one_who_is_alone_waits_for_nobody() -> None:
    gather, desk = Gather(), Desk()
    desk.open.set()
    assert await gather.run("line", 7, desk.double) == 14
    answers = await asyncio.gather(*(gather.run("line", number, desk.double) for number in range(1, 65)))
    assert answers == [number * 2 for number in range(1, 65)]
    assert desk.batches == [[7], list(range(1, 65))]


async def test_at_most_so_many_are_run_together_in_the_order_of_their_coming() -> None:
    gather, desk = Gather(), Desk()
    desk.open.set()
    many = range(1, TOGETHER_MAX + 3)
    await asyncio.gather(*(gather.run("line", number, desk.double) for number in many))
    assert [len(batch) for batch in desk.batches] == [TOGETHER_MAX, 2]
    assert [number for batch in desk.batches for number in batch] == list(many)


async def test_a_refusal_is_the_answer_of_one_alone() -> None:
    gather, desk = Gather(), Desk()
    desk.open.set()
    answers = await asyncio.gather(
        *(gather.run("line", number, desk.double) for number in (1, 0, 3)), return_exceptions=True
    )
    assert answers[0] == 2
    assert isinstance(answers[1], NotFound)
    assert answers[2] == 6
    assert len(desk.batches) == 1


async def test_a_poisoned_call_fails_alone_after_few_tries() -> None:
    gather, desk = Gather(), Desk()
    desk.open.set()
    numbers = [*range(1, 40), POISON, *range(40, 64)]
    answers = await asyncio.gather(
        *(gather.run("line", number, desk.double) for number in numbers), return_exceptions=True
    )
    assert isinstance(answers.pop(39), ZeroDivisionError)
    assert answers == [number * 2 for number in range(1, 64)]
    assert len(desk.batches) == 1 + 2 * 6


async def test_a_full_line_turns_away_and_the_next_line_does_not() -> None:
    gather, desk = Gather(waiting_max=2), Desk()
    tasks = await started(*(gather.run("line", number, desk.double) for number in (1, 2)))
    assert desk.batches == [[1, 2]]
    tasks += await started(*(gather.run("line", number, desk.double) for number in (3, 4)))
    with pytest.raises(Busy):
        await gather.run("line", 5, desk.double)
    tasks += await started(gather.run("another", 6, desk.double))
    desk.open.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 12]


async def test_two_that_must_be_apart_come_one_after_the_other() -> None:
    gather, desk = Gather(), Desk()
    desk.open.set()
    same = frozenset({"visit"})
    await asyncio.gather(
        *(gather.run("line", number, desk.double, apart=same) for number in (1, 2, 3)),
        gather.run("line", 4, desk.double),
    )
    assert desk.batches == [[1, 4], [2], [3]]


async def test_who_goes_before_their_turn_is_not_run_and_who_goes_later_is() -> None:
    gather, desk = Gather(), Desk()
    running = await started(*(gather.run("line", number, desk.double) for number in (1, 2)))
    waiting = await started(*(gather.run("line", number, desk.double) for number in (3, 4)))
    running[0].cancel()
    waiting[0].cancel()
    await asyncio.gather(running[0], waiting[0], return_exceptions=True)
    desk.open.set()
    assert await asyncio.gather(running[1], waiting[1]) == [4, 8]
    assert desk.batches == [[1, 2], [4]]


async def test_lines_take_turns_and_each_has_one_poster() -> None:
    gather, desk = Gather(), Desk()
    names = [f"line {number}" for number in range(POSTERS_MAX + 2)]
    tasks = await started(*(gather.run(name, at, desk.double) for at, name in enumerate(names, 1)))
    assert len(desk.batches) == POSTERS_MAX
    # The first line has more to do already, and still waits for those that had no turn yet.
    tasks += await started(gather.run(names[0], 100, desk.double))
    desk.open.set()
    await asyncio.gather(*tasks)
    assert desk.batches == [[number] for number in (1, 2, 3, 4, 5, 6, 100)]


async def test_closing_answers_whom_it_took_and_nobody_else() -> None:
    gather, desk = Gather(), Desk()
    tasks = await started(*(gather.run("line", number, desk.double) for number in (1, 2)))
    tasks += await started(gather.run("line", 3, desk.double))
    closing = asyncio.create_task(gather.close())
    await asyncio.sleep(0)
    with pytest.raises(Closing):
        await gather.run("line", 4, desk.double)
    assert not closing.done()
    desk.open.set()
    await closing
    assert all(task.done() for task in tasks)
    assert [task.result() for task in tasks] == [2, 4, 6]


async def test_whoever_comes_just_as_the_line_empties_is_served() -> None:
    gather, desk = Gather(), Desk()
    desk.open.set()
    for number in range(1, 30):
        async with asyncio.timeout(5):
            assert await gather.run("line", number, desk.double) == number * 2
