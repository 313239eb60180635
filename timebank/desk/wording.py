"""What the lines of the work list have in common."""

from timebank.core import clock
from timebank.core.errors import N_, Text, plain
from timebank.desk.model import Waiting
from timebank.people.model import CATEGORY_LABELS, Brief

# More of one kind than this stand in one line.
ONE_BY_ONE = 3
# Minutes that a telephone call takes, and a look at something that is due, from the coordinators' own guess.
CALL, REVIEW = 5, 4


def category_text(code: str) -> Text:
    """A category in the reader's language."""
    return Text(CATEGORY_LABELS[code]) if code in CATEGORY_LABELS else plain(code)


def person_text(brief: Brief | None, waiting: Waiting) -> Text:
    """A name with the age, as one says it on the phone."""
    if brief is None:
        return Text(N_("（已不在册）"))
    age = brief.age(clock.day_of(waiting.now))
    return (
        plain(brief.name) if age is None else Text(N_("{name}（{age} 岁）"), {"name": brief.name, "age": age})
    )


def since_text(waiting: Waiting, since: object) -> Text:
    """How long something has waited."""
    hours = int((waiting.now - since).total_seconds() // 3600)  # type: ignore[operator]
    if hours < 48:
        return Text(N_("{hours} 小时"), {"hours": max(hours, 1)})
    return Text(N_("{days} 天"), {"days": hours // 24})
