"""A receipt at the desk."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import DeskCall
from timebank.hours.proofs import service
from timebank.hours.proofs.doors import next_checkpoint, receipt_file

router = APIRouter()


@router.get("/accounts/entries/{transfer_id:uuid}/receipt")
async def receipt(request: Request, call: DeskCall, transfer_id: UUID) -> Response:
    """The file that proves that an entry stands in the book."""
    found = await service.receipt(
        call,
        community_id=call.desk,
        transfer_id=transfer_id,
        next_at=next_checkpoint(request, call.now),
    )
    return receipt_file(found)
