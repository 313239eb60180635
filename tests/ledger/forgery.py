"""Writing into the ledger by raw SQL, past the function that posts: right by default, wrong where told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

import ledger
from ledger import Account, proof
from tests.ledger.books import ACTOR, DAY, Book, move, new_id, open_book

SEQUENCED = 256  # leaves of the scene's book: so many that a node covers them


@dataclass(frozen=True)
class Scene:
    """A book with some history, as it stands before the forger comes."""

    book: Book
    other_book: Book
    accounts: dict[UUID, Account]
    transfer_id: UUID  # Chen gave Li 60 minutes
    reversed_id: UUID  # Chen gave Wang 20, which was taken back …
    reversal_id: UUID  # … by this one
    unsequenced_id: UUID  # Chen gave Li one minute more, which no checkpoint knows of


async def set_scene(connection: AsyncConnection) -> Scene:
    """Two books, the first with an opening balance of 300 for Chen and three transfers, and a checkpoint."""
    async with AsyncSession(connection, join_transaction_mode="create_savepoint") as db:
        other, book = await open_book(db), await open_book(db)
        wrong = move(book, book.chen, book.wang, 20)
        right = move(book, book.chen, book.li, 60)
        await ledger.post(db, [move(book, book.opening, book.chen, 300), wrong, right])
        reversal = move(book, book.wang, book.chen, 20, reverses=wrong.id)
        await ledger.post(db, [reversal])
        key = Ed25519PrivateKey.generate()
        small = [move(book, book.opening, book.pool, 1) for _ in range(SEQUENCED - 4)]
        await ledger.post(db, small)
        assert await proof.sequence(db, book.id) == SEQUENCED
        await proof.sign_checkpoint(db, book.id, origin="test", keys=[key])
        last = move(book, book.chen, book.li, 1)
        await ledger.post(db, [last, move(book, book.li, book.chen, 1)])
        accounts = {account.id: account for account in await ledger.accounts(db, book.id)}
        await db.commit()
    return Scene(book, other, accounts, right.id, wrong.id, reversal.id, last.id)


@dataclass(frozen=True)
class Line:
    """An entry to forge; what is None is made to fit."""

    account_id: UUID
    minutes: int
    book_id: UUID | None = None
    version: int | None = None
    before: int | None = None
    after: int | None = None
    relief: int = 0


@dataclass(frozen=True)
class Forgery:
    """A transfer of 10 minutes from Li to Wang, whole in every way unless told otherwise."""

    scene: Scene
    debit_id: UUID | None = None
    credit_id: UUID | None = None
    minutes: int = 10
    outcome: str | None = "posted"
    transfer: bool = True
    lines: Sequence[Line] | None = None
    heads: bool = True
    reverses: UUID | None = None
    forced: bool = False
    reason: str | None = None
    id: UUID = field(default_factory=new_id)

    def sql(self) -> str:
        """The one statement that writes all of it."""
        debit, credit = self.debit_id or self.scene.book.li, self.credit_id or self.scene.book.wang
        wanted = (
            (Line(debit, -self.minutes), Line(credit, self.minutes)) if self.lines is None else self.lines
        )
        lines = [self._fitted(line) for line in wanted]
        steps = [self._outcome(), self._transfer(debit, credit, lines), self._entries(lines)]
        if self.heads:
            steps.append(self._heads(lines))
        written = ", ".join(f"step{n} AS ({step} RETURNING 1)" for n, step in enumerate(filter(None, steps)))
        return f"WITH {written} SELECT 1"

    def _fitted(self, line: Line) -> Line:
        """The line with all that was left open filled in, so that it follows its account's head."""
        account = self.scene.accounts.get(line.account_id)
        before = line.before if line.before is not None else account.balance_minutes if account else 0
        return replace(
            line,
            book_id=line.book_id or self.scene.book.id,
            version=line.version or self._version(line.account_id) + 1,
            before=before,
            after=line.after if line.after is not None else before + line.minutes,
        )

    def _outcome(self) -> str:
        if self.outcome is None:
            return ""
        refusal = "NULL" if self.outcome == "posted" else "'floor_breached'"
        return (
            "INSERT INTO ledger.outcomes (book_id, id, digest, refusal, decided_at)"
            f" VALUES ('{self.scene.book.id}', '{self.id}', '\\x00', {refusal}, now())"
        )

    def _transfer(self, debit: UUID, credit: UUID, lines: Sequence[Line]) -> str:
        if not self.transfer:
            return ""
        versions = {line.account_id: line.version for line in lines[::-1]}
        debit_version = versions.get(debit, self._version(debit) + 1)
        credit_version = versions.get(credit, self._version(credit) + 1)
        return (
            "INSERT INTO ledger.transfers (book_id, id, debit_id, credit_id, debit_version, credit_version,"
            " minutes, kind, effective_on, posted_at, actor_id, reverses, forced, reason) VALUES"
            f" ('{self.scene.book.id}', '{self.id}', '{debit}', '{credit}', {debit_version},"
            f" {credit_version + (debit == credit)}, {self.minutes}, 'visit', '{DAY}', now(), '{ACTOR}',"
            f" {_quoted(self.reverses)}, {self.forced}, {_quoted(self.reason)})"
        )

    def _entries(self, lines: Sequence[Line]) -> str:
        if not lines:
            return ""
        return (
            "INSERT INTO ledger.entries (book_id, account_id, version, transfer_id, minutes, balance_before,"
            " balance_after, held_minutes, floor_minutes, ceiling_minutes, relief_minutes, effective_on,"
            " posted_at) VALUES " + ", ".join(self._entry(line) for line in lines)
        )

    def _entry(self, line: Line) -> str:
        account = self.scene.accounts.get(line.account_id)
        floor, ceiling = (account.floor_minutes, account.ceiling_minutes) if account else (None, None)
        return (
            f"('{line.book_id}', '{line.account_id}', {line.version}, '{self.id}',"
            f" {line.minutes}, {line.before}, {line.after}, 0, {_quoted(floor)}, {_quoted(ceiling)},"
            f" {line.relief}, '{DAY}', now())"
        )

    def _heads(self, lines: Sequence[Line]) -> str:
        last = {line.account_id: line for line in lines}
        if not last:
            return ""
        values = ", ".join(f"('{id_}'::uuid, {line.version}, {line.after})" for id_, line in last.items())
        return (
            "UPDATE ledger.accounts a SET version = h.version, balance_minutes = h.balance"
            f" FROM (VALUES {values}) AS h(id, version, balance)"
            f" WHERE a.book_id = '{self.scene.book.id}' AND a.id = h.id"
        )

    def _version(self, account_id: UUID) -> int:
        account = self.scene.accounts.get(account_id)
        return account.version if account else 0


def _quoted(value: object) -> str:
    return "NULL" if value is None else f"'{value}'"


async def matching(connection: AsyncConnection, table: str, where: str) -> int:
    """How many rows an attack is about to hit: an attack on nothing would look like a refusal."""
    found = await connection.execute(text(f"SELECT count(*) FROM ledger.{table} WHERE {where}"))
    return int(found.scalar_one())
