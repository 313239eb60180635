"""Whoever signs what the books come to, while others post; and an outsider who looks at it after a crash."""

import asyncio
import contextlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import proof
from ledger.proof import verify
from tests.ledger.books import Book
from timebank.core.database import Database, run_again

_ORIGIN = "bench/log"
_PAUSE_SECONDS = 0.02


@dataclass
class Prover:
    """Signs checkpoints, and keeps the last one of each book that it saw committed."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    signed: dict[UUID, proof.Checkpoint] = field(default_factory=dict)
    count: int = 0
    signing: bool = False

    async def prove(self, url: str, books: Iterable[Book]) -> None:
        """Book after book, until told to stop."""
        database = Database(url, pool_size=1)
        self.signing = True
        while self.signing:
            for book in books:
                await self.sign(database, book)
            await asyncio.sleep(_PAUSE_SECONDS)
        await database.close()

    async def sign(self, database: Database, book: Book) -> None:
        """Give every transfer its place, and sign; begun anew where the database went away."""

        async def place() -> int:
            async with database.begin([book.id]) as db:
                return await proof.sequence(db, book.id)

        async def sign() -> proof.Checkpoint:
            async with database.begin([book.id]) as db:
                return await proof.sign_checkpoint(db, book.id, origin=_ORIGIN, keys=[self.key])

        while await run_again(place):
            pass
        made = await run_again(sign)
        self.count += made != self.signed.get(book.id)
        self.signed[book.id] = made

    async def lost(self, db: AsyncSession, book: Book) -> set[UUID]:
        """The book, if the last checkpoint given out of it is gone; and what it signed must be there unchanged."""
        told = self.signed.get(book.id)
        if told is None:
            return set()
        if await proof.checkpoint(db, book.id, told.number) != told:
            return {book.id}
        leaves: list[bytes] = []
        while len(leaves) < told.size:
            beyond = min(told.size, len(leaves) + proof.LEAVES_MAX)
            leaves += await proof.leaves(db, book.id, len(leaves), beyond)
        keys = proof.verifier_key(_ORIGIN, proof.public_key(self.key))
        with contextlib.redirect_stdout(io.StringIO()):
            verify.check_book(told.note, keys, proof.leaves_file(leaves))
        return set()
