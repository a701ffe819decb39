"""Messages of the family `levels`: what a value varies over, when it is known, how it is remembered."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code, samples

_LEVELS: tuple[Code, ...] = (
    Code(
        code="RW301",
        title="{what} needs a `timestep`",
        why="Without it the program does not know how many seconds a step takes.",
        hint="add `timestep 0.02<s>` with the length of your control step",
        explanation="""\
`timestep` says how long one transition takes. With it `dt` is in scope, intervals may be in seconds and terms may
be `times dt`.
""",
        bad="input x : real\nterm a times dt = x\n",
        good="timestep 0.02<s>\ninput x : real\nterm a times dt = x\n",
    ),
    Code(
        code="RW302",
        title="{what} cannot change from step to step",
        why="It is one number for a whole call: a constant, a param, or made from `steps`, `episodes`, "
        "`training`.",
        hint="put what varies into the value: `weight 2 = x * y`",
        explanation="""\
Weights, discounts and fault values are read once per call, so that changing them never compiles anew and logs can
show them. A schedule is an expression over `steps`: `weight (if steps > 1e6 then -5 else 0)`.
""",
        bad="input x : real\ninput w : real\nterm a weight w = x\n",
        good="input x : real\ninput w : real\nterm a weight 2 = w * x\n",
    ),
    Code(
        code="RW303",
        title="the potential `{name}` reads `{leaf}`, which belongs to a step and not to a state",
        why="A potential is a function of the state: only then can the shaping not change the task.",
        hint="declare the input `per state` if it has a value at reset, else use a term",
        explanation="""\
Potential-based shaping pays `discount * phi(after) - phi(before)`. Both sides must be known as functions of the
state, also at reset, where there is no action yet. An ordinary `input` is per step; `per state` inputs have a
sample at reset too. (Ng, Harada and Russell 1999.)
""",
        bad="input action : real\npotential calm discount 0.99 = -abs(action)\n",
        good="input height : real per state\npotential high discount 0.99 = height\n",
    ),
    Code(
        code="RW304",
        title="{what} cannot wait for what it reads",
        why="It is needed on each step, but it reads a value that is known later.",
        hint="use `over past` for what is known so far",
        explanation="""\
Conditions, payments and potentials are evaluated on every step from what is known then. What is known at the
end of the episode, such as `mean(x over episode)`, can be a term, which is then paid on the last step.
""",
        bad="input x : real\nterm a = x\nterminate slow when mean(x over episode) < 1\n",
        good="input x : real\nterm a = x\nterminate slow when mean(x over past) < 1\n",
    ),
    Code(
        code="RW305",
        title="`{name}` over `{index}` of a value that does not vary within it",
        why="Every sample is the same, so the result would be the value itself, or a multiple of it.",
        hint="read the value as it is",
        explanation="""\
A param, or an input per episode, is the same on every step. Reducing it over the episode is a slip: a mean would
change nothing, and a sum would multiply by the length.
""",
        bad="input mass : real per episode at reset\nmetric m = mean(mass over episode)\n",
        good="input mass : real per episode at reset\nmetric m = mass\n",
    ),
    Code(
        code="RW306",
        title="{what} of a value that is known only later",
        why="Memory looks back from each step, at what was known then.",
        hint="reduce over `past` instead of `episode` inside it",
        explanation="""\
What has been remembered was known when it happened. A value known at the end of the episode has no past that a
step could read.
""",
        bad="input x : real\nmetric m = mean(x - mean(x over episode) over episode)\n",
        good="input x : real\nmetric m = mean(x - mean(x over past) over episode)\n",
    ),
    Code(
        code="RW314",
        title="`total` is in scope in `reward` only",
        why="It is the weighted sum of the terms, from which an own reward is made.",
        hint="in a metric or test read `reward`",
        explanation="""\
`reward = if far then 0 else total` makes a reward from the weighted sum. Elsewhere a term's name is its raw value, and
metrics and tests may read `reward`.
""",
        bad="input x : real\nterm a = x\nmetric m = total\n",
        good="input x : real\nterm a = x\nmetric m = reward\n",
    ),
    Code(
        code="RW315",
        title="a {role} cannot read `reward`",
        why="The reward is made from it.",
        hint="read the term that is meant, by its name",
        explanation="""\
`reward` is the finished total with potentials and payments. Metrics, the advantage, tests, and lets that only
these read may read it; what it is made from may not.
""",
        bad="input x : real\nterm a = x\nterminate low when reward < 0\n",
        good="input x : real\nterm a = x\nmetric m = reward\n",
    ),
    Code(
        code="RW322",
        title="`at reset` does not go with `per {per}`",
        why="It says that a value per episode is known from the start.",
        hint="write `per episode at reset`, or `per state` for what also has a value at reset",
        explanation="""\
A value per episode is by default known at its end, as a score is. `at reset` says that it is known from the
start, as a goal is, so that steps may read it. A value per state has a sample at reset anyway.
""",
        bad="input goal : real per step at reset\nterm a = goal\n",
        good="input goal : real per episode at reset\nterm a = goal * t\n",
    ),
    Code(
        code="RW323",
        title="a discount of {value}",
        why="A discount lies between 0 and 1.",
        hint="use the discount of the training",
        explanation="""\
Shaping leaves the optimal policy alone when its discount is that of the training.
""",
        bad="input h : real per state\npotential p discount 1.5 = h\n",
        good="input h : real per state\npotential p discount 0.99 = h\n",
    ),
)

CODES: tuple[Code, ...] = (*_LEVELS, *samples.CODES)
