"""The words for what delegates may do, and how it was agreed."""

from timebank.access.delegates.model import Consent, Purpose
from timebank.core.errors import N_

PURPOSE_LABELS: dict[Purpose, str] = {
    Purpose.BALANCE: N_("看余额和存折"),
    Purpose.ASK: N_("请人帮忙"),
    Purpose.CONFIRM: N_("确认服务"),
    Purpose.GIVE: N_("转赠时间"),
}
CONSENT_LABELS: dict[Consent, str] = {
    Consent.PAPER: N_("书面签字"),
    Consent.IN_PERSON: N_("当面同意"),
    Consent.PHONE: N_("电话里同意"),
}


def reason(purpose: Purpose) -> str:
    """What is written down as the reason where a delegate gives none."""
    return f"代办：{PURPOSE_LABELS[purpose]}"
