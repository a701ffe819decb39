"""What `and`, `or` and windows make of margins: the least and the greatest, or something smooth.

A smooth semantics gathers any number of operands into a record (builtins/records.py): `enter` is
the record of one operand x of weight w, records merge in any grouping, and `leave` is what an `or`
of all that a record holds is worth. The `and` of x is minus the `or` of -x. So a connective of n
operands is one gathering, a window gathers its samples, and `until` gathers over its witnesses s
the gathering of g at s and of f on [t, s).

For an `or` of x1 .. xn, weights w1 .. wn (1 where none is written), W = w1 + .. + wn:

logsumexp  log(sum(w exp(k x))) / k                          k: the temperature
softmin    sum(w x exp(k x)) / sum(w exp(k x))
agm        if some x >= 0: sum(w max(x, 0)) / W, else 1 - prod((1 - x)^w)^(1/W)
gmsr       (c^p + sum(w max(x, 0)^(2p)) / W)^(1/2p) - (c^W + prod(max(-x, 0)^(2w)))^(1/2W)
           p: the power, c: the tolerance

An operand of minus infinity, what an empty window or a constant is worth, is left out of an `or`;
infinity is what an `or` of it is. So a value is infinite where that of minmax is, and nowhere else.

The first two are the `logsumexp` and `softmax` of stljax, without weights; agm is after Mehdipour,
Vasile and Belta (2019); gmsr is equations 3 and 4 of Uzun, Elango, Garoche and Acikmese (2024,
arXiv 2405.10996), as stljax has them.

`enter` and `leave` are plain arithmetic over the names of `np`, as records are: NumPy runs them
over arrays, compiled loops take their source over scalars.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rewardlang.builtins.records import FAR, RECORDS, Record

Parts = Any  # a tuple of numbers or arrays
Parameters = tuple[float, float]


def _soft(np: Any, x: Any, w: float, p: Parameters) -> Parts:
    return np.minimum(np.maximum(p[0] * x, -FAR), FAR), w, 0.0


def _logsumexp(np: Any, a: Parts, p: Parameters) -> Any:
    far = np.where(a[0] > 0.0, np.inf, np.where(a[0] < 0.0, -np.inf, a[0]))
    return np.where(np.abs(a[0]) < FAR, (a[0] + np.log(a[1])) / p[0], far)


def _softmin(np: Any, a: Parts, p: Parameters) -> Any:
    far = np.where(a[0] > 0.0, np.inf, np.where(a[0] < 0.0, -np.inf, a[0]))
    return np.where(np.abs(a[0]) < FAR, (a[0] + a[2] / a[1]) / p[0], far)


def _means(np: Any, x: Any, w: float, p: Parameters) -> Parts:
    """(weight, sum of w log(1 - x) where x < 0, of w x where x > 0, how many x >= 0)"""
    out = x == -np.inf
    loss = np.where(out, 0.0, w * np.log1p(np.maximum(-x, 0.0)))
    return np.where(out, 0.0, w), loss, w * np.maximum(x, 0.0), np.where(x >= 0.0, 1.0, 0.0)


def _agm(np: Any, a: Parts, p: Parameters) -> Any:
    mean = np.where(a[3] > 0.0, a[2] / a[0], -np.expm1(a[1] / a[0]))
    return np.where(a[0] > 0.0, mean, -np.inf)


def _powers(np: Any, x: Any, w: float, p: Parameters) -> Parts:
    """(largest exponent, sum relative to it, weight, logarithm of the product)"""
    out = x == -np.inf
    power = 2.0 * p[0] * np.log(np.maximum(x, 0.0))
    factor = 2.0 * w * np.maximum(np.log(np.maximum(-x, 0.0)), -FAR)
    weight = np.where(out, 0.0, w)
    largest = np.minimum(np.maximum(power, -FAR), FAR)
    return largest, weight, weight, np.where(out, 0.0, factor)


def _gmsr(np: Any, a: Parts, p: Parameters) -> Any:
    over = a[0] + np.log(a[1]) - np.log(a[2]) - p[0] * np.log(p[1])
    over = np.maximum(over, 0.0) + np.log1p(np.exp(-np.abs(over)))
    under = a[3] - a[2] * np.log(p[1])
    under = np.maximum(under, 0.0) + np.log1p(np.exp(-np.abs(under)))
    apart = np.expm1(over / (2.0 * p[0])) - np.expm1(under / (2.0 * a[2]))
    found = np.where(a[0] >= FAR, np.inf, p[1] ** 0.5 * apart)
    return np.where(a[2] > 0.0, found, -np.inf)


@dataclass(frozen=True)
class Gathering:
    """`options` are its parameters with their defaults, `nothing` the record of no operands."""

    record: Record
    options: tuple[tuple[str, float], ...]
    nothing: tuple[float, ...]
    enter: Callable[[Any, Any, float, Parameters], Parts]
    leave: Callable[[Any, Parts, Parameters], Any]


_TEMPERATURE = (("temperature", 10.0),)
GATHERINGS = {
    "logsumexp": Gathering(RECORDS["soft"], _TEMPERATURE, (-FAR, 0.0, 0.0), _soft, _logsumexp),
    "softmin": Gathering(RECORDS["soft"], _TEMPERATURE, (-FAR, 0.0, 0.0), _soft, _softmin),
    "agm": Gathering(RECORDS["sums"], (), (0.0, 0.0, 0.0, 0.0), _means, _agm),
    "gmsr": Gathering(
        RECORDS["powers"],
        (("power", 1.0), ("tolerance", 1e-8)),
        (-FAR, 0.0, 0.0, 0.0),
        _powers,
        _gmsr,
    ),
}
NAMES = ("minmax", *GATHERINGS)
LEAST, MOST = 1e-9, 1e9  # of parameters and weights: within these nothing overflows


@dataclass(frozen=True)
class Semantics:
    """`parameters` are in the order of the gathering's options."""

    name: str = "minmax"
    parameters: tuple[float, ...] = ()

    def __str__(self) -> str:
        if self.name == "minmax":
            return self.name
        pairs = zip(self.gathering.options, self.parameters, strict=True)
        return ", ".join([self.name, *(f"{option} {value:g}" for (option, _), value in pairs)])

    def __repr__(self) -> str:
        """To the last digit: names of memory are made of it."""
        return f"{self.name}{self.parameters}"

    @property
    def is_smooth(self) -> bool:
        return self.name != "minmax"

    @property
    def gathering(self) -> Gathering:
        return GATHERINGS[self.name]

    @property
    def width(self) -> int:
        return self.gathering.record.width

    @property
    def padded(self) -> Parameters:
        first, second, *_ = (*self.parameters, 0.0, 0.0)
        return first, second

    def enter(self, np: Any, x: Any, weight: float = 1.0) -> Parts:
        return self.gathering.enter(np, x, weight, self.padded)

    def merge(self, np: Any, a: Parts, b: Parts) -> Parts:
        return self.gathering.record.merge(np, a, b)

    def leave(self, np: Any, parts: Parts) -> Any:
        return self.gathering.leave(np, parts, self.padded)


MINMAX = Semantics()
