"""Values of trainings and checks that end on a day."""

from dataclasses import dataclass
from datetime import date, timedelta

from timebank.people.model import Brief

SOON = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Dates:
    """When somebody was trained or checked, until when that holds (that day included), and what was seen of it."""

    done_on: date
    valid_until: date
    seen: str | None = None


@dataclass(frozen=True, kw_only=True)
class Held:
    """A training somebody has. `dates` None: nobody wrote down when, and it does not end."""

    training: str
    dates: Dates | None
    noted_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """A training of an active member that ends soon, or has ended."""

    member: Brief
    training: str
    valid_until: date
