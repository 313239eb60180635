"""Proofs as files and as programs read them."""

from collections.abc import Sequence

from timebank.audit.proofs.schemas import CheckpointOut, CheckpointRows, GrowthOut, KeyOut
from timebank.audit.proofs.views import CheckpointLine, Growth, KeyLine
from timebank.core.lists import Page


def keys_file(keys: Sequence[KeyLine]) -> str:
    """The public keys, one a line, for `verify.py --key`; what begins with # is for people."""
    return "".join(f"{_remark(key)}\n{key.signer.verifier_key}\n" for key in keys)


def _remark(key: KeyLine) -> str:
    since = f"# {key.signer.key_id}: checkpoint {key.signer.since_number}, {key.signer.since:%Y-%m-%d}"
    return f"{since}, vouched for by {' '.join(key.vouched_by)}" if key.vouched_by else since


def checkpoint_rows(page: Page[CheckpointLine]) -> CheckpointRows:
    """A page of checkpoints."""
    rows = [
        CheckpointOut(
            number=line.checkpoint.number,
            size=line.checkpoint.size,
            root=line.root,
            made_at=line.checkpoint.made_at,
            signed_by=list(line.key_ids),
            stands=line.stands,
            text=line.checkpoint.note,
        )
        for line in page.rows
    ]
    return CheckpointRows(rows=rows, after=None if page.after is None else int(page.after))


def key_out(key: KeyLine) -> KeyOut:
    """A public key."""
    return KeyOut(
        key_id=key.signer.key_id,
        verifier_key=key.signer.verifier_key,
        since_checkpoint=key.signer.since_number,
        since=key.signer.since,
        vouched_by=list(key.vouched_by),
    )


def growth_out(found: Growth) -> GrowthOut:
    """What proves that nothing before was changed."""
    return GrowthOut(older=found.older.number, newer=found.newer.number, text=found.text)
