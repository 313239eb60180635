"""The week plan: timed visits, the ways between them, two at once, rests and weekly caps."""

from matching.week.check import check_week
from matching.week.plan import Placed, WeekPlan, Worth
from matching.week.problem import Midday, Pause, Rest, Travel, Week, weight

__all__ = [
    "Midday",
    "Pause",
    "Placed",
    "Rest",
    "Travel",
    "Week",
    "WeekPlan",
    "Worth",
    "check_week",
    "weight",
]
