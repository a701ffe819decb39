"""Types, units, levels and ranges: the four things the checker knows of every expression."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction


@dataclass(frozen=True)
class Unit:
    """An element of the free abelian group over base symbols: `m^1 s^-2`; without any, plain.

    `factors` is sorted and holds no zero exponent, so equal units compare equal.
    """

    factors: tuple[tuple[str, Fraction], ...] = ()

    @staticmethod
    def of(factors: dict[str, Fraction]) -> Unit:
        return Unit(tuple(sorted((n, e) for n, e in factors.items() if e != 0)))

    def __mul__(self, other: Unit) -> Unit:
        total = dict(self.factors)
        for name, exponent in other.factors:
            total[name] = total.get(name, Fraction(0)) + exponent
        return Unit.of(total)

    def __truediv__(self, other: Unit) -> Unit:
        return self * other ** Fraction(-1)

    def __pow__(self, exponent: Fraction | int) -> Unit:
        return Unit.of({name: e * exponent for name, e in self.factors})

    def __str__(self) -> str:
        """As the language writes it: `m/s^2`, `1` when dimensionless."""

        def show(name: str, exponent: Fraction) -> str:
            return name if exponent == 1 else f"{name}^{exponent}"

        above = [show(n, e) for n, e in self.factors if e > 0]
        below = [show(n, -e) for n, e in self.factors if e < 0]
        return "/".join(["*".join(above) or "1", *below])


NO_UNIT = Unit()


@dataclass(frozen=True)
class Enum:
    """A named (or inline) list of members; values are their positions."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """`name` None is anonymous; `size` None is open: known when the columns of a call are.

    With a `cap`, which is then its size too, it is ragged: each row has up to so many slots, for
    each slot of the axes it lies `within`.

    An open axis is as long as the one of that name in the inputs, or as `of`, what it was called
    before it was renamed. `labels` name the slots of an axis that is an enum.
    """

    name: str | None
    size: int | None
    cap: int | None = None
    of: str | None = None
    within: tuple[Axis, ...] = ()
    labels: tuple[str, ...] = field(default=(), compare=False)

    @property
    def source(self) -> str:
        """The name under which the inputs have it."""
        return self.of or self.name or ""

    @property
    def extent(self) -> tuple[int | None, int | None, str]:
        """What two axes have in common that are equally long."""
        varies = self.size is None or self.cap is not None
        return self.size, self.cap, self.source if varies else ""

    def __str__(self) -> str:
        size = "" if self.size is None else str(self.size)
        if self.cap is not None:
            size = f"0 .. {self.cap}"
        return size if self.name is None else self.name + (f": {size}" if size else "")


@dataclass(frozen=True)
class Type:
    """`kind`: real, int, bool, text, enum, or unknown (the type of an expression in error)."""

    kind: str
    unit: Unit = NO_UNIT
    axes: tuple[Axis, ...] = ()
    enum: Enum | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of all axes; only for types whose axes are all of a known size."""
        return tuple(a.size for a in self.axes if a.size is not None)

    @property
    def is_open(self) -> bool:
        return any(a.size is None for a in self.axes)

    @property
    def pattern(self) -> tuple[int | str, ...]:
        """The shape, with the names of open axes where their sizes would stand."""
        return tuple(a.size if a.size is not None else a.source for a in self.axes)

    def admits(self, shape: tuple[int, ...]) -> bool:
        """Whether a value may have this shape: open axes take any, ragged ones up to the cap."""
        fits = (
            a.size in (None, n) or (a.cap is not None and n <= a.cap)
            for a, n in zip(self.axes, shape, strict=False)
        )
        return len(self.axes) == len(shape) and all(fits)

    def __str__(self) -> str:
        text = self.enum.name if self.enum is not None else self.kind
        if self.unit.factors:
            text += f"<{self.unit}>"
        if self.axes:
            text += "[" + ", ".join(str(a) for a in self.axes) + "]"
        return text


UNKNOWN = Type("unknown")
REAL = Type("real")
INT = Type("int")
BOOL = Type("bool")


class Index(IntEnum):
    """What a value varies over, coarse to fine. `state` joined with `step` is `step`."""

    NONE = 0
    BATCH = 1
    GROUP = 2
    EPISODE = 3
    STATE = 4
    STEP = 5


class Known(IntEnum):
    """When a value is known, early to late."""

    STATIC = 0
    LIVE = 1
    RESET = 2
    NOW = 3
    END = 4
    FOLLOWING = 5
    GROUP_END = 6
    BATCH_END = 7
    LAW = 8


_KNOWN_WORDS = {
    Known.STATIC: "known when compiled",
    Known.LIVE: "tunable",
    Known.RESET: "known at reset",
    Known.NOW: "known now",
    Known.END: "known at the end of the episode",
    Known.FOLLOWING: "known in recorded data only",
    Known.GROUP_END: "known when its group is complete",
    Known.BATCH_END: "known when its batch is complete",
    Known.LAW: "a property of the policy",
}


@dataclass(frozen=True)
class Level:
    """The two coordinates of a value: `index` (per what) and `known` (from when)."""

    index: Index = Index.NONE
    known: Known = Known.STATIC

    def join(self, other: Level) -> Level:
        return Level(max(self.index, other.index), max(self.known, other.known))

    def __str__(self) -> str:
        if self.index is Index.NONE:
            return {Known.STATIC: "constant", Known.LIVE: "tunable"}.get(
                self.known, _KNOWN_WORDS[self.known]
            )
        return f"per {self.index.name.lower()}, {_KNOWN_WORDS[self.known]}"


@dataclass(frozen=True)
class Range:
    """A closed interval that holds all values of an expression; `nonzero`: 0 is not among them."""

    lo: float = -math.inf
    hi: float = math.inf
    nonzero: bool = field(default=False)

    @property
    def may_be_zero(self) -> bool:
        return self.lo <= 0 <= self.hi and not self.nonzero

    @property
    def bounded(self) -> bool:
        return math.isfinite(self.lo) and math.isfinite(self.hi)

    def join(self, other: Range) -> Range:
        """The smallest range that holds both."""
        nonzero = not self.may_be_zero and not other.may_be_zero
        return Range(min(self.lo, other.lo), max(self.hi, other.hi), nonzero)

    def meet(self, other: Range) -> Range:
        """The values in both."""
        return Range(max(self.lo, other.lo), min(self.hi, other.hi), self.nonzero or other.nonzero)

    def __str__(self) -> str:
        def show(x: float) -> str:
            return f"{x:g}"

        return f"{show(self.lo)} .. {show(self.hi)}"


ANY = Range()
