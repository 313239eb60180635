"""Checks of who has an account: nobody who is only helped has one that moves."""

from timebank.audit.model import Check, Fault
from timebank.core.errors import N_

SERVED = Check(
    name="served_has_no_account",
    label=N_("受助对象没有账户"),
    means=N_("只受助、不入会的人没有账户；以前入过会的，账户停用：余额和预留是零，不进也不出"),
    counts="accounts",
    faults=(Fault("served_has_account", N_("受助对象名下有能进出的账户"), N_("账户上记的余额")),),
    sql="""
        SELECT 'served_has_account' AS fault, a.id AS account_id,
            a.balance_minutes AS recorded_minutes, 0::bigint AS expected_minutes
        FROM timebank.members m
        JOIN ledger.accounts a ON a.book_id = m.community_id AND a.id = m.id
        WHERE m.community_id = :book AND m.status = 'served' AND a.closed_at IS NULL
            AND (a.balance_minutes, a.held_minutes, a.floor_minutes, a.ceiling_minutes)
                IS DISTINCT FROM (0, 0, 0, 0)
    """,
)

CHECKS = (SERVED,)
