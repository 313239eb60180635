"""The receipt of an entry in a member's passbook: their own, or of somebody for whom they may look."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from timebank.access.doors import OwnOrFor
from timebank.hours.proofs import service
from timebank.hours.proofs.doors import next_checkpoint, receipt_file

# Stands at /me, and at /me/for/{principal_id}.
router = APIRouter()


@router.get("/passbook/{transfer_id:uuid}/receipt")
async def my_receipt(request: Request, whose: OwnOrFor, transfer_id: UUID) -> Response:
    """The file that proves that my entry stands in the book."""
    found = await service.own_receipt(
        whose.call,
        community_id=whose.call.desk,
        member_id=whose.member_id,
        transfer_id=transfer_id,
        next_at=next_checkpoint(request, whose.call.now),
    )
    return receipt_file(found)
