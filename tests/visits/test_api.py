"""Programs do with visits what people do at desks and on phones, under the same rules."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.given import NOW, PASSWORD, World, post_form
from tests.visits.given import Street
from timebank.access import service as access
from timebank.core import clock
from timebank.core.ids import new_id
from timebank.schemes.model import ConfirmBy, SchemePolicy

KEYED = {"Idempotency-Key": "asked-only-once"}
MOVES: dict[str, dict[str, Any]] = {
    "reschedule": {"planned_from": "2026-11-23T09:00+08:00", "planned_until": "2026-11-23T10:00+08:00"},
    "check-in": {},
    "undo-check-in": {},
    "check-out": {},
    "cancel": {"reason": "下雨"},
    "no-show": {"absent": "helper"},
    "restore": {},
    "claim": {"minutes": 60},
    "confirm": {},
    "dispute": {"minutes": 30},
    "resolve": {"minutes": 30, "reason": "两边都同意"},
    "settle": {},
    "amend": {"minutes": 30, "reason": "只够这么多"},
    "correct": {"minutes": 30, "reason": "抄错了"},
}
MOVING_HOURS = ("confirm", "resolve", "settle", "amend", "correct")


@dataclass
class Program:
    """A program at the API, signed in as one person."""

    client: httpx.AsyncClient
    street: Street
    visit_id: UUID

    @property
    def base(self) -> str:
        """The community's place in the API."""
        return f"/api/v1/communities/{self.street.world.here}"

    @property
    def at(self) -> str:
        """The visit's place in the API."""
        return f"{self.base}/visits/{self.visit_id}"

    async def staff(self, user: str = "mo") -> "Program":
        """Signed in as staff."""
        answer = await self.client.post("/api/v1/logins", json={"user_name": user, "password": PASSWORD})
        self.client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return self

    async def member(self, member_id: UUID) -> "Program":
        """Signed in with a member's card."""
        world = self.street.world
        card = await access.issue_card(await world.call(), community_id=world.here, member_id=member_id)
        self.client.headers.pop("Authorization", None)
        data: dict[str, object] = {"number": card.number, "pin": card.pin}
        await post_form(self.client, "/sign-in/card", data, seen="/sign-in")
        self.client.headers["Authorization"] = f"Bearer {self.client.cookies['login']}"
        self.client.cookies.clear()
        return self

    async def move(self, what: str, *, key: str | None = None, **values: Any) -> httpx.Response:
        """Do it to the visit as it now stands, with what it usually takes."""
        version = (await self.street.visit(self.visit_id)).version
        body = {"version": version} | (values or MOVES[what])
        headers = {"Idempotency-Key": key or new_id().hex}
        return await self.client.post(f"{self.at}/{what}", json=body, headers=headers)


@pytest.fixture
async def program(client: httpx.AsyncClient, world: World) -> Program:
    street = await Street(world).move_in()
    return Program(client, street, (await street.plan())[0])


def _problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["code"]


@pytest.mark.slow
async def test_two_members_take_a_visit_to_the_passbook(program: Program) -> None:
    await program.member(program.street.zhou)
    here = await program.move("check-in")
    assert (here.status_code, here.json()["status"]) == (200, "attended"), here.text
    assert here.json()["checked_in"]["source"] == "app"
    assert here.json()["moves"] == ["undo_check_in", "check_out", "claim", "cancel"]
    assert (await program.move("undo-check-in")).json()["status"] == "planned"
    await program.move("check-in")
    assert (await program.move("check-out")).json()["checked_out"] is not None
    assert (await program.move("claim", minutes=95)).json()["claimed"]["minutes"] == 95
    await program.member(program.street.feng)
    mine = (await program.client.get("/api/v1/me/visits")).json()
    assert [(row["helper"], row["recipient"]) for row in mine["to_confirm"]] == [("周阿姨", "冯伯")]
    confirmed = (await program.move("confirm")).json()
    assert (confirmed["posted"], confirmed["visit"]["settled_minutes"]) == (True, 95)
    assert await program.street.balances() == (95, 505)
    story = (await program.client.get(program.at)).json()
    assert (story["scheme"], story["settlements"][0]["minutes"]) == ("银龄互助", 95)


@pytest.mark.slow
async def test_a_desk_hears_a_dispute_and_corrects_what_was_posted(program: Program) -> None:
    await program.staff()
    assert (await program.move("claim", minutes=120, provenance="phone")).json()["status"] == "claimed"
    said = (await program.move("dispute", minutes=60, words="只来了一个钟头")).json()
    assert (said["status"], said["said_minutes"]) == ("disputed", 60)
    resolved = (await program.move("resolve", minutes=90, reason="两边都同意")).json()
    assert (resolved["posted"], resolved["visit"]["settled_minutes"]) == (True, 90)
    corrected = (await program.move("correct", minutes=60, reason="抄错了")).json()
    assert (corrected["posted"], corrected["visit"]["revision"]) == (True, 2)
    voided = (await program.move("correct", minutes=None, reason="没有这回事")).json()
    assert voided["visit"]["status"] == "cancelled"
    assert await program.street.balances() == (0, 600)
    story = (await program.client.get(program.at)).json()
    assert [one["words"] for one in story["disputes"]] == ["只来了一个钟头"]
    assert [one["reversed_because"] for one in story["settlements"]] == ["抄错了", "没有这回事"]


@pytest.mark.slow
async def test_what_the_ledger_refused_has_its_ways_out(program: Program) -> None:
    await program.street.spend(program.street.feng, 600)
    await program.staff()
    await program.move("claim", minutes=120)
    refused = (await program.move("confirm")).json()
    assert (refused["posted"], refused["visit"]["status"]) == (False, "confirmed")
    assert refused["visit"]["refusal"]["code"] == "floor_breached"
    assert refused["visit"]["refusal"]["short_minutes"] == 120
    assert (await program.move("settle")).json()["posted"] is False
    await program.street.bring(program.street.feng, 30)
    amended = await program.move("amend", minutes=30, reason="先记这么多")
    assert (amended.json()["posted"], amended.json()["visit"]["settled_minutes"]) == (True, 30)


@pytest.mark.slow
async def test_plans_are_made_put_off_called_off_and_restored(program: Program) -> None:
    street = program.street
    await program.staff()
    body = {
        "scheme_id": str(street.scheme),
        "category": "haircut",
        "helper_id": str(street.zhou),
        "recipient_id": str(street.chen),
        "planned_from": "2026-11-22T12:00+08:00",
        "planned_until": "2026-11-22T13:00+08:00",
    }
    doubtful = await program.client.post(f"{program.base}/visits", json=body)
    assert _problem(doubtful) == (409, "visit-doubtful")
    assert "周阿姨" in doubtful.json()["title"]
    made = await program.client.post(f"{program.base}/visits", json=body | {"anyway": True}, headers=KEYED)
    assert made.status_code == 201, made.text
    again = await program.client.post(f"{program.base}/visits", json=body | {"anyway": True}, headers=KEYED)
    assert again.json() == made.json()
    program.visit_id = UUID(made.json()["id"])
    assert (await program.move("reschedule")).json()["served_on"] == "2026-11-23"
    early = await program.move("check-in")
    assert _problem(early) == (409, "visit-not-today")
    assert (await program.move("cancel")).json()["status_reason"] == "下雨"
    assert (await program.move("restore")).json()["status"] == "planned"
    with clock.set_to(NOW + timedelta(days=1)):
        await program.staff()
        gone = (await program.move("no-show", absent="recipient", reason="住院")).json()
    assert (gone["status"], gone["absent"]) == ("no_show", "recipient")


@pytest.mark.slow
async def test_lists_are_filtered_and_go_on(program: Program) -> None:
    street = program.street
    later = NOW + timedelta(days=3)
    other = (
        await street.plan(
            street.planned(
                recipient_id=street.chen, planned_from=later, planned_until=later + timedelta(hours=1)
            )
        )
    )[0]
    await program.staff()
    client, base = program.client, program.base
    listed = (await client.get(f"{base}/visits")).json()
    assert [row["visit"]["id"] for row in listed["rows"]] == [str(other), str(program.visit_id)]
    assert listed["after"] is None
    for query, count in (
        (f"member_id={street.chen}", 1),
        ("status=planned&status=claimed", 2),
        ("status=settled", 0),
        ("from_on=2026-11-23", 1),
        ("until_on=2026-11-22", 1),
    ):
        assert len((await client.get(f"{base}/visits?{query}")).json()["rows"]) == count, query
    day = (await client.get(f"{base}/days/2026-11-22/visits")).json()
    assert [(row["helper"], row["recipient"]) for row in day] == [("周阿姨", "冯伯")]
    hers = (await client.get(f"{base}/members/{street.zhou}/visits")).json()
    assert len(hers["coming"]) == 2


@pytest.mark.slow
async def test_paper_is_numbered_looked_over_and_written_down_once(program: Program) -> None:
    street = program.street
    await program.staff()
    client, base = program.client, program.base
    first = (await client.post(f"{base}/sheet-numbers", json={"count": 5})).json()["first"]
    [meant] = (await client.get(f"{base}/sheets/people", params={"words": "zhouayi"})).json()
    assert (meant["id"], meant["number"]) == (str(street.zhou), "0101")
    line = {"helper": "0101", "recipient": "冯伯", "category": "haircut", "served_on": "2026-11-20"}
    rows = [line | {"begin": "09:00", "end": "10:30", "number": first}, {}, line | {"helper": "谁呀"}]
    sheet = {"rows": rows, "scheme_id": str(street.scheme)}
    checked = (await client.post(f"{base}/sheets/check", json=sheet)).json()
    assert [(one["row"], one["minutes"]) for one in checked] == [(1, 90), (3, None)]
    assert checked[1]["errors"][0]["field"] == "helper"
    refused = await client.post(f"{base}/sheets", json=sheet, headers=KEYED)
    assert _problem(refused) == (422, "invalid")
    assert {error["row"] for error in refused.json()["errors"]} == {3}
    whole = sheet | {"rows": rows[:1]}
    made = await client.post(f"{base}/sheets", json=whole, headers=KEYED)
    assert (made.status_code, made.json()["posted"]) == (201, 1), made.text
    assert (await client.post(f"{base}/sheets", json=whole, headers=KEYED)).json() == made.json()
    assert await street.balances() == (90, 510)


@pytest.mark.slow
async def test_visits_that_have_happened_are_entered_all_or_none(program: Program) -> None:
    street = program.street
    await program.staff()
    row = {
        "category": "clinic",
        "helper_id": str(street.zhou),
        "recipient_id": str(street.feng),
        "served_on": "2026-11-20",
        "minutes": 60,
        "scheme_id": str(street.scheme),
    }
    where = f"{program.base}/served-visits"
    wrong = {"rows": [row, row | {"recipient_id": str(street.zhou)}]}
    refused = await program.client.post(where, json=wrong, headers=KEYED)
    assert _problem(refused) == (422, "invalid")
    assert [(error["row"], error["field"]) for error in refused.json()["errors"]] == [(2, "recipient")]
    assert await street.balances() == (0, 600)
    unsigned = await program.client.post(where, json={"rows": [row], "signed": False}, headers=KEYED)
    assert [one["visit"]["status"] for one in unsigned.json()["outcomes"]] == ["claimed"]
    signed = await program.client.post(
        where, json={"rows": [row]}, headers={"Idempotency-Key": "another-one"}
    )
    assert signed.json()["posted"] == 1
    assert await street.balances() == (60, 540)


@pytest.mark.slow
async def test_what_moves_hours_takes_a_key_and_is_done_once(program: Program) -> None:
    await program.staff()
    for what in MOVING_HOURS:
        bare = await program.client.post(f"{program.at}/{what}", json={"version": 1} | MOVES[what])
        assert _problem(bare) == (422, "invalid"), what
        assert bare.json()["errors"][0]["field"] == "Idempotency-Key"
    for path, body in (
        ("served-visits", {"rows": [{}]}),
        ("sheets", {"rows": [{}]}),
    ):
        assert _problem(await program.client.post(f"{program.base}/{path}", json=body))[0] == 422
    await program.move("claim")
    body = {"version": 2}
    first = await program.client.post(f"{program.at}/confirm", json=body, headers=KEYED)
    again = await program.client.post(f"{program.at}/confirm", json=body, headers=KEYED)
    assert first.json() == again.json()
    assert first.json()["posted"] is True
    reused = await program.client.post(f"{program.at}/confirm", json={"version": 3}, headers=KEYED)
    assert _problem(reused) == (422, "key-reused")
    assert await program.street.balances() == (60, 540)


@pytest.mark.parametrize("what", MOVES)
async def test_a_stale_version_is_refused(program: Program, what: str) -> None:
    await program.staff()
    stale = await program.move(what, **MOVES[what], version=99)
    assert _problem(stale) == (409, "changed-meanwhile")
    assert (await program.street.visit(program.visit_id)).version == 1


@pytest.mark.slow
@pytest.mark.parametrize("what", MOVES)
async def test_strangers_auditors_and_neighbours_may_not(program: Program, what: str) -> None:
    assert _problem(await program.move(what))[0] == 401
    await program.member(program.street.chen)
    assert _problem(await program.move(what)) == (403, "forbidden")
    for user in ("he", "auditor"):
        await program.staff(user)
        assert _problem(await program.move(what)) == (403, "forbidden")


@pytest.mark.parametrize("what", MOVES)
async def test_a_visit_of_another_community_is_not_found(program: Program, what: str) -> None:
    await program.staff("he")
    there = f"/api/v1/communities/{program.street.world.there}/visits/{program.visit_id}"
    body = {"version": 1} | MOVES[what]
    assert _problem(await program.client.post(f"{there}/{what}", json=body, headers=KEYED))[0] == 404
    assert _problem(await program.client.get(there))[0] == 404


@pytest.mark.slow
async def test_each_side_does_only_its_own_part(program: Program) -> None:
    await program.member(program.street.feng)
    for what in ("check-in", "claim"):
        assert _problem(await program.move(what)) == (403, "not-your-part")
    for what in ("reschedule", "resolve", "settle", "amend", "correct"):
        assert _problem(await program.move(what)) == (403, "forbidden")
    await program.member(program.street.zhou)
    await program.move("claim")
    for what in ("confirm", "dispute", "cancel"):
        assert _problem(await program.move(what)) == (403, "not-your-part")


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    ["visits", "days/2026-11-22/visits", "sheets/people?words=周", "members/{chen}/visits"],
)
async def test_lists_of_others_are_the_desks(program: Program, path: str) -> None:
    where = f"{program.base}/{path.format(chen=program.street.chen)}"
    assert _problem(await program.client.get(where))[0] == 401
    await program.member(program.street.zhou)
    assert _problem(await program.client.get(where)) == (403, "forbidden")
    await program.staff("he")
    assert _problem(await program.client.get(where)) == (403, "forbidden")


@pytest.mark.parametrize("path", ["sheets/check", "sheets", "served-visits", "sheet-numbers", "visits"])
async def test_writing_down_is_the_desks(program: Program, path: str) -> None:
    street = program.street
    day = {"category": "clinic", "helper_id": str(street.zhou), "recipient_id": str(street.feng)}
    day |= {"scheme_id": str(street.scheme)}
    bodies: dict[str, dict[str, Any]] = {
        "sheet-numbers": {"count": 1},
        "served-visits": {"rows": [day | {"served_on": "2026-11-20", "minutes": 60}]},
        "visits": day | MOVES["reschedule"],
    }
    body = bodies.get(path, {"rows": [{"helper": "0101"}]})
    await program.member(street.zhou)
    refused = await program.client.post(f"{program.base}/{path}", json=body, headers=KEYED)
    assert _problem(refused) == (403, "forbidden")


@pytest.mark.parametrize(
    ("what", "values", "field"),
    [
        ("claim", {"minutes": 0}, "minutes"),
        ("claim", {"minutes": 1441}, "minutes"),
        ("claim", {"minutes": 60, "served_on": "2027-01-01"}, "served_on"),
        ("claim", {"minutes": 60, "served_on": "9999-01-01"}, "served_on"),
        ("claim", {"minutes": 60, "provenance": "app"}, "provenance"),
        ("claim", {"minutes": 60, "note": "\u0007铃"}, "note"),
        ("cancel", {"reason": "  "}, "reason"),
        ("cancel", {}, "reason"),
        ("no-show", {"absent": "both"}, "absent"),
        ("reschedule", {"planned_from": "2026-11-23T09:00", "planned_until": "2026-11-23T08:00Z"}, "planned_from"),
        ("reschedule", {"planned_from": "2026-11-23T09:00Z", "planned_until": "2026-11-23T08:00Z"}, "until_time"),
        ("reschedule", {"planned_from": "0001-01-01T00:00+14:00", "planned_until": "2026-11-23T08:00Z"}, "planned_from"),
        ("confirm", {"minutes": -1}, "minutes"),
        ("resolve", {"reason": "没有写时长"}, "minutes"),
        ("settle", {"sure": True}, "sure"),
    ],
)  # fmt: skip
async def test_bad_input_names_its_field(
    program: Program, what: str, values: dict[str, Any], field: str
) -> None:
    await program.staff()
    answer = await program.move(what, version=1, **values)
    assert _problem(answer) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await program.street.visit(program.visit_id)).version == 1


@pytest.mark.slow
async def test_nothing_is_found_and_nothing_breaks(program: Program) -> None:
    await program.staff()
    gone = f"{program.base}/visits/{new_id()}"
    assert _problem(await program.client.get(gone)) == (404, "not-found")
    body = {"version": 1}
    assert _problem(await program.client.post(f"{gone}/check-in", json=body)) == (404, "not-found")
    for path in (
        "visits?after=!",
        "visits?status=king",
        "visits?who=me",
        "days/9999-12-31/visits",
        "visits/x",
    ):
        assert _problem(await program.client.get(f"{program.base}/{path}"))[0] == 422, path
    many = {"rows": [{}] * 101}
    assert _problem(await program.client.post(f"{program.base}/sheets/check", json=many))[0] == 422


@pytest.mark.slow
async def test_a_scheme_may_want_the_recipients_own_word(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in(SchemePolicy(confirm_by=ConfirmBy.RECIPIENT))
    program = await Program(client, street, (await street.plan())[0]).staff()
    await program.move("claim")
    assert _problem(await program.move("confirm")) == (409, "visit-only-themselves")
    await program.member(street.feng)
    assert (await program.move("confirm")).json()["posted"] is True
