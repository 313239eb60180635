"""Pure rules of incapacity."""

from collections.abc import Collection
from datetime import date

from timebank.access.delegates.model import Purpose
from timebank.access.incapacity.model import Basis


def incapacity_gives_without_court(basis: Basis, purposes: Collection[Purpose]) -> bool:
    """True where somebody would give the member's hours away on a consent alone."""
    return Purpose.GIVE in purposes and basis is not Basis.COURT


def incapacity_in_the_future(*, from_on: date, today: date) -> bool:
    """True for a day that is still to come."""
    return from_on > today


def incapacity_without_paper(paper: str) -> bool:
    """True where no paper is named."""
    return not paper.strip()
