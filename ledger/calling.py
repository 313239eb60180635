"""The database's refusals by name, as the errors that a caller of ours can catch."""

from typing import Protocol

from sqlalchemy import TextClause
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import errors


class _Refused(Protocol):
    def __call__(self, detail: str) -> errors.LedgerError: ...


_ERRORS: dict[str, _Refused] = {
    "account_differs": errors.AccountDiffers,
    "account_not_empty": errors.AccountNotEmpty,
    "account_unknown": errors.AccountUnknown,
    "book_not_visible": errors.BookNotVisible,
    "account_malformed": errors.LimitsCrossed,
    "period_skipped": errors.PeriodSkipped,
    "period_unfinished": errors.PeriodUnfinished,
    "period_reopened": errors.PeriodReopened,
    "period_malformed": errors.PeriodMalformed,
    "approved_by_oneself": errors.ApprovedByOneself,
    "approval_differs": errors.ApprovalDiffers,
    "isolation_unfit": errors.IsolationUnfit,
}


def refusal_of(cause: BaseException | None) -> errors.LedgerError | None:
    """The error that a refusal of the driver's is for a caller; None if the refusal is not for one to mend."""
    # On the exception itself for a raised one, in its fields for a constraint.
    rule = getattr(cause, "constraint_name", None)
    return _ERRORS[rule](str(cause)) if rule in _ERRORS else None


async def call(db: AsyncSession, function: TextClause, **arguments: object) -> object:
    """What a function of the ledger returns."""
    try:
        return (await db.execute(function, arguments)).scalar_one()
    except DBAPIError as error:
        refused = refusal_of(error.orig.__cause__ if error.orig else None)
        if refused is not None:
            raise refused from error
        raise
