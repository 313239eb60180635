"""Writing into the ledger by raw SQL, past the function that posts: right by default, wrong where told."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

import ledger
from ledger import Account, NewAccount, proof
from tests.ledger.books import ACTOR, DAY, Book, hold, move, new_id, open_book, void

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
    approved_id: UUID  # approved for the closing month, and not posted yet
    hold_id: UUID  # Chen holds 30 for Wang
    voided_id: UUID  # and held 15 more, which were let go …
    void_id: UUID  # … by this operation
    clearing_id: UUID  # clears with the other book
    unsequenced_id: UUID  # Chen gave Li one minute more, which no checkpoint knows of
    signer: bytes  # the public key that signed the checkpoint


CLOSED, CLOSING = date(2024, 1, 1), date(2024, 2, 1)


async def set_scene(connection: AsyncConnection) -> Scene:
    """Two books, the first with an opening balance of 300 for Chen, three transfers, a year that closes, and a checkpoint."""
    async with AsyncSession(connection, join_transaction_mode="create_savepoint") as db:
        other = await open_book(db)
        await ledger.post(db, [move(other, other.opening, other.pool, 1, effective_on=date(2020, 1, 1))])
        book = await open_book(db)
        wrong = move(book, book.chen, book.wang, 20)
        right = move(book, book.chen, book.li, 60)
        brought = [move(book, book.opening, book.chen, minutes) for minutes in (299, 1)]
        await ledger.post(db, [*brought, wrong, right])
        reversal = move(book, book.wang, book.chen, 20, reverses=wrong.id)
        held, let_go = hold(book, book.chen, book.wang, 30), hold(book, book.chen, book.wang, 15)
        voided = void(let_go)
        await ledger.post(db, [reversal, held, let_go, voided])
        await ledger.post(db, [move(book, book.opening, book.pool, 5, effective_on=CLOSED)])
        await ledger.begin_closing(db, book.id, CLOSED, actor_id=ACTOR)
        await ledger.close(db, book.id, CLOSED, actor_id=ACTOR)
        await ledger.begin_closing(db, book.id, CLOSING, actor_id=ACTOR)
        approved = move(book, book.chen, book.li, 1, effective_on=CLOSING)
        await ledger.approve(db, [approved], finding_id=new_id(), entered_by=ACTOR, approved_by=new_id())
        key = Ed25519PrivateKey.generate()
        ways = itertools.cycle([(book.li, book.wang), (book.wang, book.li)])
        small = [move(book, *parties, 1) for parties in itertools.islice(ways, SEQUENCED - 6)]
        await ledger.post(db, small)
        assert await proof.sequence(db, book.id) == SEQUENCED
        await proof.sign_checkpoint(db, book.id, origin="test", keys=[key])
        last = move(book, book.chen, book.li, 1)
        await ledger.post(db, [last, move(book, book.li, book.chen, 1)])
        clearing = NewAccount(
            id=new_id(), kind="clearing", floor_minutes=None, ceiling_minutes=None, clears_with=other.id
        )
        await ledger.open_accounts(db, book.id, [clearing], actor_id=ACTOR, reason="agreed")
        accounts = {account.id: account for account in await ledger.accounts(db, book.id)}
        await db.commit()
    return Scene(
        book,
        other,
        accounts,
        right.id,
        wrong.id,
        reversal.id,
        approved.id,
        held.id,
        let_go.id,
        voided.id,
        clearing.id,
        last.id,
        proof.public_key(key),
    )


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
    effective_on: date | None = None
    held: int | None = None


@dataclass(frozen=True)
class End:
    """An end of the scene's open hold to forge; a void of it unless told otherwise."""

    hold_id: UUID | None = None
    how: str = "voided"
    captured: int = 0
    operation_id: UUID | None = field(default_factory=new_id)
    at: str = "now()"
    closes: bool = True

    def steps(self, scene: Scene) -> list[str]:
        """The end, and the hold that isn't open any more."""
        hold_id = self.hold_id or scene.hold_id
        actor = None if self.operation_id is None else ACTOR
        made = (
            "INSERT INTO ledger.hold_ends (book_id, hold_id, how, captured_minutes, operation_id, actor_id,"
            f" ended_at) VALUES ('{scene.book.id}', '{hold_id}', '{self.how}', {self.captured},"
            f" {_quoted(self.operation_id)}, {_quoted(actor)}, {self.at})"
        )
        return (
            [made, f"UPDATE ledger.holds SET open = false WHERE id = '{hold_id}'"] if self.closes else [made]
        )


@dataclass(frozen=True)
class HoldForgery:
    """A hold of Li's minutes for Wang, or the end of a hold; whole in every way unless told otherwise."""

    scene: Scene
    minutes: int = 10
    credit_id: UUID | None = None
    expires_at: str = "now() + interval '1 day'"
    end: End | None = None  # instead of a new hold
    outcome: bool = True
    held: int | None = None  # what the account then says; None: as before
    relief: int = 0
    id: UUID = field(default_factory=new_id)

    def sql(self) -> str:
        """The one statement that writes all of it."""
        scene, debit = self.scene, self.scene.book.chen if self.end else self.scene.book.li
        id_ = self.end.operation_id if self.end else self.id
        steps = self.end.steps(scene) if self.end else [self._hold(debit)]
        if self.outcome and id_:
            steps.append(_outcome_of(scene, id_, "NULL"))
        if self.held is not None:
            steps.append(
                f"UPDATE ledger.accounts SET held_minutes = {self.held}, relief_minutes = {self.relief}"
                f" WHERE id = '{debit}'"
            )
        return _statement(steps)

    def _hold(self, debit: UUID) -> str:
        return (
            "INSERT INTO ledger.holds (book_id, id, debit_id, credit_id, minutes, kind, expires_at,"
            f" created_at, actor_id, open) VALUES ('{self.scene.book.id}', '{self.id}', '{debit}',"
            f" '{self.credit_id or self.scene.book.wang}', {self.minutes}, 'visit', {self.expires_at}, now(),"
            f" '{ACTOR}', true)"
        )


def _outcome_of(scene: Scene, id_: UUID, refusal: str) -> str:
    return (
        "INSERT INTO ledger.outcomes (book_id, id, digest, refusal, decided_at)"
        f" VALUES ('{scene.book.id}', '{id_}', '\\x00', {refusal}, now())"
    )


def _statement(steps: Sequence[str]) -> str:
    written = ", ".join(f"step{n} AS ({step} RETURNING 1)" for n, step in enumerate(filter(None, steps)))
    return f"WITH {written} SELECT 1"


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
    effective_on: date = DAY
    end: End | None = None  # of the hold that it captures
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
        if self.end:
            steps += replace(self.end, operation_id=self.id).steps(self.scene)
        return _statement(steps)

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
            held=line.held if line.held is not None else account.held_minutes if account else 0,
        )

    def _outcome(self) -> str:
        if self.outcome is None:
            return ""
        return _outcome_of(self.scene, self.id, "NULL" if self.outcome == "posted" else "'floor_breached'")

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
            f" {credit_version + (debit == credit)}, {self.minutes}, 'visit', '{self.effective_on}', now(), '{ACTOR}',"
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
            f" {line.minutes}, {line.before}, {line.after}, {line.held}, {_quoted(floor)}, {_quoted(ceiling)},"
            f" {line.relief}, '{line.effective_on or self.effective_on}', now())"
        )

    def _heads(self, lines: Sequence[Line]) -> str:
        last = {line.account_id: line for line in lines}
        if not last:
            return ""
        values = ", ".join(
            f"('{id_}'::uuid, {line.version}, {line.after}, {line.held})" for id_, line in last.items()
        )
        return (
            "UPDATE ledger.accounts a SET version = h.version, balance_minutes = h.balance,"
            f" held_minutes = h.held FROM (VALUES {values}) AS h(id, version, balance, held)"
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
