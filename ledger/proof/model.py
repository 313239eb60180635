"""Values of proof."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A signed tree head: the first `size` leaves of a book, and their root."""

    book_id: UUID
    number: int  # 1, 2, 3 …
    size: int
    root: bytes
    note: str
    made_at: datetime

    @property
    def origin(self) -> str:
        """The name of the book's log."""
        return self.note.partition("\n")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A public key that signs a book's checkpoints, and of which checkpoints it is the key so far."""

    public_key: bytes
    since_number: int
    since: datetime
    verifier_key: str

    @property
    def key_id(self) -> str:
        """Eight digits that tell keys apart, and prove nothing."""
        return self.verifier_key.split("+", 2)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A transfer's place in a checkpoint, and the file that proves it."""

    transfer_id: UUID
    index: int
    checkpoint: Checkpoint
    leaf: bytes
    text: str
