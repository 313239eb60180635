"""Squares of the grid hold whom they should, anywhere on earth."""

import numpy as np
import pytest

from matching.grid import Grid


def on_sphere(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    lat, lon = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def some_points(seed: int, n: int) -> np.ndarray:
    """A town, a country, around a pole, across the date line, the whole earth, a line, and all in one place."""
    chance = np.random.default_rng(seed)
    match seed % 7:
        case 0:
            return on_sphere(22.9 + chance.uniform(-0.1, 0.1, n), 113.9 + chance.uniform(-0.1, 0.1, n))
        case 1:
            return on_sphere(chance.uniform(18, 53, n), chance.uniform(73, 135, n))
        case 2:
            return on_sphere(90 - chance.uniform(0, 3, n), chance.uniform(-180, 180, n))
        case 3:
            return on_sphere(chance.uniform(-10, 10, n), 180 + chance.uniform(-2, 2, n))
        case 4:
            return on_sphere(chance.uniform(-90, 90, n), chance.uniform(-180, 180, n))
        case 5:
            return on_sphere(chance.uniform(20, 30, n), np.full(n, 110.0))
    return on_sphere(np.full(n, 30.0), np.full(n, 110.0))


@pytest.mark.parametrize("seed", range(21))
def test_a_square_as_wide_as_a_distance_holds_everybody_within_it(seed: int) -> None:
    points, asked = some_points(seed, 300), some_points(seed + 700, 40)
    grid = Grid(points)
    x, y = grid.cells(asked)
    apart = np.linalg.norm(asked[:, None] - points, axis=2)
    chord = np.quantile(apart, 0.1, axis=1)
    half = np.minimum(grid.reach(chord), grid.whole(x, y))
    square, who = grid.between(x, y, np.full_like(half, -1), half)
    held = np.zeros(apart.shape, dtype=bool)
    held[square, who] = True
    assert held[apart <= chord[:, None]].all()
    assert (np.bincount(square, minlength=40) == grid.count(x, y, half)).all()


@pytest.mark.parametrize("seed", range(7))
def test_squares_that_grow_hold_everybody_once(seed: int) -> None:
    points, asked = some_points(seed, 200), some_points(seed + 70, 30)
    grid = Grid(points)
    x, y = grid.cells(asked)
    whole, half = grid.whole(x, y), np.full(30, -1)
    found: list[tuple[int, int]] = []
    for wanted in (1, 10, 50, 201):
        wider = grid.smallest(x, y, np.full(30, wanted), half, whole)
        found += zip(*(rows.tolist() for rows in grid.between(x, y, half, wider)), strict=True)
        many = grid.count(x, y, wider)
        assert ((many >= wanted) | (wider == whole)).all()
        half = wider
    assert sorted(found) == [(square, who) for square in range(30) for who in range(200)]
