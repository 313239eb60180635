"""The assignment layer against published optima."""

import pytest

from tests.matching.published import OPTIMA, solved


@pytest.mark.parametrize("name", OPTIMA)
def test_the_published_optimum_is_found_exactly(name: str) -> None:
    assert solved(name) == OPTIMA[name]
