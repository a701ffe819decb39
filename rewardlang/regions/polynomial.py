"""Polynomials of degree two and less in numbered variables, with rational coefficients.

Every float is a fraction, so nothing is rounded until a result is shown.
"""

from __future__ import annotations

from fractions import Fraction

Monomial = tuple[int, ...]  # its variables in order, each as often as its power; () is 1
Polynomial = dict[Monomial, Fraction]  # no coefficient is 0

DEGREE = 2


def constant(value: Fraction | float) -> Polynomial:
    exact = Fraction(value)
    return {(): exact} if exact else {}


def variable(number: int) -> Polynomial:
    return {(number,): Fraction(1)}


def degree(p: Polynomial) -> int:
    return max(map(len, p), default=0)


def plus(p: Polynomial, q: Polynomial) -> Polynomial:
    total = {m: p.get(m, Fraction(0)) + q.get(m, Fraction(0)) for m in {**p, **q}}
    return {m: c for m, c in total.items() if c}


def scaled(p: Polynomial, factor: Fraction) -> Polynomial:
    return {m: c * factor for m, c in p.items() if factor}


def minus(p: Polynomial, q: Polynomial) -> Polynomial:
    return plus(p, scaled(q, Fraction(-1)))


def times(p: Polynomial, q: Polynomial) -> Polynomial | None:
    """None where the degree would be more than two."""
    total: Polynomial = {}
    for m, c in p.items():
        for n, d in q.items():
            both = tuple(sorted(m + n))
            total[both] = total.get(both, Fraction(0)) + c * d
    total = {m: c for m, c in total.items() if c}
    return total if degree(total) <= DEGREE else None


def hessian_half(p: Polynomial, size: int) -> list[list[Fraction]]:
    """The symmetric Q with x' Q x the part of degree two."""
    matrix = [[Fraction(0)] * size for _ in range(size)]
    for m, c in p.items():
        if len(m) == DEGREE:
            i, j = m
            matrix[i][j] += c / 2
            matrix[j][i] += c / 2
    return matrix


def is_semidefinite(matrix: list[list[Fraction]]) -> bool:
    """Whether a symmetric matrix has no negative eigenvalue: by elimination, exactly."""
    left = [row[:] for row in matrix]
    for i, row in enumerate(left):
        pivot = row[i]
        if pivot < 0 or (pivot == 0 and any(row[i:])):
            return False
        if pivot == 0:
            continue
        for other in left[i + 1 :]:
            factor = other[i] / pivot
            for j in range(i, len(row)):
                other[j] -= factor * row[j]
    return True
