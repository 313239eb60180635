"""What somebody with all rights to the database does to the books in the night, and what the morning finds."""

from typing import Any

from sqlalchemy import text

from tests.audit.given import intruder
from tests.browser import picture
from tests.postgres import Database
from tests.scenarios.month import Month

_TAMPERINGS = {
    "entry": "UPDATE ledger.entries SET minutes = minutes + 60 WHERE transfer_id = :transfer AND account_id = :account",
    "head": "UPDATE ledger.accounts SET balance_minutes = balance_minutes + 100 WHERE id = :account",
    "transfer": "DELETE FROM ledger.transfers WHERE id = :transfer",
    "opening": "DELETE FROM ledger.transfers WHERE kind = 'opening' AND credit_id = :account",
    "visit": "UPDATE timebank.visits SET settled_minutes = settled_minutes + 30 WHERE id = :visit",
}


async def tamper_and_find(month: Month, database: Database, visits: list[dict[str, Any]], saver: str) -> None:
    """Five tamperings with old rows, past every trigger: the night sees the head, and a full run names each one."""
    first, second, third = visits
    [first_transfer] = await _transfers_of(month, first)
    [second_transfer] = await _transfers_of(month, second)
    async with intruder(database) as sql:
        for what, values in {
            "entry": {"transfer": first_transfer, "account": first["helper_id"]},
            "head": {"account": second["recipient_id"]},
            "transfer": {"transfer": second_transfer},
            "opening": {"account": saver},
            "visit": {"visit": third["id"]},
        }.items():
            done = await sql.execute(text(_TAMPERINGS[what]), values)
            assert done.rowcount == 1, f"{what}: nothing was tampered with"
    await month.office.night()
    await month.morning(month.office.today)
    assert {row["check"] for row in await month.all("findings")} >= {"head_is_sum", "head_is_last_entry"}
    await month.program.post(f"{month.http}/reconciliation-runs", {})
    rows = await month.all("findings")
    found = {
        (row["check"], row["fault"], row["transfer_id"] or row["visit_id"] or row["account_id"]): row
        for row in rows
    }
    entry = found["transfer_has_two_entries", "entry_minutes_differ", first_transfer]
    assert (entry["account_id"], entry["difference_minutes"]) == (first["helper_id"], 60)
    head = next(row for key, row in found.items() if key[:2] == ("head_is_last_entry", "head_differs"))
    assert (head["account_id"], head["difference_minutes"]) == (second["recipient_id"], 100)
    gone = found["transfer_has_two_entries", "transfer_missing", second_transfer]
    assert gone["visit_id"] == second["id"]
    opening = [row for (_, fault, _), row in found.items() if fault == "transfer_missing" and row is not gone]
    assert [person["id"] for row in opening for person in row["people"]] == [saver]
    visit = next(
        row
        for key, row in found.items()
        if key[0] == "visit_is_its_transfers" and row["visit_id"] == third["id"]
    )
    assert visit["difference_minutes"] == 30
    await month.office.show(month.page, "/today")
    await month.page.get_by_text(f"有 {len(rows)} 处差异").wait_for()
    await month.office.show(month.page, "/audit/findings", "month-findings")
    await month.page.locator(f"a[href^='/audit/findings/{entry['id']}']").first.click()
    await month.page.get_by_text(entry["people"][0]["name"]).first.wait_for()
    await picture(month.page, "month-finding")


async def _transfers_of(month: Month, visit: dict[str, Any]) -> list[str]:
    story = await month.program.get(f"{month.http}/visits/{visit['id']}")
    [settlement] = [each for each in story["settlements"] if each["reversed_at"] is None]
    return list(settlement["transfer_ids"])
