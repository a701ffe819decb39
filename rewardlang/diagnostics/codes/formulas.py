"""Messages about temporal formulas and what is read of them."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_V = "timestep 0.1<s>\ninput v : real<m/s> in -5 .. 5\n"

CODES: tuple[Code, ...] = (
    Code(
        code="RW400",
        title="`{op}` looks ahead, and only the past is known here",
        why="A term, a condition or a `let` has its value now; what follows has not happened yet.",
        hint="name it `spec s = ...` and read `satisfied(s)` at the end, or `satisfied(s over past)` "
        "as soon as it is certain; or ask the past: `once`, `historically`, `since`",
        explanation="""\
Outside a `spec` a formula may only look back: `once c`, `historically [0 .. 1<s>] c`, `a since b` and
`previously c` are bools that are known now. A formula that looks ahead is a `spec`, and it is read:
`satisfied(s)` when the episode is over, `satisfied(s over past)` and `violated(s over past)` once nothing
that follows can change it.
""",
        bad=_V + "term a = eventually v > 1<m/s>\n",
        good=_V + "spec s = eventually v > 1<m/s>\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW401",
        title="the interval {lo} .. {hi} is reversed or begins before now",
        why="An interval counts samples from the one it stands at; which side is asked is said by the "
        "operator, `once` for the past and `eventually` for the future.",
        hint="write the smaller end first, both at least 0",
        explanation="""\
`[a .. b]` means the samples at a distance from a to b, both ends included. The distance is never negative:
`once [0 .. 1<s>] c` looks back, `eventually [0 .. 1<s>] c` ahead.
""",
        bad=_V + "spec s = eventually [3 .. 1] v > 1<m/s>\nterm a = satisfied(s)\n",
        good=_V + "spec s = eventually [1 .. 3] v > 1<m/s>\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW402",
        title="the interval {lo} .. {hi}, in steps, holds no sample",
        why="Times are exact: only samples at a whole number of steps are inside, and between these two "
        "there is none.",
        hint="widen it to a multiple of the timestep",
        explanation="""\
An interval in seconds holds the samples k with a <= k * dt <= b. One that lies between two samples would be
an `always` that is true of anything and an `eventually` that never is.
""",
        bad=_V + "spec s = eventually [0.11<s> .. 0.19<s>] v > 1<m/s>\nterm a = satisfied(s)\n",
        good=_V + "spec s = eventually [0.1<s> .. 0.2<s>] v > 1<m/s>\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW403",
        title="this formula cannot be followed step by step",
        why="Because {why}. What a program remembers is bounded and known before it runs.",
        hint="bound the inner operators: `eventually [0 .. 2<s>] ...`; over recorded data "
        "`robustness(s over rest)` reads any formula",
        explanation="""\
A formula is followed by unfolding it sample by sample: what it still asks of the future is a few sets of
obligations, each with a value. Operators inside each other multiply these sets. Bounded operators are
windows instead and cost nothing of the kind. A past operator over one that looks ahead has no such form.

Over recorded data, `over rest` evaluates any formula in time proportional to the trace.
""",
        bad=_V + "spec s = once eventually [0 .. 3] v > 1<m/s>\nterm a = satisfied(s)\n",
        good=_V + "spec s = eventually [0 .. 3] once v > 1<m/s>\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW404",
        title="a formula cannot speak of what is known later than its sample",
        why="Each sample of a trace is judged by what is known at it.",
        hint="read what is known now: `over past` instead of `over episode`",
        explanation="""\
The atoms of a formula are bools per step or per state, known now. A value known at the end of the episode,
or when a group is complete, has no place in a trace.
""",
        bad=_V + "spec s = always v > mean(v over episode)\nterm a = satisfied(s)\n",
        good=_V + "spec s = always v > mean(v over past)\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW405",
        title="`{op}` takes no interval",
        why="It speaks of one sample.",
        hint="`eventually [3 .. 3] c` is c three samples on, `once [3 .. 3] c` three samples back",
        explanation="""\
`next`, `weak_next` and `previously` are about the neighbouring sample.
""",
        bad=_V + "spec s = next [1 .. 2] v > 1<m/s>\nterm a = satisfied(s)\n",
        good=_V + "spec s = eventually [1 .. 2] v > 1<m/s>\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW406",
        title="a formula speaks of one thing at a time",
        why="This has an axis, and it is not said whether all of it is meant or any.",
        hint="quantify: `all(... over leg)` or `any(... over leg)`; a formula may stand inside",
        explanation="""\
`all(f over leg)` and `any(f over leg)` hold a formula for each slot of a named axis, temporal operators
included: `all(eventually contact over leg)`.
""",
        bad="input contact : bool[leg: 4]\nspec s = always eventually contact\nterm a = satisfied(s)\n",
        good="input contact : bool[leg: 4]\n"
        "spec s = eventually [0 .. 9] all(eventually [0 .. 9] contact over leg)\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW407",
        title="the scale of an atom is one number that holds for the whole run",
        why="A margin is divided by it, and margins of different samples are compared.",
        hint="write a constant or a param: `(v > 0.2<m/s>) scaled 0.5<m/s>`",
        explanation="""\
`(c) scaled s` divides the margin of a comparison by s, so that margins of different units can be compared.
""",
        bad=_V + "spec s = always (v > 1<m/s>) scaled v\nterm a = robustness(s)\n",
        good=_V + "spec s = always (v > 1<m/s>) scaled 0.5<m/s>\nterm a = robustness(s)\n",
    ),
    Code(
        code="RW408",
        title="the scale of an atom may be zero or negative",
        why="Dividing a margin by it would be a fault, or turn what holds into what does not.",
        hint="give a positive number, or the param a range above 0",
        explanation="""\
`(c) scaled s` needs s > 0.
""",
        bad=_V + "spec s = always (v > 1<m/s>) scaled -0.5<m/s>\nterm a = robustness(s)\n",
        good=_V + "spec s = always (v > 1<m/s>) scaled 0.5<m/s>\nterm a = robustness(s)\n",
    ),
    Code(
        code="RW409",
        title="this has no margin to scale",
        why="Only a comparison of numbers holds by some amount.",
        hint="scale the comparisons inside, one by one",
        explanation="""\
`scaled` applies to a comparison of numbers, or to several joined by `and` and `or`.
""",
        bad=_V
        + "input on : bool\nspec s = always (on scaled 2)\nterm a = robustness(s, scale: ranges)\n",
        good=_V + "input on : bool\nspec s = always on\nterm a = robustness(s, scale: ranges)\n",
    ),
    Code(
        code="RW410",
        title="a formula of more than {most} atoms",
        why="Each is kept and compared at every step.",
        hint="reduce over the axis first: `min(height over stock) > 0.6<m>`",
        explanation="""\
`all(... over NAME)` makes an atom of each slot. For a long axis a reduction says the same:
`all(x > 1 over stock)` is `min(x over stock) > 1`.
""",
        bad="input x : real[stock: 300]\nspec s = always all(x > 1 over stock)\nterm a = satisfied(s)\n",
        good="input x : real[stock: 300]\nspec s = always min(x over stock) > 1\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW411",
        title="a formula of more than {most} operators and atoms",
        why="Each becomes a window or a cell of the kernel, and nobody reads such a formula.",
        hint="split it: several specs, joined where they are read",
        explanation="""\
A formula is counted with the specs it reads, each of its parts once. `satisfied(a) and satisfied(b)` of two
specs says what `satisfied` of their conjunction does.
""",
        bad=_V
        + "spec s0 = v > 0\n"
        + "".join(
            f"spec s{n} = eventually [0 .. 1] (s{n - 1} or v > {n}<m/s>)\n" for n in range(1, 100)
        )
        + "term a = satisfied(s99)\n",
        good=_V + "spec s = eventually [0 .. 1] v > 1<m/s>\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW412",
        title="one atom is per step, so the trace begins at the first transition",
        why="An atom per state is then read on arrival: what it was at the reset is left out.",
        hint="to include the reset, put what is per state into a spec of its own",
        explanation="""\
A formula over per-state values reads the reset state as its first sample. One atom that is per step, such
as an action, moves the start to the first transition for the whole formula.
""",
        bad="input height : real per state\ninput push : real\n"
        "spec s = always (height > 1 and push < 3)\nterm a = satisfied(s)\n",
        good="input height : real per state\ninput push : real\n"
        "spec s = always height > 1\nspec r = always push < 3\nterm a = satisfied(s) and satisfied(r)\n",
    ),
    Code(
        code="RW413",
        title="`{value}` is no {option}",
        why="Known: {known}.",
        hint="",
        explanation="""\
A spec may say which convention it follows at the ends of a trace, `spec s (convention: rtamt) = ...`, and what margins
make of each other, `spec s (semantics: agm) = ...`. `robustness(s, truncated: lower)` says what a trace that
was cut off is worth, `robustness(s, scale: ranges)` that margins are divided by the largest they can be.
""",
        bad=_V + "spec s (semantics: smooth) = always v > 1<m/s>\nterm a = satisfied(s)\n",
        good=_V + "spec s (semantics: minmax) = always v > 1<m/s>\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW414",
        title="`{name}` is read over the episode, `past`, `last N` or `rest`",
        why="A formula is about a trace: the whole one, what there is of it, its last samples, or what "
        "follows.",
        hint="leave `over` out for the whole episode",
        explanation="""\
`satisfied(s)` is known at the end; `(s over past)` is about the trace so far, `(s over last 20 else v)` about
the last 20 samples as a trace of their own, `(s over rest)` about the trace from each sample on, which only
recorded data can tell.
""",
        bad=_V + "spec s = always v > 1<m/s>\nterm a = satisfied(s over group)\n",
        good=_V + "spec s = always v > 1<m/s>\nterm a = satisfied(s over past)\n",
    ),
    Code(
        code="RW415",
        title="a window of {steps} samples does not hold this formula",
        why="Its value at the first sample of the window would depend on samples outside.",
        hint="make the window longer, or give every operator an interval that ends inside it",
        explanation="""\
`robustness(s over last n)` is the value of s at the first of the last n samples. It is kept in O(1) a step,
which takes a formula that looks ahead by less than n samples, and not back.
""",
        bad=_V + "spec s = always v > 1<m/s>\nterm a = satisfied(s over last 20 else false)\n",
        good=_V
        + "spec s = always [0 .. 19] v > 1<m/s>\nterm a = satisfied(s over last 20 else false)\n",
    ),
    Code(
        code="RW416",
        title="what stands here before there are {steps} samples?",
        why="The window is not full at first, and a formula of fewer samples is another one.",
        hint="add `else`: `robustness(s over last {steps} else 0)`",
        explanation="""\
Until the window is full, the `else` stands.
""",
        bad=_V + "spec s = always [0 .. 9] v > 1<m/s>\nterm a = satisfied(s over last 10)\n",
        good=_V
        + "spec s = always [0 .. 9] v > 1<m/s>\nterm a = satisfied(s over last 10 else false)\n",
    ),
    Code(
        code="RW417",
        title="this formula has an atom without a margin",
        why="Robustness is by how much a formula holds, and a bool holds or not.",
        hint="read `satisfied(s)`, compare a number instead of the bool, or `scale: ranges`, which takes "
        "a bool as 1 or -1",
        explanation="""\
Only a comparison of numbers has a margin: `l - r` for `l > r`. `robustness(s, scale: ranges)` divides each
margin by the largest it can be, so that a bool may stand beside them as 1 or -1.
""",
        bad=_V
        + "input on : bool\nspec s = always (on and v > 1<m/s>)\nterm a = robustness(s) / 1<m/s>\n",
        good=_V + "input on : bool\nspec s = always (on and v > 1<m/s>)\n"
        "term a = robustness(s, scale: ranges)\n",
    ),
    Code(
        code="RW418",
        title="the margins of this formula are in different units",
        why="Robustness is the least and the greatest of margins, and metres do not compare with seconds.",
        hint="divide each by the largest it can be, `robustness(s, scale: ranges)`, or say what counts as "
        "one: `(v > 0.2<m/s>) scaled 0.5<m/s>`",
        explanation="""\
Margins of one unit compare as they are. Where units differ, either all are scaled by their declared ranges,
or each atom by a number of its own.
""",
        bad=_V + "input h : real<m>\nspec s = always (h > 1<m> and v > 1<m/s>)\n"
        "term a = robustness(s) / 1<m>\n",
        good=_V + "input h : real<m> in 0 .. 3\nspec s = always (h > 1<m> and v > 1<m/s>)\n"
        "term a = robustness(s, scale: ranges)\n",
    ),
    Code(
        code="RW419",
        title="a margin cannot be scaled by a range that nobody declared",
        why="`scale: ranges` divides it by the largest it can be, and that is infinite.",
        hint="declare the input's range, `in -5 .. 5`, or scale the atom: `(...) scaled 0.5<m/s>`",
        explanation="""\
The largest margin is worked out from the ranges of the inputs.
""",
        bad="input v : real\nspec s = always v > 1\nterm a = robustness(s, scale: ranges)\n",
        good="input v : real in -5 .. 5\nspec s = always v > 1\nterm a = robustness(s, scale: ranges)\n",
    ),
    Code(
        code="RW421",
        title="on a trace that ends, `{outer} {inner} c` is c at its last sample",
        why="Every sample but the last is followed by the last one; nothing else is asked of them.",
        hint="bound the inner operator: `{outer} {inner} [0 .. 50] c`",
        explanation="""\
Over infinite traces `always eventually c` says that c comes again and again, and `eventually always c` that it stays
from some moment on. An episode ends, and both then say that c holds when it does (De Giacomo, De Masellis and
Montali, 2014). With an interval, `always eventually [0 .. 2<s>] c` asks for c every two seconds.
""",
        bad=_V + "spec s = always eventually v > 1<m/s>\nterm a = satisfied(s)\n",
        good=_V + "spec s = always eventually [0 .. 2<s>] v > 1<m/s>\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW420",
        title="`{word}` belongs in a formula",
        why="It is said of a margin, and a bool outside a spec has none.",
        hint="move the comparison into a `spec`",
        explanation="""\
`(v > 0.2<m/s>) scaled 0.5<m/s>` is an atom of a `spec`, and `(v > 0.2<m/s>) weighted 2` an operand of its `and`
or `or`.
""",
        bad=_V + "term a = (v > 1<m/s>) scaled 0.5<m/s>\n",
        good=_V + "spec s = always (v > 1<m/s>) scaled 0.5<m/s>\nterm a = robustness(s)\n",
    ),
    Code(
        code="RW422",
        title="the automaton of this formula has more than {limit} {what}",
        why="It was given up at {reached}. Intervals are counted in its states, and operators inside each other "
        "multiply them.",
        hint="shorten the intervals; `satisfied`, `robustness` and the other readings need no automaton",
        explanation="""\
`progress(s)` is the distance to acceptance in the automaton of s, which is built when the program is compiled. An
interval of n samples takes n states, one inside another may take the product. A machine with a timer says the
same in a few states: `waiting -> late after 10<s>`.
""",
        bad=_V
        + "spec s = always [0 .. 200] ((eventually [0 .. 90] v > 1<m/s>) and (eventually [0 .. 70] v < 0))\n"
        + "term a = progress(s)\n",
        good=_V + "spec s = eventually v > 1<m/s>\nterm a = progress(s)\n",
    ),
    Code(
        code="RW423",
        title="there is nothing named `{name}` to draw",
        why="`show --graph` draws machines and the automata of specs.",
        hint="",
        explanation="""\
`rewardlang show --graph FILE` draws every machine of a program and the automaton of every spec that has a small one;
with `--name` one of them.
""",
        bad="""\
from rewardlang.driver import parse
from rewardlang.runtime.failure import unknown
program = parse("input v : real\\nterm a = v\\n")
raise unknown("RW423", "task", [])
""",
        good="""\
from rewardlang import tooling
from rewardlang.driver import parse
program = parse("input v : real\\nspec s = eventually v > 1\\nterm a = satisfied(s)\\n")
assert list(tooling.graphs(program)) == ["s"]
""",
        kind="python",
    ),
    Code(
        code="RW424",
        title="the premise of this `implies` never holds",
        why="{why}, so that the formula asks nothing.",
        hint="check the threshold and the range of the input",
        explanation="""\
`a implies b` is true wherever a is false. A premise that can never be true makes it hold of anything: it is
vacuous (Beer, Ben-David, Eisner and Rodeh, 2001). The premise may be a formula; declared ranges count, and which
comparisons exclude each other.
""",
        bad=_V + "spec s = always (v > 9<m/s> implies eventually v < 0)\nterm a = satisfied(s)\n",
        good=_V + "spec s = always (v > 4<m/s> implies eventually v < 0)\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW425",
        title="an interval begins after {begins} samples, and no episode has more than {longest}",
        why="The window is empty in every episode: true of `always`, false of `eventually`.",
        hint="shorten the interval, or let episodes last longer",
        explanation="""\
`terminate late when t >= 200` ends every episode with its 200th transition. An interval that begins later holds no
sample of any.
""",
        bad=_V + "spec s = eventually [30<s> .. 40<s>] v > 1<m/s>\nterm a = satisfied(s)\n"
        "terminate late when t >= 200\n",
        good=_V + "spec s = eventually [10<s> .. 20<s>] v > 1<m/s>\nterm a = satisfied(s)\n"
        "terminate late when t >= 200\n",
    ),
    Code(
        code="RW430",
        title="`{op}` is not in the convention `{convention}`",
        why="{tool} has no operators that look back, so none of its numbers says what this means.",
        hint="write it as a spec of its own, without a convention, and read that spec here",
        explanation="""\
A convention is what one tool computes. RTAMT, SENTIL and LTLf2DFA look back; flloat, mstlo, stlcg, stlcg++ and
metric-temporal-logic do not. A spec that is read in another keeps its own convention.
""",
        bad=_V + "spec s (convention: stlcg) = always once v > 1<m/s>\nterm a = satisfied(s)\n",
        good=_V + "spec met = once v > 1<m/s>\nspec s (convention: stlcg) = always met\n"
        "term a = satisfied(s)\n",
    ),
    Code(
        code="RW431",
        title="`{op}` cannot be read as {tool} reads it",
        why="{why}",
        hint="{instead}",
        explanation="""\
A convention is what one tool computes, rewritten as a formula of least and greatest margins. Where there is no
such formula, the operator is refused: `iff` of RTAMT, whose margin is minus a distance; in metric-temporal-logic a
window of one instant, and constants.
""",
        bad=_V + "spec s (convention: rtamt) = always (v > 1<m/s> iff v > 2<m/s>)\n"
        "term a = satisfied(s)\n",
        good=_V + "let low = v > 1<m/s>\nlet high = v > 2<m/s>\n"
        "spec s (convention: rtamt) = always ((low implies high) and (high implies low))\n"
        "term a = satisfied(s)\n",
    ),
    Code(
        code="RW432",
        title="no trace satisfies this formula",
        why="{why}.",
        hint="check the thresholds and the ranges; where one of them is enough write `or`",
        explanation="""\
Whatever an episode does, the formula is violated by it. Declared ranges count, and comparisons that exclude each
other: `x > 0.5` and `x < 0.3`, two members of an enum, `c` and `not c`. So does the end of a trace: after its last
sample there is none, where `next` and `eventually [3 .. 5]` are false, and so `always next c` is false of every trace.
The atoms named cannot be left out: with any of them free, some trace would do. A formula for which the search
takes too long is not told.
""",
        bad=_V + "spec s = eventually (v > 3<m/s> and v < 1<m/s>)\nterm a = satisfied(s)\n",
        good=_V
        + "spec s = (eventually v > 3<m/s>) and (eventually v < 1<m/s>)\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW433",
        title="every trace satisfies this formula",
        why="{why}.",
        hint="check the thresholds and the ranges; where all of them are meant write `and`",
        explanation="""\
Whatever an episode does, the formula is satisfied by it: it asks nothing, and a term of it pays the same to all. It
is found as its negation is, see `rewardlang explain RW432`.
""",
        bad=_V + "spec s = always (v > 1<m/s> or v < 3<m/s>)\nterm a = satisfied(s)\n",
        good=_V + "spec s = always (v > 1<m/s> and v < 3<m/s>)\nterm a = satisfied(s)\n",
    ),
    Code(
        code="RW437",
        title="the program has no spec `{name}`",
        why="A formula is asked for by the name of its declaration.",
        hint="",
        explanation="""\
`rewardlang run FILE --data X --why up` tells of the formula that `spec up = ..` declares what decided it in each
episode; without a name, of every formula. `rewardlang.reasons.why` takes the same name.
""",
        bad="""\
import numpy as np
import rewardlang
from rewardlang.reasons import why
program = rewardlang.parse("input v : real\\nspec up = always v > 1\\nterm a = satisfied(up)\\n")
why(program, "down", {"v": np.ones((1, 3))})
""",
        good="""\
import numpy as np
import rewardlang
from rewardlang.reasons import why
program = rewardlang.parse("input v : real\\nspec up = always v > 1\\nterm a = satisfied(up)\\n")
why(program, "up", {"v": np.ones((1, 3))})
""",
        kind="python",
    ),
)
