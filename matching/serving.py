"""Who can be served: the best places that can be filled together, found by making way for one another."""

import numpy as np

from matching.rows import stretches
from matching.tables import I64, Bool

NOBODY = -1


class Serving:
    """Places of some people filled by others, one arc each: those of requests by helpers, or the other way about.

    The sets of places that can be filled together are the independent sets of a matroid (places linked to room: a
    gammoid). So it is enough to fill as many as can be, and then to exchange places one for one until no empty place
    can push out one of lesser rank; every best set holds the same number of places of each rank. Both are searches
    along alternating paths, here from all empty places at once, in numpy. (Edmonds, "Matroids and the greedy
    algorithm", 1971; Hopcroft and Karp, 1973, for the many paths at once.)
    """

    def __init__(
        self, tail: I64, head: I64, owner: I64, rank: I64, room: I64, used: Bool | None = None
    ) -> None:
        """Arc i, sorted by `tail`, may fill a place of `tail[i]` from the room of `head[i]`. `owner`, ascending, and
        `rank` are those of each place; of two places the one with the greater rank counts more than any number of
        the other's, and among those of one owner ranks do not rise. `used` arcs fill places from the beginning.
        """
        self.tail, self.head, self.rank = tail, head, rank
        last = max(tail.max(initial=0), owner.max(initial=0))
        self.first_place = np.searchsorted(owner, np.arange(int(last) + 2))
        self.begin = np.searchsorted(tail, np.arange(self.first_place.size))
        self.used = np.zeros(tail.size, dtype=np.bool_) if used is None else used.copy()
        self.filled = np.bincount(tail[self.used], minlength=self.first_place.size - 1)
        self.room = room - np.bincount(head[self.used], minlength=room.size)
        self._start()

    def run(self) -> Bool:
        """Which arcs are used in a best filling."""
        while self._fill():
            pass
        while self._exchange():
            pass
        return self.used

    def many(self) -> dict[int, int]:
        """How many places of each rank are filled, where there are any."""
        place = np.arange(self.rank.size)
        owner = np.searchsorted(self.first_place, place, side="right") - 1
        ranks, many = np.unique(
            self.rank[place < self.first_place[owner] + self.filled[owner]], return_counts=True
        )
        return dict(zip(ranks.tolist(), many.tolist(), strict=True))

    def waiting(self) -> I64:
        """Who has an empty place."""
        return np.flatnonzero(self.filled < np.diff(self.first_place))

    def _start(self) -> None:
        """Forget where the last search has been."""
        self.held = np.flatnonzero(self.used)
        self.held = self.held[np.argsort(self.head[self.held], kind="stable")]
        self.first_held = np.searchsorted(self.head[self.held], np.arange(self.room.size + 1))
        self.asked = np.zeros(self.room.size, dtype=np.bool_)
        self.by = np.full(self.room.size, NOBODY, dtype=np.int64)  # the arc by which one was asked
        self.seen = np.zeros(self.filled.size, dtype=np.bool_)
        self.freed = np.full(
            self.filled.size, NOBODY, dtype=np.int64
        )  # the used arc by which one was reached
        self.root = np.arange(self.filled.size)

    def _fill(self) -> bool:
        """Fill one more place wherever a path leads from an empty one to somebody with room; False if none does."""
        self._start()
        owners = self.waiting()
        self.seen[owners] = True
        done = np.zeros(self.filled.size, dtype=np.bool_)
        ends = [np.zeros(0, dtype=np.int64)]
        while owners.size:
            arcs = self._ask(owners)
            able = arcs[self.room[self.head[arcs]] > 0]
            able = able[_first(self.root[self.tail[able]], self.filled.size)]
            done[self.root[self.tail[able]]] = True
            ends.append(able)
            # Whoever found somebody need not search on.
            owners = self._held_by(arcs[~done[self.root[self.tail[arcs]]]])
        end = np.concatenate(ends)
        self.room[self.head[end]] -= 1
        self._shift(end)
        return end.size > 0

    def _exchange(self) -> bool:
        """Fill an empty place at the cost of one of the least rank it can push out; False if none can."""
        self._start()
        waiting = self.waiting()
        wish = self.rank[(self.first_place[:-1] + self.filled)[waiting]]
        lost = [np.zeros(0, dtype=np.int64)]
        # The greatest first: where they could push out nobody, no lesser one can.
        for rank in np.unique(wish)[::-1]:
            owners = waiting[(wish == rank) & ~self.seen[waiting]]
            self.seen[owners] = True
            lesser = [np.zeros(0, dtype=np.int64)]
            while owners.size:
                owners = self._held_by(self._ask(owners))
                lesser.append(owners[self._last(owners) < rank])
            least = np.concatenate(lesser)
            least = least[np.argsort(self._last(least), kind="stable")]
            lost.append(least[_first(self.root[least], self.filled.size)])
        out = np.concatenate(lost)
        arcs = self.freed[out]
        self.used[arcs] = False
        self.filled[out] -= 1
        self._shift(self.by[self.head[arcs]])
        return out.size > 0

    def _last(self, owners: I64) -> I64:
        """The rank of the least place filled of each."""
        ranks: I64 = self.rank[self.first_place[owners] + self.filled[owners] - 1]
        return ranks

    def _ask(self, owners: I64) -> I64:
        """Arcs to others not asked before, one to each."""
        begin, end = self.begin[owners], self.begin[owners + 1]
        arcs = stretches(begin, end)
        if (self.freed[owners] == NOBODY).all():
            # At the roots every owner's first wish goes before anybody's second: more of them find somebody at once.
            place = np.minimum(arcs - np.repeat(begin, end - begin), np.iinfo(np.int16).max)
            arcs = arcs[np.argsort(place.astype(np.int16), kind="stable")]
        arcs = arcs[~self.asked[self.head[arcs]]]
        arcs = arcs[~self.used[arcs]]
        arcs = arcs[_first(self.head[arcs], self.room.size)]
        self.asked[self.head[arcs]] = True
        self.by[self.head[arcs]] = arcs
        return arcs

    def _held_by(self, arcs: I64) -> I64:
        """Owners, not reached before, of the places that those at the ends of these arcs fill."""
        other = self.head[arcs]
        begin, end = self.first_held[other], self.first_held[other + 1]
        root = np.repeat(self.root[self.tail[arcs]], end - begin)
        held = self.held[stretches(begin, end)]
        fresh = ~self.seen[self.tail[held]]
        held, root = held[fresh], root[fresh]
        one = _first(self.tail[held], self.filled.size)
        held, root = held[one], root[one]
        owners = self.tail[held]
        self.seen[owners] = True
        self.freed[owners], self.root[owners] = held, root
        return owners

    def _shift(self, arcs: I64) -> None:
        """Fill a place of each of these arcs' owners, empty the one it was reached by, and so on back to the roots."""
        while arcs.size:
            self.used[arcs] = True
            owner = self.tail[arcs]
            left = self.freed[owner]
            root = left == NOBODY
            self.filled[owner[root]] += 1
            left = left[~root]
            self.used[left] = False
            arcs = self.by[self.head[left]]


def _first(keys: I64, size: int) -> Bool:
    """Which stand first among those with the same key."""
    at = np.empty(size, dtype=np.int64)
    # Of several numbers put into one place the last stays.
    at[keys[::-1]] = np.arange(keys.size)[::-1]
    return np.equal(at[keys], np.arange(keys.size))
