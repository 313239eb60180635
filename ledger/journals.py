"""A book as text that other people's bookkeeping programs read: hledger and beancount.

Neither program knows anything of ours. What they add up from the transfers must come to the balances that
stand at the end, which are read from the entries: `hledger check -s` and `bean-check` say whether it does.

As bookkeepers write it, a debit is positive and a credit negative: a member who may claim two hours stands at
−120 MIN among the liabilities, the mirror image of `Account.balance_minutes`.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

UNIT = "MIN"
ROWS_AT_ONCE = 1_000
# Accounts, then transfers, in one statement: what a book stood at and what moved are of one moment.
_READ = text("""
WITH stood AS (
    SELECT account_id, sum(minutes) AS closing, coalesce(sum(minutes) FILTER (WHERE effective_on < :first_on), 0) AS opening
    FROM ledger.entries WHERE book_id = :book_id AND effective_on <= :last_on GROUP BY account_id
)
SELECT 1 AS part, a.id, a.kind, NULL::uuid AS debit_id, NULL::uuid AS credit_id, NULL::bigint AS minutes,
    stood.opening, stood.closing, NULL::date AS effective_on, NULL::date AS served_on,
    NULL::timestamptz AS posted_at, NULL::uuid AS actor_id, NULL::uuid AS reverses, NULL::boolean AS forced
FROM stood JOIN ledger.accounts a ON a.book_id = :book_id AND a.id = stood.account_id
UNION ALL
SELECT 2, id, kind, debit_id, credit_id, minutes, NULL, NULL, effective_on, served_on, posted_at, actor_id, reverses, forced
FROM ledger.transfers WHERE book_id = :book_id AND effective_on BETWEEN :first_on AND :last_on
ORDER BY part, effective_on, posted_at, id
""")  # fmt: skip


class JournalForm(Enum):
    """Whose text it is."""

    HLEDGER = "hledger"
    BEANCOUNT = "beancount"


@dataclass(frozen=True)
class Standing:
    """An account of the journal: its name there, and what it stood at, a debit positive."""

    name: str
    opening: int
    closing: int


class _Form(Protocol):
    def heading(self, title: str, first_on: date, names: Iterable[str]) -> Iterable[str]: ...

    def opening(self, first_on: date, postings: Iterable[tuple[str, int]]) -> Iterable[str]: ...

    def transfer(self, row: RowMapping, debit: str, credit: str) -> Iterable[str]: ...

    def closing(self, last_on: date, standings: Iterable[Standing]) -> Iterable[str]: ...


class _Hledger:
    """https://hledger.org/hledger.html#journal: its strict checks want each account and commodity declared."""

    def heading(self, title: str, first_on: date, names: Iterable[str]) -> Iterable[str]:
        yield f"; {title}"
        yield f"commodity 1000. {UNIT}"
        yield from (f"account {name}" for name in names)

    def opening(self, first_on: date, postings: Iterable[tuple[str, int]]) -> Iterable[str]:
        yield f"\n{first_on} * opening"
        yield from _postings(postings)

    def transfer(self, row: RowMapping, debit: str, credit: str) -> Iterable[str]:
        yield f"\n{row['effective_on']} * ({row['id']}) {row['kind']}"
        yield from (f"    ; {name}: {value}" for name, value in _facts(row))
        yield from _postings(((debit, row["minutes"]), (credit, -row["minutes"])))

    def closing(self, last_on: date, standings: Iterable[Standing]) -> Iterable[str]:
        yield f"\n{last_on} * closing"
        yield from (f"    {each.name}  0 {UNIT} = {each.closing} {UNIT}" for each in standings)


class _Beancount:
    """https://beancount.github.io/docs/beancount_language_syntax.html: a balance is that of a day's beginning."""

    def heading(self, title: str, first_on: date, names: Iterable[str]) -> Iterable[str]:
        yield f"; {title}"
        yield f'option "operating_currency" "{UNIT}"'
        yield from (f"{first_on} open {name} {UNIT}" for name in names)

    def opening(self, first_on: date, postings: Iterable[tuple[str, int]]) -> Iterable[str]:
        yield f'\n{first_on} * "opening"'
        yield from _postings(postings)

    def transfer(self, row: RowMapping, debit: str, credit: str) -> Iterable[str]:
        links = [row["id"], row["reverses"]]
        linked = " ".join(f"^{link}" for link in links if link)
        yield f'\n{row["effective_on"]} * "{row["kind"]}" {linked}'
        yield from (f'  {name}: "{value}"' for name, value in _facts(row))
        yield from _postings(((debit, row["minutes"]), (credit, -row["minutes"])))

    def closing(self, last_on: date, standings: Iterable[Standing]) -> Iterable[str]:
        following = last_on + timedelta(days=1)
        yield ""
        yield from (f"{following} balance {each.name}  {each.closing} {UNIT}" for each in standings)


_FORMS: dict[JournalForm, _Form] = {JournalForm.HLEDGER: _Hledger(), JournalForm.BEANCOUNT: _Beancount()}


async def journal(
    db: AsyncSession,
    book_id: UUID,
    first_on: date,
    last_on: date,
    *,
    form: JournalForm,
    classes: Mapping[str, str] | None = None,
) -> AsyncIterator[str]:
    """A book from `first_on` to `last_on`, both included, by effective date: the lines of a text file.

    It opens with what each account stood at, has every transfer once, and ends with what each account must
    stand at. `classes` says which kinds of account stand elsewhere than among the `Liabilities`, for instance
    `{"opening": "Equity"}`. No names and no reasons: ids only. Rows are read as they are written, so that a
    book of forty years needs no more memory than its accounts do.
    """
    writing = _FORMS[form]
    values = {"book_id": book_id, "first_on": first_on, "last_on": last_on}
    rows = (await db.stream(_READ, values, execution_options={"yield_per": ROWS_AT_ONCE})).mappings()
    standings: dict[UUID, Standing] = {}
    is_open = False
    async for row in rows:
        if row["part"] == 1:
            standings[row["id"]] = _standing(row, classes or {})
            continue
        if not is_open:
            is_open = True
            for line in _beginning(writing, book_id, first_on, last_on, standings):
                yield line
        for line in writing.transfer(row, standings[row["debit_id"]].name, standings[row["credit_id"]].name):
            yield line
    if not is_open:
        for line in _beginning(writing, book_id, first_on, last_on, standings):
            yield line
    if standings:
        for line in writing.closing(last_on, standings.values()):
            yield line


def _beginning(
    writing: _Form, book_id: UUID, first_on: date, last_on: date, standings: Mapping[UUID, Standing]
) -> Iterable[str]:
    title = f"book {book_id}, {first_on} to {last_on}; a debit is positive"
    yield from writing.heading(title, first_on, [each.name for each in standings.values()])
    stood = [(each.name, each.opening) for each in standings.values() if each.opening]
    if stood:
        yield from writing.opening(first_on, stood)


def _standing(row: RowMapping, classes: Mapping[str, str]) -> Standing:
    """Ours counts what is owed to the holder; a bookkeeper's credit is negative.

    In capitals, since each part of a name in beancount begins with a capital or a digit.
    """
    kind = row["kind"].replace("_", "-").capitalize()
    name = f"{classes.get(row['kind'], 'Liabilities')}:{kind}:{str(row['id']).upper()}"
    return Standing(name=name, opening=-int(row["opening"]), closing=-int(row["closing"]))


def _postings(postings: Iterable[tuple[str, int]]) -> Iterable[str]:
    return (f"    {name}  {minutes} {UNIT}" for name, minutes in postings)


def _facts(row: RowMapping) -> list[tuple[str, Any]]:
    """What else is known of a transfer; what is not, is left out."""
    posted_at = row["posted_at"].astimezone(UTC).isoformat()
    facts = [("served_on", row["served_on"]), ("posted_at", posted_at), ("actor", row["actor_id"])]
    reversing = [("reverses", row["reverses"]), ("forced", "yes" if row["forced"] else None)]
    return [(name, value) for name, value in (*facts, *reversing) if value is not None]
