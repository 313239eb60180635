"""Care in Dalang: the list rung down once, a plan that is to be looked at again, an allowance, a referral, a birthday."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, timedelta

from timebank.care.contacts import service as contacts
from timebank.care.contacts.model import Contact, ContactKind
from timebank.care.occasions import service as occasions
from timebank.care.occasions.model import Greeting
from timebank.care.plans import service as plans
from timebank.care.plans.model import Plan, Seat
from timebank.care.profile import service as profiles
from timebank.care.profile.model import Entitlement, Referral
from timebank.core.errors import TimebankError
from timebank.sample.cast import Desk
from timebank.sample.district import DALANG
from timebank.sample.scenes import helper_of

# So many are left on the list, to be rung up by whoever looks around.
_LEFT = 3
_WORDS = ("都好，胃口不错", "腿疼，少出门了", "女儿回来住了几天", "想找人说说话")


async def attend(desk: Desk, day: date, *, today: date) -> None:
    """What is done at the desk on some days before the last."""
    if desk.place is not DALANG:
        return
    # Whoever is meant may be of the coordinator's own family: then another sees to it, and the sample does without.
    for attends in _BEFORE.get((today - day).days, ()):
        with suppress(TimebankError):
            await attends(desk, day, today)


async def _ring_down(desk: Desk, day: date, today: date) -> None:
    watch = await contacts.watch(desk.call(), community_id=desk.id)
    for n, one in enumerate(watch.unseen[:-_LEFT]):
        reached = n % 7 != 6
        said = Contact(
            kind=ContactKind.LOOK_IN if n % 5 == 4 else ContactKind.CALL,
            happened_on=day,
            by_whom=desk.coordinators[0].name,
            reached=reached,
            word=_WORDS[n % len(_WORDS)] if reached else None,
        )
        with suppress(TimebankError):
            await contacts.note_contact(
                desk.call("rung up", n), community_id=desk.id, member_id=one.member.id, contact=said
            )


async def _begin_a_plan(desk: Desk, day: date, today: date) -> None:
    watch = await contacts.watch(desk.call(), community_id=desk.id)
    hardest = max(watch.watched, key=lambda one: (one.member.hardship_tier, one.member.number)).member
    seats = (
        Seat("周二、周五送午饭", member_id=desk.ids[helper_of(desk, 4).number]),
        Seat("管方案，联系家人", staff_id=desk.coordinators[0].id),
    )
    plan = Plan(
        goals=("每天有一顿热饭", "每周有人陪着说说话", "按时去医院复查"),
        team=seats,
        review_on=today,
        word="独居，腿脚不便，三楼没有电梯",
    )
    who = {"community_id": desk.id, "member_id": hardest.id}
    await plans.begin_plan(desk.call("care plan"), plan=plan, **who)
    allowance = Entitlement(title="高龄津贴", due_on=today + timedelta(days=2), note="带身份证去镇里办")
    await profiles.entitle(desk.call("allowance"), entitlement=allowance, **who)
    clinic = Referral(to_whom="大朗医院康复科", what_for="配助行器", referred_on=day, ask_on=today)
    await profiles.refer(desk.call("referral"), referral=clinic, **who)


async def _congratulate(desk: Desk, day: date, today: date) -> None:
    """Half of those whose day it was last week."""
    week = await occasions.week(desk.call(), community_id=desk.id, day=day)
    for n, one in enumerate(week.open[::2]):
        if one.on <= day:
            said = Greeting(
                occasion=one.occasion,
                for_on=one.on,
                done_on=day,
                what="上门看望，送长寿面",
                by_whom=desk.coordinators[0].name,
            )
            with suppress(TimebankError):
                await occasions.greet(
                    desk.call("greeted", n), community_id=desk.id, member_id=one.member.id, greeting=said
                )


_BEFORE: dict[int, tuple[Callable[[Desk, date, date], Awaitable[None]], ...]] = {
    28: (_begin_a_plan,),
    9: (_ring_down,),
    1: (_congratulate,),
}
