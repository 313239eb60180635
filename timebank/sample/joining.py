"""How people join: a roster at the desk, then free times, absences, cards, and who is a colleague."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

from timebank.access import steps as access_steps
from timebank.access.model import IssuedCard
from timebank.core import clock
from timebank.core.ids import derived_id
from timebank.membership import service as membership
from timebank.membership.model import ImportKind, Outcome, Signed
from timebank.membership.spreadsheets import read
from timebank.people import queries as people
from timebank.people import service as people_service
from timebank.people.model import AbsenceKind, Window
from timebank.sample import rosters
from timebank.sample.cast import Desk
from timebank.sample.district import DALANG, MEMBER, MEMBER_PIN
from timebank.sample.giving import fill_the_pool

# Derived, and published with the sample: it opens the pages of somebody who does not exist.
CARD_SECRET = base64.urlsafe_b64encode(hashlib.sha256(b"timebank sample card").digest()).decode().rstrip("=")
_CARD_NUMBER = "449999000111"
# At sea for eight months, of which the history sees the middle.
_SEA_BEFORE, _SEA_AFTER = timedelta(days=150), timedelta(days=93)


async def join(desk: Desk, *, today: date, first: date) -> None:
    """Everybody of a community takes part from its first day on."""
    with desk.at(first, 1):
        await _import_roster(desk)
        await _bring_balances(desk)
        for number, windows in _weeks(desk):
            await people_service.set_availability(
                desk.call(), member_id=desk.ids[number], windows=windows, version=1, community_id=desk.id
            )
        for number, from_on, until_on, kind in _absences(desk, today):
            await people_service.add_absence(
                desk.call("absence", number, from_on),
                member_id=desk.ids[number],
                from_on=from_on,
                until_on=until_on,
                kind=kind,
                community_id=desk.id,
            )
        await fill_the_pool(desk)
        await _link_colleague(desk)
        if desk.place is DALANG:
            await _give_card(desk)


async def _import_roster(desk: Desk) -> None:
    file = read(rosters.roster(desk.place), f"{desk.place.name}花名册.xlsx")
    import_id = await membership.upload(
        desk.call("roster"), community_id=desk.id, kind=ImportKind.ROSTER, file=file
    )
    found = await membership.preview_roster(desk.call(), community_id=desk.id, import_id=import_id)
    assert found.plan.count(Outcome.NEW) == len(desk.people), "the roster is taken in as it stands"
    await membership.apply_roster(
        desk.call("apply"), community_id=desk.id, import_id=import_id, digest=found.plan.digest
    )
    async with desk.database.begin({desk.id}) as db:
        desk.ids = {member.number: member.id for member in await people.members_of(db, desk.id)}


async def _bring_balances(desk: Desk) -> None:
    """What the list kept before says that everybody has, signed off with its total."""
    file = read(rosters.opening(desk.place), f"{desk.place.name}结余时数.xlsx")
    import_id = await membership.upload(
        desk.call("opening"), community_id=desk.id, kind=ImportKind.OPENING, file=file
    )
    found = await membership.preview_opening(desk.call(), community_id=desk.id, import_id=import_id)
    listed = [one.opening_minutes for one in desk.people.values() if one.opening_minutes]
    await membership.sign_off(
        desk.call("sign off"),
        community_id=desk.id,
        import_id=import_id,
        digest=found.digest,
        signed=Signed(people=len(listed), minutes=sum(listed)),
    )


def _weeks(desk: Desk) -> Iterator[tuple[str, tuple[Window, ...]]]:
    for person in desk.people.values():
        if person.windows:
            yield person.number, tuple(Window(*window) for window in person.windows)


def _absences(desk: Desk, today: date) -> Iterator[tuple[str, date, date, AbsenceKind]]:
    """Those at sea; and here and there somebody with the grandchildren, on a journey or ill."""
    for person in desk.people.values():
        index = int(person.number)
        if person.at_sea:
            yield person.number, today - _SEA_BEFORE, today + _SEA_AFTER, AbsenceKind.SEA
        elif person.travels:
            began = today - timedelta(days=index % 80)
            kind = (AbsenceKind.FAMILY, AbsenceKind.TRAVEL, AbsenceKind.ILL)[index % 3]
            yield person.number, began, began + timedelta(days=9 + index % 12), kind


async def _link_colleague(desk: Desk) -> None:
    if desk.place.colleague is not None:
        await people_service.link_staff(
            desk.call_of_administrator("colleague"),
            member_id=desk.ids[desk.place.colleague],
            staff_id=desk.coordinators[1].id,
            linked=True,
        )


async def _give_card(desk: Desk) -> None:
    member_id = desk.ids[MEMBER]
    card = IssuedCard(derived_id("sample", "card"), member_id, _CARD_NUMBER, CARD_SECRET, MEMBER_PIN)
    async with desk.database.begin({desk.id}) as db:
        await access_steps.keep_card(db, card, community_id=desk.id, now=clock.now())
