"""The page of proof, and the files that an auditor takes home from it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ledger import proof
from timebank.access.doors import DeskCall
from timebank.access.guard import Call
from timebank.audit import rules
from timebank.audit.proofs import service
from timebank.audit.proofs.schemas import GrowthFilter, Numbered, ProofFilter
from timebank.audit.proofs.telling import keys_file
from timebank.audit.proofs.views import FileNames
from timebank.core import clock
from timebank.hours.proofs.doors import next_checkpoint
from timebank.web.forms import asked_for
from timebank.web.render import render
from timebank.web.text_files import text_response

router = APIRouter()
VERIFIER = "verify.py"


@router.get("/audit/proof")
async def proofs(request: Request, call: DeskCall) -> Response:
    """What is proved, with which files, and how to check it; the checkpoints, newest first."""
    given = asked_for(request, ProofFilter)
    found = await service.proofs(
        call, community_id=call.desk, after=given.after, older=given.older, newer=given.newer
    )
    context = {
        "found": found,
        "names": found.names,
        "next_checkpoint": next_checkpoint(request, call.now),
        "this_month": rules.month_of(clock.day_of(call.now)).name,
    }
    return render(request, "audit/proof.html", context)


@router.get(f"/audit/proof/{VERIFIER}")
async def verifier(call: DeskCall) -> Response:
    """The program that checks the other files."""
    return text_response(VERIFIER, proof.verifier(), kind="text/x-python")


@router.get("/audit/proof/keys")
async def keys(call: DeskCall) -> Response:
    """The public keys."""
    found = await service.keys(call, community_id=call.desk)
    return text_response((await _names(call)).keys, keys_file(found))


@router.get("/audit/proof/growth")
async def growth(request: Request, call: DeskCall) -> Response:
    """The proof that one checkpoint goes on from another."""
    given = asked_for(request, GrowthFilter)
    found = await service.growth(call, community_id=call.desk, older=given.older, newer=given.newer)
    return text_response((await _names(call)).growth(given.older, given.newer), found.text)


@router.get("/audit/proof/checkpoints/{number}")
async def checkpoint(call: DeskCall, number: Numbered) -> Response:
    """One checkpoint."""
    found = await service.checkpoint(call, community_id=call.desk, number=number)
    return text_response((await _names(call)).checkpoint(number), found.note)


@router.get("/audit/proof/checkpoints/{number}/leaves")
async def leaves(call: DeskCall, number: Numbered) -> Response:
    """Every transfer's leaf below a checkpoint; taking it is written down."""
    told = await service.export_leaves(call, community_id=call.desk, number=number)
    return text_response((await _names(call)).leaves(number), told)


async def _names(call: Call) -> FileNames:
    return FileNames((await service.place(call, community_id=call.desk)).code)
