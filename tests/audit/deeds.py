"""What somebody with all rights may do to the books, and what a check says of it."""

from tests.audit import holds_tampered_with

# As the ledger makes it, for somebody who knows how and covers their tracks.
REDIGEST = r"""
UPDATE ledger.outcomes o SET digest = sha256(
    uuid_send(t.book_id) || uuid_send(t.id) || uuid_send(t.debit_id) || uuid_send(t.credit_id)
    || int8send(t.minutes) || int4send(octet_length(t.kind)) || convert_to(t.kind, 'UTF8')
    || date_send(t.effective_on) || coalesce('\x01'::bytea || date_send(t.served_on), '\x00'::bytea)
    || uuid_send(t.actor_id) || coalesce('\x01'::bytea || uuid_send(t.reverses), '\x00'::bytea)
    || boolsend(t.forced) || coalesce('\x01'::bytea || sha256(convert_to(t.reason, 'UTF8')), '\x00'::bytea)
    || coalesce('\x01'::bytea || t.evidence, '\x00'::bytea))
FROM ledger.transfers t WHERE t.id = o.id AND t.id = :gift
"""
_LAST = "(SELECT max(version) FROM ledger.entries WHERE account_id = :chen)"

# What only one check finds: what is done, and what that check says of it.
ALONE: list[tuple[str, list[str], tuple[str, str]]] = [
    *holds_tampered_with.ALONE,
    (
        "a settlement of an activity says more",
        ["UPDATE timebank.activity_settlements SET minutes = minutes + 5 WHERE reversed_at IS NULL"],
        ("activity_settlement_has_transfers", "sum_differs"),
    ),
    (
        "a sheet says that somebody served longer",
        ["UPDATE timebank.participations SET served_minutes = served_minutes + 5 WHERE came"],
        ("activity_is_as_signed", "served_differs"),
    ),
    (
        "an activity was on another day",
        ["UPDATE timebank.activities SET held_on = held_on - 1"],
        ("activity_is_as_signed", "part_differs"),
    ),
    (
        "an account claims one entry more",
        ["UPDATE ledger.accounts SET version = version + 1 WHERE id = :feng"],
        ("head_is_last_entry", "version_differs"),
    ),
    (
        "entries were renumbered everywhere",
        [
            (
                f"UPDATE ledger.transfers SET debit_version = {_LAST} + 5"
                f" WHERE debit_id = :chen AND debit_version = {_LAST}"
            ),
            f"UPDATE ledger.accounts SET version = {_LAST} + 5 WHERE id = :chen",
            f"UPDATE ledger.entries SET version = version + 5 WHERE account_id = :chen AND version = {_LAST}",
        ],
        ("chain_unbroken", "entries_missing"),
    ),
    (
        "an entry claims relief",
        ["UPDATE ledger.entries SET relief_minutes = 5 WHERE account_id = :feng AND version = 2"],
        ("limits_kept", "relief_differs"),
    ),
    (
        "a ceiling was raised by nobody",
        ["UPDATE ledger.accounts SET ceiling_minutes = ceiling_minutes + 60 WHERE id = :feng"],
        ("limits_recorded", "limits_changed"),
    ),
    (
        "an entry has a ceiling that nobody set",
        ["UPDATE ledger.entries SET ceiling_minutes = 99999 WHERE account_id = :feng AND version = 2"],
        ("limits_recorded", "limits_unknown"),
    ),
    (
        "somebody with hours is said to be no member",
        [
            "ALTER TABLE timebank.members DISABLE TRIGGER served_has_no_account",
            "UPDATE timebank.members SET status = 'served', is_helper = false WHERE id = :feng",
        ],
        ("served_has_no_account", "served_has_account"),
    ),
    (
        "a neighbour says that it is owed minutes",
        ["UPDATE ledger.accounts SET balance_minutes = 15 WHERE book_id = :neighbour"],
        ("clearing_mirrors", "clearing_differs"),
    ),
    (
        "minutes are held for nothing",
        ["UPDATE ledger.accounts SET held_minutes = 10 WHERE id = :feng"],
        ("held_is_open_holds", "held_differs"),
    ),
    (
        "two entries were swapped",
        [
            (
                "UPDATE ledger.entries SET transfer_id = CASE transfer_id WHEN :helped THEN :again ELSE :helped END"
                " WHERE account_id = :zhou AND transfer_id IN (:helped, :again)"
            )
        ],
        ("transfer_has_two_entries", "entry_of_another"),
    ),
    (
        "an outcome is gone",
        ["DELETE FROM ledger.outcomes WHERE id = :again"],
        ("transfer_has_outcome", "outcome_missing"),
    ),
    (
        "another actor stands on a transfer",
        ["UPDATE ledger.transfers SET actor_id = :feng WHERE id = :again"],
        ("transfer_is_as_asked", "content_changed"),
    ),
    (
        "another actor stands on one of two transfers posted together",
        ["UPDATE ledger.transfers SET actor_id = :feng WHERE id = :pooled"],
        ("transfer_is_as_asked", "group_changed"),
    ),
    (
        "a gift claims to take an opening back, digest and all",
        ["UPDATE ledger.transfers SET reverses = :opening WHERE id = :gift", REDIGEST],
        ("reversal_mirrors", "reversal_unmirrored"),
    ),
    (
        "a leaf was edited",
        [
            "ALTER TABLE ledger.transfers ALTER COLUMN leaf DROP EXPRESSION",
            "UPDATE ledger.transfers SET leaf = set_byte(leaf, 88, 61) WHERE id = :again",
        ],
        ("leaf_is_content", "leaf_differs"),
    ),
    (
        "a closing balance has more on both sides",
        [
            (
                "UPDATE ledger.closing_balances SET debit_minutes = debit_minutes + 5,"
                " credit_minutes = credit_minutes + 5 WHERE account_id = :zhou AND month = '2026-02-01'"
            )
        ],
        ("closing_is_sum", "closing_differs"),
    ),
    (
        "a closing balance of the last month is gone",
        ["DELETE FROM ledger.closing_balances WHERE account_id = :zhou AND month = '2026-03-01'"],
        ("closing_is_sum", "closing_missing"),
    ),
    (
        "a closing balance points past entries of its month",
        [
            (
                "UPDATE ledger.closing_balances SET later_version = later_version + 1000, last_version = 0"
                " WHERE account_id = :zhou AND month = '2026-02-01'"
            )
        ],
        ("closing_is_sum", "closing_misplaced"),
    ),
    (
        "a month was never closed",
        ["DELETE FROM ledger.periods WHERE month = '2026-02-01'"],
        ("months_follow", "period_missing"),
    ),
    (
        "a closed month is open again",
        [
            (
                "UPDATE ledger.periods SET state = 'closing', closed_at = NULL, closed_by = NULL"
                " WHERE month = '2026-03-01'"
            )
        ],
        ("months_follow", "period_reopened"),
    ),
    (
        "a month was closed before its last posting",
        ["UPDATE ledger.periods SET closed_at = closing_at - interval '1 hour' WHERE month = '2026-03-01'"],
        ("month_stays_closed", "posted_after_closing"),
    ),
    (
        "an approval is gone",
        ["DELETE FROM ledger.approvals"],
        ("month_stays_closed", "correction_unapproved"),
    ),
    (
        "a correction was approved by whoever entered it",
        ["UPDATE ledger.approvals SET approved_by = entered_by"],
        ("month_stays_closed", "approved_by_oneself"),
    ),
    (
        "what a gift was about is gone",
        ["DELETE FROM timebank.movements WHERE transfer_id = :gift"],
        ("movement_has_transfer", "movement_missing"),
    ),
    (
        "the rate that a visit was reckoned by was changed",
        [
            """UPDATE timebank.movements SET basis = basis || '{"rate_numerator": 7}' WHERE transfer_id = :again"""
        ],
        ("movement_is_evidence", "movement_changed"),
    ),
    (
        "a visit claims another revision",
        ["UPDATE timebank.visits SET revision = 9 WHERE id = :second"],
        ("visit_has_settlement", "settlement_differs"),
    ),
    (
        "a reversed settlement is gone",
        ["DELETE FROM timebank.settlements WHERE visit_id = :corrected AND revision = 1"],
        ("settlement_has_transfers", "transfer_unlisted"),
    ),
    (
        "the confirmed minutes of a visit were changed",
        ["UPDATE timebank.visits SET confirmed_minutes = 61 WHERE id = :second"],
        ("visit_is_as_posted", "confirmed_differs"),
    ),
    (
        "the helper of a visit was changed",
        ["UPDATE timebank.visits SET helper_id = :chen WHERE id = :second"],
        ("visit_is_as_posted", "parties_differ"),
    ),
    (
        "the day of a visit was changed",
        ["UPDATE timebank.visits SET served_on = served_on - 1 WHERE id = :second"],
        ("visit_is_as_posted", "day_differs"),
    ),
]

# What several checks find, each from its side.
SEEN: list[tuple[str, tuple[str, str]]] = [
    *holds_tampered_with.SEEN,
    (
        "UPDATE ledger.accounts SET balance_minutes = balance_minutes + 1 WHERE id = :feng",
        ("head_is_sum", "head_not_sum"),
    ),
    (
        "UPDATE ledger.accounts SET balance_minutes = balance_minutes + 1 WHERE id = :feng",
        ("head_is_last_entry", "head_differs"),
    ),
    (
        "UPDATE ledger.accounts SET balance_minutes = balance_minutes + 1 WHERE id = :feng",
        ("book_is_zero", "balances_not_zero"),
    ),
    ("DELETE FROM ledger.accounts WHERE id = :feng", ("head_is_sum", "account_missing")),
    (
        "UPDATE ledger.entries SET minutes = minutes + 1 WHERE account_id = :feng AND version = 2",
        ("book_is_zero", "entries_not_zero"),
    ),
    (
        "UPDATE ledger.entries SET balance_before = 1 WHERE account_id = :feng AND version = 2",
        ("chain_unbroken", "start_differs"),
    ),
    (
        "UPDATE ledger.entries SET minutes = minutes + 1 WHERE account_id = :feng AND version = 2",
        ("chain_unbroken", "sum_differs"),
    ),
    (
        (
            "UPDATE ledger.entries SET posted_at = posted_at - interval '1 day'"
            " WHERE account_id = :feng AND version = 2"
        ),
        ("chain_unbroken", "time_goes_back"),
    ),
    (
        (
            "UPDATE ledger.closing_balances SET credit_minutes = credit_minutes + 5"
            " WHERE account_id = :zhou AND month = '2026-02-01'"
        ),
        ("months_follow", "opening_differs"),
    ),
    (
        "UPDATE ledger.entries SET floor_minutes = 5000 WHERE account_id = :feng AND version = 2",
        ("limits_kept", "floor_passed"),
    ),
    (
        "UPDATE ledger.entries SET ceiling_minutes = 1 WHERE account_id = :zhou AND version = 2",
        ("limits_kept", "ceiling_passed"),
    ),
    (
        "DELETE FROM ledger.entries WHERE transfer_id = :again AND account_id = :feng",
        ("transfer_has_two_entries", "entry_missing"),
    ),
    ("DELETE FROM ledger.transfers WHERE id = :again", ("transfer_has_two_entries", "transfer_missing")),
    (
        "UPDATE ledger.transfers SET minutes = minutes + 1 WHERE id = :again",
        ("transfer_has_two_entries", "entry_minutes_differ"),
    ),
    (
        "UPDATE ledger.entries SET effective_on = effective_on - 1 WHERE transfer_id = :again",
        ("transfer_has_two_entries", "entry_dates_differ"),
    ),
    ("DELETE FROM ledger.transfers WHERE id = :again", ("transfer_has_outcome", "transfer_gone")),
    (
        "UPDATE ledger.outcomes SET refusal = 'floor_breached' WHERE id = :again",
        ("transfer_has_outcome", "refused_yet_there"),
    ),
    (
        "UPDATE ledger.outcomes SET decided_at = decided_at - interval '1 day' WHERE id = :again",
        ("transfer_has_outcome", "moment_differs"),
    ),
    (
        "UPDATE ledger.transfers SET reverses = :zhou WHERE id = :gift",
        ("reversal_mirrors", "original_missing"),
    ),
    (
        (
            "UPDATE ledger.transfers SET reverses ="
            " (SELECT id FROM ledger.transfers WHERE reverses IS NOT NULL LIMIT 1) WHERE id = :gift"
        ),
        ("reversal_mirrors", "reversal_of_reversal"),
    ),
    (
        (
            "UPDATE ledger.transfers g SET (reverses, debit_id, credit_id, minutes) ="
            " (SELECT reverses, debit_id, credit_id, minutes FROM ledger.transfers"
            " WHERE reverses IS NOT NULL LIMIT 1) WHERE id = :gift"
        ),
        ("reversal_mirrors", "reversed_twice"),
    ),
    (
        "UPDATE ledger.transfers SET forced = true, reason = ' ' WHERE reverses IS NOT NULL",
        ("reversal_mirrors", "forced_without_reason"),
    ),
    ("DELETE FROM ledger.transfers WHERE id = :opening", ("movement_has_transfer", "transfer_gone")),
    (
        "UPDATE timebank.movements SET kind = 'gift' WHERE transfer_id = :again",
        ("movement_has_transfer", "kind_differs"),
    ),
    (
        "UPDATE timebank.movements SET served_on = served_on - 1 WHERE transfer_id = :again",
        ("movement_has_transfer", "served_on_differs"),
    ),
    (
        "UPDATE timebank.visits SET settled_minutes = 90 WHERE id = :second",
        ("visit_is_its_transfers", "visit_differs"),
    ),
    ("DELETE FROM timebank.visits WHERE id = :second", ("visit_is_its_transfers", "visit_missing")),
    (
        "DELETE FROM timebank.settlements WHERE visit_id = :second",
        ("visit_has_settlement", "settlement_missing"),
    ),
    (
        "UPDATE timebank.visits SET status = 'confirmed' WHERE id = :second",
        ("visit_has_settlement", "settled_unsaid"),
    ),
    ("DELETE FROM ledger.transfers WHERE id = :again", ("settlement_has_transfers", "transfer_gone")),
    (
        "UPDATE timebank.settlements SET minutes = minutes + 30 WHERE visit_id = :second",
        ("settlement_has_transfers", "sum_differs"),
    ),
    (
        (
            "UPDATE timebank.settlements SET transfer_ids = transfer_ids || CAST(:again AS uuid)"
            " WHERE visit_id = :first"
        ),
        ("settlement_has_transfers", "of_another_visit"),
    ),
    (
        "UPDATE timebank.settlements SET reversed_at = now() WHERE visit_id = :second",
        ("settlement_has_transfers", "reversal_missing"),
    ),
    (
        "UPDATE timebank.settlements SET reversed_at = NULL WHERE visit_id = :corrected",
        ("settlement_has_transfers", "reversed_unsaid"),
    ),
    (
        "DELETE FROM ledger.transfers WHERE id = :talked",
        ("activity_settlement_has_transfers", "transfer_gone"),
    ),
    (
        (
            "UPDATE timebank.activity_settlements SET transfer_ids = ARRAY[CAST(:untold AS uuid)]"
            " WHERE reversed_at IS NULL"
        ),
        ("activity_settlement_has_transfers", "of_another_part"),
    ),
    (
        "UPDATE timebank.activity_settlements SET reversed_at = now() WHERE reversed_at IS NULL",
        ("activity_settlement_has_transfers", "reversal_missing"),
    ),
    (
        "UPDATE timebank.activity_settlements SET reversed_at = NULL",
        ("activity_settlement_has_transfers", "reversed_unsaid"),
    ),
    (
        "DELETE FROM timebank.activity_settlements WHERE reversed_at IS NULL",
        ("activity_settlement_has_transfers", "transfer_unlisted"),
    ),
]
