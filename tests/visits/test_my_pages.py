"""What two members do with their visit on the phone, each on their own side."""

import re
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from tests.given import NOW, World, csrf_of, post_form
from tests.visits.given import Street
from timebank.access import service as access
from timebank.core import clock
from timebank.core.ids import new_id
from timebank.schemes.model import ConfirmBy, SchemePolicy
from timebank.visits import service
from timebank.visits.model import Status


class Phone:
    """A member's phone."""

    def __init__(self, client: httpx.AsyncClient, street: Street, visit_id: UUID) -> None:
        self.client = client
        self.street = street
        self.visit_id = visit_id

    @property
    def at(self) -> str:
        """The page of the visit."""
        return f"/me/visits/{self.visit_id}"

    async def of(self, member_id: UUID) -> "Phone":
        """In the hand of this member."""
        world = self.street.world
        card = await access.issue_card(await world.call(), community_id=world.here, member_id=member_id)
        self.client.cookies.clear()
        data: dict[str, object] = {"number": card.number, "pin": card.pin}
        answer = await post_form(self.client, "/sign-in/card", data, seen="/sign-in")
        assert answer.status_code == 303, answer.text
        return self

    async def page(self, path: str = "", **headers: str) -> str:
        """What the page says."""
        answer = await self.client.get(path or self.at, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def press(self, what: str, *, version: int | None = None, **values: object) -> str:
        """Press a button that is on the page, and read the page that follows."""
        page = await self.page()
        assert f'action="{self.at}/{what}"' in page, f"there is no {what} on the page"
        seen = version or (await self.street.visit(self.visit_id)).version
        data = {"csrf": csrf_of(page), "key": new_id().hex, "version": seen, **values}
        answer = await self.client.post(f"{self.at}/{what}", data=data)
        assert answer.status_code == 303, answer.text
        return await self.page(answer.headers["location"])

    async def may(self) -> Collection[str]:
        """Every act the page offers."""
        return set(re.findall(rf'action="{self.at}/([a-z-]+)"', await self.page()))

    async def status(self) -> Status:
        """Where the visit stands."""
        return (await self.street.visit(self.visit_id)).status


@pytest.fixture
async def phone(client: httpx.AsyncClient, world: World) -> Phone:
    street = await Street(world).move_in()
    return Phone(client, street, (await street.plan(street.planned(place="居委会门口")))[0])


@pytest.mark.slow
async def test_a_visit_from_the_door_to_the_passbook(phone: Phone) -> None:
    zhou, feng = phone.street.zhou, phone.street.feng
    await phone.of(zhou)
    page = await phone.page()
    for said in (
        "陪诊",
        "您帮冯伯",
        '今天 <span class="nowrap">11:00–13:00',
        "居委会门口",
        "我到了",
        "tel:13900000102",
    ):
        assert said in page
    assert "已记下您到了" in await phone.press("check-in")
    assert "还没有开始" in await phone.press("undo-check-in")
    await phone.press("check-in")
    with clock.set_to(NOW + timedelta(minutes=93)):
        left = await phone.press("check-out")
    assert "已记下您走了" in left
    assert "登记 1 小时 35 分" in left  # 93 minutes, to five
    assert 'name="hours" value="1"' in left
    claimed = await phone.press("claim", hours=1, minutes=30)
    assert "已登记 1 小时 30 分。等冯伯确认以后" in claimed
    assert await phone.may() == {"claim"}
    await phone.of(feng)
    assert "周阿姨登记了 <b>1 小时 30 分</b>，对吗？" in await phone.page()
    assert "等您确认" in await phone.page("/me/visits")
    confirmed = await phone.press("confirm")
    assert "已确认，1 小时 30 分 已记入周阿姨的存折" in confirmed
    assert await phone.may() == set()
    assert await phone.street.balances() == (90, 510)


@pytest.mark.slow
async def test_the_home_page_confirms_in_one_press(phone: Phone) -> None:
    await _claimed(phone, 90)
    await phone.of(phone.street.feng)
    home = await phone.page("/me")
    assert f'action="{phone.at}/confirm"' in home
    version = re.search(r'name="version" value="(\d+)"', home)
    assert version
    key = new_id().hex
    data = {"csrf": csrf_of(home), "key": key, "version": version[1]}
    for _ in range(2):  # pressed twice
        assert (await phone.client.post(f"{phone.at}/confirm", data=data)).status_code == 303
    assert await phone.street.balances() == (90, 510)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "said"), [({"wrong": "minutes", "hours": 1}, 60), ({"wrong": "never"}, 0), ({"wrong": "other"}, None)]
)  # fmt: skip
async def test_what_is_not_right_is_told_to_the_community(
    phone: Phone, wrong: dict[str, object], said: int | None
) -> None:
    await _claimed(phone, 90)
    await phone.of(phone.street.feng)
    page = await phone.press("dispute", **wrong, words="记得不一样")
    assert "已记下。社区协调员会问问两位" in page
    assert "社区在核实" in page
    assert await phone.may() == set()
    visit = await phone.street.visit(phone.visit_id)
    assert (visit.status, visit.said_minutes) == (Status.DISPUTED, said)
    assert await phone.street.balances() == (0, 600)
    await phone.of(phone.street.zhou)
    assert "1 小时 30 分" in await phone.page()


@pytest.mark.slow
async def test_what_the_ledger_refuses_is_no_error_to_the_member(phone: Phone) -> None:
    await phone.street.spend(phone.street.feng, 600)
    await _claimed(phone, 90)
    await phone.of(phone.street.feng)
    page = await phone.press("confirm")
    assert "已确认，谢谢您。时间还没有记上，社区协调员会来处理，您不用做什么。" in page
    assert 'class="problems"' not in page
    assert await phone.status() is Status.CONFIRMED
    again = await phone.page()
    assert "还没有记到存折里，社区协调员会来处理" in again


@pytest.mark.slow
async def test_either_side_calls_off_and_takes_it_back(phone: Phone) -> None:
    for who in (phone.street.zhou, phone.street.feng):
        await phone.of(who)
        page = await phone.press("cancel", why="ill")
        assert "已取消，社区会看到" in page
        assert "身体不舒服" in page
        assert f'action="{phone.at}/restore"' in page
        assert await phone.may() == set()  # only just after one's own press
        page = await phone.page(f"{phone.at}?undo=1")
        data = {"csrf": csrf_of(page), "key": new_id().hex, "version": (await _version(phone))}
        assert (await phone.client.post(f"{phone.at}/restore", data=data)).status_code == 303
        assert await phone.status() is Status.PLANNED
    await phone.press("cancel", why="other", words="女儿回来了")
    assert "女儿回来了" in await phone.page()


@pytest.mark.slow
async def test_each_may_say_that_the_other_did_not_come(phone: Phone) -> None:
    await phone.of(phone.street.feng)
    assert "no-show" not in await phone.may()  # it has not begun
    with clock.set_to(NOW + timedelta(hours=2)):
        page = await phone.press("no-show")
        assert "已记下周阿姨没有来" in page
        assert f'action="{phone.at}/restore"' in page
        await phone.of(phone.street.zhou)
        page = await phone.page(f"{phone.at}?undo=1")
    assert "记下的是：您没有来" in page
    assert f'action="{phone.at}/restore"' not in page
    data = {"csrf": csrf_of(page), "key": new_id().hex, "version": await _version(phone)}
    unsaid = await phone.client.post(f"{phone.at}/restore", data=data)
    assert unsaid.status_code == 403
    assert await phone.status() is Status.NO_SHOW


@pytest.mark.slow
async def test_a_day_later_the_helper_claims_the_planned_time_in_one_press(phone: Phone) -> None:
    with clock.set_to(NOW + timedelta(days=1)):
        await phone.of(phone.street.zhou)
        assert "等您登记" in await phone.page("/me/visits")
        page = await phone.page()
        assert "登记 2 小时" in page
        assert '昨天 <span class="nowrap">11:00–13:00' in page
        assert "tel:" not in page
        assert "check-in" not in await phone.may()
        await phone.press("claim", hours=2, minutes=0)
    assert (await phone.street.visit(phone.visit_id)).status is Status.CLAIMED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "helper", "recipient"),
    [
        ("planned", {"check-in", "cancel"}, {"cancel"}),
        ("attended", {"check-out", "undo-check-in", "claim"}, {"cancel"}),
        ("claimed", {"claim"}, {"confirm", "dispute"}),
    ],
)
async def test_each_side_is_offered_its_own_part(
    phone: Phone, status: str, helper: set[str], recipient: set[str]
) -> None:
    call, where = phone.street.world.call_of_member(phone.street.zhou), phone.street.world.here
    if status == "attended":
        await service.check_in(call, community_id=where, visit_id=phone.visit_id, version=1)
    if status == "claimed":
        await service.claim(call, community_id=where, visit_id=phone.visit_id, version=1, minutes=60)
    await phone.of(phone.street.zhou)
    assert await phone.may() == helper
    await phone.of(phone.street.feng)
    assert await phone.may() == recipient


@pytest.mark.slow
async def test_the_number_to_call_is_shown_only_while_they_are_to_meet(phone: Phone) -> None:
    await phone.of(phone.street.feng)
    assert 'href="tel:13900000101"' in await phone.page()
    await _claimed(phone, 60)
    assert "tel:" not in await phone.page()
    assert "13900000101" not in await phone.page("/me/visits")


@pytest.mark.slow
async def test_somebody_elses_visit_stays_shut(phone: Phone) -> None:
    await phone.of(phone.street.chen)
    assert (await phone.client.get(phone.at)).status_code == 403
    assert (await phone.client.get(f"/me/visits/{new_id()}")).status_code == 404
    assert (await phone.client.get("/me/visits/x")).status_code in (404, 422)
    page = await phone.page("/me/visits")
    assert "现在没有安排好的服务" in page
    data = {"csrf": csrf_of(page), "key": new_id().hex, "version": 1}
    for what in ("check-in", "confirm", "no-show", "restore"):
        assert (await phone.client.post(f"{phone.at}/{what}", data=data)).status_code == 403
    assert (await phone.client.post(f"{phone.at}/marry", data=data)).status_code == 404
    assert await phone.status() is Status.PLANNED


@pytest.mark.slow
async def test_what_is_wrong_is_said_on_the_page_and_nothing_is_done(phone: Phone) -> None:
    await phone.of(phone.street.zhou)
    for what, values, status, said in (
        ("claim", {"hours": 0, "minutes": 0}, 422, "请选一下用了多长时间"),
        ("claim", {"hours": 99}, 422, "不能大于 24"),
        ("claim", {"hours": "x"}, 422, "请填整数"),
        ("cancel", {}, 422, "这一项必须填写"),
        ("cancel", {"why": "king"}, 422, "请从列出的选项里选"),
        ("check-in", {"version": 7}, 409, "刚才有人改过"),
        ("check-in", {"version": "x"}, 422, "请填整数"),
        ("check-out", {}, 409, "现在是“待开始”"),
        ("confirm", {}, 403, "这一步要由对方来做"),
    ):
        data = {"csrf": csrf_of(await phone.page()), "key": new_id().hex, "version": 1} | values
        answer = await phone.client.post(f"{phone.at}/{what}", data=data)
        assert (answer.status_code, said in answer.text) == (status, True), (what, values, answer.text)
        assert "您帮冯伯" in answer.text  # on the visit's own page
    assert (await phone.street.visit(phone.visit_id)).version == 1


async def test_a_form_of_another_site_is_refused(phone: Phone) -> None:
    await phone.of(phone.street.zhou)
    assert (await phone.client.post(f"{phone.at}/check-in", data={"version": 1})).status_code == 403
    assert await phone.status() is Status.PLANNED


@pytest.mark.slow
async def test_past_visits_go_on_page_by_page(phone: Phone) -> None:
    street = phone.street
    first = NOW - timedelta(days=60)
    await street.plan(
        *(
            street.planned(planned_from=at, planned_until=at + timedelta(hours=1))
            for at in (first + timedelta(days=n) for n in range(40))
        )
    )
    desk = await street.world.call()
    listed = await service.search(desk, community_id=street.world.here)
    for row in listed.rows:
        if row.visit.id != phone.visit_id:
            await service.cancel(
                desk, community_id=street.world.here, visit_id=row.visit.id, version=1, reason="封路"
            )
    await phone.of(street.zhou)
    page = await phone.page("/me/visits")
    assert page.count("已取消") == 30
    assert '今天 <span class="nowrap">11:00–13:00' in page
    more = re.search(r'href="(/me/visits\?after=[^"]+)"', page)
    assert more
    older = await phone.page(more[1])
    assert older.count("已取消") == 10
    assert "今天" not in older
    assert (await phone.client.get("/me/visits?after=!")).status_code == 422


@pytest.mark.slow
async def test_a_member_confirms_where_the_scheme_wants_their_own_word(
    client: httpx.AsyncClient, world: World
) -> None:
    street = await Street(world).move_in(SchemePolicy(confirm_by=ConfirmBy.RECIPIENT))
    phone = Phone(client, street, (await street.plan())[0])
    await _claimed(phone, 60)
    await phone.of(street.feng)
    assert "Confirmed: 1 h went into the passbook of 周阿姨" in await _in_english(phone, "confirm")


async def _in_english(phone: Phone, what: str) -> str:
    phone.client.cookies.set("lang", "en")
    return await phone.press(what)


async def _claimed(phone: Phone, minutes: int) -> None:
    world = phone.street.world
    zhou = world.call_of_member(phone.street.zhou)
    await service.claim(zhou, community_id=world.here, visit_id=phone.visit_id, version=1, minutes=minutes)


async def _version(phone: Phone) -> int:
    return (await phone.street.visit(phone.visit_id)).version
