"""The tree against the published vectors of RFC 6962's reference implementation, and signed notes."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.proof import note, tree
from ledger.proof.note import Head

LEAVES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
KNOWN = {(0, at): tree.leaf_hash(leaf) for at, leaf in enumerate(LEAVES)}

# The example of the reference implementation of signed notes.
NOTE_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


def _hashes(spans: list[tree.Span]) -> list[str]:
    return [tree.span_hash(span, KNOWN).hex() for span in spans]


def test_the_roots_are_the_published_ones() -> None:
    assert _hashes([(0, size) for size in range(9)]) == ROOTS


def test_the_proofs_are_the_published_ones() -> None:
    for (index, size), path in INCLUSION.items():
        assert _hashes(tree.inclusion_path(index, size)) == path
    for (old, size), path in CONSISTENCY.items():
        assert _hashes(tree.consistency_path(old, size)) == path


@pytest.mark.slow
def test_what_is_kept_makes_the_same_hashes_as_all_leaves() -> None:
    leaves = [tree.leaf_hash(at.to_bytes(4)) for at in range(66_000)]
    kept = {(0, at): leaf for at, leaf in enumerate(leaves)}
    plain = {}
    for level in (1, 2):
        for place in range(66_000 // 256**level):
            below = {(0, at): kept[level - 1, place * 256 + at] for at in range(256)}
            plain[level, place] = _paired([below[0, at] for at in range(256)])
        kept |= plain
    for span in ((0, 66_000), (0, 65_536), (65_536, 65_792), (65_536, 66_000), (256, 512), (0, 1)):
        assert len(list(tree.pieces(span))) < 600
        assert tree.span_hash(span, kept) == _paired(leaves[slice(*span)])


def _paired(hashes: list[bytes]) -> bytes:
    """The root once more, from below: neighbours in pairs, one left over rises as it is."""
    while len(hashes) > 1:
        pairs = [hashes[at : at + 2] for at in range(0, len(hashes), 2)]
        hashes = [tree.node_hash(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return hashes[0]


def test_the_published_note_is_signed_by_its_key() -> None:
    text, name = NOTE.rpartition("\n\n")[0], "PeterNeumann"
    public = base64.b64decode(NOTE_KEY.split("+", 2)[2])[1:]
    assert note.verifier_key(name, public) == NOTE_KEY
    # A checkpoint's signer has its origin's name; here it has the name that the example has.
    assert note._fits(public, next(iter(note._signatures(NOTE, name)))[1], text)


def test_a_note_says_what_was_signed_and_by_whom() -> None:
    old, new, stranger = (Ed25519PrivateKey.generate() for _ in range(3))
    head = Head("timebank/example", 8, bytes.fromhex(ROOTS[8]))
    signed = note.sign(head, [old, new])
    assert note.head_of(signed) == head
    publics = [note.public_key(key) for key in (old, new, stranger)]
    assert note.signed_by(signed, publics) == set(publics[:2])


@pytest.mark.parametrize(
    ("was", "now"), [("\n8\n", "\n9\n"), ("example\n8", "exampla\n8"), ("\nXcna", "\nXcnb")]
)
def test_a_note_that_was_changed_is_signed_by_nobody(was: str, now: str) -> None:
    key = Ed25519PrivateKey.generate()
    signed = note.sign(Head("timebank/example", 8, bytes.fromhex(ROOTS[8])), [key])
    assert was in signed
    assert note.signed_by(signed.replace(was, now, 1), [note.public_key(key)]) == frozenset()
