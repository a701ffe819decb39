"""Messages about units and ranges: part of the family `types`."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        code="RW211",
        title="{left} and {right} do not go together in `{word}`",
        why="Values that are added, compared or chosen between must be in one unit.",
        hint="divide one of them by a size of its unit, or check which quantity is meant",
        explanation="""\
`+ -`, comparisons, `min`, `max`, `clip`, `if` and `in` ask for one unit; `*` and `/` combine units. Strip a
unit with `x / 1<m>`, attach one with `x * 1<m>`.
""",
        bad="input height : real<m>\ninput speed : real<m/s>\nterm a = (height + speed) / 1<m>\n",
        good="input height : real<m>\ninput speed : real<m/s>\n"
        "term a = height / 1<m> + speed / 1<m/s>\n",
    ),
    Code(
        code="RW212",
        title="`{number}` has no unit, but stands beside a value in {unit}",
        why="Only 0 and inf fit every unit; another bare number could mean metres or feet.",
        hint="write `{number}<{unit}>`",
        explanation="""\
Once a value has a unit, the numbers it is compared with or added to have one too. Scaled units are
converted when read: `60<cm>` is `0.6<m>`.
""",
        bad="input height : real<m>\nterm a = height < 0.6\n",
        good="input height : real<m>\nterm a = height < 0.6<m>\n",
    ),
    Code(
        code="RW213",
        title="`{operand}` is in {unit}, but `{word}` takes a plain number",
        why="The exponential of a metre, or a payment in metres, has no meaning.",
        hint="divide by the size that counts as one: `/ 1<{unit}>`",
        explanation="""\
`exp`, `log`, `tanh`, `sin` and exponents take numbers without a unit, and so do payments, discounts and the
reward. Dividing by a size says what scale is meant: `exp(-distance / 0.1<m>)`.
""",
        bad="input distance : real<m> in 0 .. 5\nterm near = exp(-distance)\n",
        good="input distance : real<m> in 0 .. 5\nterm near = exp(-distance / 0.1<m>)\n",
    ),
    Code(
        code="RW214",
        title="a value in {unit} is raised to a power that is not a constant",
        why="The unit of the result would depend on data.",
        hint="divide by a unit first: `(x / 1<{unit}>) ^ y`",
        explanation="""\
A value with a unit can be raised to a constant rational power: `x ^ 2`, `x ^ (1/2)`. The unit is raised
with it.
""",
        bad="input d : real<m> in 1 .. 2\ninput k : real in 0 .. 3\nterm a = (d ^ k) / 1<m>\n",
        good="input d : real<m> in 1 .. 2\ninput k : real in 0 .. 3\nterm a = (d / 1<m>) ^ k\n",
    ),
    Code(
        code="RW232",
        title="the product of any number of values in {unit} has no fixed unit",
        why="Two factors would be in {unit}^2, three in {unit}^3.",
        hint="divide by a unit first: `prod(x / 1<{unit}> ..)`",
        explanation="""\
`prod` over a vector of known size raises the unit to that size. Over the episode, a window or a mask the
number of factors is not known.
""",
        bad="input gain : real<m>\nmetric all_gains = prod(gain over episode)\n",
        good="input gain : real<m>\nmetric all_gains = prod(gain / 1<m> over episode)\n",
    ),
    Code(
        code="RW235",
        title="the unit of this formal cannot be found from the argument",
        why="More than one of its unit variables is still open.",
        hint="name one variable a formal: `a: real<'u>, b: real<'v>`",
        explanation="""\
A unit variable such as `'u` takes its value from the first argument that has it. A formal in `'u*'v` can
only be checked once one of the two is known from another argument.
""",
        bad="input x : real<m>\ndef half(a: real<'u*'v>) = a / 2\nterm y = half(x) / 1<m>\n",
        good="input x : real<m>\ndef half(a: real<'u>) = a / 2\nterm y = half(x) / 1<m>\n",
    ),
    Code(
        code="RW236",
        title="`{kind}` has no unit",
        why="Units measure numbers.",
        hint="remove the unit, or use `real<..>`",
        explanation="""\
Only `real` and `int` values are measured in units. Bools and members of an enum are not quantities.
""",
        bad="input on : bool<m>\nterm a = on\n",
        good="input on : bool\nterm a = on\n",
    ),
    Code(
        code="RW239",
        title="`{kind}` values have no range",
        why="`in lo .. hi` limits numbers.",
        hint="remove `in ..`",
        explanation="""\
A declared range is a contract for numbers. The members of an enum are its range already.
""",
        bad="input on : bool in 0 .. 1\nterm a = on\n",
        good="input on : bool\nterm a = on\n",
    ),
    Code(
        code="RW240",
        title="`{operand}` can be 0 here, and something is divided by it",
        why="A division by zero is a fault; the range of `{operand}` is {range}.",
        hint="guard it: `if {operand} != 0 then .. else ..`",
        explanation="""\
Ranges are computed from what inputs and params declare. Where they allow a divisor of 0 the step in which
it happens has a fault instead of a number. Declare a range that excludes 0, add a small constant, or
guard the division: a guarded one is quiet, also where the division stands in a let.
""",
        bad="input a : real in 0 .. 1\ninput b : real in 0 .. 1\nterm share = a / b\n",
        good="input a : real in 0 .. 1\ninput b : real in 0 .. 1\n"
        "term share = if b > 0 then a / b else 0\n",
    ),
    Code(
        code="RW241",
        title="`{operand}` can leave what `{name}` is defined for",
        why="`{name}` takes values {domain}; those of `{operand}` are in {range}.",
        hint="",
        explanation="""\
The root of a negative number, the logarithm of 0 and the arc cosine of 2 are faults. Declare the range of
the inputs, limit the operand with `max` or `clip`, or guard it with `if`.
""",
        bad="input x : real in -1 .. 1\nterm a = sqrt(x)\n",
        good="input x : real in -1 .. 1\nterm a = sqrt(max(x, 0))\n",
    ),
    Code(
        code="RW242",
        title="the index `{operand}` can be out of range",
        why="The places are {domain}; the values of `{operand}` are in {range}.",
        hint="",
        explanation="""\
An index that is out of range is a fault. Declare the range of an int input, or use an enum: its members
are always in range.
""",
        bad="input cell : int\nparam table = [1.0, 2.0]\nterm a = table[cell]\n",
        good="input cell : int in 0 .. 1\nparam table = [1.0, 2.0]\nterm a = table[cell]\n",
    ),
    Code(
        code="RW243",
        title="the range {lo} .. {hi} is empty",
        why="The lower end comes first.",
        hint="write `{hi} .. {lo}`",
        explanation="""\
A range is closed and written from its lower to its upper end. Bare numbers in it are in the declared unit.
""",
        bad="input x : real in 3 .. 0\nterm a = x\n",
        good="input x : real in 0 .. 3\nterm a = x\n",
    ),
    Code(
        code="RW244",
        title="the default {value} is outside of {range}",
        why="The declared range holds for the default as well.",
        hint="widen the range or change the default",
        explanation="""\
`in lo .. hi` is a contract for every value that the input or param ever has.
""",
        bad="param k : real in 0 .. 1 = 2\nterm a = k\n",
        good="param k : real in 0 .. 3 = 2\nterm a = k\n",
    ),
    Code(
        code="RW250",
        title="the {kind} `{name}` is in {unit}",
        why="Terms are added to each other, so weight times value must be a plain number.",
        hint="",
        explanation="""\
A reward has no unit, so a term must lose its own: divide by the size that counts as one (`speed / 1<m/s>`),
or let the weight carry the inverse unit (`weight 2<s/m>`). Both say how much a unit is worth.
""",
        bad="input speed : real<m/s>\nterm walk = speed\n",
        good="input speed : real<m/s>\nterm walk weight 2<s/m> = speed\n",
    ),
)
