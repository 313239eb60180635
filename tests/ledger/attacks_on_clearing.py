"""What could be tried by raw SQL on what two books owe each other; refusal 2 of the README."""

from tests.ledger.attacks import NO_HEAD_CHECK, Attack
from tests.ledger.books import new_id
from tests.ledger.forgery import Forgery

CLEARING = [
    Attack(
        "2 one half of a crossing",
        "clearing_unmatched",
        lambda s: Forgery(s, credit_id=s.clearing_id).sql(),
        (NO_HEAD_CHECK,),
    ),
    Attack(
        "2 a second clearing account with the same book",
        "clears_once",
        lambda s: (
            "INSERT INTO ledger.accounts (book_id, id, kind, clears_with)"
            f" VALUES ('{s.book.id}', '{new_id()}', 'clearing', '{s.other_book.id}')"
        ),
        ("DROP INDEX ledger.clears_once",),
    ),
    Attack(
        "2 a clearing account that clears with another book",
        "history_is_final",
        lambda s: f"UPDATE ledger.accounts SET clears_with = '{new_id()}' WHERE id = '{s.clearing_id}'",
        ("DROP TRIGGER history_is_final ON ledger.accounts",),
    ),
]
