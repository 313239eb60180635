"""How a coordinator steers a round: which terms of a score may count otherwise, and how much. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from matching import Weights
from timebank.core.errors import N_, Text
from timebank.pairing.model import Emphasis, Steering, Term

TERMS: Mapping[Term, str] = {
    Term.DISTANCE: N_("住得近"),
    Term.CONTINUITY: N_("以前上过门"),
    Term.BRANCH: N_("同一个小组"),
    Term.DIALECT: N_("说同一种方言"),
    Term.INTERESTS: N_("有共同爱好"),
    Term.OVERLAP: N_("时间宽裕"),
    Term.OFFERED: N_("自己说过乐意做"),
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


def emphasis_text(term: Term, how: Emphasis) -> Text:
    """“住得近：看重些”."""
    return Text(N_("{term}：{how}"), {"term": Text(TERMS[term]), "how": Text(EMPHASES[how])})


def weights_of(steering: Steering) -> Weights:
    """The weights of a round steered so: half or twice the usual, or none."""
    usual = Weights()
    return replace(
        usual, **{term: int(getattr(usual, term) * _TIMES[how]) for term, how in steering.weights.items()}
    )
