"""What posting should do, said as simply as possible: dictionaries, one operation after the other."""

import copy
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from ledger import Batch, Linked, Operation

Answer = tuple[str, UUID | None, int | None, UUID | None]  # refusal or "posted", account, short, because
Content = tuple[Operation, tuple[Operation, ...]]


@dataclass
class State:
    """Where everything stands."""

    balances: dict[UUID, int]
    posted: dict[UUID, Operation] = field(default_factory=dict)
    reversed: set[UUID] = field(default_factory=set)


class Oracle:
    """A book in memory."""

    def __init__(self, limits: dict[UUID, tuple[int | None, int | None]]) -> None:
        self.limits = limits
        self.state = State(dict.fromkeys(limits, 0))
        self.known: dict[UUID, tuple[Content, Answer]] = {}
        self.closed_before = date.min
        self.closing_before = date.min

    def post(self, batch: Batch) -> list[Answer]:
        """The answers to a batch, in order."""
        answers: list[Answer] = []
        settled = set(self.state.posted)  # a reversal names a transfer of an earlier batch
        for item in batch:
            group = item.operations if isinstance(item, Linked) else (item,)
            answers += self._post_group(group, settled)
        return answers

    def _post_group(self, group: tuple[Operation, ...], settled: set[UUID]) -> list[Answer]:
        before = copy.deepcopy(self.state)
        link = group if len(group) > 1 else ()
        decided: dict[int, Answer] = {}
        repeats: dict[int, Answer] = {}
        seen: set[UUID] = set()
        culprit: UUID | None = None
        for at, operation in enumerate(group):
            if operation.id in self.known:
                content, answer = self.known[operation.id]
                repeats[at] = answer if content == (operation, link) else ("id_reused", None, None, None)
            elif operation.id in seen:
                repeats[at] = ("id_reused", None, None, None)
            elif culprit is not None:
                decided[at] = ("linked_refused", None, None, culprit)
            else:
                decided[at] = self._decide(operation, settled)
            seen.add(operation.id)
            if {**decided, **repeats}[at][0] != "posted" and culprit is None:
                culprit = operation.id
        if culprit is not None:
            self.state = before if len(group) > 1 else self.state
            for at, answer in decided.items():
                if answer[0] == "posted":
                    decided[at] = ("linked_refused", None, None, culprit)
        for at, answer in decided.items():
            self.known[group[at].id] = ((group[at], link), answer)
        return [{**decided, **repeats}[at] for at in range(len(group))]

    def _decide(self, operation: Operation, settled: set[UUID]) -> Answer:
        debit, credit, minutes = operation.debit_id, operation.credit_id, operation.minutes
        balances = self.state.balances
        if not 0 < minutes <= 10_000_000:
            return ("amount_out_of_range", None, None, None)
        if debit == credit:
            return ("same_account", None, None, None)
        for account in (debit, credit):
            if account not in balances:
                return ("account_unknown", account, None, None)
        if operation.forced and not (operation.reverses and operation.reason):
            return ("forced_without_reason", None, None, None)
        if operation.effective_on < self.closed_before:
            return ("period_closed", None, None, None)
        if operation.effective_on < self.closing_before:
            return ("period_closing", None, None, None)
        if operation.reverses and (refusal := self._refuse_reversal(operation, settled)):
            return (refusal, None, None, None)
        floor, ceiling = self.limits[debit][0], self.limits[credit][1]
        if not operation.forced:
            if floor is not None and balances[debit] - minutes < floor:
                return ("floor_breached", debit, floor - balances[debit] + minutes, None)
            if ceiling is not None and balances[credit] + minutes > ceiling:
                return ("ceiling_breached", credit, balances[credit] + minutes - ceiling, None)
        balances[debit] -= minutes
        balances[credit] += minutes
        self.state.posted[operation.id] = operation
        if operation.reverses:
            self.state.reversed.add(operation.reverses)
        return ("posted", None, None, None)

    def _refuse_reversal(self, operation: Operation, settled: set[UUID]) -> str | None:
        assert operation.reverses
        if operation.reverses not in settled:
            return "transfer_unknown"
        original = self.state.posted[operation.reverses]
        if original.reverses:
            return "reversal_of_reversal"
        mirrored = (original.credit_id, original.debit_id, original.minutes)
        if (operation.debit_id, operation.credit_id, operation.minutes) != mirrored:
            return "reversal_unmirrored"
        if operation.reverses in self.state.reversed:
            return "already_reversed"
        return None
