"""What can go wrong with a proof.

LedgerError
└── ProofError
    ├── NoKey               a checkpoint without a key to sign it
    ├── CheckpointRefused   one that shrinks, changes, goes beyond the leaves, or is signed by strangers
    └── TreeBroken          hashes of the tree are missing
"""

from dataclasses import dataclass

from ledger.errors import LedgerError


class ProofError(LedgerError):
    """Nothing can be proved so."""


class NoKey(ProofError):
    """A checkpoint is signed by one key at least."""


@dataclass
class CheckpointRefused(ProofError):
    """The database, or we, refuse a checkpoint by `rule`."""

    rule: str
    detail: str


@dataclass
class TreeBroken(ProofError):
    """So many hashes that should be there are missing: somebody was at the tables."""

    missing: int
