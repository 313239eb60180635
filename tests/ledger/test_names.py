"""Every invariant is stated twice under one name: by a pure rule, and by the database."""

import inspect
from types import ModuleType

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import Refusal, rules
from ledger.proof import rules as proof_rules
from tests.ledger import attacks
from tests.ledger.attacks_on_clearing import CLEARING
from tests.ledger.attacks_on_holds import HOLDS

# Says whether there is something to sign, and refuses nothing.
NOT_REFUSALS = {"is_news"}
# What takes a look at the tables, or at the rest of the batch.
OF_THE_DATABASE_ALONE = {"account_unknown", "transfer_unknown", "hold_unknown", "linked_refused", "id_reused"}
# What a caller asks of its own posting leaves nothing to be forged; a closed account is one that must stay empty.
OF_POSTING_ALONE = {"version_moved", "available_short", "account_closed"}

NAMES = text("""
    SELECT conname::text FROM pg_constraint WHERE connamespace = 'ledger'::regnamespace
    UNION
    SELECT relname::text FROM pg_class WHERE relnamespace = 'ledger'::regnamespace AND relkind = 'i'
    UNION
    SELECT (regexp_matches(pg_get_functiondef(oid), '''([a-z_]+)''', 'g'))[1] FROM pg_proc
    WHERE pronamespace = 'ledger'::regnamespace
""")


def _refusals_of(module: ModuleType) -> set[str]:
    return {
        name
        for name, rule in inspect.getmembers(module, inspect.isfunction)
        if rule.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.signature(rule).return_annotation is bool
    }


RULES = _refusals_of(rules) | (_refusals_of(proof_rules) - NOT_REFUSALS)


async def test_every_rule_has_its_name_in_the_database(owner: AsyncConnection) -> None:
    names = set((await owner.execute(NAMES)).scalars())
    assert {"signer_unvouched", "floor_breached", "hold_resolved"} <= RULES
    assert RULES - names == set()
    assert {refusal.value for refusal in Refusal} - names == set()


def test_every_refusal_has_its_rule() -> None:
    assert {refusal.value for refusal in Refusal} - RULES == OF_THE_DATABASE_ALONE


def test_every_rule_is_attacked_past_the_function_that_posts() -> None:
    attacked = {attack.rule for attack in (*attacks.ATTACKS, *HOLDS, *CLEARING)}
    assert RULES - attacked == OF_POSTING_ALONE
