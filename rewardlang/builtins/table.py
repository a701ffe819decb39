"""The one table of builtins: its record, how rows get in, how they are found.

A row is data: it imports neither numpy nor a compiler. `numpy` takes the module as its first
argument; the compiled backends get expression templates as text, in which

    {0} {1} ..   are the operands, always simple names or literals, so they may be repeated,
    {f}          is the cast to the float type of the result (the program's, float64 where it is
                 wide), {nan} its NaN, {inf} its infinity, both already of that type.

Real operands come in one float type, bools as 0, 1, 2. Numba texts are of scalars and see `math`,
`np` and FAULT_INT, under `error_model="numpy"`; Torch texts are of tensors and see `torch` and
FAULT_INT; Triton texts are of blocks, never of literals alone, and see `tl`, FAULT_INT, `libdevice`
and `ops` (backends/triton/ops.py), and {f} is the float type itself. Array rows have none. `numpy`
callables run with floating point warnings off; their caller casts the result to the type of its
kind (real, float64, int64, uint8).

Every kind of value carries its own fault, so that a fault is a value like others, a branch not
taken drops it and no flag has to be kept beside it:

    real  NaN        bool  2 (0 is false, 1 is true)        int  FAULT_INT, the smallest int64

An elementwise row must give the fault of its result where an operand is a fault (the exceptions
have the law "lazy": `select`, `and`, `or`, `implies`, `fallback`, `valid`), and where its own rule
says so: division by zero, a root of a negative number. It must never raise.

An array row is a function of whole vectors or tables. `core` says of which: "(n,n),(n)->(n)" takes
a square table and a vector to a vector; all axes before those are mapped over. `numpy` takes arrays
[.., *core] and broadcasts over what stands before. `numba` is the text of a function; for each
operand it takes a number, or a bank of memory and the place in it where a row-major array begins,
then bank and place of the result if that is an array, then of each array of `work`, then the sizes
in the order in which `core` names them. It computes in the type of the banks, except where it says
np.float64, and `helpers` are texts of functions that it calls. `torch` names a function of tensors
[.., *core] that maps over what stands before (backends/torch/arrays.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from rewardlang.types import Range

FAULT_INT = -(2**63)
FAULT_BOOL = 2


@dataclass(frozen=True)
class Overload:
    """One typing of a builtin with its meaning and its spellings.

    `signature` is language text: `sqrt(x: real<'u>) -> real<'u^1/2>`. A lower-case variable after a
    tick stands for any unit. Shapes are not written: elementwise builtins broadcast as NumPy does.
    """

    signature: str
    numpy: Callable[..., Any] | None = None
    numba: str | None = None
    torch: str | None = None
    triton: str | None = None
    core: str = ""
    work: str = ""  # "(n,n),(n)": memory of the kind of the first operand
    helpers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Domain:
    """Operand `operand` should stay in `range`; outside it the result is a fault or infinite."""

    operand: int
    range: Range


@dataclass(frozen=True)
class Builtin:
    """One name. `kind` decides who gives it meaning.

    elementwise  a pure function slot by slot: the overloads here, used by every backend
    fold         a reduction over axes, windows or the episode (ir/folds)
    memory       a value with a past (ir/memory)
    shape        makes or reshapes vectors (ir/builder)
    operator     elementwise, but written with its own syntax: not callable by name
    array        a function of whole vectors or tables: the overloads here, used by every backend;
                 `written` is what a person calls

    With one operand, or with `over`, `min` and `max` are folds: those overloads have clauses in
    their signature, no meaning here, and stand last. `spelled` is what a person calls a row by
    where an operator has its name (`div(a, b)` is the row floordiv, `/` the row div).
    """

    name: str
    kind: str
    doc: str
    overloads: tuple[Overload, ...]
    examples: tuple[tuple[str, str], ...] = ()  # language text and the value it has
    range: Callable[..., Range] | None = None  # ranges of the operands -> range of the result
    domain: tuple[Domain, ...] = ()
    laws: frozenset[str] = frozenset()  # see LAWS
    ulps: int = 0  # how far a backend's result may be from NumPy's
    source: str | None = None  # the paper or tool a formula comes from
    spelled: str | None = None
    written: str = ""  # the signature in the language, where the overloads are of arrays


# What `Builtin.laws` may say. Each is tested over nasty values.
LAWS = {
    "commutative": "f(a, b) = f(b, a)",
    "associative": "f(f(a, b), c) = f(a, f(b, c))",
    "idempotent": "f(a, a) = a",
    "monotone": "no operand grows without the result growing or staying",
    "antitone": "no operand grows without the result falling or staying",
    "odd": "f(-a) = -f(a)",
    "even": "f(-a) = f(a)",
    "lazy": "a fault of an operand that does not decide the result does not count",
}


_TABLE: dict[str, Builtin] = {}


def declare(*rows: Builtin) -> None:
    """Add rows. A name is declared once."""
    for row in rows:
        if row.name in _TABLE:
            raise ValueError(f"builtin {row.name!r} is declared twice")
        _TABLE[row.name] = row


@cache
def table() -> dict[str, Builtin]:
    """All rows by name. The rows are loaded on first use."""
    from rewardlang.builtins import load  # the rows import this module

    load()
    return _TABLE


def find(name: str) -> Builtin | None:
    """The row of that name, operators included: what an `apply` names."""
    return table().get(name)


def called(name: str) -> Builtin | None:
    """The row that a call `name(..)` means. Operators cannot be called."""
    for row in table().values():
        if (row.spelled or row.name) == name and row.kind != "operator":
            return row
    return None
