"""Messages about axes, shapes and indexes: part of the family `types`."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        code="RW209",
        title="{left} and {right} do not fit together",
        why="Axes meet from the right and must be of one size, or one of them 1.",
        hint="take a part (`x[0:3]`), reduce one (`sum(x)`), or check the declared sizes",
        explanation="""\
Anonymous axes meet as in NumPy: from the right, equal sizes or 1. Named axes meet by name, and two of one
name have one size.
""",
        bad="input a : real[3]\ninput b : real[4]\nterm x = sum(a * b)\n",
        good="input a : real[3]\ninput b : real[4]\nterm x = sum(a * b[0:3])\n",
    ),
    Code(
        code="RW210",
        title="{left} meets {right}: a named axis does not meet an unnamed one",
        why="One side counts on names and the other on positions; which was meant cannot be known.",
        hint="name both axes: `real[leg: 4]`",
        explanation="""\
Axes of different names make the outer product, axes of one name are aligned. An unnamed axis longer than 1
could be meant either way beside a named one, so it is an error.
""",
        bad="input force : real[leg: 4]\ninput gain : real[4]\nterm x = sum(force * gain)\n",
        good="input force : real[leg: 4]\ninput gain : real[leg: 4]\nterm x = sum(force * gain)\n",
    ),
    Code(
        code="RW215",
        title="these shapes have no such product",
        why="`@` takes one or two unnamed axes a side, and the inner sizes must agree; `dot` and "
        "`outer` take two vectors.",
        hint="for named axes write `sum(a * b over NAME)`",
        explanation="""\
`a @ b` follows NumPy for one and two axes: the last axis of `a` meets the first of `b`. Named axes need no
such rule: multiply and sum over the name.
""",
        bad="input a : real[3]\ninput b : real[4]\nterm x = a @ b\n",
        good="input a : real[3]\ninput b : real[3]\nterm x = a @ b\n",
    ),
    Code(
        code="RW220",
        title="`{name}` of a single value",
        why="There is no axis to take, and no `over` says which samples are meant.",
        hint="say what it ranges over: `over episode`, `over past`, `over last 20`",
        explanation="""\
A bare reduction takes the axes of its argument. A value without axes is reduced over samples, and which
ones must be said.
""",
        bad="input speed : real\nterm a = mean(speed)\n",
        good="input speed : real\nterm a = mean(speed over past)\n",
    ),
    Code(
        code="RW221",
        title="the items of this vector are not alike",
        why="A vector holds values of one type and shape, and at least one of them.",
        hint="",
        explanation="""\
The items of a vector literal have one type, unit and shape. Values of different units are separate lets.
""",
        bad="input v : real[2]\nterm a = sum([v[0], v])\n",
        good="input v : real[2]\nterm a = sum([v[0], v[1]])\n",
    ),
    Code(
        code="RW223",
        title="an index is one int or a member of an enum",
        why="A place in a vector is a whole number.",
        hint="round a real with `floor(x)`, and declare its range",
        explanation="""\
`x[i]` takes an int, an enum member or a slice of constants such as `x[0:3]`.
""",
        bad="input v : real[3]\ninput i : real in 0 .. 2\nterm a = v[i]\n",
        good="input v : real[3]\ninput i : int in 0 .. 2\nterm a = v[i]\n",
    ),
    Code(
        code="RW225",
        title="an index too many",
        why="The value is {shape}.",
        hint="",
        explanation="""\
Each index takes one axis, from the left, or the axis that it names: `x[leg: 0]`.
""",
        bad="input v : real[3]\nterm a = v[0, 1]\n",
        good="input v : real[3, 2]\nterm a = v[0, 1]\n",
    ),
    Code(
        code="RW226",
        title="the axis `{axis}` is indexed twice",
        why="Each axis has one index.",
        hint="remove one of them",
        explanation="""\
Indexes without a name take the axes from the left; a named one takes its axis. Here both mean the same.
""",
        bad="input v : real[leg: 4, 3]\nterm a = v[leg: 0, leg: 1][0]\n",
        good="input v : real[leg: 4, 3]\nterm a = v[leg: 0][0]\n",
    ),
    Code(
        code="RW227",
        title="there is no axis `{axis}` here",
        why="Named axes here: {known}.",
        hint="",
        explanation="""\
`over`, `rename`, `index` and named indexes speak of axes that the value has: `real[leg: 4]` has the axis
`leg`. Besides them `over` knows `episode`, `past` and `last N`.
""",
        bad="input force : real[leg: 4]\nterm a = sum(force over legs)\n",
        good="input force : real[leg: 4]\nterm a = sum(force over leg)\n",
    ),
    Code(
        code="RW228",
        title="the slice {start}:{stop} does not fit an axis of size {size}",
        why="A slice has at least one slot, and its ends lie between 0 and the size.",
        hint="",
        explanation="""\
`x[a:b]` takes the slots from a up to, not including, b. Both are constants.
""",
        bad="input v : real[3]\nterm a = sum(v[1:5])\n",
        good="input v : real[3]\nterm a = sum(v[1:3])\n",
    ),
    Code(
        code="RW229",
        title="there is no slot {place} in an axis of size {size}",
        why="Slots are counted from 0 to {last}.",
        hint="",
        explanation="""\
Slots count from 0. Negative numbers do not count from the end.
""",
        bad="input v : real[3]\nterm a = v[3]\n",
        good="input v : real[3]\nterm a = v[2]\n",
    ),
    Code(
        code="RW231",
        title="`{name}` of a value with several named axes: {axes}",
        why="Which of them is meant is not said, and taking all is rarely right.",
        hint="say it: `over leg`, or `over (leg, joint)` for both",
        explanation="""\
A bare reduction takes every axis; with two or more named axes that is more often a slip than a wish, so it
must be said.
""",
        bad="input f : real[leg: 4, joint: 3]\nterm a = sum(f)\n",
        good="input f : real[leg: 4, joint: 3]\nterm a = sum(f over (leg, joint))\n",
    ),
    Code(
        code="RW237",
        title="the axis `{axis}` stands twice in one type",
        why="An axis is known by its name.",
        hint="give one of them another name",
        explanation="""\
The axes of one value have different names. For pairs within one set, `rename(x, agent: other)` gives one side
another name.
""",
        bad="input d : real[leg: 4, leg: 4]\nterm a = d[0, 0]\n",
        good="input d : real[leg: 4, other: 4]\nterm a = d[0, 0]\n",
    ),
    Code(
        code="RW238",
        title="`{axis}` cannot name an axis",
        why="It is an index of the data: `over {axis}` means something else.",
        hint="choose another name",
        explanation="""\
`state`, `step`, `token`, `episode`, `completion`, `group`, `batch` and `run` are what the data itself varies
over. An axis of a vector needs a name of its own.
""",
        bad="input v : real[step: 3]\nterm a = sum(v)\n",
        good="input v : real[waypoint: 3]\nterm a = sum(v)\n",
    ),
    Code(
        code="RW246",
        title="{what} is declared {wanted}, but is {given}",
        why="The declared axes and those of the value must agree in number and size.",
        hint="",
        explanation="""\
A declared type may give names to the axes of a value that has none. It does not change their sizes.
""",
        bad="let w : real[leg: 4] = [1, 2, 3]\nterm a = sum(w)\n",
        good="let w : real[leg: 3] = [1, 2, 3]\nterm a = sum(w)\n",
    ),
    Code(
        code="RW249",
        title="`{operand}` has an axis, but {what} is one number",
        why="A reward is one number per transition.",
        hint="reduce it: `sum({operand})`, `mean({operand})` or `norm({operand})`",
        explanation="""\
Terms, weights, payments and metrics are single numbers. How a vector becomes one is for the program to say:
a sum of squares, a mean and a largest slot are different rewards. Where the reward itself is one number per
agent or per objective, the declaration says so: `term bumped : real[agent] = ..`.
""",
        bad="input action : real[6]\nterm effort = -(action ^ 2)\n",
        good="input action : real[6]\nterm effort = -sum(action ^ 2)\n",
    ),
    Code(
        code="RW251",
        title="{what} has an axis, but a condition is one bool",
        why="It holds or it does not.",
        hint="say whether any or all must hold: `any(..)`, `all(..)`",
        explanation="""\
A comparison of vectors gives a bool for each slot. `any`, `all` and `count` make one value of them.
""",
        bad="input v : real[3]\nterm a = sum(v)\nterminate far when v > 2\n",
        good="input v : real[3]\nterm a = sum(v)\nterminate far when any(v > 2)\n",
    ),
    Code(
        code="RW260",
        title="{what} cannot keep the axes {axes}",
        why="A total keeps one axis, and that has a name: per agent, or per objective.",
        hint="reduce the others (`over`), and name the one that stays: `: real[agent: 3]`",
        explanation="""\
A reward may be one number for each agent or each objective. The axis of those numbers has a name or is an
enum, and there is one of it: a table of rewards has no reading in a loop.
""",
        bad="input v : real[agent: 3, 2]\nterm a : real[agent: 3, 2] = v\n",
        good="input v : real[agent: 3, xy: 2]\nterm a : real[agent: 3] = norm(v over xy)\n",
    ),
    Code(
        code="RW261",
        title="{what} keeps `{axis}`, but the reward of this program keeps `{kept}`",
        why="Terms are added up, so all that keep an axis keep the same one, of one size.",
        hint="reduce one of them, or `rename(x, {axis}: other)`",
        explanation="""\
The axis of the total is the one that the type of `reward` names, or else that of the first term that has one.
Terms without it are shared by all of its slots.
""",
        bad="input v : real[agent: 3]\ninput w : real[aim: 2]\n"
        "term a : real[agent] = v\nterm b : real[aim] = w\n",
        good="input v : real[agent: 3]\ninput w : real[aim: 2]\n"
        "term a : real[agent] = v\nterm b = sum(w)\n",
    ),
    Code(
        code="RW262",
        title="{what} that keeps the axis `{axis}` has to say so",
        why="Without a type it is one number, shared by all of `{axis}`.",
        hint="write `{declared}`",
        explanation="""\
What a term pays to each agent, and what it pays to all, are different rewards; which it is stands in the
declaration, not in the depths of its expression.
""",
        bad="input v : real[agent: 3]\nterm a : real[agent] = v\nterm b = v ^ 2\n",
        good="input v : real[agent: 3]\nterm a : real[agent] = v\nterm b : real[agent] = v ^ 2\n",
    ),
    Code(
        code="RW263",
        title="`{name}` would take the axis `{axis}` too, which the reward keeps",
        why="A bare reduction takes every axis; here that would mix what belongs to each `{axis}`.",
        hint="say which: `{name}({operand} over {axis})`, or over another axis",
        explanation="""\
In a program whose reward is per agent, `sum(v)` would silently add up over the agents too. The axis that the
reward keeps is reduced only where it is named.
""",
        bad="input v : real[agent: 3, 2]\nterm a : real[agent] = -sum(v ^ 2)\n",
        good="input v : real[agent: 3, xy: 2]\nterm a : real[agent] = -sum(v ^ 2 over xy)\n",
    ),
    Code(
        code="RW264",
        title="nothing says how long the axis `{axis}` is",
        why="No input has it, no type gives its size, and no enum has this name.",
        hint="write its size where it stands first: `{axis}: 3`",
        explanation="""\
An axis without a size is as long as an input of that name says elsewhere, as many as an enum has members, or,
if only inputs have it, as long as the columns of a call. A param or a let alone cannot tell.
""",
        bad="param w : real[stock] = 0.5\nterm a = sum(w)\n",
        good="input p : real[stock]\nparam w : real[stock] = 0.5\nterm a = sum(w * p)\n",
    ),
    Code(
        code="RW265",
        title="{what} needs to know how long `{axis}` is",
        why="Its size is known only when columns are given, and differs from call to call.",
        hint="give the axis a size, or say with `where index({axis}) < 3` which slots count",
        explanation="""\
An open axis takes the size of the columns. A part of it would have no size that a type can say; a single slot
(`x[3]`) is a fault where it does not exist.
""",
        bad="input p : real[stock]\nterm a = sum(p[0:3])\n",
        good="input p : real[stock]\nterm a = sum(p where index(stock) < 3)\n",
    ),
    Code(
        code="RW266",
        title="{what} of `{operand}`, which has the ragged axis `{axis}`",
        why="Its slots are others at each sample: there is nothing to remember them by.",
        hint="reduce it first: `mean({operand} over {axis} else 0)`",
        explanation="""\
The slots of a ragged axis come and go from row to row; the third box of this step need not be the third of the
last. What is remembered is what was made of them.
""",
        bad="input box : real[box: 0 .. 8]\nterm a = sum(previous(box else 0) over box)\n",
        good="input box : real[box: 0 .. 8]\nterm a = previous(sum(box over box) else 0)\n",
    ),
    Code(
        code="RW267",
        title="the ragged axis `{axis}` is declared in two ways, or after an axis without a name",
        why="Inputs that share it have one length in each row: of one cap and level, after the same axes.",
        hint="declare it alike in every input, or name the axes apart",
        explanation="""\
Where several inputs have a ragged axis, slot n of one belongs to slot n of the others. So they have the axis
with one cap, vary alike (`per step`, `per state`, ..) and have it after the same named axes.
""",
        bad="input x : real[box: 0 .. 8] per state\ninput y : real[box]\nterm a = sum(x) + sum(y)\n",
        good="input x : real[box: 0 .. 8]\ninput y : real[box]\nterm a = sum(x) + sum(y)\n",
    ),
    Code(
        code="RW268",
        title="`{axis}` is as long as its `{outer}` says, and is still there",
        why="Without `{outer}`, nothing says how many slots of `{axis}` count.",
        hint="reduce `{axis}` first, or both: `over ({outer}, {axis})`",
        explanation="""\
A ragged axis that stands after other axes in a type has a length for each of their slots: each section its own
number of lines. So it is reduced before them, or with them.
""",
        bad="input n : real[section: 0 .. 4, line: 0 .. 8]\n"
        "term a = sum(sum(n over section) over line)\n",
        good="input n : real[section: 0 .. 4, line: 0 .. 8]\n"
        "term a = sum(sum(n over line) over section)\n",
    ),
    Code(
        code="RW269",
        title="input `{name}` has a ragged axis and an `else`",
        why="A default would have to say how many slots there are.",
        hint="leave out the `else`, and give an empty list where there is nothing",
        explanation="""\
An input with a ragged axis is given in every call; a row without a slot is an empty list.
""",
        bad="input x : real[box: 0 .. 8] else 0\nterm a = sum(x)\n",
        good="input x : real[box: 0 .. 8]\nterm a = sum(x)\n",
    ),
)
