"""A small book: members with accounts, hours brought in, a scheme, and a visit to settle."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tests.given import World
from timebank.core.ids import derived_id, new_id
from timebank.core.provenance import Provenance
from timebank.hours import rules, steps
from timebank.hours.model import About, AccountKind, Answer, Kind, Wish, common_account
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes import steps as scheme_steps
from timebank.schemes.model import HousePolicy, RemainderTo, Rounding, SchemeKind, SchemePolicy

SERVED = date(2026, 11, 20)
QUARTERS = SchemePolicy(rounding_minutes=15, rounding=Rounding.DOWN, remainder_to=RemainderTo.POOL)


async def settled_book(world: World, served_minutes: int = 62) -> "Book":
    """Chen (M1) and Li (M2) of the roster, with accounts; Li brought ten hours, and Chen helped once."""
    book = Book(world)
    await world.add_member("陈阿婆", number="M1", member_id=book.chen)
    await world.add_member("李伯", number="M2", member_id=book.li)
    async with world.database.begin({world.here}) as db:
        await book.open(db, QUARTERS)
    async with world.database.begin({world.here}) as db:
        await book.settle(db, served_minutes)
    return book


@dataclass
class Book:
    """Chen and Li of one community, each with what they brought in."""

    world: World
    chen: UUID = field(default_factory=new_id)
    li: UUID = field(default_factory=new_id)
    scheme: UUID = field(default_factory=new_id)
    tries: int = 0

    @property
    def pool(self) -> UUID:
        """The community's pool."""
        return common_account(AccountKind.POOL, self.world.here)

    async def open(
        self,
        db: AsyncSession,
        policy: SchemePolicy,
        *,
        li_brings: int = 600,
        house: HousePolicy | None = None,
    ) -> "Book":
        """Open the accounts and the scheme; Li brings some minutes."""
        here, by = self.world.here, self.world.coordinator
        await steps.open_members(db, here, [self.chen, self.li], house=house or HousePolicy(), actor_id=by)
        await scheme_steps.open_scheme(
            db,
            here,
            "银龄互助",
            SchemeKind.MUTUAL_AID,
            policy,
            date(2026, 9, 1),
            self.world.now,
            made_by=by,
            scheme_id=self.scheme,
        )
        if li_brings:
            await self.bring(db, self.li, li_brings)
        return self

    async def bring(self, db: AsyncSession, member_id: UUID, minutes: int) -> Answer:
        """Post an opening balance."""
        about = About(kind=Kind.OPENING, subject_id=new_id(), provenance=Provenance.PAPER, basis={})
        opening = common_account(AccountKind.OPENING, self.world.here)
        wish = Wish(id=new_id(), from_account=opening, to_account=member_id, minutes=minutes, about=about)
        return (await self.post(db, [wish]))[0]

    async def settle(
        self, db: AsyncSession, served_minutes: int, *, visit_id: UUID | None = None
    ) -> list[Answer]:
        """Chen helped Li on SERVED; settle it as visits will."""
        policy = await schemes.scheme_policy(db, self.scheme, SERVED)
        house = await schemes.house_policy(db, self.world.here, SERVED)
        payable = scheme_rules.payable(policy.content, served_minutes)
        visit = visit_id or new_id()
        self.tries += 1
        about = About(
            kind=Kind.VISIT,
            subject_id=visit,
            provenance=Provenance.PAPER,
            served_on=SERVED,
            category="clinic",
            helper_id=self.chen,
            recipient_id=self.li,
            house_version_id=house.version_id,
            scheme_version_id=policy.version_id,
            entered_by=self.world.coordinator,
            confirmed_by=self.li,
            basis=payable.basis,
        )
        wishes = rules.wishes_of(
            payable,
            house=HousePolicy(),
            community_id=self.world.here,
            helper_id=self.chen,
            recipient_id=self.li,
            about=about,
            id_for=lambda slot: derived_id("visit", visit, self.tries, slot),
            group=0,
        )
        return await self.post(db, wishes)

    async def post(self, db: AsyncSession, wishes: list[Wish]) -> list[Answer]:
        """Post as the coordinator."""
        return await steps.post(
            db, self.world.here, wishes, actor_id=self.world.coordinator, now=self.world.now
        )
