"""Messages about smooth semantics of temporal formulas."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_V = "input v : real in -5 .. 5\ninput w : real in -5 .. 5\n"

CODES: tuple[Code, ...] = (
    Code(
        code="RW426",
        title="{what} is a number from {least} to {most}, known when compiled",
        why="It is written into the kernel, and has no unit.",
        hint="write a constant; to compare values, write a spec for each",
        explanation="""\
The numbers of a smooth semantics (`temperature`, `power`, `tolerance`) and the weights of operands are constants
without a unit, above 0. Within their limits no value overflows.
""",
        bad=_V + "spec s (semantics: logsumexp, temperature: 0) = always v > 1\n"
        "term a = robustness(s)\n",
        good=_V + "spec s (semantics: logsumexp, temperature: 20) = always v > 1\n"
        "term a = robustness(s)\n",
    ),
    Code(
        code="RW427",
        title="a weight changes nothing under `minmax`",
        why="The least and the greatest of margins do not depend on how much each counts.",
        hint="give the spec a smooth semantics, `spec s (semantics: agm) = ...`, or scale the margin: "
        "`(...) scaled 0.5`",
        explanation="""\
`(v > 1) weighted 2 and w > 1` counts the first operand twice where operands are averaged: under `logsumexp`,
`softmin`, `agm` and `gmsr`. Verdicts never depend on weights.
""",
        bad=_V + "spec s = always ((v > 1) weighted 2 and w > 1)\nterm a = robustness(s)\n",
        good=_V + "spec s (semantics: agm) = always ((v > 1) weighted 2 and w > 1)\n"
        "term a = robustness(s)\n",
    ),
    Code(
        code="RW428",
        title="`weighted` is said of an operand of `and` or `or`",
        why="A weight says how much an operand counts beside the others.",
        hint="put it on an operand, in parentheses: `(always v > 1) weighted 2 and w > 1`",
        explanation="""\
A weight stands directly on an operand of `and` or `or`. What is under `not`, `always` or another operator has no
other operands beside it.
""",
        bad=_V + "spec s (semantics: agm) = always (v > 1) weighted 2\nterm a = robustness(s)\n",
        good=_V + "spec s (semantics: agm) = (always v > 1) weighted 2 and eventually w > 1\n"
        "term a = robustness(s)\n",
    ),
    Code(
        code="RW429",
        title="a spec under `{semantics}` has no option `{option}`, or has it twice",
        why="Known: {known}.",
        hint="",
        explanation="""\
`temperature` belongs to `logsumexp` and `softmin`, `power` and `tolerance` to `gmsr`.
""",
        bad=_V + "spec s (semantics: agm, temperature: 5) = always v > 1\nterm a = robustness(s)\n",
        good=_V
        + "spec s (semantics: softmin, temperature: 5) = always v > 1\nterm a = robustness(s)\n",
    ),
    Code(
        code="RW434",
        title="under `{semantics}` margins have no unit, and these are in {unit}",
        why="Its parameters are numbers: what they do to metres would change with the unit.",
        hint="divide the margins by the largest they can be, `robustness(s, scale: ranges)`, or say what "
        "counts as one: `(v > 1<m>) scaled 0.5<m>`",
        explanation="""\
A temperature is an inverse margin. Under a smooth semantics margins are therefore scaled first, by their declared
ranges or each by a number of its own; `agm` is made for margins in -1 .. 1.
""",
        bad="input h : real<m> in 0 .. 3\nspec s (semantics: logsumexp) = always h > 1<m>\n"
        "term a = robustness(s) / 1<m>\n",
        good="input h : real<m> in 0 .. 3\nspec s (semantics: logsumexp) = always h > 1<m>\n"
        "term a = robustness(s, scale: ranges)\n",
    ),
    Code(
        code="RW435",
        title="under `{semantics}` this formula cannot be followed step by step",
        why="Because {why}. What a program remembers is bounded and known before it runs.",
        hint="bound the inner operator: `eventually [0 .. 20] ...`; or use `minmax`; over recorded data "
        "`robustness(s over rest)` reads any formula",
        explanation="""\
Under a smooth semantics a record is kept of the samples so far: one for each operator without an end, which stands
at the top of the formula, below connectives alone. Inside it, operators have an interval. `until` without an end
has operands that look back only, and `since` has an interval. Under `minmax` operators without an end may stand
inside each other, because min and max distribute over each other.
""",
        bad=_V + "spec s (semantics: softmin) = always (v > 1 implies eventually w > 1)\n"
        "term a = robustness(s)\n",
        good=_V
        + "spec s (semantics: softmin) = always (v > 1 implies eventually [0 .. 20] w > 1)\n"
        "term a = robustness(s)\n",
    ),
    Code(
        code="RW436",
        title="there are no bounds under `{semantics}`",
        why="A mean of what comes may still move by any amount, and not always the same way as a margin.",
        hint="read the bounds of a spec under `minmax`, or `satisfied(s over past)` and `decided(s)`, which "
        "are the same under every semantics",
        explanation="""\
`bounds(s)` and `truncated: lower` say between what the margin lies whatever follows. Under a smooth semantics only
the value of the trace so far is known. Verdicts and `decided` do not depend on the semantics.
""",
        bad=_V + "spec s (semantics: agm) = always v > 1\nterm a = bounds(s)[0]\n",
        good=_V + "spec s = always v > 1\nterm a = bounds(s)[0]\n",
    ),
)
