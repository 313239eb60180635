"""What could be tried on holds by raw SQL, and which rule must refuse it; refusals 7 and 11 of the README."""

from datetime import date

from tests.ledger.attack import Attack, no_constraint, no_trigger
from tests.ledger.attacks import NO_ENTRY_CHECK
from tests.ledger.books import DAY, new_id
from tests.ledger.forgery import CLOSED, CLOSING, End, Forgery, HoldForgery, Line, Scene
from tests.ledger.period_attacks import NO_PERIOD_CHECK

NO_HOLD_CHECK = no_trigger("holds", "holds_whole")
NO_ENDED_CHECK = no_trigger("holds", "holds_ended")
NO_HELD_CHECK = no_trigger("accounts", "held_is_open_holds")
NO_END_CHECK = no_trigger("hold_ends", "hold_ends_well")

HELD = [
    Attack(
        "7 held minutes without a hold",
        "held_without_hold",
        lambda s: f"UPDATE ledger.accounts SET held_minutes = 10 WHERE id = '{s.book.li}'",
        (NO_HELD_CHECK,),
    ),
    Attack(
        "7 minutes let go while their hold is open",
        "held_without_hold",
        lambda s: f"UPDATE ledger.accounts SET held_minutes = 0 WHERE id = '{s.book.chen}'",
        (NO_HELD_CHECK,),
    ),
    Attack(
        "7 an account that is opened with held minutes",
        "held_without_hold",
        lambda s: (
            "INSERT INTO ledger.accounts (book_id, id, kind, held_minutes)"
            f" VALUES ('{s.book.id}', '{new_id()}', 'member', 5)"
        ),
        (no_trigger("accounts", "starts_unheld"),),
    ),
    Attack(
        "7 a hold that its account doesn't count",
        "held_without_hold",
        lambda s: HoldForgery(s).sql(),
        (NO_HOLD_CHECK,),
    ),
    Attack(
        "7 a hold of more than is available",
        "floor_breached",
        lambda s: HoldForgery(s, minutes=121, held=121, relief=1).sql(),
        (NO_HOLD_CHECK,),
    ),
    Attack(
        "7 a hold without its outcome",
        "outcome_missing",
        lambda s: HoldForgery(s, held=10, outcome=False).sql(),
        (NO_HOLD_CHECK,),
    ),
    Attack(
        "7 a hold of nothing",
        "amount_out_of_range",
        lambda s: HoldForgery(s, minutes=0).sql(),
        (no_constraint("holds", "amount_out_of_range"),),
    ),
    Attack(
        "7 a hold for the same account",
        "same_account",
        lambda s: HoldForgery(s, credit_id=s.book.li, held=10).sql(),
        (no_constraint("holds", "same_account"),),
    ),
    Attack(
        "7 a hold that is over when it begins",
        "hold_expired",
        lambda s: HoldForgery(s, held=10, expires_at="now()").sql(),
        (no_constraint("holds", "hold_expired"),),
    ),
]

ENDS = [
    Attack(
        "7 a hold resolved twice",
        "hold_resolved",
        lambda s: HoldForgery(s, end=End(hold_id=s.voided_id, closes=False)).sql(),
        (no_constraint("hold_ends", "hold_resolved"),),
    ),
    Attack(
        "7 an end of a hold that stays open",
        "hold_resolved",
        lambda s: HoldForgery(s, end=End(closes=False)).sql(),
        (NO_END_CHECK,),
    ),
    Attack(
        "7 a hold that is opened again",
        "hold_resolved",
        lambda s: f"UPDATE ledger.holds SET open = true WHERE id = '{s.voided_id}'",
        (NO_ENDED_CHECK,),
    ),
    Attack(
        "7 a hold that is no longer open and has no end",
        "hold_end_missing",
        lambda s: f"UPDATE ledger.holds SET open = false WHERE id = '{s.hold_id}'",
        (NO_ENDED_CHECK,),
    ),
    Attack(
        "7 an end that leaves the minutes held",
        "held_without_hold",
        lambda s: HoldForgery(s, end=End()).sql(),
        (NO_ENDED_CHECK,),
    ),
    Attack(
        "7 a void without its outcome",
        "outcome_missing",
        lambda s: HoldForgery(s, end=End(), held=0, outcome=False).sql(),
        (NO_END_CHECK,),
    ),
    Attack(
        "7 a hold that expires before its time",
        "hold_not_expired",
        lambda s: HoldForgery(s, end=End(how="expired", operation_id=None), held=0).sql(),
        (NO_END_CHECK,),
    ),
    Attack(
        "7 a capture by a transfer between others",
        "hold_account_mismatch",
        lambda s: HoldForgery(
            s, end=End(how="captured", captured=30, operation_id=s.transfer_id), held=0, outcome=False
        ).sql(),
        (NO_END_CHECK,),
    ),
    Attack(
        "7 a capture without a transfer",
        "hold_account_mismatch",
        lambda s: HoldForgery(s, end=End(how="captured", captured=30), held=0).sql(),
        (NO_END_CHECK,),
    ),
    Attack(
        "7 a capture of less than its transfer moves",
        "hold_account_mismatch",
        lambda s: _captured(s, 30, End(how="captured", captured=20)),
        (NO_END_CHECK,),
    ),
    Attack(
        "7 a void that moves minutes",
        "hold_account_mismatch",
        lambda s: _captured(s, 30, End()),
        (NO_END_CHECK,),
    ),
    Attack(
        "7 a capture of more than is held",
        "hold_exceeded",
        lambda s: _captured(s, 31, End(how="captured", captured=31)),
        (NO_END_CHECK,),
    ),
    Attack(
        "7 a capture after the hold's time",
        "hold_expired",
        lambda s: _captured(s, 30, End(how="captured", captured=30, at="'2100-01-01'")),
        (NO_END_CHECK,),
    ),
    Attack(
        "7 a debit below the floor that says it was held",
        "hold_unknown",
        lambda s: Forgery(
            s,
            debit_id=s.book.li,
            minutes=121,
            lines=(Line(s.book.li, -121, relief=1), Line(s.book.wang, 121)),
            heads=False,
            end=End(hold_id=new_id(), how="captured", captured=121),
        ).sql(),
        (NO_END_CHECK, NO_ENTRY_CHECK),
    ),
    Attack(
        "7 an end of no kind",
        "hold_end_malformed",
        lambda s: HoldForgery(s, end=End(how="forgotten"), held=0).sql(),
        (no_constraint("hold_ends", "hold_end_malformed"),),
    ),
    Attack(
        "7 one operation that ends two holds",
        "hold_ended_by",
        lambda s: HoldForgery(s, end=End(operation_id=s.void_id), held=0, outcome=False).sql(),
        ("DROP INDEX ledger.hold_ended_by",),
    ),
]
# A hold has no day; what captures it has one.
CAPTURES = [
    Attack(
        "11 a capture into a closed month",
        "period_closed",
        lambda s: _captured(s, 30, End(how="captured", captured=30), effective_on=CLOSED),
        (NO_PERIOD_CHECK,),
    ),
    Attack(
        "11 a capture into a closing month",
        "period_closing",
        lambda s: _captured(s, 30, End(how="captured", captured=30), effective_on=CLOSING),
        (NO_PERIOD_CHECK,),
    ),
]
HOLDS = [*HELD, *ENDS, *CAPTURES]


def _captured(scene: Scene, minutes: int, end: End, *, effective_on: date = DAY) -> str:
    """Chen's hold for Wang is let go, and so many minutes go there."""
    chen, wang = scene.book.chen, scene.book.wang
    return Forgery(
        scene,
        debit_id=chen,
        minutes=minutes,
        lines=(Line(chen, -minutes, held=0), Line(wang, minutes)),
        end=end,
        effective_on=effective_on,
    ).sql()
