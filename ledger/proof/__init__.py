"""Proof that nothing posted was changed: a tree over all transfers of a book, signed now and then.

This is the whole public surface of proof; `README.md` of the ledger tells how it is checked without us.
"""

from ledger.proof.errors import CheckpointRefused, NoKey, ProofError, TreeBroken
from ledger.proof.files import leaves as leaves_file
from ledger.proof.files import verifier
from ledger.proof.model import Checkpoint, Receipt, Signer
from ledger.proof.note import public_key, signed_by, verifier_key
from ledger.proof.queries import (
    LEAVES_MAX,
    checkpoint,
    checkpoints,
    consistency,
    is_signed,
    last_before,
    latest,
    leaves,
    receipt,
    signers,
    size,
    standing,
)
from ledger.proof.steps import BATCH, has_news, sequence, sign_checkpoint

__all__ = [
    "BATCH",
    "LEAVES_MAX",
    "Checkpoint",
    "CheckpointRefused",
    "NoKey",
    "ProofError",
    "Receipt",
    "Signer",
    "TreeBroken",
    "checkpoint",
    "checkpoints",
    "consistency",
    "has_news",
    "is_signed",
    "last_before",
    "latest",
    "leaves",
    "leaves_file",
    "public_key",
    "receipt",
    "sequence",
    "sign_checkpoint",
    "signed_by",
    "signers",
    "size",
    "standing",
    "verifier",
    "verifier_key",
]
