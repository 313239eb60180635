"""A service that posts and does nothing else: a line for each wish, and a line back once it is committed.

It has what the real one posts with: the pool, the line that gathers, and the transaction begun anew when the
database went away. Callers connect to the port that it prints; it ends when nobody holds its stdin any more.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from uuid import UUID

import ledger
from ledger import Operation, Outcome
from tests.ledger.books import ACTOR, DAY
from timebank.core.database import Database, run_again
from timebank.core.errors import Unavailable

URL = "POSTER_URL"  # in the environment, since arguments are visible to every user of the machine
LATER = "later"
_CONNECTIONS = 4


def asked(operation: Operation) -> bytes:
    """The line that asks for an operation."""
    ids = (operation.book_id, operation.id, operation.debit_id, operation.credit_id)
    return f"{' '.join(map(str, ids))} {operation.minutes}\n".encode()


def _understood(line: bytes) -> Operation:
    *ids, minutes = line.decode().split()
    book_id, id_, debit_id, credit_id = map(UUID, ids)
    return Operation(
        id=id_,
        book_id=book_id,
        debit_id=debit_id,
        credit_id=credit_id,
        minutes=int(minutes),
        kind="visit",
        effective_on=DAY,
        actor_id=ACTOR,
    )


async def _answer(database: Database, operation: Operation) -> str:
    book_id = operation.book_id

    async def commit(operations: Sequence[Operation]) -> list[Outcome]:
        async with database.begin([book_id]) as db:
            return await ledger.post(db, operations)

    async def together(operations: Sequence[Operation]) -> list[Outcome]:
        return await run_again(lambda: commit(operations))

    try:
        outcome = await database.gather.run(book_id, operation, together)
    except Unavailable:
        return LATER
    except Exception as error:  # noqa: BLE001 - told to the caller, who takes it for a fault
        return repr(error).replace("\n", " ")
    answer = "posted" if isinstance(outcome, ledger.Posted) else outcome.refusal.value
    return f"{answer} again" if outcome.repeated else answer


async def _serve(url: str) -> None:
    database = Database(url, pool_size=_CONNECTIONS)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(f"{await _answer(database, _understood(line))}\n".encode())
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        print(listening.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
    await database.close()


if __name__ == "__main__":
    asyncio.run(_serve(os.environ[URL]))
