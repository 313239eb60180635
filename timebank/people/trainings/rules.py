"""Pure rules of dated trainings."""

from datetime import date

from timebank.people.trainings.model import Dates


def training_ends_before_it_began(dates: Dates) -> bool:
    """True where it would have been over before it was done."""
    return dates.valid_until < dates.done_on


def training_done_later(dates: Dates, today: date) -> bool:
    """True for what is still to come."""
    return dates.done_on > today
