"""Amounts that know how they are shown."""

MINUTES_VISIT_MAX = 1_440
MINUTES_TRANSFER_MAX = 10_000_000


class Minutes(int):
    """A number of minutes, shown as 2 小时 30 分 or 2 h 30 min (see `web/i18n.py`)."""
