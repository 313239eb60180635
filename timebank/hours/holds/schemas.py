"""What is available and what is held, for programs."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from pydantic import BaseModel

from timebank.core.errors import Text
from timebank.hours.holds.model import HeldLine
from timebank.hours.model import AccountView, Balance
from timebank.hours.schemas import AccountBody

Say = Callable[[Text], str]


class HeldBody(BaseModel):
    """Minutes set aside for a visit, through `until_on`."""

    hold_id: UUID
    visit_id: UUID
    served_on: date
    minutes: int
    until_on: date
    words: str

    @classmethod
    def of(cls, line: HeldLine, say: Say) -> "HeldBody":
        """From the room's own value, in the reader's language."""
        return cls(
            hold_id=line.hold_id,
            visit_id=line.subject_id,
            served_on=line.served_on,
            minutes=line.minutes,
            until_on=line.until_on,
            words=say(line.words),
        )


class BalanceBody(BaseModel):
    """Minutes of a member: available = posted − held."""

    community_id: UUID
    member_id: UUID
    posted_minutes: int
    held_minutes: int
    available_minutes: int
    holds: list[HeldBody]

    @classmethod
    def of(
        cls, found: Balance, lines: Sequence[HeldLine], say: Say, *, community_id: UUID, member_id: UUID
    ) -> "BalanceBody":
        """From the room's own values, in the reader's language."""
        return cls(
            community_id=community_id,
            member_id=member_id,
            posted_minutes=found.posted,
            held_minutes=found.held,
            available_minutes=found.available,
            holds=[HeldBody.of(line, say) for line in lines],
        )


class AccountWithHolds(AccountBody):
    """An account with what is held of it, the soonest to lapse first."""

    available_minutes: int
    holds: list[HeldBody]

    @classmethod
    def told(cls, found: AccountView, lines: Sequence[HeldLine], say: Say) -> "AccountWithHolds":
        """From the room's own values, in the reader's language."""
        return cls(
            **dict(AccountBody.of(found, say)),
            available_minutes=found.balance.available,
            holds=[HeldBody.of(line, say) for line in lines],
        )
