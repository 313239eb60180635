"""Giving transfers their places, and signing what they come to. Within the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.errors import BookNotVisible
from ledger.proof import note, queries, rules
from ledger.proof.errors import CheckpointRefused, NoKey
from ledger.proof.model import Checkpoint

# Entries to look at in one transaction: a whole book after a restore takes a few of these.
BATCH = 1_000_000

_SEQUENCE = text("SELECT ledger.sequence(:book, :most)")
_UNPLACED = text("""
    SELECT EXISTS (
        SELECT FROM ledger.accounts a
        LEFT JOIN ledger.sequenced s ON s.book_id = a.book_id AND s.account_id = a.id
        WHERE a.book_id = :book AND a.version > coalesce(s.version, 0))
""")
_RECORD = text("SELECT ledger.record_checkpoint(:book, :size, :root, :note, CAST(:keys AS bytea[]))")


async def sequence(db: AsyncSession, book_id: UUID, *, most: int = BATCH) -> int:
    """Give places to transfers that have none, at most `most` of them; 0 once all have theirs.

    Raises BookNotVisible.
    """
    return int(str(await _call(db, _SEQUENCE, book=book_id, most=most)))


async def has_news(db: AsyncSession, book_id: UUID, *, keys: Sequence[Ed25519PrivateKey]) -> bool:
    """True where transfers have no place yet, or signing now would make another checkpoint."""
    if (await db.execute(_UNPLACED, {"book": book_id})).scalar_one():
        return True
    last, size = await queries.latest(db, book_id), await queries.size(db, book_id)
    if last is None:
        return size > 0
    return rules.is_news(last, size, [note.public_key(key) for key in keys])


async def sign_checkpoint(
    db: AsyncSession, book_id: UUID, *, origin: str, keys: Sequence[Ed25519PrivateKey]
) -> Checkpoint:
    """Sign the tree as it stands, with every key; the last checkpoint again where that says it already.

    `origin` names the book's log: schema-less, without spaces, the same for ever. While keys change, sign
    with the old one and the new one: so the old vouches for the new.
    Raises NoKey, CheckpointRefused, BookNotVisible.
    """
    if not keys:
        raise NoKey
    last = await queries.latest(db, book_id)
    size = await queries.size(db, book_id)
    publics = [note.public_key(key) for key in keys]
    if last is not None and not rules.is_news(last, size, publics):
        return last
    head = note.Head(origin, size, await queries.root(db, book_id, size))
    if last is not None:
        rules.checkpoint_follows(last, head)
    if rules.signer_unvouched([each.public_key for each in await queries.signers(db, book_id)], publics):
        raise CheckpointRefused("signer_unvouched", "no key that signed before signs it")
    await _call(
        db,
        _RECORD,
        book=book_id,
        size=size,
        root=head.root,
        note=note.sign(head, keys),
        keys=publics,
    )
    made = await queries.latest(db, book_id)
    assert made is not None
    return made


async def _call(db: AsyncSession, function: object, **arguments: object) -> object:
    try:
        return (await db.execute(function, arguments)).scalar_one()  # type: ignore[call-overload]
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig else None
        rule = getattr(cause, "constraint_name", None) or ""
        if rule == "book_not_visible":
            raise BookNotVisible(str(cause)) from error
        if rule.startswith(("checkpoint_", "signer_")):
            raise CheckpointRefused(rule, str(cause)) from error
        raise
