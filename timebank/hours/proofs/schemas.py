"""What programs read of proof."""

import base64
from uuid import UUID

from pydantic import BaseModel

from ledger import proof


class ReceiptBody(BaseModel):
    """A transfer's place in the newest checkpoint. `text` is the whole file (c2sp.org/tlog-proof), leaf included."""

    transfer_id: UUID
    index: int
    checkpoint: int
    size: int
    root: str
    text: str

    @classmethod
    def of(cls, found: proof.Receipt) -> "ReceiptBody":
        """As programs read it."""
        signed = found.checkpoint
        return cls(
            transfer_id=found.transfer_id,
            index=found.index,
            checkpoint=signed.number,
            size=signed.size,
            root=base64.b64encode(signed.root).decode(),
            text=found.text,
        )
