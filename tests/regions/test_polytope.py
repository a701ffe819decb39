"""Feasibility against a grid that holds every vertex, and against cases worked by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from rewardlang.regions.polytope import Bounds, Feasibility, Row

BOX: dict[int, Bounds] = {0: (Fraction(0), Fraction(4)), 1: (Fraction(0), Fraction(4))}


def row(weights: dict[int, int], bound: int, strict: bool = False) -> Row:
    return Row(
        tuple((v, Fraction(w)) for v, w in sorted(weights.items()) if w), Fraction(bound), strict
    )


def allows(rows: list[Row], domain: dict[int, Bounds]) -> bool:
    return Feasibility(domain).allows(rows[:-1], rows[-1])


@pytest.mark.parametrize("seed", range(60))
def test_feasibility_agrees_with_a_grid(seed: int) -> None:
    """Weights of -1, 0, 1: corners are multiples of 1/2, points between them multiples of 1/12."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    grid = [(Fraction(i, 12), Fraction(j, 12)) for i, j in product(range(49), repeat=2)]
    for _ in range(8):
        weights = {v: int(rng.integers(-1, 2)) for v in (0, 1)}
        if not any(weights.values()):
            continue
        more = row(weights, int(rng.integers(-3, 5)), bool(rng.integers(2)))

        def holds(point: tuple[Fraction, Fraction], one: Row) -> bool:
            left = sum((w * point[v] for v, w in one.weights), Fraction(0))
            return left < one.bound if one.strict else left <= one.bound

        left = [point for point in grid if holds(point, more)]
        assert allows([*rows, more], BOX) == bool(left)
        if left:
            rows.append(more)
            grid = left


def test_a_point_alone_is_feasible_until_a_side_is_strict() -> None:
    free: dict[int, Bounds] = {0: (None, None)}
    assert allows([row({0: 1}, 2), row({0: -1}, -2)], free)
    assert not allows([row({0: 1}, 2, strict=True), row({0: -1}, -2)], free)


def test_a_domain_with_one_end_or_none() -> None:
    above: dict[int, Bounds] = {0: (Fraction(3), None)}
    below: dict[int, Bounds] = {0: (None, Fraction(3))}
    assert not allows([row({0: 1}, 2)], above) and allows([row({0: 1}, 2)], below)
    assert allows([row({0: -1}, -4)], above) and not allows([row({0: -1}, -4)], below)
    assert allows([row({0: 1}, -1000)], {0: (None, None)})


def test_halves_join_only_where_the_whole_is_one_polytope() -> None:
    known = Feasibility(BOX)
    right, left = row({0: -1}, -2), row({0: 1}, 2, strict=True)
    low = row({1: 1}, 1)
    assert known.joined((right,), (left,)) == ()
    assert known.joined((right, low), (left, low)) == (low,)
    assert known.joined((right,), (left, low)) is None
