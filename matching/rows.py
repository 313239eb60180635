"""Rows of numbers: what numpy lacks, or does slowly."""

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]


def distinct(keys: I64) -> I64:
    """Sorted, each once; np.unique takes several times as long."""
    keys = np.sort(keys)
    new = np.ones(keys.size, dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys[new]


def stretches(begin: I64, end: I64) -> I64:
    """begin[0] … end[0] − 1, begin[1] … end[1] − 1 and so on, in one row."""
    size = end - begin
    before = np.cumsum(size) - size
    return np.repeat(begin - before, size) + np.arange(int(size.sum()))
