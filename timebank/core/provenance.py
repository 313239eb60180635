"""How something reached us."""

from enum import StrEnum


class Provenance(StrEnum):
    """By the member's own phone, by a call, on paper, at the desk, or from a job of ours."""

    APP = "app"
    PHONE = "phone"
    PAPER = "paper"
    DESK = "desk"
    SYSTEM = "system"
