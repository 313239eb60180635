"""Every check of a reconciliation, in the order in which a reader meets them.

A new check is a `Check` in one of these modules, added to its `CHECKS`; it needs a deed in
`tests/audit/deeds.py` that only it finds (those of proof in `tests/audit/test_proofs.py`). What it reads of the
history it reads by the names of `relations`, or every night would read all of it; or it is `left_to_full`.
"""

from timebank.audit.checks import (
    accounts,
    activities,
    holds,
    members,
    movements,
    periods,
    proofs,
    transfers,
    visits,
)
from timebank.audit.model import Check, Fault

CHECKS: tuple[Check, ...] = (
    *accounts.CHECKS,
    *members.CHECKS,
    *holds.CHECKS,
    *transfers.CHECKS,
    *periods.CHECKS,
    *movements.CHECKS,
    *visits.CHECKS,
    *activities.CHECKS,
    *proofs.CHECKS,
)
BY_NAME = {check.name: check for check in CHECKS}


def fault(check: str, code: str) -> Fault:
    """What a check's fault says; its bare code where this version has it no more."""
    known = BY_NAME[check].faults if check in BY_NAME else ()
    return next((found for found in known if found.code == code), Fault(code, code))
