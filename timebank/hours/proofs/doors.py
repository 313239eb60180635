"""What pages and routes of proof share: when a checkpoint is next signed, and a receipt as a file."""

from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from ledger import proof
from timebank.access.guard import Call
from timebank.hours.model import Explanation
from timebank.hours.proofs import service
from timebank.web.text_files import text_response

# The name of the job that signs them.
SIGNING = "checkpoint"


def next_checkpoint(request: Request, now: datetime) -> datetime | None:
    """When the next checkpoint is to be signed; None where this service runs no such job."""
    signing = next((job for job in request.app.state.jobs if job.name == SIGNING), None)
    found: datetime | None = signing.next_after(now) if signing else None
    return found


async def proof_of(request: Request, call: Call, found: Explanation) -> dict[str, Any]:
    """Whether an entry's receipt can be had, and when otherwise."""
    is_signed = await service.is_signed(call, community_id=found.community_id, transfer_id=found.transfer_id)
    return {"is_signed": is_signed, "next_checkpoint": next_checkpoint(request, call.now)}


def receipt_file(found: proof.Receipt) -> Response:
    """A receipt to download."""
    return text_response(f"receipt-{found.transfer_id}.tlog-proof", found.text)
