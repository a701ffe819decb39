"""Messages of the family `lints`: advice about programs that are right."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        code="RW701",
        title="the {kind} `{name}` is never read",
        why="Nothing in the file depends on it; the loop still has to supply an input.",
        hint="remove it, or read it",
        explanation="""\
An input that nothing reads costs the loop work and hides a slip: a term may read its neighbour instead.
""",
        bad="input x : real\ninput y : real\nterm a = x\n",
        good="input x : real\ninput y : real\nterm a = x + y\n",
    ),
    Code(
        code="RW702",
        title="the weight of `{name}` has no effect",
        why="A term's name is its value without the weight; `total` is the weighted sum.",
        hint="read `total`, or put the weight into the reward",
        explanation="""\
An own `reward` that reads terms by their names reads them raw. Only `total` has the weights and `times dt` in it.
""",
        bad="input x : real\nterm a weight 2 = x\nreward = max(a, 0)\n",
        good="input x : real\nterm a weight 2 = x\nreward = max(total, 0)\n",
    ),
    Code(
        code="RW703",
        title="the term `{name}` can only be {value}",
        why="The declared ranges leave it no other value, so it teaches nothing.",
        hint="check the ranges and the limits in it",
        explanation="""\
From the ranges of its inputs the term has one possible value: a comparison that always holds, a clip that is
always at its end.
""",
        bad="input height : real<m> in 0 .. 1\nterm low = height < 2<m>\n",
        good="input height : real<m> in 0 .. 3\nterm low = height < 2<m>\n",
    ),
    Code(
        code="RW704",
        title="`{left}` and `{right}` are compared for being exactly equal",
        why="Two measured reals are hardly ever equal to the last digit.",
        hint="allow a margin: `abs(a - b) < 0.01`",
        explanation="""\
`==` on reals has no tolerance, so a test of success like `norm(hand - goal) == 0` never holds. For codes and counts
use `int` or an enum. `rest == 0` that guards a division by `rest` is left alone. (Found as success in the rewards
published with Text2Reward, Xie et al. 2023.)
""",
        bad="input x : real\ninput goal : real\nterm a = x == goal\n",
        good="input x : real\ninput goal : real\nterm a = abs(x - goal) < 0.01\n",
    ),
    Code(
        code="RW706",
        title="this file declares nothing that can be computed",
        why="There is no term, reward, potential, condition or metric in it.",
        hint="begin with an input and a term: `term walk = velocity`",
        explanation="""\
The smallest program is one input and one term. A file of defs, lets and inputs is a library for others.
""",
        bad="# nothing yet\n",
        good="input velocity : real\nterm walk = velocity\n",
    ),
    Code(
        code="RW707",
        title="`# allow {accepted}` accepts a warning that is not there",
        why="Nothing that it stands for gives {accepted}, or {accepted} is an error, which cannot be accepted.",
        hint="remove it",
        explanation="""\
`# allow RW710` or `# allow RW710, RW717`, at the beginning of a comment, accepts these warnings on its line; alone
on a line, on the next one; at the first or last line of a declaration, in all of it. What stands after the codes
is the reason. One that accepts nothing is left over from another version of the reward, or names a wrong code, and
would hide a warning that comes one day.
""",
        bad="input x : real\nterm a = x  # allow RW716: they once were two\n",
        good="input x : real\nterm a = x\nterm b = x  # allow RW716: its weight is tuned apart\n",
    ),
)
