"""Messages about values that could not be paid, found while running: RW650 to RW659."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_WHERE = "This is environment {environment}, step {step}."


def _program(*lines: str) -> str:
    text = "\\n".join(lines)
    return (
        "import numpy as np\n"
        f'program = rewardlang.parse("{text}", name="walk")\n'
        'reward = program.compile(backend="numpy", faults="raise")\n'
    )


def _fault(code: str, title: str, hint: str, explanation: str, bad: str, good: str) -> Code:
    return Code(code, title, _WHERE, hint, explanation, bad, good, kind="python")


_SPEED = _program("input speed : real", "term walk = speed")
_HEIGHT = _program("input height : real in 0 .. 3", "term tall = height")
_ROOT = _program("input speed : real", "term walk = sqrt(speed)")
_RATIO = _program("input speed : real", "input mass : real", "term walk = speed / mass")
_TABLE = _program("input cell : int", "let table = [1.0, 2.0, 3.0]", "term on = table[cell]")
_SQUARE = _program("input speed : real", "term walk = speed * speed")
_FLOOR = _program("input speed : real", "term walk = real(floor(exp(speed)))")
_PAST = _program("input speed : real per state", "term rise = speed - previous(speed)")

CODES: tuple[Code, ...] = (
    _fault(
        "RW650",
        "{sink} has no value: input `{input}` is {value}",
        "find out where the loop gets it, or say what to pay then: `term .. on fault 0 = ..`",
        "An input that is NaN or infinite makes everything computed from it a fault, except in a "
        "branch that is not taken. What stands instead is decided by the term's `on fault` or the "
        "program's policy; the fault is counted and its row kept in any case.",
        _SPEED + 'reward.step({"speed": np.nan})',
        _SPEED + 'reward.step({"speed": 1.0})',
    ),
    _fault(
        "RW651",
        "{sink} has no value: input `{input}` is {value}, outside its declared {range}",
        "check the unit and the source of `{input}`, or widen its range",
        "`in lo .. hi` is a contract, and the checker's ranges rely on it. Columns are held "
        "against "
        "it on the first ten steps, in every evaluation, and always under `reward.check = True`.",
        _HEIGHT + 'reward.step({"height": 170.0})',
        _HEIGHT + 'reward.step({"height": 1.7})',
    ),
    _fault(
        "RW653",
        "{sink} has no value: division by zero{detail}",
        "guard it: `if y != 0 then x / y else 0`, or declare a range without 0",
        "A division by zero has no value to pay. A guard keeps it out: the side of an `if` that is "
        "not taken is no fault.",
        _RATIO + 'reward.step({"speed": 1.0, "mass": 0.0})',
        _RATIO + 'reward.step({"speed": 1.0, "mass": 2.0})',
    ),
    _fault(
        "RW654",
        "{sink} has no value: an operand lies outside the function's domain{detail}",
        "clip the operand to the domain, or guard it with an `if`",
        "The root or logarithm of a negative number, the arc cosine of 1.2 and the like have no "
        "real "
        "value.",
        _ROOT + 'reward.step({"speed": -1.0})',
        _ROOT + 'reward.step({"speed": 1.0})',
    ),
    _fault(
        "RW655",
        "{sink} has no value: an index is out of range{detail}",
        "declare the range of the index, or clip it",
        "Indexes count from 0 and never from the end; one that is too large or negative finds "
        "nothing.",
        _TABLE + 'reward.step({"cell": 3})',
        _TABLE + 'reward.step({"cell": 2})',
    ),
    _fault(
        "RW656",
        "{sink} has no value: a result is too large for the float type{detail}",
        'bound it with `clip` or `tanh`, or compile with `dtype="float64"`',
        "Numbers beyond about 1e38 in float32, or 1e308 in float64, become infinite. Infinity is "
        "an "
        "ordinary value inside a formula and a fault where it would be paid.",
        _SQUARE + 'reward.step({"speed": 1e200})',
        _SQUARE + 'reward.step({"speed": 1e100})',
    ),
    _fault(
        "RW657",
        "{sink} has no value: what is not finite has no whole number{detail}",
        "bound the value before it is rounded",
        "`floor`, `ceil` and `round` make whole numbers; NaN and infinity have none.",
        _FLOOR + 'reward.step({"speed": 1000.0})',
        _FLOOR + 'reward.step({"speed": 1.0})',
    ),
    _fault(
        "RW658",
        "{sink} has no value: it reads a fault of an earlier step{detail}",
        "look at the first fault of this environment; or mend the value before it is remembered",
        "What was not a number when it was remembered still is none when it is read. A window "
        "forgets it when it has passed through, a value's own past when the episode ends.",
        _PAST + 'reward.reset({"speed": np.nan})\nreward.step({"speed": 1.0})',
        _PAST + 'reward.reset({"speed": 0.5})\nreward.step({"speed": 1.0})',
    ),
    _fault(
        "RW659",
        "{sink} has no value{detail}",
        "look at the row: `out.faults.records[0].inputs`",
        "The value was not finite, or a reduction had nothing to reduce and no `else`. "
        "The record holds all inputs of the row.",
        "from rewardlang.runtime.trace import input_only\n"
        "from rewardlang.runtime.reward import Reward\n"
        "from rewardlang.backends.numpy_backend import NumpyKernel\n"
        + _ROOT
        + "plan = program.plan\n"
        + 'Reward(plan, lambda p, d: NumpyKernel(p, d), input_only, faults="raise").step('
        + '{"speed": -1.0})',
        _ROOT + 'reward.step({"speed": 1.0})',
    ),
)
