"""The tree against somebody else's: pymerkle, which is GPL and so an oracle of the tests and no more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree, InvalidProof

from ledger.proof import tree, verify
from ledger.proof.tree import Piece, Span

SIZE_MAX = 300  # past the 256 of which one hash is kept

leaves = st.integers(0, SIZE_MAX).flatmap(
    lambda size: st.binary(max_size=30).map(lambda salt: [salt + at.to_bytes(2) for at in range(size)])
)


def _kept(of: list[bytes]) -> dict[Piece, bytes]:
    """What the ledger keeps of such a tree."""
    kept = {(0, at): tree.leaf_hash(leaf) for at, leaf in enumerate(of)}
    if len(of) >= tree.WIDTH:
        halves = (tree.span_hash(half, kept) for half in ((0, 128), (128, 256)))
        kept[1, 0] = tree.node_hash(*halves)
    return kept


def _theirs(of: list[bytes]) -> InmemoryTree:
    made = InmemoryTree(algorithm="sha256")
    for leaf in of:
        made.append_entry(leaf)
    return made


def _hashes(spans: list[Span], kept: dict[Piece, bytes]) -> list[bytes]:
    return [tree.span_hash(span, kept) for span in spans]


def test_every_root_is_the_same() -> None:
    of = [at.to_bytes(2) for at in range(SIZE_MAX)]
    kept, theirs = _kept(of), _theirs(of)
    for size in range(SIZE_MAX + 1):
        assert tree.span_hash((0, size), kept) == theirs.get_root(size)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(of=leaves, drawn=st.data())
def test_random_trees_and_their_proofs_are_the_same(of: list[bytes], drawn: st.DataObject) -> None:
    kept, theirs = _kept(of), _theirs(of)
    size = drawn.draw(st.integers(0, len(of)))
    root = tree.span_hash((0, size), kept)
    assert root == theirs.get_root(size)
    if not size:
        return
    index = drawn.draw(st.integers(0, size - 1))
    path = theirs.prove_inclusion(index + 1, size).path
    assert [tree.leaf_hash(of[index]), *_hashes(tree.inclusion_path(index, size), kept)] == path

    # pymerkle cuts a consistency proof otherwise than RFC 6962 does; so each goes from the roots of one to those
    # of the other.
    old = drawn.draw(st.integers(1, size))
    grown = _hashes(tree.consistency_path(old, size), kept)
    verify.check_consistency(old, size, grown, theirs.get_root(old), theirs.get_root(size))
    theirs.prove_consistency(old, size).verify(tree.span_hash((0, old), kept), root)


def test_another_leaf_is_another_root_and_another_proof() -> None:
    """So that a library which always agrees would be noticed."""
    kept, theirs = _kept([b"one", b"too", b"three"]), _theirs([b"one", b"two", b"three"])
    assert tree.span_hash((0, 3), kept) != theirs.get_root(3)
    assert _hashes(tree.inclusion_path(0, 3), kept) != theirs.prove_inclusion(1, 3).path[1:]
    with pytest.raises(InvalidProof):
        theirs.prove_consistency(2, 3).verify(tree.span_hash((0, 2), kept), theirs.get_root(3))
