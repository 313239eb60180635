"""What becomes of the visits of a day: told on the phone, by telephone, on paper, or called off."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict
from uuid import UUID

from timebank.access.guard import Call
from timebank.core.provenance import Provenance
from timebank.sample.cast import Desk
from timebank.visits import queries, rules, service
from timebank.visits.model import Side, Status, VisitView

# What becomes of a planned visit, in a thousand.
_FATES = (
    ("paper", 700), ("telephone", 110), ("app", 70), ("helper cancels", 35), ("recipient cancels", 25),
    ("put off", 15), ("helper absent", 14), ("recipient absent", 14), ("restored", 10), ("left", 7),
)  # fmt: skip
# Paper comes back within days; what is served in the last ones is told otherwise.
_LAST_PAPER = timedelta(days=3)
_CANCELLED = {
    Side.HELPER: ("家里来了客人", "身体不舒服", "要去接孙子", "路上堵车，改天再去"),
    Side.RECIPIENT: ("儿子回来了，不用麻烦", "今天不去医院了", "天气不好，不出门"),
}
_WRONG = ("没有那么久，走得早", "那天只坐了一会儿", "多算了路上的时间")
_NOT_AT_ALL = "双方都说没有去成"
_IN_BETWEEN = "问过双方，按中间的时长记"


class _Seen(TypedDict):
    """The visit that somebody means, as they saw it."""

    community_id: UUID
    visit_id: UUID
    version: int


@dataclass
class Course:
    """One visit on its way: the visit as it was last seen."""

    desk: Desk
    visit: VisitView

    async def check_in(self) -> None:
        """The helper arrives."""
        self.visit = await service.check_in(self._by(Side.HELPER), **self._seen())

    async def check_out(self) -> None:
        """The helper leaves."""
        self.visit = await service.check_out(self._by(Side.HELPER), **self._seen())

    async def claim(self) -> None:
        """The helper says how long it took."""
        minutes = (rules.planned_minutes(self.visit) or 60) + self.desk.chance.choice((0, 0, 0, 5, 10, -10))
        self.visit = await service.claim(
            self._by(Side.HELPER), **self._seen(), minutes=minutes, provenance=Provenance.PHONE
        )

    async def confirm(self) -> None:
        """The recipient says that it is right; a few say something else."""
        assert self.visit.claimed is not None
        claimed, luck = self.visit.claimed.minutes, self.desk.chance.random()
        said = claimed - 40 if luck < 0.05 and claimed > 60 else claimed - 5 if luck < 0.15 else None
        done = await service.confirm(
            self._by(Side.RECIPIENT),
            **self._seen(),
            minutes=said,
            words=self.desk.chance.choice(_WRONG) if said is not None else None,
        )
        self.visit = done.visit
        if self.visit.status is Status.DISPUTED:
            heard = timedelta(days=self.desk.chance.randint(1, 4), minutes=13)
            self.desk.plan(self.visit.changed_at + heard, self.resolve)

    async def resolve(self) -> None:
        """The desk has heard both."""
        claimed = self.visit.claimed.minutes if self.visit.claimed else 0
        nothing = self.desk.chance.random() < 0.2
        await service.resolve(
            self.desk.call(),
            **self._seen(),
            minutes=None if nothing else max(15, claimed - 30),
            reason=_NOT_AT_ALL if nothing else _IN_BETWEEN,
        )

    async def cancel_by_helper(self) -> None:
        """The helper can't."""
        await self._cancel(Side.HELPER)

    async def cancel_by_recipient(self) -> None:
        """The recipient doesn't need it."""
        await self._cancel(Side.RECIPIENT)

    async def miss_helper(self) -> None:
        """The recipient waited in vain."""
        await self._miss(Side.HELPER)

    async def miss_recipient(self) -> None:
        """The helper stood before a closed door."""
        await self._miss(Side.RECIPIENT)

    async def put_off(self) -> None:
        """Two days later at the same time."""
        assert self.visit.planned_from is not None
        assert self.visit.planned_until is not None
        later = timedelta(days=2)
        self.visit = await service.reschedule(
            self.desk.call(),
            **self._seen(),
            planned_from=self.visit.planned_from + later,
            planned_until=self.visit.planned_until + later,
            anyway=True,
        )

    async def restore(self) -> None:
        """It was called off by mistake."""
        self.visit = await service.restore(self.desk.call(), **self._seen())

    async def _cancel(self, side: Side) -> None:
        reason = self.desk.chance.choice(_CANCELLED[side])
        self.visit = await service.cancel(self._by(side), **self._seen(), reason=reason)

    async def _miss(self, absent: Side) -> None:
        self.visit = await service.no_show(self.desk.call(), **self._seen(), absent=absent, ask_again=False)

    def _seen(self) -> _Seen:
        return {"community_id": self.desk.id, "visit_id": self.visit.id, "version": self.visit.version}

    def _by(self, side: Side) -> Call:
        who = self.desk.person(self.visit.helper_id if side is Side.HELPER else self.visit.recipient_id)
        return self.desk.call_of_member(who.number) if who.contact == "smartphone" else self.desk.call()


async def expect(desk: Desk, day: date, *, today: date) -> None:
    """Decide in the morning what will become of the day's visits."""
    async with desk.reading() as db:
        visits = await queries.today(db, desk.id, day)
    for visit in visits:
        planned = visit.status is Status.PLANNED and visit.id not in desk.scripted
        if planned and visit.planned_from and visit.planned_until:
            _decide(desk, Course(desk, visit), visit.planned_from, visit.planned_until, today - day)


def _decide(desk: Desk, course: Course, begins: datetime, ends: datetime, ago: timedelta) -> None:
    names, weights = zip(*_FATES, strict=True)
    fate = desk.chance.choices(names, weights)[0]
    if fate == "paper" and ago <= _LAST_PAPER:
        fate = "telephone"
    late = timedelta(minutes=desk.chance.randint(-6, 9))
    match fate:
        case "paper":
            desk.on_paper.append(course.visit.id)
        case "telephone":
            _tell(desk, course, ends)
        case "app":
            desk.plan(begins + late, course.check_in)
            desk.plan(ends + late, course.check_out)
            _tell(desk, course, ends)
        case "helper cancels":
            desk.plan(begins - timedelta(minutes=25), course.cancel_by_helper)
        case "recipient cancels":
            desk.plan(begins - timedelta(minutes=15), course.cancel_by_recipient)
        case "helper absent":
            desk.plan(begins + timedelta(minutes=45), course.miss_helper)
        case "recipient absent":
            desk.plan(begins + timedelta(minutes=30), course.miss_recipient)
        case "restored":
            desk.plan(begins + timedelta(minutes=5), course.miss_recipient)
            desk.plan(begins + timedelta(minutes=20), course.restore)
            _tell(desk, course, ends)
        case "put off":
            desk.plan(begins - timedelta(minutes=30), course.put_off)


def _tell(desk: Desk, course: Course, ends: datetime) -> None:
    """The helper tells in the evening; the recipient answers then, or within two days."""
    evening = ends + timedelta(minutes=desk.chance.randint(10, 90))
    desk.plan(evening, course.claim)
    desk.plan(evening + timedelta(hours=desk.chance.choice((1, 15, 20, 40))), course.confirm)
