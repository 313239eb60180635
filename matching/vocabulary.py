"""Sets of words as bit masks: one numbering of words for helpers and requests alike."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

import numpy as np
import numpy.typing as npt

from matching.problem import Helper, Request

U64 = npt.NDArray[np.uint64]
Word = TypeVar("Word", str, UUID)


class Vocabularies:
    """A number from 1 for each word that somebody has or asks for; 0 stands for every word not known."""

    def __init__(self, helpers: Sequence[Helper], requests: Sequence[Request]) -> None:
        self.words = {
            name: _numbered(set().union(*(getattr(x, name) for x in (*helpers, *requests))))
            for name in ("skills", "trainings", "consents", "dialects", "interests")
        }
        named = set().union(*(h.avoids for h in helpers), *(r.circumstances for r in requests))
        self.words["avoids"] = self.words["circumstances"] = _numbered(named)
        swapped = set().union(*(h.asks for h in helpers), *(r.gives for r in requests))
        self.words["asks"] = self.words["gives"] = _numbered(swapped)
        # Where nothing is asked yet, any branch may be.
        theirs = {h.branch for h in helpers if h.branch is not None}
        branches = theirs if not requests else set().union(*(r.helper_branches for r in requests))
        self.branches = _numbered(branches)

    def mask(self, name: str, rows: Sequence[Helper] | Sequence[Request]) -> U64:
        words = self.words[name]
        # Many people have the same few.
        sets: dict[frozenset[str], int] = {}
        which = [sets.setdefault(getattr(row, name), len(sets)) for row in rows]
        at = [(i, words.get(word, 0)) for i, some in enumerate(sets) for word in some]
        return _bits(at, len(sets), len(words) + 1)[np.array(which, dtype=np.int64)]

    def branch_of(self, helpers: Sequence[Helper]) -> U64:
        at = [(i, self.branches[h.branch]) for i, h in enumerate(helpers) if h.branch in self.branches]
        return _bits(at, len(helpers), len(self.branches) + 1)

    def branches_asked(self, requests: Sequence[Request]) -> U64:
        at = [(i, self.branches.get(one, 0)) for i, r in enumerate(requests) for one in r.helper_branches]
        return _bits(at, len(requests), len(self.branches) + 1)


def _numbered(words: set[Word]) -> dict[Word, int]:
    return {word: i for i, word in enumerate(sorted(words), start=1)}


def _bits(at: Sequence[tuple[int, int]], rows: int, words: int) -> U64:
    """A mask for each row with the bits at (row, word)."""
    out = np.zeros((rows, max(1, (words + 63) // 64)), dtype=np.uint64)
    if at:
        row, word = np.array(at, dtype=np.int64).T
        np.bitwise_or.at(out, (row, word // 64), np.uint64(1) << (word % 64).astype(np.uint64))
    return out
