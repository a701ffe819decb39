"""The text of windows that are asked for their samples in order.

The state keeps the samples of such a window in ascending order. A row finds once where in it the
oldest sample stands (`left`) and where the newest goes among the others (`came`). Reads see the
order with the newest in it and the oldest gone; only when the row stores is it moved.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rewardlang.backends.order import LANES
from rewardlang.backends.writer import Index, flat
from rewardlang.plan import Instruction, PlanBuffer

if TYPE_CHECKING:
    from rewardlang.backends.values import Values

# `n` samples stand in order in row `e` of the bank `s`, from column `at` on. Each turn asks three
# of them and leaves a quarter, without a branch: which quarter it is cannot be foreseen.
_BELOW = """\
def _below(s, e, at, n, x):
    low = at
    while n > 3:
        part = n >> 2
        passed = np.int64(s[e, U(low + part - 1)] < x)
        passed += np.int64(s[e, U(low + 2 * part - 1)] < x)
        passed += np.int64(s[e, U(low + 3 * part - 1)] < x)
        low += part * passed
        n -= 3 * part
    passed = 0
    for i in range(n):
        passed += np.int64(s[e, U(low + i)] < x)
    return low - at + passed
"""
_UP_TO = _BELOW.replace("_below", "_up_to").replace("< x", "<= x")
_PLACES = """\
def _places(s, e, at, n, full, oldest, x):  # NaN stands last
    left = n
    if full:
        left = n - 1 if oldest != oldest else _below(s, e, at, n, oldest)
    came = n if x != x else _below(s, e, at, n, x)
    return left, came - (left < came)
"""
_SHIFT = """\
def _shift(s, e, at, left, came, x):
    up = int(came < left)
    low = at + min(left, came)
    move(s, U(e), U(low + up), U(low + 1 - up), U(abs(left - came)))
    s[e, U(at + came)] = x
"""
_READ = """\
def _read(s, e, at, left, came, x, k):  # the k-th with the newest among them
    j = k - (k > came)
    return x if k == came else s[e, U(at + j + (j >= left))]
"""
_KTH = """\
def _kth(s, e, at, n, full, left, came, x, k):
    last = n - full
    if k < 0 or k > last:
        return f(np.nan)
    end = _read(s, e, at, left, came, x, last)
    return end if end != end else _read(s, e, at, left, came, x, k)
"""
_WAYS = """\
def _way(s, e, at, n, full, left, came, x, way):
    end = _read(s, e, at, left, came, x, n - full)
    if end != end:
        return FAULT_INT
    if way == 0:
        return came
    if way == 1:
        count = _up_to(s, e, at, n, x)
        return count - (left < count) + 1
    different = 0
    for k in range(came):
        here = _read(s, e, at, left, came, x, k)
        different += here != _read(s, e, at, left, came, x, k + 1)
    return different
"""
FUNCTIONS = (_BELOW, _UP_TO, _PLACES, _SHIFT, _READ, _KTH, _WAYS)
_AWAY = """\
def _away_SIZE(s, e, at, place, n, x, centre):
    mine = U(at + place * SIZE)
    before = s[e, mine]
    s[e, mine] = x
    whole = n // LANES
    total = distances(s, U(e), U(at), U(whole), SIZE, centre)
    for i in range(whole * LANES, n):
        x = s[e, U(at + i * SIZE)]
        total += abs(x - centre) if x != np.inf else 0.0
    s[e, mine] = before
    return total + (centre - centre)
"""


def away_function(size: int) -> str:
    """The pass over a window whose samples lie `size` numbers apart."""
    return _AWAY.replace("SIZE", str(size)).replace("LANES", str(LANES))


def is_ordered(buffer: PlanBuffer) -> bool:
    return buffer.fold == "order"


def write_ordered(values: Values, at: Instruction) -> None:
    """Write what a window kept in order says of each of its elements to memory."""
    with values.writer.loops(at.slot.shape) as index:
        text = order_text(values, at, index)
        values.writer.line(f"{values.scratch(at.slot.number, index)} = {text}")
    values.placed.add(at.attr)


def order_text(values: Values, at: Instruction, index: Index) -> str:
    """What a `kth` or a `below` is."""
    buffer = values.buffers[at.attr]
    x = values.buffered(buffer, at.args[0], index)
    parts = f"{_bank(values, buffer, index)}, {_held(values, buffer)}"
    parts += f", {', '.join(_found(values, buffer, x, index))}, {x}"
    asked = values.by_slot[at.args[1]]
    other = values.element(at.args[1], index if asked.slot.shape else ())
    if at.op == "below":
        return f"_way({parts}, {other})"
    return f"{'np.float64' if at.slot.kind == 'wide' else 'f'}(_kth({parts}, {other}))"


def away_text(values: Values, at: Instruction, index: Index) -> str:
    buffer, names = values.buffers[at.attr], values.names
    x, size = values.buffered(buffer, at.args[0], index), math.prod(buffer.shape)
    centre = values.element(at.args[1], index if values.by_slot[at.args[1]].slot.shape else ())
    start = flat(buffer.offset, buffer.shape, index)
    n = "1" if names.in_reset else f"min({names.sample(buffer)} + 1, {buffer.length})"
    place = f"np.int64(U({start})), {names.place(buffer)}"
    return f"_away_{size}(state_{buffer.bank}, {names.e}, {place}, {n}, {x}, {centre})"


def push_ordered(values: Values, buffer: PlanBuffer, slot: int) -> None:
    """Write what a row leaves in the order and in the ring."""
    with values.writer.loops(buffer.shape) as index:
        x = values.buffered(buffer, slot, index)
        found = ", ".join(_found(values, buffer, x, index))
        values.writer.line(f"_shift({_bank(values, buffer, index)}, {found}, {x})")
        values.writer.line(f"{values.ring(buffer, values.names.place(buffer), index)} = {x}")


def _bank(values: Values, buffer: PlanBuffer, index: Index) -> str:
    start = flat(buffer.prefix_offset, (*buffer.shape, buffer.length), (*index, "0"))
    return f"state_{buffer.bank}, {values.names.e}, np.int64(U({start}))"


def _held(values: Values, buffer: PlanBuffer) -> str:
    """How many samples there were before, and whether one of them leaves."""
    if values.names.in_reset:
        return "0, False"
    sample = values.names.sample(buffer)
    return f"min({sample}, {buffer.length}), {sample} >= {buffer.length}"


def _found(values: Values, buffer: PlanBuffer, x: str, index: Index) -> tuple[str, str]:
    """Where the oldest sample stands and the newest goes: found by the first who asks in a row."""
    if values.names.in_reset:
        return "0", "0"
    place = values.layout.places.get(buffer.name)
    stored = [] if place is None else _stored(values, buffer, place.offset, index)
    if buffer.name in values.placed:
        return stored[0], stored[1]
    if buffer.name in values.order:
        return values.order[buffer.name]
    left, came = values.writer.fresh("old"), values.writer.fresh("newest")
    oldest = values.ring(buffer, values.names.place(buffer), index)
    parts = f"{_bank(values, buffer, index)}, {_held(values, buffer)}, {oldest}, {x}"
    values.writer.line(f"{left}, {came} = _places({parts})")
    if buffer.shape == ():
        values.order[buffer.name] = left, came
    for text, name in zip(stored, (left, came), strict=False):
        values.writer.line(f"{text} = {name}")
    return left, came


def _stored(values: Values, buffer: PlanBuffer, offset: int, index: Index) -> list[str]:
    return [
        f"{values.names.scratch('int')}[at + U({flat(offset, (2, *buffer.shape), (n, *index))})]"
        for n in ("0", "1")
    ]
