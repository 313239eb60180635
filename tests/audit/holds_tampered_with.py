"""What may be done to holds behind everybody's back; `test_checks` does it, and looks who finds it."""

# What only one check finds: what is done, and what that check says of it.
ALONE: list[tuple[str, list[str], tuple[str, str]]] = [
    (
        "an entry says that less was held",
        [
            "UPDATE ledger.entries SET held_minutes = held_minutes - 1 WHERE transfer_id = :used AND held_minutes > 0"
        ],
        ("held_is_open_holds", "held_differs"),
    ),
    (
        "a hold was let go twice",
        [
            "ALTER TABLE ledger.hold_ends DROP CONSTRAINT hold_resolved",
            (
                "INSERT INTO ledger.hold_ends SELECT book_id, hold_id, 'expired', 0, NULL, NULL, NULL, ended_at"
                " FROM ledger.hold_ends WHERE hold_id = :void_hold"
            ),
        ],
        ("hold_ends_once", "ended_twice"),
    ),
    (
        "a hold that was let go is open",
        ["UPDATE ledger.holds SET open = true WHERE id = :void_hold"],
        ("hold_ends_once", "ended_yet_open"),
    ),
    (
        "an open hold is closed and never ended",
        ["UPDATE ledger.holds SET open = false WHERE id = :open_hold"],
        ("hold_ends_once", "end_missing"),
    ),
    (
        "another reason stands on a hold",
        ["UPDATE ledger.holds SET reason = '没说好' WHERE id = :open_hold"],
        ("hold_is_as_asked", "act_changed"),
    ),
    (
        "another actor stands on a void",
        ["UPDATE ledger.hold_ends SET actor_id = :feng WHERE hold_id = :void_hold"],
        ("hold_is_as_asked", "act_changed"),
    ),
    (
        "a hold expires later than was asked",
        ["UPDATE ledger.holds SET expires_at = expires_at + interval '1 day' WHERE id = :open_hold"],
        ("hold_is_as_asked", "act_changed"),
    ),
    (
        "what is held is for a visit that is over",
        [
            (
                "INSERT INTO timebank.reservations SELECT community_id, :open_hold, id, served_on, category,"
                " helper_id, recipient_id FROM timebank.visits WHERE id = :first"
            ),
        ],
        ("hold_has_visit", "visit_over"),
    ),
    (
        "the outcome of a hold is gone",
        ["DELETE FROM ledger.outcomes WHERE id = :open_hold"],
        ("hold_is_as_asked", "act_unasked"),
    ),
]

# What several checks find, each from its side.
SEEN: list[tuple[str, tuple[str, str]]] = [
    (
        "INSERT INTO timebank.reservations VALUES (:here, :open_hold, :gift, '2026-11-20', 'clinic', :zhou, :feng)",
        ("hold_has_visit", "visit_missing"),
    ),
    ("DELETE FROM ledger.holds WHERE id = :void_hold", ("hold_ends_once", "hold_missing")),
    (
        "UPDATE ledger.holds SET minutes = 24 WHERE minutes = 40",
        ("hold_ends_once", "captured_too_much"),
    ),
    ("UPDATE ledger.transfers SET minutes = 26 WHERE id = :used", ("hold_ends_once", "capture_differs")),
    ("DELETE FROM ledger.transfers WHERE id = :used", ("hold_ends_once", "capture_differs")),
    (
        "UPDATE ledger.hold_ends SET how = 'expired' WHERE hold_id = :void_hold",
        ("hold_ends_once", "ended_out_of_time"),
    ),
    ("DELETE FROM ledger.holds WHERE id = :open_hold", ("hold_is_as_asked", "act_gone")),
    ("DELETE FROM ledger.hold_ends WHERE operation_id = :used", ("hold_is_as_asked", "act_gone")),
]
