"""Messages about calls, arguments and declared types: part of the family `types`."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        code="RW206",
        title="`{name}` takes {wanted}, and {given} are given",
        why="Arguments come by place or by name.",
        hint="",
        explanation="""\
`rewardlang explain NAME` shows the signature of a builtin. A `def` may give its formals defaults; those may be
left out.
""",
        bad="input x : real\nterm a = clip(x, 0)\n",
        good="input x : real\nterm a = clip(x, 0, 1)\n",
    ),
    Code(
        code="RW207",
        title="`{name}` has no `{option}` to give here",
        why="It can be given by name: {known}.",
        hint="",
        explanation="""\
An argument by name is written `name: value`. Each is given once. The clauses `over`, `where` and `else` carry no
colon.
""",
        bad="input x : real\nterm a = clip(x, low: 0, high: 1)\n",
        good="input x : real\nterm a = clip(x, lo: 0, hi: 1)\n",
    ),
    Code(
        code="RW208",
        title="`{name}` takes no `{clause}`",
        why="`over` and `where` belong to reductions, `else` to what may have nothing to give.",
        hint="",
        explanation="""\
Reductions (`sum`, `mean`, `max`, ..) take `over`, `where` and `else`; `previous` and `rises` take `else`. To
replace a fault write `fallback(a, b)`.
""",
        bad="input x : real in 0 .. 4\nterm a = sqrt(x else 0)\n",
        good="input x : real in 0 .. 4\nterm a = fallback(sqrt(x), 0)\n",
    ),
    Code(
        code="RW230",
        title="the `else` of `{name}` is a real, but its result is an int",
        why="A value and what stands in for it have one type.",
        hint="write a whole number",
        explanation="""\
The `else` of a reduction has the type and unit of its result: `count` and sums of ints are ints.
""",
        bad="input n : int[3] in 0 .. 9\nterm a = max(n where n > 2 else 0.5)\n",
        good="input n : int[3] in 0 .. 9\nterm a = max(n where n > 2 else 0)\n",
    ),
    Code(
        code="RW233",
        title="`{name}` needs `{option}`",
        why="There is no value of it that fits every use.",
        hint="write `{option}: {example}`",
        explanation="""\
Some options have no default, because every default would be a guess about the task.
""",
        bad="input x : real\nterm a = ema(x)\n",
        good="input x : real\nterm a = ema(x, decay: 0.9)\n",
    ),
    Code(
        code="RW234",
        title="{what} takes {wanted}, not {given}",
        why="The annotation of the def says so.",
        hint="",
        explanation="""\
A formal without annotation is generic in unit and shape. `real` asks for a plain number, `real<m>` for a
length, and `real<'u>` names a unit that must be the same wherever `'u` stands.
""",
        bad="input d : real<m>\ndef half(x: real) = x / 2\nterm a = half(d)\n",
        good="input d : real<m>\ndef half(x: real) = x / 2\nterm a = half(d / 1<m>)\n",
    ),
    Code(
        code="RW245",
        title="{what} is declared {wanted}, but is {given}",
        why="A declared type is a promise that the value must keep.",
        hint="",
        explanation="""\
An int stands for a real where one is declared; nothing else is converted silently. `floor`, `ceil` and `round`
make ints, `real(c)` makes a number of a bool.
""",
        bad="input x : real\nlet n : int = x * 2\nterm a = n\n",
        good="input x : real in -9 .. 9\nlet n : int = round(x * 2)\nterm a = n\n",
    ),
    Code(
        code="RW247",
        title="`{name}` has no value",
        why="A param has a value from the start, which is changed later without compiling again.",
        hint="write `param {name} : real = 1`",
        explanation="""\
A param is data with a default. Values that the loop supplies are inputs.
""",
        bad="param k : real in 0 .. 1\nterm a = k\n",
        good="param k : real in 0 .. 1 = 0.5\nterm a = k\n",
    ),
    Code(
        code="RW248",
        title="the type of `{name}` cannot be found from its own past",
        why="Each sample would have another type or shape than the one before.",
        hint="declare it: `let {name} : real = ..`",
        explanation="""\
A let that reads itself inside `previous` has one type for all samples. It is found from the `else` value and
the rest of the expression; where these do not settle it, the type must be written.
""",
        bad="let x = [previous(x else 0)]\nterm a = sum(x)\n",
        good="let x = previous(x else [0]) + [1]\nterm a = sum(x)\n",
    ),
)
