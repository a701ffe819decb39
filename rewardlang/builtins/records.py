"""What a window, the past or an episode is summed up in, where one number is not enough.

A record is a tuple of numbers that says all there is to know of some samples; two records of
samples that follow each other merge into one. Each function merges `a`, the older, with `b`, the
newer, and is plain arithmetic: NumPy runs it over arrays, the compiled backends take its source
into their text, and the builder of the intermediate form runs it over nodes. A record of moments
that is all zeros is the record of no samples and changes nothing. Records of extremes are of
windows alone and meet no empty record. What a smooth semantics gathers (temporal/semantics.py) is
the last three: exponents reach from -FAR to FAR, which stand for minus infinity and infinity.

Products are written so that an empty side contributes a factor 0 first: nothing overflows into it.

Formulas of moments: Chan, Golub and LeVeque (1979); Pebay (2008).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Parts = Any  # a tuple of numbers, arrays or nodes

FAR = 1e200  # differences and products of such numbers with counts stay finite


def _spread(np: Any, a: Parts, b: Parts) -> Parts:
    """(count, mean, sum of squared deviations)"""
    n = a[0] + b[0]
    some = n + (n == 0)
    away = b[1] - a[1]
    step = away / some
    mean = a[1] + b[0] * step
    second = a[2] + b[2] + a[0] * b[0] * step * away
    return n, mean, second


def _skewness(np: Any, a: Parts, b: Parts) -> Parts:
    """(count, mean, sums of deviations to the powers 2 and 3)"""
    n = a[0] + b[0]
    some = n + (n == 0)
    away = b[1] - a[1]
    step = away / some
    mean = a[1] + b[0] * step
    crossed = a[0] * b[0] * step * away
    second = a[2] + b[2] + crossed
    leaning = (a[0] * b[2] - b[0] * a[2]) * step
    third = a[3] + b[3] + crossed * step * (a[0] - b[0]) + 3.0 * leaning
    return n, mean, second, third


def _kurtosis(np: Any, a: Parts, b: Parts) -> Parts:
    """(count, mean, sums of deviations to the powers 2, 3 and 4)"""
    n = a[0] + b[0]
    some = n + (n == 0)
    away = b[1] - a[1]
    step = away / some
    mean = a[1] + b[0] * step
    crossed = a[0] * b[0] * step * away
    second = a[2] + b[2] + crossed
    leaning = (a[0] * b[2] - b[0] * a[2]) * step
    third = a[3] + b[3] + crossed * step * (a[0] - b[0]) + 3.0 * leaning
    squares = a[0] * a[0] - a[0] * b[0] + b[0] * b[0]
    widening = (a[0] * a[0] * b[2] + b[0] * b[0] * a[2]) * step * step
    tilting = (a[0] * b[3] - b[0] * a[3]) * step
    fourth = a[4] + b[4] + crossed * step * step * squares + 6.0 * widening + 4.0 * tilting
    return n, mean, second, third, fourth


def _together(np: Any, a: Parts, b: Parts) -> Parts:
    """(count, means of two values, their sums of squared deviations and of products of them)"""
    n = a[0] + b[0]
    some = n + (n == 0)
    away, apart = b[1] - a[1], b[2] - a[2]
    step, stride = away / some, apart / some
    mean, middle = a[1] + b[0] * step, a[2] + b[0] * stride
    weight = a[0] * b[0]
    squares = a[3] + b[3] + weight * step * away
    others = a[4] + b[4] + weight * stride * apart
    products = a[5] + b[5] + weight * step * apart
    return n, mean, middle, squares, others, products


def _ramp(np: Any, a: Parts, b: Parts) -> Parts:
    """(count, sum, sum of each sample times its place, the oldest at place 1)"""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2] + a[0] * b[1]


def _decaying(np: Any, a: Parts, b: Parts) -> Parts:
    """(what the samples leave of those before them less 1, weighted sum, sum of weights)"""
    left = 1.0 + b[0]
    return left * a[0] + b[0], a[1] * left + b[1], a[2] * left + b[2]


def _until(np: Any, a: Parts, b: Parts) -> Parts:
    """(the least of f, the best over samples of min(g there, f at those before it))"""
    return np.minimum(a[0], b[0]), np.maximum(a[1], np.minimum(a[0], b[1]))


def _since(np: Any, a: Parts, b: Parts) -> Parts:
    """(the least of f, the best over samples of min(g there, f at those after it))"""
    return np.minimum(a[0], b[0]), np.maximum(b[1], np.minimum(b[0], a[1]))


def _most(np: Any, a: Parts, b: Parts) -> Parts:
    """(largest, the number of its first sample: 0 where nothing counts, NaN beside a fault)"""
    newer = (b[0] > a[0]) | (a[1] == 0)
    return np.maximum(a[0], b[0]), a[1] + newer * (b[1] - a[1])


def _most_of_two(np: Any, a: Parts, b: Parts) -> Parts:
    """The same of a number in two parts, the second to tell apart where the first is equal."""
    newer = (b[0] > a[0]) | ((b[0] == a[0]) & (b[1] > a[1])) | (a[2] == 0)
    finer = a[1] + newer * (b[1] - a[1])
    return np.maximum(a[0], b[0]), finer, a[2] + newer * (b[2] - a[2])


def _soft(np: Any, a: Parts, b: Parts) -> Parts:
    """(largest exponent m, sum of w exp(y - m), sum of w (y - m) exp(y - m))"""
    largest = np.maximum(a[0], b[0])
    x, y = a[0] - largest, b[0] - largest
    p, q = np.exp(x), np.exp(y)
    mass = p * a[1] + q * b[1]
    return largest, mass, p * (a[2] + x * a[1]) + q * (b[2] + y * b[1])


def _sums(np: Any, a: Parts, b: Parts) -> Parts:
    """Four sums."""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]


def _powers(np: Any, a: Parts, b: Parts) -> Parts:
    """(largest exponent m, sum of w exp(y - m), two sums)"""
    largest = np.maximum(a[0], b[0])
    p, q = np.exp(a[0] - largest), np.exp(b[0] - largest)
    return largest, p * a[1] + q * b[1], a[2] + b[2], a[3] + b[3]


@dataclass(frozen=True)
class Record:
    """`width` numbers that merge."""

    name: str
    width: int
    merge: Callable[[Any, Parts, Parts], Parts]


RECORDS = {
    r.name: r
    for r in (
        Record("spread", 3, _spread),
        Record("skewness", 4, _skewness),
        Record("kurtosis", 5, _kurtosis),
        Record("together", 6, _together),
        Record("ramp", 3, _ramp),
        Record("decaying", 3, _decaying),
        Record("until", 2, _until),
        Record("since", 2, _since),
        Record("most", 2, _most),
        Record("most_of_two", 3, _most_of_two),
        Record("soft", 3, _soft),
        Record("sums", 4, _sums),
        Record("powers", 4, _powers),
    )
}
