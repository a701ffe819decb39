"""What generated Triton text calls: the rules of the table of builtins that are more than a line.

Values are blocks, one lane an environment. Reals keep their float type: no text
may widen one in passing. Bools are int32 (0, 1, 2 = fault) in registers and uint8 in memory.

Roots and quotients are correctly rounded (`tl.sqrt` and `/` are not, in float32), transcendental
functions are libdevice's (within 2 ulp; `tl.exp` and the like are less exact). Under Triton's
interpreter, which knows no libdevice, NumPy's functions stand in for them.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators
# Triton would look up the types of a function's arguments on the device.

from __future__ import annotations

import triton
import triton.language as tl

if triton.knobs.runtime.interpret:
    from rewardlang.backends.triton.interpreted import libdevice
else:
    from triton.language.extra import libdevice  # type: ignore[no-redef]

FAULT_INT = tl.constexpr(-(2**63))
inf = tl.constexpr(float("inf"))  # NaN is no global: see windows.py
_EDGE = tl.constexpr(2.0**63)  # the first float beyond int64


@triton.jit
def least(a, b):
    """NaN where one is."""
    return tl.minimum(a, b, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def most(a, b):
    return tl.maximum(a, b, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def div_rn(a, b):
    if a.dtype == tl.float64:
        return a / b
    else:
        return tl.div_rn(a, b)


@triton.jit
def sqrt_rn(x):
    if x.dtype == tl.float64:
        return tl.sqrt(x)
    else:
        return tl.sqrt_rn(x)


@triton.jit
def power(a, b):
    fault = (a != a) | (b != b) | ((a < 0) & (tl.floor(b) != b)) | ((a == 0) & (b < 0))
    return tl.where(fault, float("nan"), libdevice.pow(a, b))


@triton.jit
def int_power(a, b):
    """By squaring; int64 wraps."""
    total = a * 0 + 1
    square = a
    for bit in tl.static_range(6):
        total = tl.where(((b >> bit) & 1) == 1, total * square, total)
        square = square * square
    return tl.where((b < 0) | (b > 63) | (a == FAULT_INT), FAULT_INT, total)


@triton.jit
def floor_div(a, b):
    """Rounded down, where `//` rounds towards zero."""
    fault = (b == 0) | (a == FAULT_INT) | (b == FAULT_INT)
    divisor = tl.where(fault, 1, b)
    whole = a // divisor
    rest = a - whole * divisor
    down = (rest != 0) & ((rest < 0) != (divisor < 0))
    return tl.where(fault, FAULT_INT, whole - down.to(tl.int64))


@triton.jit
def floor_mod(a, b):
    """With the sign of the divisor, where `%` has that of the dividend."""
    fault = (b == 0) | (a == FAULT_INT) | (b == FAULT_INT)
    divisor = tl.where(fault, 1, b)
    rest = a - (a // divisor) * divisor
    other = (rest != 0) & ((rest < 0) != (divisor < 0))
    return tl.where(fault, FAULT_INT, tl.where(other, rest + divisor, rest))


@triton.jit
def real_mod(a, b):
    rest = libdevice.fmod(a, b)
    rest = tl.where((rest != 0) & ((rest < 0) != (b < 0)), rest + b, rest)
    return tl.where(tl.abs(div_rn(a, b)) < inf, rest, float("nan"))


@triton.jit
def _fits(x):
    return (x > -_EDGE) & (x < _EDGE)


@triton.jit
def floor(x):
    whole = tl.floor(tl.where(_fits(x), x, 0.0)).to(tl.int64)
    return tl.where(_fits(x), whole, FAULT_INT)


@triton.jit
def ceil(x):
    whole = tl.ceil(tl.where(_fits(x), x, 0.0)).to(tl.int64)
    return tl.where(_fits(x), whole, FAULT_INT)


@triton.jit
def rint(x):
    whole = libdevice.rint(tl.where(_fits(x), x, 0.0)).to(tl.int64)
    return tl.where(_fits(x), whole, FAULT_INT)


@triton.jit
def sigmoid(x):
    below = 1.0 + libdevice.exp(-x)
    return div_rn(tl.where(below == below, 1.0, below), below)


@triton.jit
def softplus(x):
    return most(x, 0.0) + libdevice.log1p(libdevice.exp(-tl.abs(x)))


@triton.jit
def unfit(x):
    """Where a real is NaN or infinite."""
    return (x - x) != 0


@triton.jit
def keep(before, after, place, x, here, chosen, MASKED: tl.constexpr):
    """Store x in a bank; where a row is not chosen, what stood in the bank before."""
    if MASKED:
        x = tl.where(chosen, x, tl.load(before + place, here & ~chosen, 0))
    tl.store(after + place, x, here)


@triton.jit
def held(bank, place, here, HOLD: tl.constexpr):
    """What was held, read where it is needed; 0 where nothing is held."""
    if HOLD:
        return tl.load(bank + place, here, 0)
    else:
        return 0.0


@triton.jit
def load4(pointer, place, here):
    """Four numbers that lie side by side, for each lane: of float32, one wide read."""
    if pointer.dtype.element_ty == tl.float64:
        a, b = tl.load(pointer + place, here, 0), tl.load(pointer + place + 1, here, 0)
        c, d = tl.load(pointer + place + 2, here, 0), tl.load(pointer + place + 3, here, 0)
        return a, b, c, d
    else:
        size: tl.constexpr = place.shape[0]
        four = place[:, None] + tl.arange(0, 4)[None, :]
        found = tl.load(pointer + four, here[:, None], 0)
        even, odd = tl.split(tl.reshape(found, (size, 2, 2)))
        a, c = tl.split(even)
        b, d = tl.split(odd)
        return a, b, c, d


# ---- traces: a block is one trace, and a lane a sample -----------------------------------------


@triton.jit
def later(x, steps: tl.constexpr, nothing):
    """x so many samples on."""
    size: tl.constexpr = x.shape[0]
    place = tl.arange(0, size)
    there = tl.gather(x, tl.minimum(place + steps, size - 1), 0)
    return tl.where(place + steps < size, there, nothing)


@triton.jit
def earlier(x, steps: tl.constexpr, nothing):
    place = tl.arange(0, x.shape[0])
    there = tl.gather(x, tl.maximum(place - steps, 0), 0)
    return tl.where(place >= steps, there, nothing)


@triton.jit
def pair(f, g, after_f, after_g):
    """(least of f, best of g with f before it), of a stretch and of the one after it."""
    return least(f, after_f), most(g, least(f, after_g))


@triton.jit
def pair_before(after_f, after_g, f, g):
    """The same where the stretch after comes first, as a scan from the end has it."""
    return least(f, after_f), most(g, least(f, after_g))
