"""When a pair has fallen silent, and when it is to be reviewed. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

from timebank.core.errors import N_
from timebank.pairing.keeping.model import Note, NoteKind
from timebank.pairing.model import VISITING, PairView
from timebank.requests.recurrence.model import EVERY_WEEK

# Two turns missed in a row, and a week to type the paper in.
TURNS_MISSED, GRACE = 2, timedelta(days=7)
# A pair is looked at again so long after its trial, unless a review has said when.
REVIEWED_AFTER = timedelta(days=90)
KINDS = {
    NoteKind.ACCOMPANIED: N_("陪着去了一次"),
    NoteKind.LOOKED_IN: N_("问过情况"),
    NoteKind.REVIEWED: N_("回顾"),
}


def cadence(pair: PairView) -> timedelta:
    """How long it is from one visit to the next, at most."""
    rhythm = pair.occasion.recurrence or EVERY_WEEK
    return timedelta(days=31 if rhythm.nth else 7 * rhythm.every)


def silent_since(
    pair: PairView, last_met: date | None, today: date, notes: Sequence[Note] = ()
) -> date | None:
    """The day of the last visit that came about, if it is too long ago; the day it was to begin, before any.

    A pair that rests is not silent, nor one that somebody has asked since.
    """
    if pair.status not in VISITING:
        return None
    since = max(pair.occasion.on, last_met or pair.occasion.on)
    asked = max((note.on for note in notes), default=since)
    if today - max(since, asked) <= TURNS_MISSED * cadence(pair) + GRACE:
        return None
    return since


def review_on(pair: PairView, notes: Sequence[Note]) -> date | None:
    """When a pair is to be reviewed: as its last review said, else some time after its trial; None while on trial.

    A last review that named no day was the last.
    """
    if pair.status not in VISITING or pair.confirmed_on is None:
        return None
    reviews = [note for note in notes if note.kind is NoteKind.REVIEWED]
    if reviews:
        return max(reviews, key=lambda note: note.at).next_on
    return pair.confirmed_on + REVIEWED_AFTER
