"""What checks read, by name: of the whole book, or of what is new in it and what that touches.

A check compares `entries` with `transfers` and need not know how much of them a run looks at; so there is one
text of it for both. What is no part of the history (accounts, limits, periods) it reads from the table, all of it.
"""

# Each is its table where all of it is read.
_TABLES = {
    "transfers": "ledger.transfers WHERE book_id = :book",
    "outcomes": "ledger.outcomes WHERE book_id = :book",
    "holds": "ledger.holds WHERE book_id = :book",
    "hold_ends": "ledger.hold_ends WHERE book_id = :book",
    "reservations": "timebank.reservations WHERE community_id = :book",
    "movements": "timebank.movements WHERE community_id = :book",
    "visits": "timebank.visits WHERE community_id = :book",
    "settlements": "timebank.settlements WHERE community_id = :book",
    "leaves": "ledger.leaves WHERE book_id = :book",
    # Entries that follow one another on each account, and the last one before them, where they begin.
    "new_entries": "ledger.entries WHERE book_id = :book",
    "starts": "ledger.entries WHERE false",
    # Those, and the entries of every transfer in `transfers`.
    "entries": "ledger.entries WHERE book_id = :book",
    # What reverses anything in `transfers`, or what these reverse; and what is reversed.
    "reversals": "ledger.transfers WHERE book_id = :book AND reverses IS NOT NULL",
    "originals": "ledger.transfers WHERE book_id = :book",
    # The transfers in `transfers`, and those of `leaves`.
    "leaf_transfers": "ledger.transfers WHERE book_id = :book",
}
# Of each account, what its entries come to and which is the last.
_SUMS = """
    SELECT account_id, max(version) AS version, sum(minutes)::bigint AS minutes FROM new_entries GROUP BY account_id
"""
WHOLE = {name: f"SELECT * FROM {table}" for name, table in _TABLES.items()} | {"sums": _SUMS}  # noqa: S608


def within(sql: str) -> str:
    """A query over these relations."""
    named = ", ".join(f"{name} AS NOT MATERIALIZED ({query})" for name, query in WHOLE.items())
    return f"WITH {named} {sql}"
