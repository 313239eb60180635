"""A district in which everything there can be is there once, so that every route has something to ask for.

Made through the API as a program would, and kept; a caller's transaction around each question is rolled back.
"""

import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.access import gathered, lived, long_ago
from tests.audit.given import add_to_head
from tests.given import NOW, PASSWORD, World, browser, service_over
from tests.membership.sheets import XLSX, workbook
from tests.postgres import Database
from tests.visits.given import TODAY, Street
from timebank.access import steps as access_steps
from timebank.access.delegates.model import Purpose
from timebank.access.model import Level
from timebank.core.actor import Role
from timebank.core.ids import new_id
from timebank.membership import steps as membership_steps
from timebank.membership.model import Stage
from timebank.people import service as people

WEDNESDAY, THURSDAY, FRIDAY, NEXT_WEEK = (TODAY + timedelta(days=n) for n in (3, 4, 5, 10))
MORNING = {"from_minute": 480, "to_minute": 720}
STAFF = {
    "coordinator": "mo",
    "self": "mai",
    "neighbour": "he",
    "auditor": "auditor",
    "administrator": "admin",
    "far_auditor": "far-auditor",
    "far_administrator": "far-admin",
}
MEMBERS = ("helper", "recipient", "other", "delegate", "far_member")
Answer = dict[str, Any]
BOTH_ROLES = {"is_recipient": True, "is_helper": True}
BOTH = BOTH_ROLES | {"version": 1}
ZHOU = BOTH | {"name": "周阿姨", "number": "0101", "birth_on": "1960-05-01", "skills": ["clinic"]}
FENG = BOTH | {
    "name": "冯伯",
    "number": "0102",
    "id_number": "11010519491231002X",
    "birth_on": "1949-12-31",
}


@dataclass
class Prepared:
    """The district. `things` has the ids, versions and digests by name; `cards` the members' numbers and PINs."""

    world: World
    things: dict[str, str] = field(default_factory=dict)
    cards: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def here(self) -> str:
        """The path of the community that all of it is in."""
        return f"/api/v1/communities/{self.world.here}"

    async def come_about(self, database: Database) -> "Prepared":
        """Write it all."""
        street = await Street(self.world).move_in()
        async with browser(service_over(self.world.database)) as client:
            await self._people(client, street)
            await self._ties(client)
            await lived.live(self, client)
            await self._visits(client, street)
            await self._requests(client)
            await self._pairs(client)
            await self._care(client)
            await self._papers(client)
            await self._gifts(client)
            await self._outlook(client)
            await gathered.gather(self, client)
            await self._books(client, street, database)
            await self._cards(client)
            await self._corrections(client)
        return self

    async def _people(self, client: httpx.AsyncClient, street: Street) -> None:
        world = self.world
        far = await world.add_member("远方人", number="0900", community_id=world.there)
        self.keep(helper=street.zhou, recipient=street.feng, other=street.chen, far_member=far)
        self.keep(here=world.here, there=world.there, district=world.district, town=world.town)
        self.keep(scheme=street.scheme, coordinator=world.coordinator, day=WEDNESDAY, later=NEXT_WEEK)
        await self._far_district()
        await self.enter(client, "mo")
        await self.api(client, "PUT", f"/members/{street.feng}", FENG)
        await self.api(client, "PUT", f"/members/{street.zhou}", ZHOU)
        week = {"windows": [{"weekday": day, **MORNING} for day in (2, 3, 4)], "version": 1}
        await self.api(client, "PUT", f"/members/{street.zhou}/availability", week)
        office = await world.call(world.administrator)
        await people.link_staff(office, member_id=street.feng, staff_id=world.second, linked=True)
        away = {"from_on": str(WEDNESDAY), "until_on": str(WEDNESDAY), "kind": "other"}
        made = await self.api(client, "POST", f"/members/{street.feng}/absences", away)
        branch = await self.api(client, "POST", "/branches", {"name": "三组"})
        apart = f"/members/{street.feng}/apart/{street.chen}"
        await self.api(client, "PUT", apart, {"reason": "吵过架"})
        self.keep(absence=made["id"], branch=branch["id"])

    async def _ties(self, client: httpx.AsyncClient) -> None:
        """Feng's daughters, one no more; who acts for him; and a second record of his."""
        delegate = await self.api(client, "POST", "/members", BOTH_ROLES | {"name": "梁叔", "number": "0104"})
        twin = await self.api(client, "POST", "/members", BOTH_ROLES | {"name": "冯伯", "number": "0105"})
        self.keep(delegate=delegate["id"], twin=twin["id"])
        feng = f"/members/{self.things['recipient']}"
        said = {"kind": "child", "said_by": "本人", "said_on": str(TODAY - timedelta(days=7))}
        for name, daughter in (("tie", "冯大姐"), ("ended_tie", "冯二姐")):
            made = await self.api(client, "POST", f"{feng}/kin", said | {"name": daughter})
            self.keep(**{name: made["id"]})
        ended = {"version": 1, "ended_on": str(TODAY)}
        await self.api(client, "PUT", f"{feng}/kin/{self.things['ended_tie']}/end", ended)
        agreed = {"consent": "paper", "consent_by": "莫协调", "consent_on": str(TODAY)}
        everything = {"purposes": list(Purpose), "until_on": str(TODAY + timedelta(days=90))}
        whom = {"delegate_member_id": delegate["id"]}
        await self.api(client, "POST", f"{feng}/delegates", agreed | everything | whom)

    async def _far_district(self) -> None:
        """Another district with an auditor and an administrator, who have no business here."""
        world = self.world
        district, town, community = new_id(), new_id(), new_id()
        async with world.database.begin({world.here, world.there}) as db:
            for unit, level, name, code, parent in (
                (district, Level.DISTRICT, "远区", "F", None),
                (town, Level.TOWN, "远镇", "F1", district),
                (community, Level.COMMUNITY, "远社区", "F11", town),
            ):
                await access_steps.add_unit(
                    db, level=level, name=name, code=code, parent_id=parent, unit_id=unit
                )
            for user, role in (("far-auditor", Role.AUDITOR), ("far-admin", Role.ADMINISTRATOR)):
                made = await access_steps.add_staff(
                    db, name=user, user_name=user, password=PASSWORD, now=NOW, staff_id=new_id()
                )
                await access_steps.give_role(db, staff_id=made, unit_id=district, role=role)

    async def _visits(self, client: httpx.AsyncClient, street: Street) -> None:
        """One visit in each state; Zhou helps Feng in all of them."""
        names = ("planned", "attended", "claimed", "disputed", "refused", "settled", "cancelled", "ended")
        past = {"planned_from": NOW - timedelta(hours=3), "planned_until": NOW - timedelta(hours=1)}
        plans = [street.planned(**(past if name == "ended" else {})) for name in names]
        await street.plan(*plans)
        self.keep(**{f"{name}_visit": plan.id for name, plan in zip(names, plans, strict=True)})
        word = {"provenance": "desk"}
        await self.move(client, "attended_visit", "check-in", word)
        for name, minutes in (("claimed", 120), ("disputed", 120), ("refused", 1440), ("settled", 60)):
            await self.move(client, f"{name}_visit", "claim", word | {"minutes": minutes})
        await self.move(client, "disputed_visit", "dispute", word | {"words": "没有这么久"})
        await self.move(client, "refused_visit", "confirm", word)
        await self.move(client, "settled_visit", "confirm", word)
        await self.move(client, "cancelled_visit", "cancel", {"reason": "下雨"})

    async def _requests(self, client: httpx.AsyncClient) -> None:
        asked = {
            "member_id": self.things["recipient"],
            "scheme_id": self.things["scheme"],
            "category": "clinic",
            "duration_minutes": 60,
            "starts_on": str(TODAY),
            "expires_on": str(TODAY + timedelta(days=30)),
            "windows": [{"on_day": str(WEDNESDAY), **MORNING}],
            "anyway": True,
        }
        weekly = asked | {"kind": "weekly", "windows": [{"weekday": 2, **MORNING}]}
        other = {"windows": [{"weekday": 3, **MORNING}]}
        friday = {"windows": [{"on_day": str(FRIDAY), **MORNING}]}
        for name, body in (
            ("submitted", asked),
            ("published", asked | {"publish": True}),
            ("rejected", asked),
            ("proposed", asked | {"publish": True} | friday),
            ("weekly", weekly | {"publish": True}),
            ("paused", weekly | {"publish": True} | other),
        ):
            made = await self.api(client, "POST", "/requests", body)
            self.keep(**{f"{name}_request": made["id"]})
        await self.act(client, "rejected", "reject", {"reason": "太远"})
        offer = {"member_id": self.things["recipient"], "category": "clinic", "until_on": str(NEXT_WEEK)}
        standing = await self.api(client, "POST", "/offers", offer)
        ended = await self.api(client, "POST", "/offers", offer | {"category": "shopping"})
        await self.api(client, "POST", f"/offers/{ended['id']}/end", {"version": 1})
        self.keep(standing_offer=standing["id"], ended_offer=ended["id"])
        word = f"/requests/{self.things['published_request']}/volunteers/{self.things['helper']}"
        await self.api(client, "PUT", word, {})

    async def _pairs(self, client: httpx.AsyncClient) -> None:
        run = await self.api(client, "POST", "/rounds", {})
        self.keep(round=run["id"])
        for name, day in (("weekly", WEDNESDAY), ("paused", THURSDAY)):
            made = await self._proposed(client, name, day)
            for side in ("helper", "recipient"):
                answered = {"side": side, "answer": "yes"}
                await self.api(client, "POST", f"/proposals/{made}/answers", answered)
        pairs = (await self.api(client, "GET", "/pairs"))["rows"]
        for name in ("weekly", "paused"):
            mine = next(row for row in pairs if row["request_id"] == self.things[f"{name}_request"])
            self.keep(**{f"{name}_pair": mine["id"]})
        said = {"kind": "looked_in", "on": str(TODAY), "word": "都好"}
        await self.api(client, "POST", f"/pairs/{self.things['weekly_pair']}/notes", said)
        planned = await self.api(client, "GET", f"/visits?pair_id={self.things['weekly_pair']}")
        self.keep(weekly_pair_visit=planned["rows"][0]["visit"]["id"])
        paused = await self.api(client, "GET", f"/pairs/{self.things['paused_pair']}")
        pause = {"version": paused["version"]}
        await self.api(client, "POST", f"/pairs/{self.things['paused_pair']}/pause", pause)
        self.keep(proposal=await self._proposed(client, "proposed", FRIDAY))
        weekly = await self.api(client, "GET", f"/requests/{self.things['weekly_request']}")
        skip = {"version": weekly["version"], "on_day": str(NEXT_WEEK)}
        path = f"/requests/{self.things['weekly_request']}/dates/skip"
        self.keep(change=(await self.api(client, "POST", path, skip))["id"])

    async def _proposed(self, client: httpx.AsyncClient, name: str, day: date) -> str:
        """Ask Zhou for a request of Feng's by hand."""
        asked = {
            "request_id": self.things[f"{name}_request"],
            "helper_id": self.things["helper"],
            "on": str(day),
            "at": "09:00:00",
            "reason": "熟人",
        }
        made: str = (await self.api(client, "POST", "/proposals", asked))["id"]
        return made

    async def _care(self, client: httpx.AsyncClient) -> None:
        """Feng was rung up, has a plan and everything else in his profile; and a rhythm was set."""
        days = {f"tier_{tier}_days": 14 for tier in (1, 2, 3)}
        await self.api(client, "POST", "/care/rhythms", days | {"in_force_from": str(TODAY)})
        call = {"kind": "call", "happened_on": str(TODAY), "by_whom": "莫协调", "word": "都好"}
        made = await self.api(client, "POST", f"/members/{self.things['recipient']}/contacts", call)
        team = [{"member_id": self.things["helper"], "part": "送饭"}]
        plan = {"goals": ["按时吃药"], "team": team, "review_on": str(NEXT_WEEK)}
        at = f"/members/{self.things['recipient']}/care-plans"
        running = await self.api(client, "POST", at, plan)
        feng = f"/members/{self.things['recipient']}"
        entitled = await self.api(client, "POST", f"{feng}/entitlements", {"title": "高龄津贴"})
        sent = {"to_whom": "镇卫生院", "what_for": "看牙", "referred_on": str(TODAY), "ask_on": str(FRIDAY)}
        referred = await self.api(client, "POST", f"{feng}/referrals", sent)
        day = {"occasion": "double_ninth", "for_on": "2026-10-18", "done_on": str(TODAY)}
        greeted = await self.api(
            client, "POST", f"{feng}/greetings", day | {"what": "补送一份", "by_whom": "莫协调"}
        )
        await self.api(client, "PUT", f"{feng}/calendar", {"inclusion": "always"})
        self.keep(entitlement=entitled["id"], entitlement_version=1, greeting=greeted["id"])
        self.keep(referral=referred["id"], referral_version=1)
        self.keep(contact=made["id"], running_plan=running["id"], running_plan_version=1)

    async def _papers(self, client: httpx.AsyncClient) -> None:
        """A roster and opening balances, uploaded and looked at; a column explained; the house policy of next week."""
        self.keep(place=(await self.api(client, "POST", "/places", {"name": "活动室"}))["id"])
        self.keep(visitor=(await self.api(client, "POST", "/visitors", {"who": "来访的人"}))["id"])
        named = {"columns": [{"header": "党龄", "field": ""}]}
        await self.api(client, "PUT", "/imports/roster/columns", named)
        house = {"in_force_from": str(NEXT_WEEK), "policy": {}}
        await self.api(client, "POST", "/house-policies", house)
        later = {"in_force_from": str(NEXT_WEEK + timedelta(days=1)), "policy": {}}
        scheme = f"/schemes/{self.things['scheme']}/policies"
        for name, path in (("proposed_house", "/house-policies"), ("proposed_policy", scheme)):
            self.keep(**{name: (await self.api(client, "POST", path, later))["id"]})
        await self._agreed(client, later, scheme)
        files = {
            "roster": workbook(("会员号", "姓名"), ("0201", "新会员")),
            "opening": workbook(("会员号", "姓名", "小时"), ("0103", "陈婆", 5)),
        }
        zhou = workbook(("会员号", "姓名", "小时"), ("0101", "周阿姨", 5))
        for kind, content in (("opening", zhou), *files.items()):
            if "opening_import" in self.things and kind == "roster":
                signed = {"digest": self.things["opening_digest"], "people": 1, "total_minutes": 300}
                path = f"/imports/opening/{self.things['opening_import']}/sign-off"
                await self.api(client, "POST", path, signed)
            sent = {"file": ("纸.xlsx", io.BytesIO(content), XLSX)}
            answer = await client.post(f"{self.here}/imports/{kind}", files=sent)
            assert answer.status_code == 201, answer.text
            self.keep(**{f"{kind}_import": answer.json()["id"], f"{kind}_digest": answer.json()["digest"]})
        world, broken_off = self.world, UUID(self.things["roster_import"])
        async with world.database.begin({world.here}) as db:
            far = {"stage": Stage.CHECKING, "done": 1, "total": 2}
            await membership_steps.note_progress(db, world.here, broken_off, by="莫协调", **far)

    async def _agreed(self, client: httpx.AsyncClient, policy: Answer, scheme: str) -> None:
        """Rules of another day that a second coordinator agreed to."""
        agreed = {**policy, "in_force_from": str(NEXT_WEEK + timedelta(days=2))}
        made = [
            (path, (await self.api(client, "POST", path, agreed))["id"])
            for path in ("/house-policies", scheme)
        ]
        await self.enter(client, "mai")
        for path, version in made:
            await self.api(client, "POST", f"{path}/{version}/approve")
        await self.enter(client, "mo")

    async def _gifts(self, client: httpx.AsyncClient) -> None:
        """Everybody has something to give, and Feng gave twice."""
        for who in ("helper", "other", "delegate"):
            grant = {"member_id": self.things[who], "minutes": 60, "reason": "新年"}
            made = await self.api(client, "POST", "/grants", grant)
            self.keep(grant=made["transfer_id"])
        for name in ("gift", "asked_gift"):
            path = f"/members/{self.things['recipient']}/gifts"
            made = await self.api(client, "POST", path, {"minutes": 10})
            self.keep(**{name: made["transfer_id"]})

    async def _outlook(self, client: httpx.AsyncClient) -> None:
        """Money stands behind the hours."""
        await self.enter(client, "admin")
        backing = {"from_on": str(TODAY), "fund_fen": 100_000, "hour_fen": 2_000}
        await self.api(client, "POST", "/outlook/backings", backing)
        await self.enter(client, "mo")

    async def _corrections(self, client: httpx.AsyncClient) -> None:
        """Feng himself, with his card, asks for one of his gifts back; the desk for a grant."""
        await self.enter(client, "mo")
        number, pin = self.cards["recipient"]
        for name, transfer in (("desk", "grant"), ("asked", "asked_gift")):
            if name == "asked":
                await self.enter(client, number=number, pin=pin)
            asked = {"transfer_id": self.things[transfer], "reason": "弄错了"}
            made = await self.api(client, "POST", "/corrections", asked)
            self.keep(**{f"{name}_correction": made["id"], f"{name}_correction_version": 1})

    async def _books(self, client: httpx.AsyncClient, street: Street, database: Database) -> None:
        """Versions as they now stand; a transfer of Feng's; findings, since somebody tampered with Chen's account."""
        book = await self.api(client, "GET", f"/members/{street.feng}/passbook")
        self.keep(transfer=book["entries"][0]["transfer_id"])
        accounts = (await self.api(client, "GET", "/accounts"))["rows"]
        mine = next(row for row in accounts if row["number"] == "0102")
        self.keep(account=mine["id"])
        await long_ago.happen(self.world)
        await add_to_head(database, street.chen, 100)
        await self.enter(client, "mo")
        for name in ("open", "explained"):
            run = await self.api(client, "POST", "/reconciliation-runs", {})
            found = (await self.api(client, "GET", "/findings"))["rows"]
            assert len(found) >= 2, found
            self.keep(run=run["id"], **{f"{name}_finding": found[0 if name == "open" else 1]["id"]})
        path = f"/api/v1/findings/{self.things['explained_finding']}"
        version = (await client.get(path)).json()["finding"]["version"]
        said = await client.post(f"{path}/explain", json={"note": "有人动过", "version": version})
        assert said.status_code < 300, said.text
        await self._versions(client)

    async def _versions(self, client: httpx.AsyncClient) -> None:
        for name, known in dict(self.things).items():
            kind = name.rpartition("_")[2]
            path = {
                "visit": "visits",
                "request": "requests",
                "offer": "offers",
                "pair": "pairs",
                "activity": "activities",
                "campaign": "campaigns",
            }.get(kind)
            if path:
                one = await self.api(client, "GET", f"/{path}/{known}")
                version = (one["visit"] if kind == "visit" else one)["version"]
                self.keep(**{f"{name}_version": version})
            elif kind == "finding":
                one = (await client.get(f"/api/v1/findings/{known}")).json()["finding"]
                self.keep(**{f"{name}_version": one["version"]})
        scheme = await self.api(client, "GET", f"/schemes/{self.things['scheme']}")
        feng = await self.api(client, "GET", f"/members/{self.things['recipient']}")
        week = await self.api(client, "GET", f"/members/{self.things['recipient']}/availability")
        helper = await self.api(client, "GET", f"/members/{self.things['helper']}")
        twin = await self.api(client, "GET", f"/members/{self.things['twin']}")
        for tie in await self.rows(client, f"/members/{self.things['recipient']}/kin"):
            name = "tie" if tie["id"] == self.things["tie"] else "ended_tie"
            self.keep(**{f"{name}_version": tie["version"]})
        delegation = (await self.rows(client, f"/members/{self.things['recipient']}/delegates"))[0]
        self.keep(delegation=delegation["id"], delegation_version=delegation["version"])
        sheet = await self.api(client, "POST", "/sheet-numbers", {"count": 3})
        self.keep(scheme_version=scheme["version"], recipient_version=feng["version"], sheet=sheet["first"])
        self.keep(week_version=week["version"], helper_version=helper["version"])
        self.keep(twin_version=twin["version"])

    async def _cards(self, client: httpx.AsyncClient) -> None:
        for who in MEMBERS:
            await self.enter(client, "he" if who == "far_member" else "mo")
            where = self.things["there" if who == "far_member" else "here"]
            path = f"/api/v1/communities/{where}/members/{self.things[who]}/cards"
            answer = await client.post(path)
            assert answer.status_code == 201, answer.text
            self.cards[who] = (answer.json()["number"], answer.json()["pin"])

    def keep(self, **found: object) -> None:
        """Remember by name."""
        self.things |= {name: str(value) for name, value in found.items()}

    async def enter(self, client: httpx.AsyncClient, user: str = "", **card: str) -> None:
        """Sign a program in for somebody of the staff, or for a member with their card."""
        shown = card or {"user_name": user, "password": PASSWORD}
        answer = await client.post("/api/v1/logins", json=shown)
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    async def api(
        self, client: httpx.AsyncClient, method: str, path: str, body: Answer | None = None
    ) -> Answer:
        """What the API answers, which must be well."""
        headers = {"Idempotency-Key": new_id().hex}
        answer = await client.request(method, self.here + path, json=body, headers=headers)
        assert answer.status_code < 300, (method, path, answer.text)
        made: Answer = answer.json() if answer.content else {}
        return made

    async def rows(self, client: httpx.AsyncClient, path: str) -> list[Answer]:
        """A list as the API answers it."""
        answer = await client.get(self.here + path)
        assert answer.status_code == 200, (path, answer.text)
        found: list[Answer] = answer.json()
        return found

    async def move(self, client: httpx.AsyncClient, visit: str, what: str, body: Answer) -> None:
        """Do something to a visit as it stands."""
        path = f"/visits/{self.things[visit]}"
        version = (await self.api(client, "GET", path))["visit"]["version"]
        await self.api(client, "POST", f"{path}/{what}", body | {"version": version})

    async def act(self, client: httpx.AsyncClient, request: str, what: str, body: Answer) -> None:
        """Do something to a request as it stands."""
        path = f"/requests/{self.things[f'{request}_request']}"
        version = (await self.api(client, "GET", path))["version"]
        await self.api(client, "POST", f"{path}/{what}", body | {"version": version})
