"""Messages about statistics and array functions: part of the family `types`."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        code="RW270",
        title="`{name}` goes along one axis",
        why="Order, places and sums so far are of a vector; a table has no order of its slots.",
        hint="name the axis: `{name}(x over leg)`",
        explanation="""\
`sort`, `rank`, `cumsum`, `median`, `quantile`, `argmin` and `argmax` take one axis at a time. A value with
several needs `over`, and an axis needs a name to be called by.
""",
        bad="input x : real[leg: 4, joint: 3]\nterm a = median(x over (leg, joint))\n",
        good="input x : real[leg: 4, joint: 3]\nterm a = sum(median(x over leg))\n",
    ),
    Code(
        code="RW271",
        title="the `{option}` of `{name}` is outside 0 .. 1",
        why="It is a share.",
        hint="",
        explanation="""\
`quantile(x, 0.9)` is the value with nine tenths of the others below it: a share, not a percentage. The `decay`
of `ema` is the share that stays at each step. A param that leaves 0 .. 1 while running is a fault of `quantile`.
""",
        bad="input x : real[9]\nterm a = quantile(x, 90)\n",
        good="input x : real[9]\nterm a = quantile(x, 0.9)\n",
    ),
    Code(
        code="RW272",
        title="the `{option}` of `{name}` is one plain number that does not vary",
        why="It says how the values are weighed, for all of them alike.",
        hint="write a constant or a param between 0 and 1",
        explanation="""\
It has no unit and no axes, and is the same on every step: a literal, a constant or a param.
""",
        bad="input x : real[9]\ninput q : real in 0 .. 1\nterm a = quantile(x, q)\n",
        good="input x : real[9]\nparam q : real in 0 .. 1 = 0.9\nterm a = quantile(x, q)\n",
    ),
    Code(
        code="RW273",
        title="`{name}` with `ddof: {ddof}` of {size} has no value",
        why="It divides by the number of values less `ddof`, and nothing is left.",
        hint="take more values, or `ddof: 0`, or say what stands then: `else 0`",
        explanation="""\
`var`, `std` and `cov` divide by n - ddof. With as many values as `ddof` the result does not exist: a fault, unless
there is an `else`.
""",
        bad="input x : real\nterm a = std(x over last 1, ddof: 1)\n",
        good="input x : real\nterm a = std(x over last 2, ddof: 1 else 0)\n",
    ),
    Code(
        code="RW274",
        title="`ties` is one of {known}",
        why="It says what rank equal values get.",
        hint="",
        explanation="""\
Of 10, 20, 20, 30 the ranks are 1, 2.5, 2.5, 4 by `average`, which is meant unless said; 1, 2, 2, 4 by `min`;
1, 2, 2, 3 by `dense`; 1, 2, 3, 4 by `first`.
""",
        bad="input x : real[9]\nterm a = sum(rank(x, ties: max))\n",
        good="input x : real[9]\nterm a = sum(rank(x, ties: min))\n",
    ),
    Code(
        code="RW275",
        title="`{name}` cannot be taken over {where}",
        why="`sort` and `cumsum` are of a vector, `wma` and `ema` of the past.",
        hint="",
        explanation="""\
`sort` and `cumsum` give a value for each slot of an axis, which a window does not have. `wma` and `ema` weigh samples
by their age, which the slots of an axis do not have.
""",
        bad="input x : real[4]\nterm a = wma(x)\n",
        good="input x : real[4]\nterm a = sum(wma(x over last 5))\n",
    ),
    Code(
        code="RW276",
        title="`{name}` takes {wanted}",
        why="The shapes of its operands must fit each other.",
        hint="",
        explanation="""\
`solve(A, b)` takes a square table and a vector as long as its side, `inverse`, `det` and `trace` a square table.
`concat` joins along the first axis, and the other axes agree. `pick(table, places over class)` takes a vector
of ints. For `solve`, `inverse` and `det` further axes may stand before, which are mapped over.
""",
        bad="input a : real[2, 3]\nterm x = det(a)\n",
        good="input a : real[3, 3]\nterm x = det(a)\n",
    ),
    Code(
        code="RW345",
        title="`{name}` over `{window}` would have to remember every sample",
        why="Memory is bounded and known when compiled.",
        hint="take a window: `{name}(x over last 100)`",
        explanation="""\
A sum, a mean or a correlation of all samples so far fits into a few numbers. The middle of them, or their order,
does not: each of them may matter later.
""",
        bad="input x : real\nterm a = median(x over past)\n",
        good="input x : real\nterm a = median(x over last 100)\n",
    ),
)
