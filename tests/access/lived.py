"""Lives of members of the prepared district: who applied, who was refused, who retired, who died."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from tests.visits.given import TODAY

if TYPE_CHECKING:
    from tests.access.prepared import Prepared


async def live(prepared: Prepared, client: httpx.AsyncClient) -> None:
    """One applicant who waits, one refused; Feng retired a month ago; somebody died, the balance left for later; for somebody another acts."""
    both = {"is_recipient": True, "is_helper": True}
    applied = both | {"status": "applied", "via": "phone"}
    for thing, name in (("applicant", "申阿姨"), ("refused_applicant", "不住这里的")):
        made = await prepared.api(client, "POST", "/members", applied | {"name": name})
        prepared.keep(**{thing: made["id"]})
    refused = {"version": 1, "reason": "不住这里"}
    await prepared.api(client, "POST", f"/members/{made['id']}/application/refuse", refused)
    feng = f"/members/{prepared.things['recipient']}"
    retired = {"retired_on": str(TODAY - timedelta(days=30)), "version": 0}
    await prepared.api(client, "PUT", f"{feng}/retirement", retired)
    talk = {"done_on": str(TODAY - timedelta(days=2)), "who": "老干科", "version": 1}
    await prepared.api(client, "PUT", f"{feng}/retirement/items/talk", talk)
    made = await prepared.api(client, "POST", "/members", both | {"name": "故去的"})
    prepared.keep(dead=made["id"])
    died = {"died_on": str(TODAY - timedelta(days=1)), "told_by": "女儿", "way": "later", "version": 1}
    await prepared.api(client, "POST", f"/members/{made['id']}/death", died)
    made = await prepared.api(client, "POST", "/members", both | {"name": "由人代办的"})
    prepared.keep(taken_over=made["id"])
    taken = {"delegate_member_id": prepared.things["delegate"], "purposes": ["ask"], "basis": "consent"}
    days = {"from_on": str(TODAY), "until_on": str(TODAY + timedelta(days=90))}
    paper = {"paper": "签过", "version": 1}
    await prepared.api(client, "POST", f"/members/{made['id']}/incapacity", taken | days | paper)
    made = await prepared.api(client, "POST", "/members", both | {"name": "留了话的"})
    chosen = {"to": "pool", "heard_by": "莫协调", "said_on": str(TODAY), "version": 0}
    await prepared.api(client, "PUT", f"/members/{made['id']}/bequest", chosen)
    dates = {"done_on": str(TODAY), "valid_until": str(TODAY + timedelta(days=365)), "version": 1}
    await prepared.api(client, "PUT", f"/members/{made['id']}/trainings/safety", dates)
