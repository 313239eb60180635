"""Pure decisions about the checklist."""

from datetime import date


def retirement_item_before_its_day(*, done_on: date, today: date) -> bool:
    """True for what is still to come."""
    return done_on > today


def retirement_item_done_by_nobody(who: str) -> bool:
    """True where nobody is named."""
    return not who.strip()
