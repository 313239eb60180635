"""Reading the tree: roots, receipts, what hangs together. Every query sees only the transaction's books."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.errors import PageTooLarge
from ledger.model import PAGE_MAX
from ledger.proof import files, note, tree
from ledger.proof.errors import TreeBroken
from ledger.proof.model import Checkpoint, Receipt, Signer
from ledger.proof.tree import Piece, Span

LEAVES_MAX = 10_000  # of one page

_SIZE = text("SELECT coalesce(max(sequence) + 1, 0) FROM ledger.leaves WHERE book_id = :book")
_LATEST = text("SELECT * FROM ledger.checkpoints WHERE book_id = :book ORDER BY number DESC LIMIT 1")
_ONE = text("SELECT * FROM ledger.checkpoints WHERE book_id = :book AND number = :number")
_PAGE = text("""
    SELECT * FROM ledger.checkpoints WHERE book_id = :book AND number < :before ORDER BY number DESC LIMIT :limit
""")
_BEFORE = text("""
    SELECT * FROM ledger.checkpoints WHERE book_id = :book AND made_at < :moment ORDER BY number DESC LIMIT 1
""")
_SIGNERS = text("""
    SELECT s.public_key, s.since_number, c.made_at AS since, split_part(c.note, E'\\n', 1) AS origin
    FROM ledger.signers s JOIN ledger.checkpoints c ON c.book_id = s.book_id AND c.number = s.since_number
    WHERE s.book_id = :book ORDER BY s.since_number, s.public_key
""")
_PLACE = text("""
    SELECT (SELECT sequence FROM ledger.leaves WHERE book_id = :book AND transfer_id = :id) AS sequence,
        (SELECT leaf FROM ledger.transfers WHERE book_id = :book AND id = :id) AS leaf
""")
_IS_SIGNED = text("""
    SELECT EXISTS (
        SELECT FROM ledger.leaves WHERE book_id = :book AND transfer_id = :id
            AND sequence < (SELECT size FROM ledger.checkpoints WHERE book_id = :book ORDER BY number DESC LIMIT 1)
    )
""")
_LEAVES = text("""
    SELECT t.leaf FROM ledger.leaves l
    JOIN ledger.transfers t ON t.book_id = l.book_id AND t.id = l.transfer_id
    WHERE l.book_id = :book AND l.sequence >= :first AND l.sequence < :beyond ORDER BY l.sequence
""")
# Runs of neighbours, each in the order of the key: so that even without statistics nothing is read whole.
_LEAF_HASHES = text("""
    SELECT ARRAY(SELECT hash FROM ledger.leaves
        WHERE book_id = :book AND sequence >= r.first AND sequence < r.beyond ORDER BY sequence)
    FROM unnest(CAST(:firsts AS bigint[]), CAST(:beyonds AS bigint[])) WITH ORDINALITY AS r(first, beyond, n)
    ORDER BY n
""")
_NODE_HASHES = text("""
    SELECT ARRAY(SELECT hash FROM ledger.nodes
        WHERE book_id = :book AND level = :level AND place >= r.first AND place < r.beyond ORDER BY place)
    FROM unnest(CAST(:firsts AS bigint[]), CAST(:beyonds AS bigint[])) WITH ORDINALITY AS r(first, beyond, n)
    ORDER BY n
""")


async def size(db: AsyncSession, book_id: UUID) -> int:
    """How many leaves the book's tree has."""
    return int((await db.execute(_SIZE, {"book": book_id})).scalar_one())


async def root(db: AsyncSession, book_id: UUID, size: int) -> bytes:
    """The root of the first `size` leaves. Raises TreeBroken."""
    [found] = await _hashes(db, book_id, [(0, size)])
    return found


async def latest(db: AsyncSession, book_id: UUID) -> Checkpoint | None:
    """The last checkpoint; None before the first."""
    return _checkpoint((await db.execute(_LATEST, {"book": book_id})).mappings().one_or_none())


async def checkpoint(db: AsyncSession, book_id: UUID, number: int) -> Checkpoint | None:
    """One checkpoint; None if there is none of this number."""
    found = await db.execute(_ONE, {"book": book_id, "number": number})
    return _checkpoint(found.mappings().one_or_none())


async def last_before(db: AsyncSession, book_id: UUID, moment: datetime) -> Checkpoint | None:
    """The last checkpoint made before a moment; None if there was none yet."""
    found = await db.execute(_BEFORE, {"book": book_id, "moment": moment})
    return _checkpoint(found.mappings().one_or_none())


async def checkpoints(
    db: AsyncSession, book_id: UUID, *, before_number: int | None = None, limit: int = PAGE_MAX
) -> list[Checkpoint]:
    """A page of checkpoints, newest first. Raises PageTooLarge."""
    if limit > PAGE_MAX:
        raise PageTooLarge(limit, PAGE_MAX)
    before = before_number or 2**31 - 1
    rows = await db.execute(_PAGE, {"book": book_id, "before": before, "limit": limit})
    return [Checkpoint(**row) for row in rows.mappings()]


async def standing(db: AsyncSession, book_id: UUID, made: Sequence[Checkpoint]) -> frozenset[int]:
    """The numbers of those that the tree, as it is now, still begins with. Raises TreeBroken."""
    roots = await _hashes(db, book_id, [(0, one.size) for one in made])
    return frozenset(one.number for one, root in zip(made, roots, strict=True) if one.root == root)


async def signers(db: AsyncSession, book_id: UUID) -> list[Signer]:
    """Every key that ever signed for the book, the oldest first."""
    return [
        Signer(
            public_key=row.public_key,
            since_number=row.since_number,
            since=row.since,
            verifier_key=note.verifier_key(row.origin, row.public_key),
        )
        for row in await db.execute(_SIGNERS, {"book": book_id})
    ]


async def is_signed(db: AsyncSession, book_id: UUID, transfer_id: UUID) -> bool:
    """True once the last checkpoint holds a transfer, so that there is a receipt for it."""
    return bool((await db.execute(_IS_SIGNED, {"book": book_id, "id": transfer_id})).scalar_one())


async def receipt(db: AsyncSession, book_id: UUID, transfer_id: UUID) -> Receipt | None:
    """The proof that the last checkpoint holds a transfer; None while none does. Raises TreeBroken."""
    last = await latest(db, book_id)
    found = (await db.execute(_PLACE, {"book": book_id, "id": transfer_id})).one()
    if last is None or found.sequence is None or found.sequence >= last.size:
        return None
    path = await _hashes(db, book_id, tree.inclusion_path(found.sequence, last.size))
    return Receipt(
        transfer_id=transfer_id,
        index=found.sequence,
        checkpoint=last,
        leaf=found.leaf,
        text=files.receipt(leaf=found.leaf, index=found.sequence, path=path, note=last.note),
    )


async def consistency(db: AsyncSession, older: Checkpoint, newer: Checkpoint) -> str:
    """The file that proves that nothing of the older checkpoint was changed since. Raises TreeBroken."""
    path = await _hashes(db, newer.book_id, tree.consistency_path(older.size, newer.size))
    return files.consistency(old_size=older.size, path=path, note=newer.note)


async def leaves(db: AsyncSession, book_id: UUID, first: int, beyond: int) -> list[bytes]:
    """Leaves in their sequence, at most LEAVES_MAX at once. Raises PageTooLarge."""
    if beyond - first > LEAVES_MAX:
        raise PageTooLarge(beyond - first, LEAVES_MAX)
    rows = await db.execute(_LEAVES, {"book": book_id, "first": first, "beyond": beyond})
    return [bytes(leaf) for leaf in rows.scalars()]


async def _hashes(db: AsyncSession, book_id: UUID, spans: Sequence[Span]) -> list[bytes]:
    known = await _known(db, book_id, {piece for span in spans for piece in tree.pieces(span)})
    return [tree.span_hash(span, known) for span in spans]


async def _known(db: AsyncSession, book_id: UUID, wanted: Iterable[Piece]) -> dict[Piece, bytes]:
    levels: dict[int, list[int]] = defaultdict(list)
    for level, place in wanted:
        levels[level].append(place)
    known: dict[Piece, bytes] = {}
    for level, places in levels.items():
        runs = tree.runs(places)
        given: dict[str, Any] = {
            "book": book_id,
            "firsts": [first for first, _ in runs],
            "beyonds": [beyond for _, beyond in runs],
        }
        query = (_NODE_HASHES, given | {"level": level}) if level else (_LEAF_HASHES, given)
        for (first, beyond), found in zip(runs, (await db.execute(*query)).scalars(), strict=True):
            if len(found) != beyond - first:
                raise TreeBroken(beyond - first - len(found))
            known |= {(level, first + at): bytes(each) for at, each in enumerate(found)}
    return known


def _checkpoint(row: RowMapping | None) -> Checkpoint | None:
    return None if row is None else Checkpoint(**row)
