"""Families, delegates, gifts and corrections in a real browser, on a desk's screen and on a small phone."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page

from tests.browser import chromium, fits_a_desk, fits_an_elder, picture, served, sign_in
from tests.given import NOW, PASSWORD, SEAL, World
from tests.visits.given import Street
from timebank.access import service as access
from timebank.access.delegates.model import Agreement, Consent, DelegateIs, Purpose
from timebank.access.model import IssuedCard
from timebank.app import create_app
from timebank.core import clock
from timebank.hours.corrections import service as corrections
from timebank.hours.gifts import service as gifts
from timebank.people.delegates import service as delegates
from timebank.visits import service as visits

pytestmark = pytest.mark.browser
TODAY = clock.day_of(NOW)


async def _phone(browser: Browser, url: str, card: IssuedCard, lang: str) -> Page:
    """A phone of 320 px without scripts, signed in with a card."""
    context = await browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{url}/card/{card.secret}")
    await page.locator("input[name=pin]").fill(card.pin)
    await page.locator("main form[action='/sign-in/card'] button").click()
    await page.wait_for_url(lambda address: "/card/" not in address)
    await context.add_cookies([{"name": "lang", "value": lang, "url": url}])
    return page


@dataclass(frozen=True)
class Family:
    """Feng and his wife Chen, a gift between them that is to be corrected, and their cards."""

    street: Street
    gift: UUID
    cards: tuple[IssuedCard, ...]


async def _family(world: World) -> Family:
    street = await Street(world).move_in()
    await world.relate(street.feng, street.chen)
    [visit_id] = await street.plan()
    await visits.claim(
        world.call_of_member(street.zhou), community_id=world.here, visit_id=visit_id, version=1, minutes=60
    )
    agreed = Agreement(
        until_on=TODAY + timedelta(days=90), consent=Consent.PAPER, consent_by="麦协调", consent_on=TODAY
    )
    desk = await world.call()
    for who in (
        DelegateIs(community_id=world.here, member_id=street.chen),
        DelegateIs(name="冯小明", phone="13900001111"),
    ):
        await delegates.appoint_delegate(
            desk, member_id=street.feng, delegate=who, purposes=tuple(Purpose), agreed=agreed
        )
    feng = world.call_of_member(street.feng)
    mine = {"community_id": world.here, "member_id": street.feng, "reason": "生日快乐"}
    gift = await gifts.give(feng, **mine, receiver_id=street.chen, minutes=60)
    other = await gifts.give(feng, **mine, receiver_id=None, minutes=30)
    for one, call in ((gift, feng), (other, desk)):
        await corrections.ask_correction(
            call, community_id=world.here, transfer_id=one, reason="数目写错了，应该是半小时"
        )
    cards = [
        await access.issue_card(desk, community_id=world.here, member_id=member_id)
        for member_id in (street.feng, street.chen)
    ]
    return Family(street, gift, tuple(cards))


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_ties_fit_the_desk_and_the_phone(two_desks: World, lang: str) -> None:
    family = await _family(two_desks)
    street, gift = family.street, family.gift
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page()
        await page.context.add_cookies([{"name": "lang", "value": "zh", "url": url}])
        await sign_in(page, url, "mo", PASSWORD)
        await page.context.add_cookies([{"name": "lang", "value": lang, "url": url}])
        for path, name in (
            (f"/members/{street.feng}", "person-ties"),
            (f"/members/{street.feng}/kin", "kin"),
            (f"/members/{street.feng}/delegates", "delegates"),
            (f"/accounts/{street.feng}/give", "gift-at-desk"),
            ("/corrections", "corrections"),
            (f"/accounts/entries/{gift}", "entry-to-correct"),
            ("/today", "today-with-a-correction"),
        ):
            for width in (320, 1280):
                await page.set_viewport_size({"width": width, "height": 900})
                await page.goto(url + path)
                await fits_a_desk(page)
                await picture(page, f"{name}-{width}-{lang}")
        of_feng, of_chen = [await _phone(browser, url, card, lang) for card in family.cards]
        at = f"/me/for/{street.feng}"
        for phone, path, name in (
            (of_feng, "/me/gifts", "my-gifts"),
            (of_feng, f"/me/gifts/new?to={street.chen}", "my-gift"),
            (of_feng, f"/me/passbook/{gift}", "my-entry-to-correct"),
            (of_feng, "/me/delegates", "my-delegates"),
            (of_chen, "/me", "home-of-a-delegate"),
            (of_chen, at, "acting-for"),
            (of_chen, f"{at}/confirmations", "confirming-for"),
            (of_chen, f"{at}/passbook", "passbook-for"),
            (of_chen, f"{at}/gifts", "gifts-for"),
            (of_chen, f"{at}/requests/new", "asking-for"),
        ):
            await phone.goto(url + path)
            await fits_an_elder(phone)
            await picture(phone, f"{name}-{lang}")
        await of_feng.goto(f"{url}/me/gifts/new?to={street.chen}")
        await of_feng.locator("form[action='/me/gifts/sure'] button.main").click()
        await fits_an_elder(of_feng)
        await picture(of_feng, f"my-gift-sure-{lang}")
        await of_feng.locator("form[action='/me/gifts'] button.main").click()
        await of_feng.wait_for_url("**/me/passbook/*")
        assert "/me/passbook/" in of_feng.url
