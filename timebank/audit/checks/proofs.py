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
from timebank.audit.model import Check, Fault
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
            SELECT transfer_id, sequence, lag(sequence, 1, -1::bigint) OVER (ORDER BY sequence) AS before
            FROM ledger.leaves WHERE book_id = :book
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
    sql="""
        SELECT fault, jsonb_build_object('count', count(*), 'level', (array_agg(level ORDER BY level, place))[1],
            'place', (array_agg(place ORDER BY level, place))[1]) AS facts
        FROM (
            SELECT coalesce(n.level, s.level) AS level, coalesce(n.place, s.place) AS place,
                CASE WHEN n.place IS NULL THEN 'node_missing' ELSE 'node_differs' END AS fault
            FROM (
                SELECT 1 AS level, sequence / 256 AS place, array_agg(hash ORDER BY sequence) AS below
                FROM ledger.leaves WHERE book_id = :book GROUP BY 2 HAVING count(*) = 256
                UNION ALL
                SELECT level + 1, place / 256, array_agg(hash ORDER BY place)
                FROM ledger.nodes WHERE book_id = :book GROUP BY 1, 2 HAVING count(*) = 256
            ) s
            FULL JOIN (SELECT * FROM ledger.nodes WHERE book_id = :book) n ON n.level = s.level AND n.place = s.place
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


_CHECKPOINTS = text(
    "SELECT number, size, root, note FROM ledger.checkpoints WHERE book_id = :book ORDER BY number"
)
_SIGNERS = text("SELECT public_key, since_number FROM ledger.signers WHERE book_id = :book")
_HASHES = text("""
    SELECT sequence, hash FROM ledger.leaves WHERE book_id = :book AND sequence > :after
    ORDER BY sequence LIMIT :most
""")


async def look_at_checkpoints(db: AsyncSession, book: UUID) -> list[Mapping[str, Any]]:
    """What is wrong with checkpoints: for each fault the first that has it, and how many there are."""
    made = [Signed(*row) for row in await db.execute(_CHECKPOINTS, {"book": book})]
    signers = {row.public_key: row.since_number for row in await db.execute(_SIGNERS, {"book": book})}
    roots = await _roots(db, book, {one.size for one in made})
    wrong: dict[str, list[int]] = defaultdict(list)
    for fault, number in judge(made, signers, roots, origin_of(book)):
        wrong[fault].append(number)
    return [
        {"fault": fault, "facts": {"number": min(numbers), "count": len(numbers)}}
        for fault, numbers in sorted(wrong.items())
    ]


def judge(
    made: Sequence[Signed], signers: Mapping[bytes, int], roots: Mapping[int, bytes], origin: str
) -> Iterator[tuple[str, int]]:
    """Each fault with the number of the checkpoint that has it. Pure."""
    first_of: dict[bytes, int] = {}
    for place, one in enumerate(made, start=1):
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


async def _roots(db: AsyncSession, book: UUID, sizes: Collection[int]) -> dict[int, bytes]:
    """The roots of the first so many leaves, from the leaves alone: no hash that is kept above them is used."""
    tree = _Growing()
    roots = {0: hashlib.sha256(b"").digest()}
    after = -1
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


class _Growing:
    """A tree of RFC 6962 to which leaves are added: only the whole trees at its right edge are kept."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, hashed: bytes) -> None:
        """Add the hash of a leaf."""
        at = self.size
        while at & 1:  # two of one height become one
            hashed = _pair(self._edge.pop(), hashed)
            at >>= 1
        self._edge.append(hashed)
        self.size += 1

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
