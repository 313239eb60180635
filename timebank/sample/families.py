"""A family of Dalang: who is whose, who acts for whom, and hours that go from one to another."""

from datetime import date, timedelta
from uuid import UUID

from timebank.access.delegates.model import Agreement, Consent, DelegateIs, Purpose
from timebank.access.kin.model import KinKind, Relative
from timebank.hours.corrections import service as corrections
from timebank.hours.gifts import service as gifts
from timebank.people.delegates import service as delegates
from timebank.people.kin import service as kin
from timebank.people.model import Gender
from timebank.sample.cast import Desk
from timebank.sample.district import MEMBER, WITHOUT_PHONE
from timebank.sample.persons import PHONE, Person
from timebank.sample.scenes import Days, helper_of

_GIFT, _SLIP, _FOR_HER = 60, 30, 20
_AGREED = timedelta(days=365)


async def they_are_one_family(desk: Desk, days: Days) -> None:
    """Her husband is a member too, her daughter is not; whom she looks after has a son."""
    husband = husband_of(desk)
    await kin.record_kin(
        desk.call("husband"),
        member_id=desk.ids[MEMBER],
        kind=KinKind.SPOUSE,
        other=Relative(community_id=desk.id, member_id=desk.ids[husband.number]),
        said_by="本人",
        said_on=days.day,
    )
    daughter = Relative(name=f"{husband.name[0]}晓雯", phone=f"{PHONE}00000111", gender=Gender.FEMALE)
    await kin.record_kin(
        desk.call("daughter"),
        member_id=desk.ids[MEMBER],
        kind=KinKind.CHILD,
        other=daughter,
        said_by="本人",
        said_on=days.day,
    )
    old = desk.people[WITHOUT_PHONE]
    son = Relative(name=f"{old.name[0]}志强", phone=f"{PHONE}00000222", gender=Gender.MALE)
    await kin.record_kin(
        desk.call("son"),
        member_id=desk.ids[WITHOUT_PHONE],
        kind=KinKind.CHILD,
        other=son,
        said_on=days.day,
        said_by="户口簿",
    )
    await delegates.appoint_delegate(
        desk.call("daughter asks"),
        member_id=desk.ids[MEMBER],
        delegate=DelegateIs(name=daughter.name, phone=daughter.phone),
        purposes=[Purpose.ASK],
        agreed=_agreed(days.day, Consent.IN_PERSON),
    )
    await delegates.appoint_delegate(
        desk.call("a neighbour gives"),
        member_id=desk.ids[MEMBER],
        delegate=DelegateIs(community_id=desk.id, member_id=desk.ids[neighbour_of(desk).number]),
        purposes=[Purpose.BALANCE, Purpose.GIVE],
        agreed=_agreed(days.day, Consent.PAPER),
    )
    await delegates.appoint_delegate(
        desk.call("she asks for who has no phone"),
        member_id=desk.ids[WITHOUT_PHONE],
        delegate=DelegateIs(community_id=desk.id, member_id=desk.ids[MEMBER]),
        purposes=[Purpose.BALANCE, Purpose.ASK, Purpose.CONFIRM],
        agreed=_agreed(days.day, Consent.IN_PERSON),
    )


async def she_gives_to_her_husband(desk: Desk, days: Days) -> None:
    """An hour, on their wedding day; and too little once, by a slip."""
    await _she_gives(desk, "wedding day", _GIFT, "结婚纪念日")
    await _she_gives(desk, "a slip", _SLIP, None)


async def a_neighbour_gives_for_her(desk: Desk, days: Days) -> None:
    """She asked it of the neighbour who may."""
    await gifts.give(
        desk.call_of_member(neighbour_of(desk).number, "gives for her"),
        community_id=desk.id,
        member_id=desk.ids[MEMBER],
        receiver_id=None,
        minutes=_FOR_HER,
        reason="她让我捐的",
    )


async def the_slip_is_taken_back(desk: Desk, days: Days) -> None:
    """One coordinator asks, the other agrees."""
    asked = await corrections.ask_correction(
        desk.call("the slip"),
        community_id=desk.id,
        transfer_id=await _gift(desk, _SLIP),
        reason="按错了，多转了一笔",
    )
    await corrections.approve_correction(
        desk.call_of_second("the slip"), community_id=desk.id, correction_id=asked, version=1
    )


async def she_asks_for_a_correction(desk: Desk, days: Days) -> None:
    """It waits for somebody at the desk."""
    await corrections.ask_correction(
        desk.call_of_member(MEMBER, "not this one"),
        community_id=desk.id,
        transfer_id=await _gift(desk, _FOR_HER),
        reason="这一笔我没有让人捐",
    )


def husband_of(desk: Desk) -> Person:
    """A man of her age who does not help others and has no smartphone, so that nobody else's story is his."""
    her = desk.people[MEMBER]
    men = [
        one
        for one in desk.people.values()
        if one.gender == Gender.MALE and not one.is_helper and one.contact == "phone"
    ]
    return min(men, key=lambda one: (abs((one.birth_on - her.birth_on).days), one.number))


def neighbour_of(desk: Desk) -> Person:
    """A helper with a smartphone."""
    return helper_of(desk, 5)


def _agreed(day: date, consent: Consent) -> Agreement:
    return Agreement(until_on=day + _AGREED, consent=consent, consent_by="服务台", consent_on=day)


async def _she_gives(desk: Desk, what: str, minutes: int, reason: str | None) -> None:
    await gifts.give(
        desk.call_of_member(MEMBER, what),
        community_id=desk.id,
        member_id=desk.ids[MEMBER],
        receiver_id=desk.ids[husband_of(desk).number],
        minutes=minutes,
        reason=reason,
    )


async def _gift(desk: Desk, minutes: int) -> UUID:
    """Her gift of so many minutes."""
    hers = await gifts.giving(desk.call_of_member(MEMBER), community_id=desk.id, member_id=desk.ids[MEMBER])
    return next(one.transfer_id for one in hers.gifts if one.minutes == minutes)
