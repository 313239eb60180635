"""Values of certificates, and of what is still open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from timebank.people.model import MemberView


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What a member has on a day: banked in all (earned and brought in, spent or not), and the balance."""

    member: MemberView
    community: str
    on: date
    banked_minutes: int
    balance_minutes: int


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """Those of a page of members by number, and the number after which the next page begins."""

    rows: Sequence[Certificate]
    after: str | None


@dataclass(frozen=True, kw_only=True)
class StillOpen:
    """What is to be ended before a community may be: how many of each, and the hours that people have.

    `above_minutes` is what is owed to those who have something, `below_minutes` what is owed by those below zero.
    """

    applications: int
    requests: int
    proposals: int
    pairs: int
    planned: int
    unsettled: int
    balances_later: int
    people: int
    above_minutes: int
    below_minutes: int

    @property
    def done(self) -> bool:
        """True where nothing is in progress any more; the balances may be what they are."""
        return not any(
            (
                self.applications,
                self.requests,
                self.proposals,
                self.pairs,
                self.planned,
                self.unsettled,
                self.balances_later,
            )
        )
