"""What certificates look like to programs."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from timebank.membership.certificates.model import Certificate, Certificates


class CertificateRow(BaseModel):
    """What a member has on a day, in minutes: banked in all, and the balance."""

    member_id: UUID
    number: str
    name: str
    community: str
    joined_on: date | None
    on: date
    banked_minutes: int
    balance_minutes: int

    @classmethod
    def of(cls, one: Certificate) -> "CertificateRow":
        """From the room's own value."""
        return cls(
            member_id=one.member.id,
            number=one.member.number,
            name=one.member.name,
            community=one.community,
            joined_on=one.member.details.joined_on,
            on=one.on,
            banked_minutes=one.banked_minutes,
            balance_minutes=one.balance_minutes,
        )


class CertificatePage(BaseModel):
    """A page of everybody's; `after` asks for the next one."""

    rows: list[CertificateRow]
    after: str | None

    @classmethod
    def of(cls, found: Certificates) -> "CertificatePage":
        """From the room's own value."""
        return cls(rows=[CertificateRow.of(one) for one in found.rows], after=found.after)


class StillOpenView(BaseModel):
    """What is still in progress in a community, and what its people have, in minutes."""

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
