"""Messages of the family `types`: kinds of values, with those of units, axes and calls."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code, axes, calls, statistics, units

_KINDS: tuple[Code, ...] = (
    Code(
        code="RW201",
        title="`{operand}` is a bool, and `{word}` works on numbers",
        why="`true + true` has no agreed meaning, so there is no arithmetic on bools.",
        hint="count with `sum` or `count`, choose with `if`, or convert with `real({operand})`",
        explanation="""\
`sum` and `mean` count a bool as 0 or 1, and so does a term. Other arithmetic needs `real(c)`, or an `if` that
says what true and false are worth.
""",
        bad="input contact : bool\ninput x : real\nterm a = contact * x\n",
        good="input contact : bool\ninput x : real\nterm a = if contact then x else 0\n",
    ),
    Code(
        code="RW202",
        title="`{operand}` is a bool, and `{word}` compares numbers",
        why="A bool holds or does not; it has no order and equals no number.",
        hint="use the condition itself, `not {operand}`, or `iff` between two conditions",
        explanation="""\
Two bools are compared with `iff` or `==`. A bool is not compared with 0 or 1: it is its own answer.
""",
        bad="input contact : bool\nterm a = contact > 0\n",
        good="input contact : bool\nterm a = contact\n",
    ),
    Code(
        code="RW203",
        title="{what} takes a condition",
        why="Only a bool says yes or no; a number does not count as true.",
        hint="compare it: `x > 0`",
        explanation="""\
`if`, `and`, `or`, `not`, `where`, `any`, `all`, `count`, `held`, `rises`, `terminate` and `expect` take bools.
A number is never taken for one: write the comparison that is meant.
""",
        bad="input x : real\nterm a = if x then 1 else 0\n",
        good="input x : real\nterm a = if x > 0 then 1 else 0\n",
    ),
    Code(
        code="RW204",
        title="`{word}` does not work on {kinds}",
        why="Its operands have types that do not fit it or each other.",
        hint="",
        explanation="""\
Arithmetic works on `real` and `int`, connectives on `bool`, `==` also on enums of one kind. Ints become real
where they meet a real.
""",
        bad="enum mode { slow, fast }\ninput m : mode\nterm a = m + 1\n",
        good="enum mode { slow, fast }\ninput m : mode\nterm a = match m { slow -> 0, fast -> 1 }\n",
    ),
    Code(
        code="RW205",
        title="the members of `{enum}` have no order",
        why="They are names, not numbers.",
        hint="compare with `==`, `!=` or `in {{ .. }}`",
        explanation="""\
Members of an enum are equal or not. To rank them give each a number with `match`.
""",
        bad="enum mode { slow, fast }\ninput m : mode\nterm a = m > slow\n",
        good="enum mode { slow, fast }\ninput m : mode\nterm a = m != slow\n",
    ),
    Code(
        code="RW216",
        title="{what} have different types",
        why="Whichever is taken, the result has one type.",
        hint="",
        explanation="""\
The branches of `if` and the arms of `match` have one type and unit; an int becomes real beside a real. A bool
becomes a number with `real(c)`.
""",
        bad="input c : bool\ninput x : real\nterm a = if c then x else false\n",
        good="input c : bool\ninput x : real\nterm a = if c then x else 0\n",
    ),
    Code(
        code="RW217",
        title="this `match` does not say what happens for {missing}",
        why="Every value needs an arm.",
        hint="add the arm, or `else -> ..` at the end",
        explanation="""\
A `match` on an enum names every member or ends in `else`; on a number it always ends in `else`. A member that
is added to the enum later is then found wherever it is forgotten.
""",
        bad="enum gait { walk, trot, run }\ninput g : gait\n"
        "term a = match g { walk -> 0, trot -> 1 }\n",
        good="enum gait { walk, trot, run }\ninput g : gait\n"
        "term a = match g { walk -> 0, trot -> 1, run -> 2 }\n",
    ),
    Code(
        code="RW219",
        title="there are two arms for `{pattern}`",
        why="The first one is always taken.",
        hint="remove one of them",
        explanation="""\
Each value has one arm. The second of two would never be reached.
""",
        bad="input n : int\nterm a = match n { 0 -> 1, 0 -> 2, else -> 3 }\n",
        good="input n : int\nterm a = match n { 0 -> 1, 1 -> 2, else -> 3 }\n",
    ),
    Code(
        code="RW222",
        title='"{text}" is text, and a member of {enum} is expected',
        why="Members of an enum are bare words, so that a misspelled one is found.",
        hint="write it without quotes",
        explanation="""\
Strings are for text. Where an enum is expected a bare word is looked up among its members, whatever else is
called so.
""",
        bad='enum mode { slow, fast }\ninput m : mode\nterm a = m == "slow"\n',
        good="enum mode { slow, fast }\ninput m : mode\nterm a = m == slow\n",
    ),
    Code(
        code="RW224",
        title="{what} must be a constant that fits here",
        why="It is needed before the program runs: sizes, ranges and defaults are known when compiled.",
        hint="write a number, or a vector of numbers",
        explanation="""\
Sizes, slices, ends of ranges, defaults and the values given in tests are written with literals, vectors and
plain arithmetic, or with a let of these. Sizes are whole and above 0.
""",
        bad="input n : real in 1 .. 2\nterm a = sum(zeros(n))\n",
        good="term a = sum(zeros(2)) + t\n",
    ),
)

CODES: tuple[Code, ...] = (
    *_KINDS,
    *units.CODES,
    *axes.CODES,
    *calls.CODES,
    *statistics.CODES,
)
