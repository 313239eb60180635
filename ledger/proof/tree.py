"""The Merkle tree of RFC 6962 (and RFC 9162 §2), as arithmetic on spans of leaves. Pure.

A span `(first, beyond)` stands for MTH(D[first:beyond]). What is kept of a tree are its leaves' hashes, and of
each whole block of 256 one hash, and of each 256 of those one: a `Piece` is a level and a place in it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

Span = tuple[int, int]
Piece = tuple[int, int]

EMPTY_ROOT = hashlib.sha256(b"").digest()
WIDTH = 256  # hashes below each that is kept


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf; its first byte sets it apart from a node's."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def inclusion_path(index: int, size: int) -> list[Span]:
    """The subtrees whose hashes lead from leaf `index` to the root of `size`, the lowest first (§2.1.1)."""
    path: list[Span] = []
    first, beyond = 0, size
    while beyond - first > 1:
        middle = first + _left(beyond - first)
        if index < middle:
            path.append((middle, beyond))
            beyond = middle
        else:
            path.append((first, middle))
            first = middle
    return path[::-1]


def consistency_path(old: int, size: int) -> list[Span]:
    """The subtrees whose hashes show that the tree of `size` begins with that of `old` (§2.1.2)."""
    if not 0 < old < size:
        return []
    path: list[Span] = []
    first, beyond, is_whole = 0, size, True
    while beyond != old:
        middle = first + _left(beyond - first)
        if old <= middle:
            path.append((middle, beyond))
            beyond = middle
        else:
            path.append((first, middle))
            first, is_whole = middle, False
    # The old root itself need not be told: whoever checks has it.
    return ([] if is_whole else [(first, beyond)]) + path[::-1]


def pieces(span: Span) -> Iterator[Piece]:
    """What must be read to hash a span: 255 pieces a level at most."""
    first, beyond = span
    size = beyond - first
    level = _level(size)
    if level is not None:
        yield level, first // size
    elif size:
        middle = first + _left(size)
        yield from pieces((first, middle))
        yield from pieces((middle, beyond))


def span_hash(span: Span, known: Mapping[Piece, bytes]) -> bytes:
    """The hash of a span from its pieces."""
    first, beyond = span
    size = beyond - first
    if not size:
        return EMPTY_ROOT
    level = _level(size)
    if level is not None:
        return known[level, first // size]
    middle = first + _left(size)
    return node_hash(span_hash((first, middle), known), span_hash((middle, beyond), known))


def runs(places: Iterable[int]) -> list[Span]:
    """Places in order, neighbours together."""
    found: list[Span] = []
    for place in sorted(places):
        if found and found[-1][1] == place:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def _left(size: int) -> int:
    """The largest power of two below `size`."""
    return int(1 << (size - 1).bit_length() - 1)


def _level(size: int) -> int | None:
    """0 for one leaf, 1 for 256, 2 for 65,536; None for what is not kept as one."""
    bits = size.bit_length() - 1
    return bits // 8 if size and size == 1 << bits and bits % 8 == 0 else None
