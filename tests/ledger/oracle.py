"""What posting should do, said as simply as possible: dictionaries, one operation after the other."""

import copy
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from ledger import Act, Batch, Linked, NewHold, Operation, Outcome, Refused, Void
from tests.ledger.neighbours import EXPOSURE, Neighbours

Answer = tuple[str, UUID | None, int | None, UUID | None]  # refusal or "posted", account, short, because
Content = tuple[Act, tuple[Act, ...]]
Key = tuple[UUID, UUID]  # an id means nothing outside its book
Limits = tuple[int | None, int | None]
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@dataclass
class State:
    """Where everything stands."""

    balances: dict[UUID, int]
    posted: dict[Key, Operation] = field(default_factory=dict)
    reversed: set[Key] = field(default_factory=set)
    versions: Counter[UUID] = field(default_factory=Counter)
    holds: dict[Key, NewHold] = field(default_factory=dict)
    open: dict[Key, NewHold] = field(default_factory=dict)

    def copy(self) -> "State":
        """The same, to go on from separately."""
        return State(*(copy.copy(value) for value in vars(self).values()))

    def available(self, account: UUID) -> int:
        """What is neither spent nor held."""
        return self.balances[account] - self.held(account)

    def held(self, account: UUID) -> int:
        """The open holds of an account."""
        return sum(hold.minutes for hold in self.open.values() if hold.debit_id == account)


class Oracle:
    """Books in memory, of accounts and the limits of each; and with which book a clearing account clears."""

    def __init__(
        self, books: dict[UUID, dict[UUID, Limits]], clears: dict[UUID, UUID], now: datetime
    ) -> None:
        self.limits = {account: limits for of in books.values() for account, limits in of.items()}
        self.book_of = {account: book for book, of in books.items() for account in of}
        self.clears, self.now = clears, now
        self.state = State(dict.fromkeys(self.limits, 0))
        self.known: dict[Key, tuple[Content, Answer]] = {}
        self.closed_before: defaultdict[UUID, date] = defaultdict(lambda: date.min)
        self.closing_before: defaultdict[UUID, date] = defaultdict(lambda: date.min)

    def post(self, batch: Batch) -> list[Answer]:
        """The answers to a batch, in order."""
        answers: list[Answer] = []
        settled = set(self.state.posted)  # a reversal names a transfer of an earlier batch
        for item in batch:
            group = item.operations if isinstance(item, Linked) else (item,)
            answers += self._post_group(group, settled)
        return answers

    def _post_group(self, group: tuple[Act, ...], settled: set[Key]) -> list[Answer]:
        link = group if len(group) > 1 else ()
        crosses = any(account in self.clears for act in group for account in (act.debit_id, act.credit_id))
        before = self.state.copy() if link or crosses else self.state
        decided: dict[int, Answer] = {}
        repeats: dict[int, Answer] = {}
        seen: set[Key] = set()
        culprit: UUID | None = None
        for at, operation in enumerate(group):
            if (operation.book_id, operation.id) in self.known:
                content, answer = self.known[operation.book_id, operation.id]
                repeats[at] = answer if content == (operation, link) else ("id_reused", None, None, None)
            elif (operation.book_id, operation.id) in seen:
                repeats[at] = ("id_reused", None, None, None)
            elif culprit is not None:
                decided[at] = ("linked_refused", None, None, culprit)
            else:
                decided[at] = self._decide(operation, settled)
            seen.add((operation.book_id, operation.id))
            if {**decided, **repeats}[at][0] != "posted" and culprit is None:
                culprit = operation.id
        last = len(group) - 1
        if crosses and culprit is None and last in decided and self._unmatched(group):
            decided[last] = ("clearing_unmatched", None, None, None)
            culprit = group[last].id
        if culprit is not None:
            self.state = before
            for at, answer in decided.items():
                if answer[0] == "posted":
                    decided[at] = ("linked_refused", None, None, culprit)
        for at, answer in decided.items():
            self.known[group[at].book_id, group[at].id] = ((group[at], link), answer)
        return [{**decided, **repeats}[at] for at in range(len(group))]

    def _unmatched(self, group: tuple[Act, ...]) -> bool:
        """Whether the books would not owe each other the same, seen from both."""
        between: Counter[frozenset[UUID]] = Counter()
        for act in group:
            for account, way in ((act.debit_id, -1), (act.credit_id, 1)):
                if isinstance(act, Operation) and account in self.clears:
                    between[frozenset((act.book_id, self.clears[account]))] += way * act.minutes
        return any(between.values())

    def _decide(self, act: Act, settled: set[Key]) -> Answer:
        if refusal := self._refuse_shape(act):
            return refusal
        if isinstance(act, Void):
            return self._refuse_end(act, act.hold_id) or self._end((act.book_id, act.hold_id))
        if isinstance(act, NewHold):
            if act.expires_at <= self.now:
                return ("hold_expired", None, None, None)
        elif refusal := self._refuse_purpose(act, settled):
            return refusal
        if refusal := self._refuse_standing(act):
            return refusal
        if isinstance(act, NewHold):
            self.state.holds[act.book_id, act.id] = self.state.open[act.book_id, act.id] = act
        else:
            self._move(act)
        return ("posted", None, None, None)

    def _refuse_shape(self, act: Act) -> Answer | None:
        if isinstance(act, Void):
            return None
        if not 0 < act.minutes <= 10_000_000:
            return ("amount_out_of_range", None, None, None)
        if act.debit_id == act.credit_id:
            return ("same_account", None, None, None)
        for account in (act.debit_id, act.credit_id):
            if self.book_of.get(account) != act.book_id:
                return ("account_unknown", account, None, None)
        return None

    def _refuse_purpose(self, operation: Operation, settled: set[Key]) -> Answer | None:
        if operation.forced and not (operation.reverses and operation.reason):
            return ("forced_without_reason", None, None, None)
        if operation.effective_on < self.closed_before[operation.book_id]:
            return ("period_closed", None, None, None)
        if operation.effective_on < self.closing_before[operation.book_id]:
            return ("period_closing", None, None, None)
        if operation.reverses and (refusal := self._refuse_reversal(operation, settled)):
            return (refusal, None, None, None)
        return self._refuse_end(operation, operation.captures) if operation.captures else None

    def _refuse_end(self, act: Operation | Void, hold_id: UUID) -> Answer | None:
        hold = self.state.holds.get((act.book_id, hold_id))
        if hold is None:
            return ("hold_unknown", None, None, None)
        if (act.debit_id, act.credit_id) != (hold.debit_id, hold.credit_id):
            return ("hold_account_mismatch", None, None, None)
        if (act.book_id, hold_id) not in self.state.open:
            return ("hold_resolved", None, None, None)
        if isinstance(act, Operation) and act.minutes > hold.minutes:
            return ("hold_exceeded", None, act.minutes - hold.minutes, None)
        return None

    def _refuse_standing(self, act: Operation | NewHold) -> Answer | None:
        debit, credit, available = act.debit_id, act.credit_id, self.state.available(act.debit_id)
        if act.debit_version_seen not in (None, self.state.versions[debit]):
            return ("version_moved", debit, None, None)
        if act.available_minutes_min is not None and available < act.available_minutes_min:
            return ("available_short", debit, act.available_minutes_min - available, None)
        if isinstance(act, Operation) and act.forced:
            return None
        floor, ceiling = self.limits[debit][0], self.limits[credit][1]
        promised = isinstance(act, Operation) and act.captures
        if floor is not None and available - act.minutes < floor and not promised:
            return ("floor_breached", debit, floor - available + act.minutes, None)
        above = self.state.balances[credit] + act.minutes - (ceiling or 0)
        if ceiling is not None and above > 0 and isinstance(act, Operation):
            return ("ceiling_breached", credit, above, None)
        return None

    def _move(self, operation: Operation) -> None:
        state = self.state
        state.balances[operation.debit_id] -= operation.minutes
        state.balances[operation.credit_id] += operation.minutes
        state.versions.update((operation.debit_id, operation.credit_id))
        state.posted[operation.book_id, operation.id] = operation
        if operation.reverses:
            state.reversed.add((operation.book_id, operation.reverses))
        if operation.captures:
            del state.open[operation.book_id, operation.captures]

    def _end(self, hold: Key) -> Answer:
        del self.state.open[hold]
        return ("posted", None, None, None)

    def _refuse_reversal(self, operation: Operation, settled: set[Key]) -> str | None:
        assert operation.reverses
        key = (operation.book_id, operation.reverses)
        if key not in settled:
            return "transfer_unknown"
        original = self.state.posted[key]
        if original.reverses:
            return "reversal_of_reversal"
        mirrored = (original.credit_id, original.debit_id, original.minutes)
        if (operation.debit_id, operation.credit_id, operation.minutes) != mirrored:
            return "reversal_unmirrored"
        if key in self.state.reversed:
            return "already_reversed"
        return None


def oracle_of(books: Neighbours) -> Oracle:
    """An oracle for two new books; what Wang there has is told to it as to the ledger."""
    limits: dict[UUID, dict[UUID, Limits]] = {
        book.id: {
            book.opening: (None, None),
            book.pool: (0, None),
            **dict.fromkeys((book.chen, book.li, book.wang), (-60, 6000)),
            clearing: (-EXPOSURE, EXPOSURE),
        }
        for book, clearing in ((books.here, books.with_there), (books.there, books.with_here))
    }
    return Oracle(limits, {books.with_there: books.there.id, books.with_here: books.here.id}, NOW)


def answer_of(outcome: Outcome) -> Answer:
    """What the ledger said, in the oracle's words."""
    if isinstance(outcome, Refused):
        return (outcome.refusal.value, outcome.account_id, outcome.short_minutes, outcome.because_id)
    return ("posted", None, None, None)
