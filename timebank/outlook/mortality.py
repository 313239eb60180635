"""How many of a million die within a year, by age.

China Life Insurance Mortality Table (1990–1993), non-annuity business: men (CL1), women (CL2), both (CL3); the first
that the trade had, published by the People's Bank of China in 1995. People live longer today: the page says so, and
lets the rates be lowered. Between the ages given the rates rise evenly on a logarithmic scale.
"""

from bisect import bisect_right
from math import exp, log

AGES = (0, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100)
_MEN = (3_037, 2_051, 3_276, 5_260, 8_450, 13_553, 21_677, 34_505, 54_501, 85_070, 130_418, 194_798, 280_720, 386_346)  # fmt: skip

_WOMEN = (2_765, 1_208, 1_979, 3_277, 5_441, 9_022, 14_929, 24_611, 40_312, 65_363, 104_290, 162_375, 243_998, 349_507)  # fmt: skip

_BOTH = (2_909, 1_651, 2_658, 4_322, 7_005, 11_378, 18_275, 29_295, 46_582, 73_092, 112_977, 171_596, 253_221, 358_031)  # fmt: skip

_TABLES = {"male": _MEN, "female": _WOMEN}


def per_million(age: int, gender: str) -> int:
    """How many of a million people of an age die before the next birthday; past a hundred as at a hundred."""
    rates = _TABLES.get(gender, _BOTH)
    place = bisect_right(AGES, max(0, age)) - 1
    if place == len(AGES) - 1:
        return rates[-1]
    part = (max(0, age) - AGES[place]) / (AGES[place + 1] - AGES[place])
    return round(exp(log(rates[place]) * (1 - part) + log(rates[place + 1]) * part))
