"""One attempt on the ledger by raw SQL."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.ledger.forgery import Scene


@dataclass(frozen=True)
class Attack:
    """An attempt, the rule that must refuse it, and what to drop for it to succeed."""

    name: str
    rule: str
    sql: Callable[[Scene], str]
    drop: tuple[str, ...]


def no_constraint(table: str, name: str) -> str:
    """What drops a constraint."""
    return f"ALTER TABLE ledger.{table} DROP CONSTRAINT {name}"


def no_trigger(table: str, name: str) -> str:
    """What silences a trigger."""
    return f"ALTER TABLE ledger.{table} DISABLE TRIGGER {name}"
