"""What the database refuses of checkpoints, under the names that it knows them by."""

from collections.abc import Collection, Iterable

from ledger.proof import note
from ledger.proof.errors import CheckpointRefused
from ledger.proof.model import Checkpoint
from ledger.proof.note import Head


def checkpoint_shrinks(last: Checkpoint, now: Head) -> bool:
    """A checkpoint never counts fewer leaves than the one before it."""
    return now.size < last.size


def checkpoint_changed(last: Checkpoint, now: Head) -> bool:
    """Neither the log's name nor what it said at a size is ever another."""
    return now.origin != last.origin or (now.size == last.size and now.root != last.root)


def signer_unvouched(known: Collection[bytes], publics: Collection[bytes]) -> bool:
    """A key that is new signs together with one that signed before, or anybody's key would do."""
    return bool(known) and not set(known) & set(publics)


def checkpoint_follows(last: Checkpoint, now: Head) -> None:
    """Raises CheckpointRefused where it doesn't."""
    for rule in (checkpoint_shrinks, checkpoint_changed):
        if rule(last, now):
            raise CheckpointRefused(rule.__name__, f"after checkpoint {last.number}")


def is_news(last: Checkpoint, size: int, publics: Iterable[bytes]) -> bool:
    """True where there are more leaves than the last checkpoint counted, or a key has not signed it."""
    return size != last.size or note.signed_by(last.note, publics) != frozenset(publics)
