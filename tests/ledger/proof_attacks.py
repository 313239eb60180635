"""What could be tried on leaves, tree and checkpoints by raw SQL; refusal 12 of the README."""

import base64
from uuid import UUID

from ledger.proof import note
from tests.ledger.attack import Attack, no_constraint, no_trigger
from tests.ledger.forgery import SEQUENCED, Scene

NO_LEAF_CHECK = no_trigger("leaves", "leaves_whole")
NO_NODE_CHECK = no_trigger("nodes", "nodes_whole")
NO_CHECKPOINT_CHECK = no_trigger("checkpoints", "checkpoint_follows")
NO_SIGNER_CHECK = no_trigger("signers", "signer_vouched")
STRANGER = bytes(range(32))


def _leaf(
    s: Scene, *, sequence: int = SEQUENCED, transfer_id: UUID | None = None, leaf: str = "t.leaf"
) -> str:
    """A leaf for the transfer that has none yet; right unless told otherwise."""
    return (
        "INSERT INTO ledger.leaves (book_id, sequence, transfer_id, hash)"
        f" SELECT t.book_id, {sequence}, t.id, sha256('\\x00'::bytea || {leaf}) FROM ledger.transfers t"
        f" WHERE t.id = '{transfer_id or s.unsequenced_id}'"
    )


def _checkpoint(
    s: Scene,
    *,
    number: int = 2,
    size: int = SEQUENCED,
    root: str | None = None,
    origin: str = "test",
    said: str = "size",
    key: bytes | None = None,
) -> str:
    """A second checkpoint; right unless told otherwise, but for its signature, which the database can't check."""
    root = root or f"ledger.tree_root('{s.book.id}', {size})"
    line = base64.b64encode(note.key_id(origin, key or s.signer) + bytes(64)).decode()
    return (
        "INSERT INTO ledger.checkpoints (book_id, number, size, root, note)"
        f" SELECT '{s.book.id}', {number}, size, root, concat_ws(E'\n', '{origin}', {said},"
        f" encode(root, 'base64'), '', '— {origin} {line}', '') FROM (SELECT {size} AS size, {root} AS root) c"
    )


def _signer(s: Scene, key: bytes) -> str:
    return f"INSERT INTO ledger.signers SELECT '{s.book.id}', '\\x{key.hex()}', 1"


PROOF = [
    Attack("12 a leaf after a gap", "leaf_gap", lambda s: _leaf(s, sequence=SEQUENCED + 1), (NO_LEAF_CHECK,)),
    Attack("12 a leaf before the first", "leaf_gap", lambda s: _leaf(s, sequence=-1), (NO_LEAF_CHECK,)),
    Attack(
        "12 a leaf in another's place",
        "leaves_pkey",
        lambda s: _leaf(s, sequence=1),
        (no_constraint("leaves", "leaves_pkey"), NO_LEAF_CHECK),
    ),
    Attack(
        "12 a second leaf of one transfer",
        "leaf_repeated",
        lambda s: _leaf(s, transfer_id=s.transfer_id),
        (no_constraint("leaves", "leaf_repeated"),),
    ),
    Attack(
        "12 a leaf of other bytes", "leaf_forged", lambda s: _leaf(s, leaf="'more'::bytea"), (NO_LEAF_CHECK,)
    ),
    Attack(
        "12 a node over hashes that are not there",
        "node_forged",
        lambda s: f"INSERT INTO ledger.nodes SELECT '{s.book.id}', 1, 1, sha256('')",
        (NO_NODE_CHECK,),
    ),
    Attack(
        "12 a node of level 0",
        "node_forged",
        lambda s: f"INSERT INTO ledger.nodes SELECT '{s.book.id}', 0, 0, sha256('')",
        (NO_NODE_CHECK,),
    ),
    Attack(
        "12 a checkpoint that shrinks",
        "checkpoint_shrinks",
        lambda s: _checkpoint(s, size=SEQUENCED - 1),
        (NO_CHECKPOINT_CHECK,),
    ),
    Attack(
        "12 a checkpoint with another root",
        "checkpoint_changed",
        lambda s: _checkpoint(s, root="sha256('')"),
        (NO_CHECKPOINT_CHECK,),
    ),
    Attack(
        "12 a checkpoint of another log",
        "checkpoint_changed",
        lambda s: _checkpoint(s, origin="another"),
        (NO_CHECKPOINT_CHECK,),
    ),
    Attack(
        "12 a checkpoint beyond the leaves",
        "checkpoint_beyond_leaves",
        lambda s: _checkpoint(s, size=SEQUENCED + 1, root="sha256('')"),
        (NO_CHECKPOINT_CHECK,),
    ),
    Attack(
        "12 a checkpoint after a gap",
        "checkpoint_gap",
        lambda s: _checkpoint(s, number=3),
        (NO_CHECKPOINT_CHECK,),
    ),
    Attack(
        "12 a checkpoint whose note says another size",
        "checkpoint_malformed",
        lambda s: _checkpoint(s, said="size + 1"),
        (no_constraint("checkpoints", "checkpoint_malformed"),),
    ),
    Attack(
        "12 a second checkpoint of the same number",
        "checkpoints_pkey",
        lambda s: _checkpoint(s, number=1),
        (no_constraint("checkpoints", "checkpoints_pkey"), NO_CHECKPOINT_CHECK),
    ),
    Attack(
        "12 a checkpoint that nobody signed who signed before",
        "signer_unvouched",
        lambda s: _checkpoint(s, key=STRANGER),
        (no_trigger("checkpoints", "signer_vouched"),),
    ),
    Attack(
        "12 a signer who signed no checkpoint",
        "signer_unvouched",
        lambda s: _signer(s, STRANGER),
        (NO_SIGNER_CHECK,),
    ),
    Attack(
        "12 a signer with half a key",
        "signer_malformed",
        lambda s: _signer(s, STRANGER[:16]),
        (no_constraint("signers", "signer_malformed"), NO_SIGNER_CHECK),
    ),
    Attack(
        "12 what was looked at for places, forgotten",
        "history_is_final",
        lambda s: f"DELETE FROM ledger.sequenced WHERE book_id = '{s.book.id}'",
        (no_trigger("sequenced", "history_is_final"),),
    ),
]
