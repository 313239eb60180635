"""What matching refuses: bad input, pins that cannot hold, shapes it does not serve yet.

MatchingError
├── BadProblem          a value out of range, a duplicate, an unknown id
├── DemandUnsupported   several helpers at one time, week after week
├── PinRefused          a pinned pair is not eligible
├── PinsClash           pins together exceed a helper or a request
└── ScoresTooLarge      weights so large that integer costs would overflow
"""

from uuid import UUID

from matching.reasons import Reason


class MatchingError(Exception):
    """Anything this package refuses."""


class BadProblem(MatchingError):
    """`field` of `subject` (an id, or a word where there is none) holds `value`, which is not `wanted`."""

    def __init__(self, field: str, subject: object, value: object, wanted: str) -> None:
        super().__init__(f"{field} of {subject}: {value!r} is not {wanted}")
        self.field, self.subject, self.value, self.wanted = field, subject, value, wanted


class DemandUnsupported(MatchingError):
    def __init__(self, request: UUID, demand: int) -> None:
        super().__init__(
            f"request {request} asks for {demand} helpers at one time every week; "
            "several come together once only"
        )
        self.request, self.demand = request, demand


class PinRefused(MatchingError):
    def __init__(self, request: UUID, helper: UUID, reasons: Reason) -> None:
        super().__init__(f"helper {helper} cannot be pinned to {request}: {', '.join(reasons.names)}")
        self.request, self.helper, self.reasons = request, helper, reasons


class PinsClash(MatchingError):
    """`subject` is the request pinned twice, or the helper whose pins do not fit together."""

    def __init__(self, subject: UUID, why: str) -> None:
        super().__init__(f"pins of {subject} clash: {why}")
        self.subject, self.why = subject, why


class ScoresTooLarge(MatchingError):
    def __init__(self, cost: int, nodes: int) -> None:
        super().__init__(f"a cost of {cost} over {nodes} nodes leaves 64 bits; lower the weights")
        self.cost, self.nodes = cost, nodes
