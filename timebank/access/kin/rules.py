"""Pure rules of kinship: how it reads from the other side, and the word for it."""

from timebank.access.kin.model import KinKind
from timebank.core.errors import N_

_TURNED = {
    KinKind.PARENT: KinKind.CHILD,
    KinKind.PARENT_IN_LAW: KinKind.CHILD_IN_LAW,
    KinKind.GRANDPARENT: KinKind.GRANDCHILD,
}
TURNED = {KinKind.SPOUSE: KinKind.SPOUSE} | _TURNED | {other: kind for kind, other in _TURNED.items()}

# Where nobody's gender is known.
KIN_LABELS: dict[KinKind, str] = {
    KinKind.SPOUSE: N_("配偶"),
    KinKind.PARENT: N_("父母"),
    KinKind.CHILD: N_("子女"),
    KinKind.PARENT_IN_LAW: N_("配偶的父母"),
    KinKind.CHILD_IN_LAW: N_("子女的配偶"),
    KinKind.GRANDPARENT: N_("祖辈"),
    KinKind.GRANDCHILD: N_("孙辈"),
}
# By the other's gender.
_WORDS = {
    (KinKind.SPOUSE, "female"): N_("妻子"),
    (KinKind.SPOUSE, "male"): N_("丈夫"),
    (KinKind.PARENT, "female"): N_("母亲"),
    (KinKind.PARENT, "male"): N_("父亲"),
    (KinKind.CHILD, "female"): N_("女儿"),
    (KinKind.CHILD, "male"): N_("儿子"),
    (KinKind.CHILD_IN_LAW, "female"): N_("儿媳"),
    (KinKind.CHILD_IN_LAW, "male"): N_("女婿"),
    (KinKind.GRANDPARENT, "female"): N_("奶奶或外婆"),
    (KinKind.GRANDPARENT, "male"): N_("爷爷或外公"),
    (KinKind.GRANDCHILD, "female"): N_("孙女或外孙女"),
    (KinKind.GRANDCHILD, "male"): N_("孙子或外孙"),
}
# A wife says otherwise than a husband: by one's own gender and the other's.
_IN_LAW = {
    ("female", "female"): N_("婆婆"),
    ("female", "male"): N_("公公"),
    ("male", "female"): N_("岳母"),
    ("male", "male"): N_("岳父"),
}


def word(kind: KinKind, *, own: str | None, other: str | None) -> str:
    """What the other is called, as far as the two genders are known (the Chinese, to be translated)."""
    if kind is KinKind.PARENT_IN_LAW:
        return _IN_LAW.get((own or "", other or ""), KIN_LABELS[kind])
    return _WORDS.get((kind, other or ""), KIN_LABELS[kind])
