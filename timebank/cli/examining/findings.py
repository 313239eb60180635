"""A thing that should be so, whether it is, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum

from timebank.core.errors import Text, plain


class State(StrEnum):
    """`ADVICE` is worth doing and stops nothing."""

    FIT = "fit"
    ADVICE = "advice"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's. `seen` is what there is instead; `mend` is sentences and commands."""

    code: str
    what: Text
    state: State
    seen: Text | None = None
    mend: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Check:
    """What should be so: its name for machines, which stays, and its sentence with {values}."""

    code: str
    message: str

    def fit(self, seen: Text | None = None, **values: object) -> Finding:
        """It is so."""
        return Finding(self.code, Text(self.message, values), State.FIT, seen)

    def advice(self, seen: Text, *mend: Text, **values: object) -> Finding:
        """It isn't, and that can wait."""
        return Finding(self.code, Text(self.message, values), State.ADVICE, seen, mend)

    def wrong(self, seen: Text, *mend: Text, **values: object) -> Finding:
        """It isn't, and that must be mended."""
        return Finding(self.code, Text(self.message, values), State.WRONG, seen, mend)


def run(command: str) -> Text:
    """A command or a statement, to be copied as it is."""
    return plain(command)
