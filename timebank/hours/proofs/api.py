"""Receipts for programs."""

from uuid import UUID

from fastapi import APIRouter, Request

from timebank.access.doors import MemberCall, SignedInCall
from timebank.hours.proofs import service
from timebank.hours.proofs.doors import next_checkpoint
from timebank.hours.proofs.schemas import ReceiptBody
from timebank.web.versions import VersionedRoute

router = APIRouter(tags=["hours"], route_class=VersionedRoute)
_COMMUNITY = "/communities/{community_id}"


@router.get("/me/passbook/{transfer_id}/receipt")
async def my_receipt(request: Request, call: MemberCall, transfer_id: UUID) -> ReceiptBody:
    """The proof that an entry of mine stands in the book; 409 until a checkpoint holds it."""
    return await member_receipt(request, call, call.desk, call.actor.id, transfer_id)


@router.get(_COMMUNITY + "/members/{member_id}/passbook/{transfer_id}/receipt")
async def member_receipt(
    request: Request, call: SignedInCall, community_id: UUID, member_id: UUID, transfer_id: UUID
) -> ReceiptBody:
    """The proof that an entry of a member's passbook stands in the book; 409 until a checkpoint holds it."""
    found = await service.own_receipt(
        call,
        community_id=community_id,
        member_id=member_id,
        transfer_id=transfer_id,
        next_at=next_checkpoint(request, call.now),
    )
    return ReceiptBody.of(found)


@router.get(_COMMUNITY + "/transfers/{transfer_id}/receipt")
async def receipt(request: Request, call: SignedInCall, community_id: UUID, transfer_id: UUID) -> ReceiptBody:
    """The proof that a transfer stands in the book; 409 until a checkpoint holds it."""
    found = await service.receipt(
        call,
        community_id=community_id,
        transfer_id=transfer_id,
        next_at=next_checkpoint(request, call.now),
    )
    return ReceiptBody.of(found)
