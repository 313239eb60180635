"""How a coordinator steers a round: which terms of a score may count otherwise, and how much. Pure."""

from collections.abc import Mapping
from fractions import Fraction

from matching import Weights
from timebank.core.errors import N_, Text
from timebank.pairing.model import Emphasis, Steering

# The terms whose weight is the coordinator's business, in the order of the form.
TERMS: Mapping[str, str] = {
    "distance": N_("住得近"),
    "continuity": N_("以前上过门"),
    "branch": N_("同一个小组"),
    "dialect": N_("说同一种方言"),
    "interests": N_("有共同爱好"),
    "overlap": N_("时间宽裕"),
    "offered": N_("自己说过乐意做"),
}
EMPHASES: Mapping[Emphasis, str] = {
    Emphasis.NONE: N_("不看"),
    Emphasis.LESS: N_("看轻些"),
    Emphasis.USUAL: N_("照常"),
    Emphasis.MORE: N_("看重些"),
}
_TIMES = {
    Emphasis.NONE: Fraction(0),
    Emphasis.LESS: Fraction(1, 2),
    Emphasis.USUAL: Fraction(1),
    Emphasis.MORE: Fraction(2),
}


def emphasis_text(term: str, how: Emphasis) -> Text:
    """“住得近：看重些”."""
    return Text(N_("{term}：{how}"), {"term": Text(TERMS[term]), "how": Text(EMPHASES[how])})


def weights_of(steering: Steering) -> Weights:
    """The weights of a round steered so: half or twice the usual, or none."""
    usual = Weights()
    return Weights(
        **{
            name: int(getattr(usual, name) * _TIMES[steering.weights.get(name, Emphasis.USUAL)])
            for name in usual.__dataclass_fields__
        }
    )
