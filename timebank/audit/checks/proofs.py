"""Checks of proof: each transfer's place, the hashes over them, and what was signed; all hashed again."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import proof
from timebank.audit.model import Check, Fault, Since
from timebank.core.errors import N_
from timebank.hours.proving import origin_of

LEAVES_AT_ONCE = 50_000

PLACES = Check(
    name="leaf_in_tree",
    label=N_("凭证 ↔ 账簿树"),
    means=N_("编过号的划转都在账簿树里有自己的位置，一个不缺；那里的摘要就是它凭证字节的摘要"),
    counts="transfers",
    faults=(
        Fault("place_missing", N_("编过号的划转在账簿树里不见了")),
        Fault("transfer_gone", N_("账簿树里有位置，划转不见了")),
        Fault("hash_differs", N_("账簿树里的摘要不是这笔划转的")),
        Fault("place_skipped", N_("账簿树里这笔划转前面缺了位置")),
    ),
    sql=r"""
        SELECT CASE WHEN l.transfer_id IS NULL THEN 'place_missing' WHEN t.id IS NULL THEN 'transfer_gone'
                ELSE 'hash_differs' END AS fault,
            coalesce(t.id, l.transfer_id) AS transfer_id
        FROM (
            SELECT t.id, t.leaf, t.debit_version <= s.version AS is_placed
            FROM leaf_transfers t
            LEFT JOIN ledger.sequenced s ON s.book_id = :book AND s.account_id = t.debit_id
        ) t
        FULL JOIN leaves l ON l.transfer_id = t.id
        WHERE (l.transfer_id IS NULL AND t.is_placed) OR t.id IS NULL OR l.hash <> sha256('\x00'::bytea || t.leaf)
        UNION ALL
        SELECT 'place_skipped', transfer_id
        FROM (
            SELECT transfer_id, sequence,
                lag(sequence, 1, CAST(:first_leaf AS bigint) - 1) OVER (ORDER BY sequence) AS before
            FROM ledger.leaves WHERE book_id = :book AND sequence >= :first_leaf
        ) l
        WHERE sequence <> before + 1
    """,
)

NODES = Check(
    name="node_is_root",
    label=N_("账簿树的枝 = 下面的摘要"),
    means=N_("把账簿树的每一枝从下面的 256 个摘要重新算出，和存下的一样，一枝不多、一枝不少"),
    counts="transfers",
    faults=(
        Fault("node_missing", N_("账簿树少了 {count} 枝，先是第 {level} 层的第 {place} 枝")),
        Fault("node_differs", N_("账簿树有 {count} 枝和下面的摘要不符，先是第 {level} 层的第 {place} 枝")),
    ),
    # Of each level, what lies to the right of the first place that was not whole when the last run came by.
    sql="""
        WITH nodes AS (
            SELECT n.*, (CAST(:first_leaf AS bigint) >> 8 * level) AS first
            FROM ledger.nodes n WHERE book_id = :book AND level BETWEEN 1 AND 7
            UNION ALL
            SELECT n.*, 0 FROM ledger.nodes n WHERE book_id = :book AND level NOT BETWEEN 1 AND 7
        )
        SELECT fault, jsonb_build_object('count', count(*), 'level', (array_agg(level ORDER BY level, place))[1],
            'place', (array_agg(place ORDER BY level, place))[1]) AS facts
        FROM (
            SELECT coalesce(n.level, s.level) AS level, coalesce(n.place, s.place) AS place,
                CASE WHEN n.place IS NULL THEN 'node_missing' ELSE 'node_differs' END AS fault
            FROM (
                SELECT 1 AS level, sequence / 256 AS place, array_agg(hash ORDER BY sequence) AS below
                FROM ledger.leaves WHERE book_id = :book AND sequence >= CAST(:first_leaf AS bigint) / 256 * 256
                GROUP BY 2 HAVING count(*) = 256
                UNION ALL
                SELECT level + 1, place / 256, array_agg(hash ORDER BY place)
                FROM nodes WHERE place >= first / 256 * 256 GROUP BY 1, 2 HAVING count(*) = 256
            ) s
            FULL JOIN (SELECT * FROM nodes WHERE place >= first) n ON n.level = s.level AND n.place = s.place
            WHERE n.hash IS DISTINCT FROM ledger.root_of(s.below)
        ) wrong
        GROUP BY fault
    """,
)


class Signed(NamedTuple):
    """A checkpoint as it is kept."""

    number: int
    size: int
    root: bytes
    note: str


_CHECKPOINTS = text("""
    SELECT number, size, root, note FROM ledger.checkpoints WHERE book_id = :book AND number >= :first
    ORDER BY number
""")
_SIGNERS = text("SELECT public_key, since_number FROM ledger.signers WHERE book_id = :book")
_HASHES = text("""
    SELECT sequence, hash FROM ledger.leaves WHERE book_id = :book AND sequence > :after
    ORDER BY sequence LIMIT :most
""")


_TILE = 256
_EDGE = text("""
    SELECT 0 AS level, sequence AS place, hash FROM ledger.leaves
    WHERE book_id = :book AND sequence >= :size / 256 * 256 AND sequence < :size
    UNION ALL
    SELECT n.level, n.place, n.hash
    FROM generate_series(1, 7) tier
    CROSS JOIN LATERAL (SELECT * FROM ledger.nodes WHERE book_id = :book AND level = tier
        AND place >= (CAST(:size AS bigint) >> 8 * tier) / 256 * 256
        AND place < (CAST(:size AS bigint) >> 8 * tier) OFFSET 0) n
    ORDER BY level DESC, place
""")


async def look_at_checkpoints(db: AsyncSession, book: UUID, since: Since | None) -> list[Mapping[str, Any]]:
    """What is wrong with checkpoints: for each fault the first that has it, and how many there are.

    `since` a run: those after the last one that it saw, and that what they sign begins with what that one did.
    """
    first = max(since.checkpoints, 1) if since else 1
    made = [Signed(*row) for row in await db.execute(_CHECKPOINTS, {"book": book, "first": first})]
    signers = {row.public_key: row.since_number for row in await db.execute(_SIGNERS, {"book": book})}
    tree = await _edge(db, book, made[0].size) if first > 1 and made else _Growing()
    roots = await _roots(db, book, {one.size for one in made}, tree)
    wrong: dict[str, list[int]] = defaultdict(list)
    for fault, number in judge(made, signers, roots, origin_of(book), first=first):
        wrong[fault].append(number)
    return [
        {"fault": fault, "facts": {"number": min(numbers), "count": len(numbers)}}
        for fault, numbers in sorted(wrong.items())
    ]


def judge(
    made: Sequence[Signed],
    signers: Mapping[bytes, int],
    roots: Mapping[int, bytes],
    origin: str,
    *,
    first: int = 1,
) -> Iterator[tuple[str, int]]:
    """Each fault with the number of the checkpoint that has it, from the `first` that is looked at. Pure."""
    first_of = {key: since for key, since in signers.items() if since < first}
    for place, one in enumerate(made, start=first):
        if one.number != place:
            yield "checkpoint_missing", one.number
        if roots.get(one.size) != one.root:
            yield "root_differs", one.number
        root = base64.b64encode(one.root).decode()
        if one.note.rpartition("\n\n")[0] != f"{origin}\n{one.size}\n{root}":
            yield "note_differs", one.number
        signed = _signed_by(one.note, signers)
        if not signed:
            yield "signature_false", one.number
        elif first_of and not signed & first_of.keys():
            yield "signer_unvouched", one.number
        for key in signed:
            first_of.setdefault(key, one.number)
    for key, since in signers.items():
        if first_of.get(key) != since:
            yield "signer_differs", since


def _signed_by(note: str, known: Collection[bytes]) -> Set[bytes]:
    """The keys that signed; none at all where any line isn't a known key's, to the last bit."""
    *lines, end = note.rpartition("\n\n")[2].split("\n")
    try:
        signed = proof.signed_by(note, known)
        canonical = all(base64.b64encode(base64.b64decode(raw)).decode() == raw for raw in map(_raw, lines))
    except ValueError:
        return frozenset()
    return signed if canonical and not end and len(signed) == len(lines) else frozenset()


def _raw(line: str) -> str:
    return line.rpartition(" ")[2]


async def _roots(db: AsyncSession, book: UUID, sizes: Collection[int], tree: "_Growing") -> dict[int, bytes]:
    """The roots of the first so many leaves: what `tree` has of them grows by leaves alone."""
    roots = {0: hashlib.sha256(b"").digest()}
    if tree.size:
        roots[tree.size] = tree.root()
    after = tree.size - 1
    while tree.size < max(sizes, default=0):
        given = {"book": book, "after": after, "most": LEAVES_AT_ONCE}
        page = (await db.execute(_HASHES, given)).all()
        if not page:
            break
        for after, hashed in page:  # noqa: B007 - the last one is where the next page begins
            tree.add(hashed)
            if tree.size in sizes:
                roots[tree.size] = tree.root()
    return roots


async def _edge(db: AsyncSession, book: UUID, size: int) -> "_Growing":
    """The tree over the first so many leaves, from whole nodes: a few hundred hashes, however many leaves."""
    tree = _Growing()
    for level, _, hashed in await db.execute(_EDGE, {"book": book, "size": size}):
        tree.add(hashed, level)
    return tree


class _Growing:
    """A tree of RFC 6962 to which leaves are added: only the whole trees at its right edge are kept."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, hashed: bytes, level: int = 0) -> None:
        """Add the hash of a leaf, or of a node of that level."""
        leaves = _TILE**level
        at = self.size // leaves
        while at & 1:  # two of one height become one
            hashed = _pair(self._edge.pop(), hashed)
            at >>= 1
        self._edge.append(hashed)
        self.size += leaves

    def root(self) -> bytes:
        """The root as it stands."""
        *others, root = self._edge
        for left in reversed(others):
            root = _pair(left, root)
        return root


def _pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


CHECKPOINTS = Check(
    name="checkpoint_holds",
    label=N_("校验点 ↔ 账簿树"),
    means=N_("把账簿树从每笔划转的摘要重新算起，每个校验点的根都对；签名都对，新钥匙都由旧钥匙作保"),
    counts="transfers",
    faults=(
        Fault("checkpoint_missing", N_("校验点缺号，先是第 {number} 号前面")),
        Fault("root_differs", N_("{count} 个校验点的根和账簿不符，先是第 {number} 号")),
        Fault("note_differs", N_("{count} 个校验点签的和记的不一样，先是第 {number} 号")),
        Fault("signature_false", N_("{count} 个校验点的签名不对，先是第 {number} 号")),
        Fault("signer_unvouched", N_("换了钥匙，旧钥匙没有作保，先是第 {number} 号校验点")),
        Fault("signer_differs", N_("钥匙不是从第 {number} 号校验点起签名的")),
    ),
    look=look_at_checkpoints,
)

CHECKS = (PLACES, NODES, CHECKPOINTS)
