"""What could be tried on closed and closing months by raw SQL, and which rule must refuse it."""

from datetime import date

from tests.ledger.attack import Attack, no_constraint, no_trigger
from tests.ledger.books import ACTOR, new_id
from tests.ledger.forgery import CLOSED, CLOSING, Forgery, Line, Scene

NO_PERIOD_CHECK = no_trigger("transfers", "period_open")
NO_STEPS = no_trigger("periods", "period_steps")
STAYS_NO_MORE = no_trigger("periods", "period_stays")
NO_PROOF = (no_trigger("periods", "period_proved"), no_trigger("closing_balances", "closing_proved"))
AFTER_CLOSING = date(2024, 3, 1)


def _insert(table: str, columns: str, *values: object) -> str:
    told = ", ".join("NULL" if value is None else f"'{value}'" for value in values)
    return f"INSERT INTO ledger.{table} ({columns}) VALUES ({told})"


def _begin(book_id: object, month: date) -> str:
    columns = "book_id, month, state, closing_at, closing_by"
    return _insert("periods", columns, book_id, month, "closing", "2024-05-05", ACTOR)


def _close_outright(book_id: object, month: date) -> str:
    columns = "book_id, month, state, closing_at, closing_by, closed_at, closed_by"
    return _insert("periods", columns, book_id, month, "closed", "2024-05-05", ACTOR, "2024-05-05", ACTOR)


def _close(scene: Scene) -> str:
    return (
        f"UPDATE ledger.periods SET state = 'closed', closed_at = now(), closed_by = '{ACTOR}'"
        f" WHERE book_id = '{scene.book.id}' AND month = '{CLOSING}'"
    )


def _reopen(scene: Scene) -> str:
    return (
        "UPDATE ledger.periods SET state = 'closing', closed_at = NULL, closed_by = NULL"
        f" WHERE book_id = '{scene.book.id}' AND month = '{CLOSED}'"
    )


def _balances(scene: Scene, month: date, *minutes: int) -> str:
    """Closing balances of the opening account and the pool: what went out of one and into the other."""
    sides = zip((scene.book.opening, scene.book.pool), minutes, strict=True)
    rows = ", ".join(
        f"('{scene.book.id}', '{month}', '{account}', {max(0, -moved)}, {max(0, moved)}, {last}, {later})"
        for account, moved in sides
        for last, later in [_versions(scene, account)]
    )
    return (
        "INSERT INTO ledger.closing_balances (book_id, month, account_id, debit_minutes, credit_minutes,"
        f" last_version, later_version) VALUES {rows}"
    )


def _versions(scene: Scene, account: object) -> tuple[int, int]:
    """All that the opening account posted but its last is of a later month; the pool has that one only."""
    last = next(one.version for one in scene.accounts.values() if one.id == account)
    return last, 1 if last > 1 else last + 1


def close_with(scene: Scene, *minutes: int) -> str:
    """Close the closing month with these closing balances; −5 and 5 are right."""
    return f"WITH written AS ({_balances(scene, CLOSING, *minutes)} RETURNING 1) {_close(scene)}"


POSTING = [
    Attack(
        "11 a transfer into a closed month",
        "period_closed",
        lambda s: Forgery(s, effective_on=CLOSED).sql(),
        (NO_PERIOD_CHECK,),
    ),
    Attack(
        "11 a transfer from before the first closed month",
        "period_closed",
        lambda s: Forgery(s, effective_on=date(2023, 12, 31)).sql(),
        (NO_PERIOD_CHECK,),
    ),
    Attack(
        "11 a transfer into a closing month",
        "period_closing",
        lambda s: Forgery(s, effective_on=CLOSING).sql(),
        (NO_PERIOD_CHECK,),
    ),
    Attack(
        "11 a transfer with the id of an approved one and another content",
        "period_closing",
        lambda s: Forgery(s, effective_on=CLOSING, id=s.approved_id).sql(),
        (NO_PERIOD_CHECK,),
    ),
    Attack(
        "11 entries of a closed month on a transfer of an open one",
        "entries_unbalanced",
        lambda s: Forgery(
            s,
            lines=(
                Line(s.book.li, -10, effective_on=CLOSED),
                Line(s.book.wang, 10, effective_on=CLOSED),
            ),
        ).sql(),
        (no_trigger("entries", "entries_whole"),),
    ),
    Attack(
        "11 an approval of one's own",
        "approved_by_oneself",
        lambda s: _insert(
            "approvals",
            "book_id, operation_id, digest, finding_id, entered_by, approved_by",
            *(s.book.id, new_id(), "\\x00", new_id(), ACTOR, ACTOR),
        ),
        (no_constraint("approvals", "approved_by_oneself"),),
    ),
]

STEPS = [
    Attack("11 a closed month made closing again", "period_reopened", _reopen, (NO_STEPS,)),
    Attack(
        "11 a closed month that begins to close again",
        "period_reopened",
        lambda s: _begin(s.book.id, date(2023, 12, 1)),
        (NO_STEPS,),
    ),
    Attack(
        "11 a closing month made another one",
        "period_reopened",
        lambda s: (
            f"UPDATE ledger.periods SET month = '{AFTER_CLOSING}'"
            f" WHERE book_id = '{s.book.id}' AND month = '{CLOSING}'"
        ),
        (NO_STEPS,),
    ),
    Attack(
        "11 periods deleted",
        "period_reopened",
        lambda s: f"DELETE FROM ledger.periods WHERE book_id = '{s.book.id}'",
        (STAYS_NO_MORE,),
    ),
    Attack("11 periods truncated", "period_reopened", lambda _: "TRUNCATE ledger.periods", (STAYS_NO_MORE,)),
    Attack(
        "11 a month that begins to close before the one before it is closed",
        "period_skipped",
        lambda s: _begin(s.book.id, AFTER_CLOSING),
        (NO_STEPS,),
    ),
    Attack(
        "11 a first month that is not the first",
        "period_skipped",
        lambda s: _begin(s.other_book.id, CLOSED),
        (NO_STEPS,),
    ),
    Attack(
        "11 a month closed outright",
        "period_skipped",
        lambda _: _close_outright(new_id(), CLOSED),
        (NO_STEPS,),
    ),
    Attack(
        "11 a month that is not over",
        "period_unfinished",
        lambda _: _begin(new_id(), date(2999, 1, 1)),
        (NO_STEPS,),
    ),
    Attack(
        "11 a month that begins in its middle",
        "period_malformed",
        lambda _: _begin(new_id(), date(2024, 1, 15)),
        (no_constraint("periods", "period_malformed"),),
    ),
]

CLOSINGS = [
    Attack("11 a month closed without its balances", "closing_disagrees", _close, NO_PROOF),
    Attack(
        "11 balances of a month that is not closed",
        "closing_premature",
        lambda s: _balances(s, CLOSING, -5, 5),
        NO_PROOF,
    ),
    Attack(
        "11 closing balances that don't add up to zero",
        "closing_unbalanced",
        lambda s: close_with(s, -5, 6),
        NO_PROOF,
    ),
    Attack(
        "11 closing balances that are not what moved",
        "closing_disagrees",
        lambda s: close_with(s, -6, 6),
        NO_PROOF,
    ),
    Attack(
        "11 one more balance for a closed month",
        "closing_disagrees",
        lambda s: _insert(
            "closing_balances",
            "book_id, month, account_id, debit_minutes, credit_minutes, last_version, later_version",
            *(s.book.id, CLOSED, s.book.wang, 7, 7, 2, 3),
        ),
        NO_PROOF,
    ),
]

PERIODS = [*POSTING, *STEPS, *CLOSINGS]
