"""Activities of the prepared district: to come, over, held, called off; one whose hours are posted, one refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from tests.visits.given import TODAY

if TYPE_CHECKING:
    from tests.access.prepared import Prepared

WEDNESDAY, THURSDAY, FRIDAY, NEXT_WEEK = (TODAY + timedelta(days=n) for n in (3, 4, 5, 10))


async def gather(prepared: Prepared, client: httpx.AsyncClient) -> None:
    """One that nobody is in, one that all are in, one that is over, one that was held, one called off."""
    hours = {"from_minute": 480, "to_minute": 540}
    talk = {
        "kind": "talk",
        "title": "宣讲",
        "place": "榕树广场",
        "seats": 9,
        "held_on": str(TODAY),
        **hours,
    }
    for name, day in (("open", WEDNESDAY), ("coming", THURSDAY), ("past", TODAY), ("held", TODAY)):
        made = await prepared.api(client, "POST", "/activities", talk | {"held_on": str(day)})
        prepared.keep(**{f"{name}_activity": made["id"]})
    made = await prepared.api(client, "POST", "/activities", talk | {"held_on": str(FRIDAY)})
    off = {"version": 1, "reason": "台风"}
    await prepared.api(client, "POST", f"/activities/{made['id']}/cancel", off)
    prepared.keep(cancelled_activity=made["id"])
    coming = f"/activities/{prepared.things['coming_activity']}/participations"
    for who in ("recipient", "other", "delegate"):
        await prepared.api(client, "PUT", f"{coming}/{prepared.things[who]}", {})
    await prepared.api(client, "PUT", f"{coming}/{prepared.things['helper']}", {"part": "speaker"})
    goals = [{"title": "进社区", "measure": "activities", "goal": 5}]
    days = {"name": "五进五送", "from_on": str(TODAY), "until_on": str(NEXT_WEEK), "targets": goals}
    campaign = (await prepared.api(client, "POST", "/campaigns", days))["id"]
    seen = await prepared.api(client, "GET", f"/campaigns/{campaign}")
    prepared.keep(running_campaign=campaign, target=seen["targets"][0]["id"])
    # Zhou helped twice: the pool has enough for ten minutes, not for an hour.
    earned = talk | {"earners": "staffing", "scheme_id": prepared.things["scheme"]}
    # It counts for a campaign of its own, whose targets stay as they are.
    other = (await prepared.api(client, "POST", "/campaigns", days | {"name": "敬老月"}))["id"]
    counted = await prepared.api(client, "GET", f"/campaigns/{other}")
    earned |= {"target_ids": [counted["targets"][0]["id"]]}
    for name, minutes in (("settled", 10), ("unpaid", 60)):
        made = await prepared.api(client, "POST", "/activities", earned)
        at, zhou = f"/activities/{made['id']}", prepared.things["helper"]
        await prepared.api(client, "PUT", f"{at}/participations/{zhou}", {"part": "helper"})
        served = {"came": [zhou], "served": [{"member_id": zhou, "minutes": minutes}], "version": 1}
        await prepared.api(client, "PUT", f"{at}/sign-in", served)
        prepared.keep(**{f"{name}_activity": made["id"]})
    came = {"came": [prepared.things["recipient"]], "version": 1}
    await prepared.api(client, "PUT", f"/activities/{prepared.things['held_activity']}/sign-in", came)
