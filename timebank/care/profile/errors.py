"""Refusals about entitlements and referrals.

Conflict
├── EntitlementEnded   nothing is due any more of what has ended
└── ReferralClosed     what came of it has been written down
"""

from timebank.core.errors import N_, Conflict


class EntitlementEnded(Conflict):
    """It has ended."""

    code = "entitlement-ended"
    message = N_("“{title}”{day} 已经停了（{reason}）；又有了，请另记一项")


class ReferralClosed(Conflict):
    """It is closed."""

    code = "referral-closed"
    message = N_("转介到{to}的这一次 {day} 已经有了结果；再去请另记一次")
