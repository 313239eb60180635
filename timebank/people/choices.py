"""The options of a person's form, in the reader's language."""

from collections.abc import Iterable

from timebank.people.model import (
    AVOID_LABELS,
    CONTACT_LABELS,
    DIALECT_LABELS,
    GENDER_LABELS,
    INTEREST_LABELS,
    NEED_LABELS,
    SKILL_LABELS,
    TIER_LABELS,
    TRAINING_LABELS,
    BranchView,
)
from timebank.people.showing import LIVING_LABELS, ROLE_LABELS
from timebank.web.i18n import Language, translate


def choices(language: Language, branches: Iterable[BranchView]) -> dict[str, list[tuple[str, str]]]:
    """Each field's options, as pairs of value and label."""

    def said(labels: dict[str, str]) -> list[tuple[str, str]]:
        return [(code, translate(label, language)) for code, label in labels.items()]

    return {
        "gender": said(GENDER_LABELS),
        "contact": said(CONTACT_LABELS),
        "tiers": said(TIER_LABELS),
        "roles": said(ROLE_LABELS),
        "living": said(LIVING_LABELS),
        "skills": said(SKILL_LABELS),
        "dialects": said(DIALECT_LABELS),
        "interests": said(INTEREST_LABELS),
        "needs": said(NEED_LABELS),
        "avoids": said(AVOID_LABELS),
        "trainings": said(TRAINING_LABELS),
        "branches": [(str(branch.id), branch.name) for branch in branches],
    }
