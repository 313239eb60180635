"""Two people at one record: whoever comes second sees the first one's change, and overwrites nothing."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

import timebank
from tests.given import PASSWORD, World
from timebank.access.guard import DECLARED
from timebank.app import APIS
from timebank.web.versions import VersionedRoute, takes_version

# By these arguments a use case is told what was on the screen.
SEEN = ("version", "seen_name")
# These change something and need none, each for its reason. A use case that is new must be told, or stand here.
ADDS = "adds something of its own; what is there already stays"
SETS = "leads to a state that is named in full; what stands there already is no loss"
MOVES = "moves along a state machine; whoever comes second is told how it stands"
OWN = "concerns the caller's own login only"
READS = "changes nothing but the list of who saw what"
JOB = "a job or a command: no screen"
NEEDS_NONE = {
    "activities.enrol": SETS,
    "activities.export": READS,
    "activities.plan": ADDS,
    "activities.start": ADDS,
    "activities.staff": "refuses whoever is in it in another part (`TakesPartAlready`)",
    "activities.withdraw": SETS,
    "access.add_staff": ADDS,
    "access.add_unit": ADDS,
    "access.change_password": OWN,
    "access.give_office": ADDS,
    "access.issue_card": SETS,
    "access.offer_setup": JOB,
    "access.reset_password": SETS,
    "access.revoke_card": SETS,
    "access.set_staff_active": SETS,
    "access.set_up": MOVES,
    "access.sign_in_card": OWN,
    "access.sign_in_staff": OWN,
    "access.sign_out": OWN,
    "access.take_office": SETS,
    "access.work_in": OWN,
    "audit.claim_run": JOB,
    "audit.export_findings": READS,
    "audit.export_transfers": READS,
    "audit.export_journal": READS,
    "audit.export_leaves": READS,
    "audit.record_run": JOB,
    "care.choose_calendar": SETS,
    "care.entitle": ADDS,
    "care.greet": "refuses a second greeting for one day (`GreetedAlready`)",
    "care.refer": ADDS,
    "care.strike_greeting": MOVES,
    "care.begin_plan": "refuses a second plan that runs (`PlanAlready`)",
    "care.note_contact": ADDS,
    "care.set_rhythm": "adds a version; what was set before stays, and the later one holds",
    "care.strike_contact": MOVES,
    "hours.ask_correction": ADDS,
    "hours.apply_house_policy": JOB,
    "hours.give": ADDS,
    "hours.give_places": JOB,
    "hours.expire_holds": JOB,
    "hours.grant": ADDS,
    "hours.approve_policy": "names the version, which never changes; one that another wants to replace is refused",
    "hours.open_from_preset": ADDS,
    "hours.set_house_policy": "adds a version; in place of another only if that one is named by `replaces`",
    "hours.sign_checkpoint": JOB,
    "jobs.ask": ADDS,
    "membership.certificates": READS,
    "membership.check": ADDS,
    "membership.apply_roster": "names the digest of the plan that was on the screen",
    "membership.drop_import": MOVES,
    "membership.export_ids": READS,
    "membership.export_roster": READS,
    "membership.name_columns": "says how the next file is read; whoever uploads it sees that and may say otherwise",
    "membership.sign_off": MOVES,
    "membership.take_back_opening": MOVES,
    "membership.take_in": ADDS,
    "membership.upload": ADDS,
    "outlook.note_call": ADDS,
    "outlook.record_backing": ADDS,
    "pairing.answer": MOVES,
    "pairing.ask": ADDS,
    "pairing.call_list": READS,
    "pairing.close_due": JOB,
    "pairing.follow_calendar": "cancels what falls on a day off as the calendar stands; what is cancelled stays so",
    "pairing.note": ADDS,
    "pairing.plan_pairs": JOB,
    "pairing.record_round": ADDS,
    "pairing.send_round": MOVES,
    "pairing.step_back": SETS,
    "pairing.volunteer": SETS,
    "pairing.stop_round": MOVES,
    "pairing.take_up": "refused while another round is run (`RoundUnderWay`)",
    "pairing.withdraw": MOVES,
    "people.add_absence": ADDS,
    "people.appoint_delegate": "a newer consent takes the place of the older one",
    "people.add_branch": ADDS,
    "people.allow_together": SETS,
    "people.issue_card": SETS,
    "people.record_kin": "refuses a second tie of the same two (`KinAlready`)",
    "people.keep_apart": "refuses to write over another reason (`ApartAlready`)",
    "people.link_staff": SETS,
    "people.remove_absence": SETS,
    "people.stop_card": SETS,
    "people.unmask_id": READS,
    "reception.add_place": ADDS,
    "reception.call_next": "calls whoever has waited longest; two at once call two people",
    "reception.let_in": ADDS,
    "requests.expire_due": JOB,
    "requests.forget_day": SETS,
    "requests.make_offer": ADDS,
    "requests.set_day": SETS,
    "requests.submit": ADDS,
    "schemes.add_policy": "adds a version; in place of another only if that one is named by `replaces`",
    "schemes.open_scheme": ADDS,
    "visits.apply_sheet": ADDS,
    "visits.day_with_phones": READS,
    "visits.enter": ADDS,
    "visits.export": READS,
    "visits.plan_visit": ADDS,
    "visits.reserve_numbers": ADDS,
    "visits.retry_refused": JOB,
}


def _changing() -> dict[str, inspect.Signature]:
    """Every use case that changes something, by operation."""
    found = {}
    for module in pkgutil.walk_packages(timebank.__path__, "timebank."):
        for _, thing in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            use_case = getattr(thing, "__use_case__", None)
            if use_case is not None and use_case.writes:
                found[use_case.operation] = inspect.signature(thing)
    ours = {name for name in DECLARED if not name.startswith("tests.")}
    assert found.keys() == {name for name in ours if DECLARED[name].writes}
    return found


def test_a_use_case_that_changes_a_record_is_told_which_version_was_seen() -> None:
    untold = []
    for operation, signature in _changing().items():
        seen = [signature.parameters[name] for name in SEEN if name in signature.parameters]
        # Without a default, so that a door that forgets it is not even typed rightly.
        assert all(argument.default is inspect.Parameter.empty for argument in seen), operation
        if not seen and operation not in NEEDS_NONE:
            untold.append(operation)
    assert untold == [], "take `version`, or give the reason in NEEDS_NONE"


def test_what_needs_no_version_is_still_there_and_still_needs_none() -> None:
    changing = _changing()
    assert NEEDS_NONE.keys() - changing.keys() == set()
    assert [name for name in NEEDS_NONE if set(SEEN) & changing[name].parameters.keys()] == []


def _routes(*, versioned: bool) -> Iterator[APIRoute]:
    for router in APIS:
        for route in router.routes:
            assert isinstance(route, VersionedRoute), route
            if not route.methods & {"GET", "HEAD"} and takes_version(route) == versioned:
                yield route


@pytest.mark.slow
async def test_every_route_that_takes_a_version_takes_it_as_if_match(
    client: httpx.AsyncClient, world: World
) -> None:
    await _sign_in(client)
    routes = list(_routes(versioned=True))
    assert len(routes) > 20
    for route in routes:
        wrong = await _try(client, route, "three")
        assert _fields(wrong) == {"If-Match"}, route.path
        taken = await _try(client, route, '"3"')
        assert "version" not in _fields(taken), route.path
        missing = await _try(client, route, None)
        assert "version" in _fields(missing), route.path


@pytest.mark.slow
async def test_a_route_that_compares_nothing_says_so(client: httpx.AsyncClient, world: World) -> None:
    await _sign_in(client)
    for route in _routes(versioned=False):
        assert _fields(await _try(client, route, '"3"')) == {"If-Match"}, route.path


async def test_a_record_is_read_with_its_tag_and_changed_only_at_it(
    client: httpx.AsyncClient, world: World
) -> None:
    member = await world.add_member("陈阿婆")
    await _sign_in(client)
    path = f"/api/v1/communities/{world.here}/members/{member}"
    read = await client.get(path)
    assert (read.headers["ETag"], read.json()["version"]) == ('"1"', 1)

    changed = await client.put(path, json={"name": "陈婆婆"}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')

    late = await client.put(path, json={"name": "陈大妈"}, headers={"If-Match": read.headers["ETag"]})
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (412, "changed-meanwhile", 2)
    assert late.json()["changed"]["by"] == "莫协调"
    assert late.json()["changed"]["operation"] == "people.change_member"
    in_body = await client.put(path, json={"name": "陈大妈", "version": 1})
    assert (in_body.status_code, in_body.json()["version"]) == (409, 2)

    two = await client.put(path, json={"name": "陈大妈", "version": 1}, headers={"If-Match": '"2"'})
    assert _fields(two) == {"version"}
    assert (await client.get(path)).json()["name"] == "陈婆婆"


async def test_a_week_has_a_tag_of_its_own(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member("陈阿婆")
    await _sign_in(client)
    path = f"/api/v1/communities/{world.here}/members/{member}/availability"
    tag = (await client.get(path)).headers["ETag"]
    monday = {"windows": [{"weekday": 0, "from_minute": 540, "to_minute": 660}]}
    assert (await client.put(path, json=monday, headers={"If-Match": tag})).json() == {"version": 2}
    assert (await client.put(path, json={"windows": []}, headers={"If-Match": tag})).status_code == 412
    assert (await client.get(path)).json() == {"version": 2, **monday}


@pytest.mark.parametrize("body", ["", "[]", "{", "null"])
async def test_a_tag_with_a_body_that_is_none_is_refused_like_any_other(
    client: httpx.AsyncClient, world: World, body: str
) -> None:
    member = await world.add_member("陈阿婆")
    await _sign_in(client)
    path = f"/api/v1/communities/{world.here}/members/{member}"
    headers = {"If-Match": '"1"', "Content-Type": "application/json"}
    assert (await client.put(path, content=body, headers=headers)).status_code == 422


async def _sign_in(client: httpx.AsyncClient) -> None:
    body = {"user_name": "mo", "password": PASSWORD}
    token = (await client.post("/api/v1/logins", json=body)).json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"


async def _try(client: httpx.AsyncClient, route: APIRoute, tag: str | None) -> httpx.Response:
    """Call it with an empty body and ids of nothing: whatever it says, it changes nothing."""
    path = "/api/v1" + route.path_format.format(**{name: uuid4() for name in route.param_convertors})
    headers = {"Idempotency-Key": uuid4().hex} | ({"If-Match": tag} if tag else {})
    (method,) = route.methods
    return await client.request(method, path, json={}, headers=headers)


def _fields(answer: httpx.Response) -> set[str]:
    body: dict[str, Any] = answer.json() if answer.content else {}
    return {error["field"] for error in body.get("errors", [])}
