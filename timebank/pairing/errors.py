"""Refusals of rounds, proposals and pairs.

TimebankError
├── Conflict
│   ├── RoundClosed        its proposals went out, or a newer round took its place
│   ├── CannotPin          a rule, or another pair pinned, refuses a pair the coordinator pinned
│   ├── TriedOtherwise     what would be kept is not what was tried out
│   ├── RoundUnderWay      somebody is running a round in this community already
│   ├── RoundStopped       somebody stopped it while it was worked out; nothing is kept
│   ├── NothingWaiting     no published request waits for a round
│   ├── ProposalClosed     it is no longer open
│   ├── AlreadyAsked       somebody else is being asked for this request
│   ├── NotEligible        a rule that no coordinator may bend refuses this helper
│   ├── NeedsReason        a rule that may be bent refuses this helper: say why
│   ├── PairMoved          what was asked does not fit where the pair stands
│   ├── NotWaiting         nobody can volunteer for it any more
│   └── DoesNotSuit        something stands against this helper, which is not told them
└── PlanWrong              the checker objects to a plan: a mistake of ours, nobody is asked
"""

from collections.abc import Sequence
from uuid import UUID

from matching import Choice
from timebank.core.errors import N_, Conflict, Text, TimebankError


class RoundClosed(Conflict):
    """Its proposals went out, or a newer round took its place."""

    code = "round-closed"
    message = N_("这一批已经发出，或者已有更新的一批；请看最新的派单批次")


class CannotPin(Conflict):
    """A rule, or another pair pinned, refuses a pair that the coordinator pinned."""

    code = "cannot-pin"
    message = N_("指定的“{pairs}”排不进去：{why}")

    def __init__(self, *, choices: Sequence[Choice], why: Sequence[Text], pairs: Sequence[Text] = ()) -> None:
        super().__init__(pairs=pairs, why=why)
        self.choices, self.why = tuple(choices), why

    def naming(self, pairs: Sequence[Text]) -> "CannotPin":
        """The same with the pairs by their names, which whoever solves a round does not know."""
        return CannotPin(choices=self.choices, why=self.why, pairs=pairs)


class TriedOtherwise(Conflict):
    """What would be kept is not what was tried out."""

    code = "tried-otherwise"
    message = N_(
        "和刚才试算的不一样：试算以后又改了选择，或者名单、需求有了变化。下面按现在的重新算过，看好再派"
    )


class RoundUnderWay(Conflict):
    """Somebody is running a round in this community already; `about` is that round."""

    code = "round-under-way"
    message = N_("{by}正在派一批；请等那一批派完，或者先把它停下")

    def __init__(self, *, by: str, round_id: UUID) -> None:
        super().__init__(by=by)
        self.about = round_id


class RoundStopped(Conflict):
    """Somebody stopped it while it was worked out."""

    code = "round-stopped"
    message = N_("这一批被{by}叫停了；什么都没有存下，也没有打扰任何人")


class NothingWaiting(Conflict):
    """No published request waits."""

    code = "nothing-waiting"
    message = N_("现在没有等待派单的需求")


class ProposalClosed(Conflict):
    """It is no longer open."""

    code = "proposal-closed"
    message = N_("这个邀约现在是“{status}”，不能再答复")


class AlreadyAsked(Conflict):
    """Somebody else is being asked."""

    code = "already-asked"
    message = N_("这条需求正在邀约 {name}；先撤回那个邀约，才能请别人")


class NotEligible(Conflict):
    """A rule that no coordinator may bend refuses this helper."""

    code = "not-eligible"
    message = N_("不能请{name}：{reasons}")


class NeedsReason(Conflict):
    """A rule that may be bent refuses this helper: a reason and a time make it possible."""

    code = "reason-needed"
    message = N_("{name}：{reasons}。仍要请，请选定时间并写明原因")


class PairMoved(Conflict):
    """What was asked does not fit where the pair stands."""

    code = "pair-moved"
    message = N_("这个结对现在是“{status}”，不能这样做；请看一下最新内容")


class NotWaiting(Conflict):
    """Nobody can volunteer for it any more."""

    code = "not-waiting"
    message = N_("{why}，谢谢您")


class DoesNotSuit(Conflict):
    """Something stands against this helper; what it is could tell them of somebody else."""

    code = "does-not-suit"
    message = N_("这件事现在不适合您去；可以看看别的")


class PlanWrong(TimebankError):
    """The checker objects to a plan."""

    code = "plan-wrong"
    message = N_("派单结果没有通过核对，没有保存；请联系维护人员（{found}）")
