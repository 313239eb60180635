"""What could be tried on the ledger by raw SQL, and which rule must refuse it; numbered as in the README."""

from tests.ledger.attack import Attack, no_constraint, no_trigger
from tests.ledger.books import new_id
from tests.ledger.forgery import Forgery, Line
from tests.ledger.period_attacks import PERIODS
from tests.ledger.proof_attacks import PROOF

NO_ENTRY_CHECK = no_trigger("entries", "entries_whole")
NO_TRANSFER_CHECK = no_trigger("transfers", "transfers_whole")
NO_HEAD_CHECK = no_trigger("accounts", "head_is_last_entry")
NO_MIRROR_CHECK = no_trigger("transfers", "reversal_mirrored")
NO_FLOOR = (no_constraint("accounts", "floor_breached"), no_constraint("entries", "floor_breached"))
NO_CEILING = (no_constraint("accounts", "ceiling_breached"), no_constraint("entries", "ceiling_breached"))
NO_RELIEF = no_constraint("accounts", "relief_unearned")

AMOUNTS = [
    Attack(
        f"1 a transfer of {minutes} minutes",
        "amount_out_of_range",
        lambda s, minutes=minutes: Forgery(
            s, debit_id=s.book.opening, credit_id=s.book.pool, minutes=minutes
        ).sql(),
        (no_constraint("transfers", "amount_out_of_range"),),
    )
    for minutes in (0, 10_000_001)
]

PARTIES = [
    Attack(
        "2 a transfer to the same account",
        "same_account",
        lambda s: Forgery(
            s,
            credit_id=s.book.li,
            lines=(
                Line(s.book.li, -10),
                Line(s.book.li, 10, version=s.accounts[s.book.li].version + 2, before=50),
            ),
        ).sql(),
        (no_constraint("transfers", "same_account"),),
    ),
    Attack(
        "2 a transfer to an account of another book, entered in its own",
        "head_not_last_entry",
        lambda s: Forgery(s, credit_id=s.other_book.wang).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "2 a transfer to an account of another book, entered there",
        "entries_unbalanced",
        lambda s: Forgery(
            s,
            credit_id=s.other_book.wang,
            lines=(Line(s.book.li, -10), Line(s.other_book.wang, 10, book_id=s.other_book.id)),
        ).sql(),
        (NO_ENTRY_CHECK,),
    ),
]

BALANCING = [
    Attack(
        "3 a transfer without entries",
        "entries_unbalanced",
        lambda s: Forgery(s, lines=()).sql(),
        (NO_TRANSFER_CHECK,),
    ),
    Attack(
        "3 a transfer with its debit entry only",
        "entries_unbalanced",
        lambda s: Forgery(s, lines=(Line(s.book.li, -10),)).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "3 a transfer with its credit entry only",
        "entries_unbalanced",
        lambda s: Forgery(s, lines=(Line(s.book.wang, 10),)).sql(),
        (NO_ENTRY_CHECK, NO_TRANSFER_CHECK),
    ),
    Attack(
        "3 a transfer with a third entry",
        "entries_unbalanced",
        lambda s: Forgery(
            s, lines=(Line(s.book.li, -10), Line(s.book.wang, 10), Line(s.book.pool, 10))
        ).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "3 a transfer that gives more than it takes",
        "entries_unbalanced",
        lambda s: Forgery(s, lines=(Line(s.book.li, -10), Line(s.book.wang, 11))).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "3 a transfer that takes from both",
        "entries_unbalanced",
        lambda s: Forgery(s, lines=(Line(s.book.li, -10), Line(s.book.wang, -10))).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "3 entries of no transfer",
        "entries_unbalanced",
        lambda s: Forgery(s, transfer=False).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "3 a third entry on a transfer of last week",
        "entries_unbalanced",
        lambda s: Forgery(
            s, id=s.transfer_id, outcome=None, transfer=False, lines=(Line(s.book.wang, 10),)
        ).sql(),
        (NO_ENTRY_CHECK,),
    ),
]

CHAINS = [
    Attack(
        "4 an entry after a gap",
        "chain_broken",
        lambda s: Forgery(
            s, lines=(Line(s.book.li, -10, version=s.accounts[s.book.li].version + 2), Line(s.book.wang, 10))
        ).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "4 an entry that begins where none ended",
        "chain_broken",
        lambda s: Forgery(s, lines=(Line(s.book.li, -10, before=70), Line(s.book.wang, 10))).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "4 an entry whose sum is wrong",
        "chain_broken",
        lambda s: Forgery(s, lines=(Line(s.book.li, -10, after=60), Line(s.book.wang, 10))).sql(),
        (no_constraint("entries", "chain_broken"),),
    ),
    Attack(
        "4 a second entry of the same version",
        "entries_pkey",
        lambda s: Forgery(
            s, lines=(Line(s.book.li, -10, version=s.accounts[s.book.li].version), Line(s.book.wang, 10))
        ).sql(),
        (no_constraint("entries", "entries_pkey"), NO_ENTRY_CHECK, NO_TRANSFER_CHECK, NO_HEAD_CHECK),
    ),
]

HEADS = [
    Attack(
        "5 a posting that leaves the heads alone",
        "head_not_last_entry",
        lambda s: Forgery(s, heads=False).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "5 another balance",
        "head_not_last_entry",
        lambda s: f"UPDATE ledger.accounts SET balance_minutes = 61 WHERE id = '{s.book.li}'",
        (NO_HEAD_CHECK,),
    ),
    Attack(
        "5 an earlier version",
        "head_not_last_entry",
        lambda s: f"UPDATE ledger.accounts SET version = 3, balance_minutes = 220 WHERE id = '{s.book.chen}'",
        (NO_HEAD_CHECK,),
    ),
    Attack(
        "5 an account that is opened with minutes",
        "head_not_last_entry",
        lambda s: (
            "INSERT INTO ledger.accounts (book_id, id, kind, balance_minutes)"
            f" VALUES ('{s.book.id}', '{new_id()}', 'member', 5)"
        ),
        (no_trigger("accounts", "starts_empty"),),
    ),
]

LIMITS = [
    Attack(
        "6 a debit below the floor",
        "floor_breached",
        lambda s: Forgery(s, debit_id=s.book.li, minutes=121).sql(),
        (*NO_FLOOR, NO_RELIEF, NO_ENTRY_CHECK),
    ),
    Attack(
        "6 a debit below the floor that helps itself to relief",
        "floor_breached",
        lambda s: Forgery(
            s, lines=(Line(s.book.li, -121, relief=1), Line(s.book.wang, 121)), minutes=121, heads=False
        ).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "6 a credit above the ceiling",
        "ceiling_breached",
        lambda s: Forgery(s, debit_id=s.book.opening, minutes=6001).sql(),
        (*NO_CEILING, NO_RELIEF, NO_ENTRY_CHECK),
    ),
    Attack(
        "6 a credit above the ceiling that helps itself to relief",
        "ceiling_breached",
        lambda s: Forgery(
            s,
            debit_id=s.book.opening,
            lines=(Line(s.book.opening, -6001), Line(s.book.wang, 6001, relief=1)),
            minutes=6001,
            heads=False,
        ).sql(),
        (NO_ENTRY_CHECK,),
    ),
    Attack(
        "6 relief for an account within its limits",
        "relief_unearned",
        lambda s: f"UPDATE ledger.accounts SET relief_minutes = 500 WHERE id = '{s.book.li}'",
        (NO_RELIEF,),
    ),
    Attack(
        "6 a forced transfer that is no reversal",
        "forced_without_reason",
        lambda s: Forgery(s, forced=True, reason="because").sql(),
        (no_constraint("transfers", "forced_without_reason"),),
    ),
]


# Other rooms' tables refer to the ledger's, and have guards of their own.
NO_REFERENCES = """
DO $$ DECLARE r record; BEGIN
    FOR r IN SELECT conrelid::regclass AS referring, conname FROM pg_constraint
        WHERE contype = 'f' AND confrelid::regclass::text LIKE 'ledger.%'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.referring, r.conname);
    END LOOP;
END $$
"""


def _history(table: str, verb: str) -> Attack:
    where = "" if verb == "TRUNCATE" else " WHERE book_id = '{}'"
    column = {
        "entries": "posted_at",
        "outcomes": "refusal",
        "accounts": "kind",
        "closing_balances": "debit_minutes",
        "approvals": "digest",
        "leaves": "hash",
        "nodes": "hash",
        "checkpoints": "note",
        "signers": "since_number",
    }.get(table, "reason")
    what = {
        "UPDATE": f"UPDATE ledger.{table} SET {column} = {column}",
        "DELETE": f"DELETE FROM ledger.{table}",
        "TRUNCATE": f"TRUNCATE ledger.{table} CASCADE",
    }[verb]
    return Attack(
        f"8 {verb} {table}",
        "history_is_final",
        lambda s: what + where.format(s.book.id),
        (no_trigger(table, "history_is_final"),),
    )


HISTORY = [
    _history(table, verb)
    for table in (
        *("transfers", "entries", "outcomes", "limits", "accounts", "holds", "hold_ends"),
        *("closing_balances", "approvals"),
        *("leaves", "nodes", "checkpoints", "signers"),
    )
    for verb in ("UPDATE", "DELETE", "TRUNCATE")
]

IDS = [
    Attack(
        "9 a second outcome for the same id",
        "outcomes_pkey",
        lambda s: Forgery(s, id=s.transfer_id, transfer=False, lines=()).sql(),
        (no_constraint("outcomes", "outcomes_pkey"),),
    ),
    Attack(
        "9 a second transfer of the same id",
        "transfers_pkey",
        lambda s: Forgery(s, id=s.transfer_id, outcome=None).sql(),
        (no_constraint("transfers", "transfers_pkey"), NO_ENTRY_CHECK),
    ),
    Attack(
        "9 a transfer without its outcome",
        "outcome_missing",
        lambda s: Forgery(s, outcome=None).sql(),
        (NO_TRANSFER_CHECK,),
    ),
    Attack(
        "9 a transfer that was refused",
        "outcome_missing",
        lambda s: Forgery(s, outcome="refused").sql(),
        (NO_TRANSFER_CHECK,),
    ),
]

REVERSALS = [
    Attack(
        "10 a second reversal",
        "already_reversed",
        lambda s: Forgery(
            s, debit_id=s.book.wang, credit_id=s.book.chen, minutes=20, reverses=s.reversed_id
        ).sql(),
        ("DROP INDEX ledger.already_reversed",),
    ),
    Attack(
        "10 a reversal of a reversal",
        "reversal_of_reversal",
        lambda s: Forgery(
            s, debit_id=s.book.chen, credit_id=s.book.wang, minutes=20, reverses=s.reversal_id
        ).sql(),
        (NO_MIRROR_CHECK,),
    ),
    Attack(
        "10 a reversal of another amount",
        "reversal_unmirrored",
        lambda s: Forgery(
            s, debit_id=s.book.li, credit_id=s.book.chen, minutes=59, reverses=s.transfer_id
        ).sql(),
        (NO_MIRROR_CHECK,),
    ),
    Attack(
        "10 a reversal in the same direction",
        "reversal_unmirrored",
        lambda s: Forgery(
            s, debit_id=s.book.chen, credit_id=s.book.li, minutes=60, reverses=s.transfer_id
        ).sql(),
        (NO_MIRROR_CHECK,),
    ),
    Attack(
        "10 a reversal of nothing",
        "reversal_unmirrored",
        lambda s: Forgery(s, reverses=new_id()).sql(),
        (NO_MIRROR_CHECK,),
    ),
]

ATTACKS = [
    *AMOUNTS,
    *PARTIES,
    *BALANCING,
    *CHAINS,
    *HEADS,
    *LIMITS,
    *HISTORY,
    *IDS,
    *REVERSALS,
    *PERIODS,
    *PROOF,
]
