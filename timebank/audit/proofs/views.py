"""What the page of proof shows."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from ledger import proof
from timebank.access.model import UnitNode
from timebank.core.lists import Page


@dataclass(frozen=True, kw_only=True)
class CheckpointLine:
    """A checkpoint in the list.

    `key_ids`: whose signatures are true; none where somebody changed it. `stands`: the tree, as it is now,
    still begins with it; None where so much of the tree is missing that nobody can say.
    """

    checkpoint: proof.Checkpoint
    key_ids: tuple[str, ...]
    stands: bool | None

    @property
    def root(self) -> str:
        """The root as the file has it."""
        return base64.b64encode(self.checkpoint.root).decode()


@dataclass(frozen=True, kw_only=True)
class KeyLine:
    """A public key, and the older ones that signed together with it when it was new; none for the first."""

    signer: proof.Signer
    vouched_by: tuple[str, ...]
    is_first: bool


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Two checkpoints, and the file that proves that the newer one goes on from the older one."""

    older: proof.Checkpoint
    newer: proof.Checkpoint
    text: str


@dataclass(frozen=True, kw_only=True)
class ProofPage:
    """A community's proofs. `pair`: the two between which growth is offered, once there are two."""

    place: UnitNode
    latest: proof.Checkpoint | None
    page: Page[CheckpointLine]
    keys: Sequence[KeyLine]
    pair: tuple[proof.Checkpoint, proof.Checkpoint] | None

    @property
    def names(self) -> "FileNames":
        """What its files are called."""
        return FileNames(self.place.code)


@dataclass(frozen=True)
class FileNames:
    """How the files of one community are called; a community's code holds nothing that a shell would read."""

    code: str

    def checkpoint(self, number: int) -> str:
        """A checkpoint."""
        return f"checkpoint-{self.code}-{number}.txt"

    def leaves(self, number: int) -> str:
        """All leaves below a checkpoint."""
        return f"leaves-{self.code}-{number}.txt"

    def growth(self, older: int, newer: int) -> str:
        """From one checkpoint to another."""
        return f"growth-{self.code}-{older}-{newer}.txt"

    @property
    def keys(self) -> str:
        """The public keys."""
        return f"keys-{self.code}.txt"
