"""What checks read, by name: of the whole book, or of what is new in it and what that touches.

A check compares `entries` with `transfers` and need not know how much of them a run looks at; so there is one
text of it for both. What is no part of the history (accounts, limits, periods) it reads from the table, all of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.audit.model import Since

_WORD = re.compile(r"\w+")
# What a transaction wrote that was still running when the last run read is older than that run by up to this.
OVERLAP = timedelta(hours=1)

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
    "activity_settlements": "timebank.activity_settlements WHERE community_id = :book",
    "leaves": "ledger.leaves WHERE book_id = :book",
    # Entries that follow one another on each account, and the last one before them.
    "new_entries": "ledger.entries WHERE book_id = :book",
    "starts": "ledger.entries WHERE false",
    # Those, and both of each transfer in `transfers`.
    "entries": "ledger.entries WHERE book_id = :book",
    # What takes back a transfer in `transfers`, or the same as that does; and what is taken back.
    "reversals": "ledger.transfers WHERE book_id = :book AND reverses IS NOT NULL",
    "originals": "ledger.transfers WHERE book_id = :book",
    # The transfers in `transfers`, and those of `leaves`.
    "leaf_transfers": "ledger.transfers WHERE book_id = :book",
}
# What each account's entries come to, and which is the last.
_SUMS = """
    SELECT account_id, max(version) AS version, sum(minutes)::bigint AS minutes FROM new_entries GROUP BY account_id
"""
_WHOLE = {name: f"SELECT * FROM {table}" for name, table in _TABLES.items()} | {"sums": _SUMS}  # noqa: S608


def _each(ids: str, table: str, condition: str) -> str:
    """The rows of a table for each id, by its index: OFFSET 0 keeps the planner from reading all of it."""
    return f"""
        SELECT found.* FROM ({ids}) one(id)
        CROSS JOIN LATERAL (SELECT * FROM {table} WHERE {condition} = one.id OFFSET 0) found
    """  # noqa: S608 - the SQL is ours


_TRANSFER = "ledger.transfers", "book_id = :book AND id"
_REVERSAL = "ledger.transfers", "book_id = :book AND reverses"
_OUTCOME = "ledger.outcomes", "book_id = :book AND id"
_END = "ledger.hold_ends", "book_id = :book AND hold_id"
_ENDED_BY = "ledger.hold_ends", "book_id = :book AND operation_id"
_LEAF = "ledger.leaves", "book_id = :book AND transfer_id"
_MOVEMENT = "timebank.movements", "community_id = :book AND transfer_id"
_MOVEMENT_ABOUT = "timebank.movements", "community_id = :book AND subject_id"
_SETTLEMENT = "timebank.settlements", "community_id = :book AND visit_id"
_ACTIVITY_SETTLEMENT = "timebank.activity_settlements", "community_id = :book AND participation_id"
_RESERVED = "timebank.reservations", "community_id = :book AND hold_id"
_RESERVED_FOR = "timebank.reservations", "community_id = :book AND subject_id"
# What `extent` gathered.
_NAMED = "SELECT unnest(CAST(:named AS uuid[]))"
_VISITS = "SELECT unnest(CAST(:visits AS uuid[]))"
_HOLDS = "SELECT unnest(CAST(:holds AS uuid[]))"
# Entries of one account commit in order and without a gap, so whatever lies past the mark is new, and all of it.
_NEW_ENTRIES = {
    "heads": """
        SELECT coalesce(a.id, r.account_id) AS account_id, coalesce(r.version, 0) AS version,
            coalesce(r.balance_minutes, 0) AS balance_minutes
        FROM (SELECT id FROM ledger.accounts WHERE book_id = :book) a
        FULL JOIN (SELECT * FROM timebank.reconciled WHERE community_id = :book) r ON r.account_id = a.id
    """,
    "new_entries": """
        SELECT e.* FROM heads h
        CROSS JOIN LATERAL (SELECT * FROM ledger.entries WHERE book_id = :book AND account_id = h.account_id
            AND version > h.version OFFSET 0) e
    """,
}
_NEWS = {
    **_NEW_ENTRIES,
    "starts": """
        SELECT h.account_id, h.version, coalesce(e.balance_after, h.balance_minutes) AS balance_after, e.posted_at
        FROM heads h
        LEFT JOIN LATERAL (SELECT * FROM ledger.entries WHERE book_id = :book AND account_id = h.account_id
            AND version = h.version OFFSET 0) e ON true
        WHERE h.version > 0
    """,
    "sums": """
        SELECT h.account_id, coalesce(max(e.version), h.version) AS version,
            (h.balance_minutes + coalesce(sum(e.minutes), 0))::bigint AS minutes
        FROM heads h
        LEFT JOIN new_entries e ON e.account_id = h.account_id
        GROUP BY h.account_id, h.version, h.balance_minutes
    """,
    "transfers": _each(_NAMED, *_TRANSFER),
    "outcomes": _each(_NAMED, *_OUTCOME),
    "movements": _each(_NAMED, *_MOVEMENT),
    "entries": """
        SELECT * FROM new_entries
        UNION
        SELECT e.* FROM transfers t
        CROSS JOIN LATERAL (VALUES (t.debit_id, t.debit_version), (t.credit_id, t.credit_version)) AS s(id, version)
        CROSS JOIN LATERAL (SELECT * FROM ledger.entries WHERE book_id = :book AND account_id = s.id
            AND version = s.version OFFSET 0) e
    """,
    "reversals": _each(
        "SELECT id FROM transfers UNION SELECT reverses FROM transfers WHERE reverses IS NOT NULL", *_REVERSAL
    ),
    "originals": _each("SELECT DISTINCT reverses FROM reversals", *_TRANSFER),
    "holds": _each(_HOLDS, "ledger.holds", "book_id = :book AND id"),
    "hold_ends": _each(_HOLDS, *_END),
    "reservations": _each(_HOLDS, *_RESERVED),
    "visits": _each(_VISITS, "timebank.visits", "community_id = :book AND id"),
    "settlements": _each(_VISITS, *_SETTLEMENT),
    # Gathered with the visits: what has a scheme's rules is about the one or the other.
    "activity_settlements": _each(_VISITS, *_ACTIVITY_SETTLEMENT),
    "leaves": f"""
        {_each(_NAMED, *_LEAF)}
        UNION
        SELECT * FROM ledger.leaves WHERE book_id = :book AND sequence >= :first_leaf
    """,  # noqa: S608 - the SQL is ours
    "leaf_transfers": _each(f"{_NAMED} UNION SELECT transfer_id FROM leaves", *_TRANSFER),  # noqa: S608
}
# Whatever is new, by its account's mark or by its time, and all that was posted or set aside for the same visits.
# A group that was posted together is in it whole or not at all: it has one moment, and one subject.
_GATHER = {
    **_NEW_ENTRIES,
    "ended": f"""
        SELECT * FROM ledger.hold_ends WHERE book_id = :book AND ended_at >= :after
        UNION
        {_each("SELECT DISTINCT transfer_id FROM new_entries", *_ENDED_BY)}
    """,  # noqa: S608 - the SQL is ours
    "held": """
        SELECT id FROM ledger.holds WHERE book_id = :book AND open
        UNION
        SELECT id FROM ledger.holds WHERE book_id = :book AND created_at >= :after
        UNION
        SELECT hold_id FROM ended
    """,
    "fresh": """
        SELECT transfer_id AS id FROM new_entries
        UNION
        SELECT id FROM ledger.outcomes WHERE book_id = :book AND decided_at >= :after
        UNION
        SELECT operation_id FROM ended WHERE operation_id IS NOT NULL
    """,
    "taken_back": f"""
        SELECT reverses FROM ({_each("SELECT id FROM fresh", *_TRANSFER)}) t WHERE reverses IS NOT NULL
    """,  # noqa: S608 - the SQL is ours
    "visited": f"""
        SELECT subject_id
        FROM ({_each("SELECT id FROM fresh UNION SELECT reverses FROM taken_back", *_MOVEMENT)}) m
        WHERE scheme_version_id IS NOT NULL
        UNION
        SELECT subject_id FROM ({_each("SELECT id FROM held", *_RESERVED)}) r
    """,  # noqa: S608 - the SQL is ours
    "set_aside": f"""
        SELECT id FROM held
        UNION
        SELECT hold_id FROM ({_each("SELECT subject_id FROM visited", *_RESERVED_FOR)}) r
    """,  # noqa: S608 - the SQL is ours
    "named": f"""
        SELECT id FROM fresh
        UNION
        SELECT id FROM set_aside
        UNION
        SELECT operation_id FROM ({_each("SELECT id FROM set_aside", *_END)}) e WHERE operation_id IS NOT NULL
        UNION
        SELECT transfer_id FROM ({_each("SELECT subject_id FROM visited", *_MOVEMENT_ABOUT)}) m
        UNION
        SELECT unnest(transfer_ids) FROM ({_each("SELECT subject_id FROM visited", *_SETTLEMENT)}) s
        UNION
        SELECT unnest(transfer_ids) FROM ({_each("SELECT subject_id FROM visited", *_ACTIVITY_SETTLEMENT)}) a
    """,  # noqa: S608 - the SQL is ours
}
_EARLIEST = "SELECT least(CAST(:after AS timestamptz), min(posted_at)) FROM new_entries"
_GATHERED = """
SELECT ARRAY(SELECT id FROM named) AS named, ARRAY(SELECT subject_id FROM visited) AS visits,
    ARRAY(SELECT id FROM set_aside) AS holds
"""


@dataclass(frozen=True)
class Extent:
    """How much of a book a run reads: the relations, and the values that they and the checks take."""

    since: Since | None
    values: Mapping[str, object]

    def over(self, sql: str) -> str:
        """A query over these relations."""
        if self.since is None:
            return _with(_WHOLE, "NOT MATERIALIZED", sql)
        return _with(_NEWS, "MATERIALIZED", sql)


async def extent(db: AsyncSession, book: UUID, since: Since | None) -> Extent:
    """The whole book, or what is new since then: first gathered, then read for each check by its keys."""
    if since is None:
        return Extent(None, {"book": book, "first_leaf": 0})
    # New entries may be older than that: of a posting that took long, or of a history that was dated by its owner.
    earliest = _with(_NEW_ENTRIES, "MATERIALIZED", _EARLIEST)
    given = {"book": book, "after": since.read_at - OVERLAP}
    given["after"] = await db.scalar(text(earliest), given)
    found = await db.execute(text(_with(_GATHER, "MATERIALIZED", _GATHERED)), given)
    return Extent(since, {"book": book, "first_leaf": since.leaves, **found.mappings().one()})


def _with(relations: Mapping[str, str], kept: str, sql: str) -> str:
    """A query with the relations that it uses, and those that they use: each stands behind what it is made of."""
    used = list[str]()
    words = set(_WORD.findall(sql))
    for name, query in reversed(list(relations.items())):
        if name in words:
            used.insert(0, f"{name} AS {kept} ({query})")
            words.update(_WORD.findall(query))
    return f"WITH {', '.join(used)} {sql}" if used else sql
