"""The other messages of the family `syntax`: slips with a message of their own."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

SLIPS: tuple[Code, ...] = (
    Code(
        code="RW015",
        title="`=` is missing in this `{declaration}`",
        why="The value of a declaration follows `=`.",
        hint="write `=` before the value",
        explanation="""\
`let`, `def`, `term`, `metric`, `potential`, `spec`, `reward` and `advantage` give a value with
`=`, after all their clauses.
""",
        bad="let a 2\n",
        good="let a = 2\n",
    ),
    Code(
        code="RW016",
        title="`==` compares; a value is given with `=`",
        why="This is the definition of a name, not a question.",
        hint="write `=`",
        explanation="""\
`=` stands once in a declaration and gives the value. `==` asks whether two values are equal.
""",
        bad="let a == 2\n",
        good="let a = 2\n",
    ),
    Code(
        code="RW017",
        title="this `if` has no `else`",
        why="An expression has a value in every case, so `if c then x else y` has both sides.",
        hint="add `else` and the value of the other case",
        explanation="""\
`if` is an expression. For a reward that is paid only sometimes, the other case is `else 0`.
""",
        bad="term bonus = if fast then 1\nlet fast = true\n",
        good="term bonus = if fast then 1 else 0\nlet fast = true\n",
    ),
    Code(
        code="RW018",
        title="comparisons do not chain: `{found}` follows another one",
        why="`0 < x < 1` would compare the bool `0 < x` with 1.",
        hint="write two comparisons joined by `and`, or `x in lo .. hi` for a closed range",
        explanation="""\
A comparison gives a bool, and bools are not ordered. A range test is `x in 0 .. 1` (both ends
belong to it) or `0 < x and x < 1`.
""",
        bad="let a = 0 < b < 1\n",
        good="let a = 0 < b and b < 1\nlet b = 0.5\n",
    ),
    Code(
        code="RW019",
        title="the clause `{found}` stands in the wrong place",
        why="Clauses have one order, so that every program reads alike: {order}.",
        hint="move the clause; each is optional, their order is not",
        explanation="""\
Orders: `input NAME : TYPE in LO .. HI per LEVEL at reset from BINDING else DEFAULT`; `param
NAME : TYPE in LO .. HI from "FILE" = DEFAULT`; `term NAME : TYPE weight W times dt paid last on
fault V per agent = VALUE`; `potential NAME weight W discount G = VALUE`; `reward : TYPE on
fault V = VALUE`.
""",
        bad="term effort = 2 weight 0.05\n",
        good="term effort weight 0.05 = 2\n",
    ),
    Code(
        code="RW020",
        title="`:` does not begin a body here",
        why="There are no blocks of statements, only values: `def f(x) = y`, `if c then x else y`.",
        hint="write `=` in a `def`, `then` after a condition, nothing after `else`",
        explanation="""\
A definition is one expression. Names for its parts follow in `where`: `def f(a, b) = a * b /
rest where rest = a + b`.
""",
        bad="def double(x): 2 * x\n",
        good="def double(x) = 2 * x\n",
    ),
    Code(
        code="RW021",
        title="the condition comes first: if c then x else y",
        why="`x if c else y` is the order of Python.",
        hint="write `if c then x else y`",
        explanation="""\
The condition stands first and both sides follow it. Inside a larger expression the whole choice
needs parentheses: `1 + (if c then x else y)`.
""",
        bad="let a = 1 if true else 2\n",
        good="let a = if true then 1 else 2\n",
    ),
    Code(
        code="RW022",
        title="`{found}` is written `else if`",
        why="A second choice is just the `else` side of the first.",
        hint="write `else if c then x else y`",
        explanation="""\
`if a then x else if b then y else z` needs no word of its own. For many cases of one value use
`match v { a -> x, b -> y, else -> z }`.
""",
        bad="let a = if true then 1 elif false then 2 else 3\n",
        good="let a = if true then 1 else if false then 2 else 3\n",
    ),
    Code(
        code="RW023",
        title="a number and its unit must touch",
        why="With a space, `<` is a comparison; a unit has no spaces inside either.",
        hint="write it as in 2<m> or 3<m/s^2>",
        explanation="""\
This is the one place where white space matters: `2<m>` is two metres, `2 < m` a comparison with
`m`.
""",
        bad="timestep 0.02 <s>\n",
        good="timestep 0.02<s>\n",
    ),
    Code(
        code="RW024",
        title="strings stand in double quotes",
        why="`'` only marks a unit variable such as <'u>.",
        hint="write {instead}",
        explanation="""\
`"text"` knows the escapes \\" \\\\ \\n \\t; `r"text"` knows none and suits regular expressions;
`\"\"\"text\"\"\"` may span lines.
""",
        bad="use 'gait.reward' as gait\n",
        good="let a = 1\n",
    ),
    Code(
        code="RW025",
        title="`{found}` does not begin a declaration",
        why="Each declaration starts with its own keyword: let, def, term, input, param and so on.",
        hint="for a named value write `let {found} = ...`",
        explanation="""\
A file is a list of declarations. A named value is a `let`, a summand of the reward a `term`,
data from the loop an `input`, a number to tune a `param`.
""",
        bad="speed = 2\n",
        good="let speed = 2\n",
    ),
    Code(
        code="RW026",
        title="several axes after `over` need parentheses",
        why="Without them the comma begins the next argument.",
        hint="write `over (a, b)`; positional arguments stand before `over`",
        explanation="""\
`over` follows the arguments it reduces and is itself followed only by `where`, by options with
names and by `else`: `mean(x over (episode, group) where m, name: value else 0)`.
""",
        bad="let a = sum(b over episode, group)\n",
        good="let a = sum([1, 2])\n",
    ),
    Code(
        code="RW027",
        title="`{found}` is not part of the language",
        why="A program declares values; it has no statements, loops or imports of code.",
        hint="names from other files come in with `use`; a named value is a `let`",
        explanation="""\
There are no loops and no recursion except a value's own past, so every program ends and its
cost is known before it runs. Reductions such as `sum(x over episode)` take the place of loops.
""",
        bad="import numpy\n",
        good="let a = 1\n",
    ),
    Code(
        code="RW028",
        title="an argument without a name stands too late",
        why="`over`, `where` and options with names come after all arguments without one.",
        hint="move it to the front, or name it",
        explanation="""\
A call is `f(a, b over axis where mask, name: c else d)`: positional arguments, what they range
over, named options, and the `else` value at the end.
""",
        bad="let a = clip(1, hi: 2, 0)\n",
        good="let a = clip(1, 0, 2)\n",
    ),
    Code(
        code="RW029",
        title="`given` stands before every `expect`",
        why="A test first says what is given, then what is expected of it.",
        hint="move it up",
        explanation="""\
All `given` columns form one trace; every `expect` is asked of that trace.
""",
        bad='test "order" {\n  expect 1 > 0\n  given a = [1]\n}\n',
        good="""\
input a : real
term b = a
test "order" {
  given a = [1]
  expect sum(b over episode) > 0
}
""",
    ),
    Code(
        code="RW030",
        title="`{temporal}` before `{operator}` can be read in two ways",
        why="People read it both ways, so parentheses must say how far `{temporal}` reaches.",
        hint="write {wide} or {narrow}",
        explanation="""\
A temporal prefix without parentheses may stand at the right of a connective but not at its
left: `a and always b` is clear, `always a and b` is not. Write `always (a and b)` or `(always
a) and b`.
""",
        bad="spec safe = always upright and slow\nlet upright = true\nlet slow = true\n",
        good="let upright = true\nlet slow = true\nlet both = upright and slow\n",
    ),
    Code(
        code="RW031",
        title="`success` does not pay",
        why="It only marks; what ends an episode and pays is `terminate`.",
        hint="add a `terminate` with `pays`, or a `term` that reads `{name}`",
        explanation="""\
`success NAME when C` marks steps on which C holds. `terminate NAME when C pays V` ends the
episode and pays V on that step. A term may read either name as a bool.
""",
        bad="success done when true pays 1\n",
        good="terminate done when t > 100 pays 1\n",
    ),
    Code(
        code="RW035",
        title="`{escape}` is not an escape of strings",
        why='A plain string knows only \\" \\\\ \\n \\t.',
        hint='for a regular expression write r"..."',
        explanation="""\
An unknown escape would pass silently and mean something else. Raw strings r"..." keep every
backslash.
""",
        bad='let a = matches("x", "\\d")\n',
        good="let a = 1\n",
    ),
    Code(
        code="RW036",
        title="the number {text} is out of range",
        why="Whole numbers have 64 bits, real numbers reach to about 1.8e308.",
        hint="write `inf` where no bound is meant",
        explanation="""\
A literal that does not fit would become something else without a word. `inf` is the name of
infinity.
""",
        bad="let a = 1e999\n",
        good="let a = 1e9\n",
    ),
    Code(
        code="RW039",
        title="`{bracket}` is never closed",
        why="The declaration goes on to a place where no `{bracket}` can be open.",
        hint="add `{closing}`",
        explanation="""\
Every opening bracket is closed by one of the same kind, innermost first, in the same
declaration.
""",
        bad="let a = (1 + 2\nlet b = 3\n",
        good="let a = (1 + 2)\nlet b = 3\n",
    ),
    Code(
        code="RW040",
        title="`else` is followed by its value, without `{found}` and without a comma",
        why="`else` is a clause of the call, not an option: previous(x else 0).",
        hint="write `else VALUE` last inside the parentheses",
        explanation="""\
The clauses `over`, `where` and `else` carry no colon and no comma before them; every other
option is `name: value`.
""",
        bad="let a : real = previous(a, else: 0) + 1\n",
        good="let a : real = previous(a else 0) + 1\n",
    ),
    Code(
        code="RW041",
        title="a vector has at least one item",
        why="The type and size of an empty one would be unknown.",
        hint="write zeros(n) for n zeros",
        explanation="""\
`[1, 2, 3]` is a vector, `[[1, 2], [3, 4]]` a matrix. Sizes are known before the program runs.
""",
        bad="let a = []\n",
        good="let a = [0]\n",
    ),
    Code(
        code="RW042",
        title="there is no unary `+`",
        why="Without it an expression always ends where the next line begins.",
        hint="leave the `+` out",
        explanation="""\
`+` stands between two values only.
""",
        bad="let a = 2 * +3\n",
        good="let a = 2 * 3\n",
    ),
    Code(
        code="RW043",
        title="names are never changed: `{found}` does not exist",
        why="A declaration says once what a name means.",
        hint="several `term`s are summed; a running value reads itself: previous(x else 0)",
        explanation="""\
A value that grows is its own past plus something: `let n : real = previous(n else 0) + 1`.
""",
        bad="let a += 1\n",
        good="let a : real = previous(a else 0) + 1\n",
    ),
    Code(
        code="RW044",
        title="`;` is not needed",
        why="A declaration ends where the next one begins.",
        hint="remove it; several declarations may even share a line",
        explanation="""\
There are no separators between declarations.
""",
        bad="let a = 1;\n",
        good="let a = 1\n",
    ),
    Code(
        code="RW045",
        title="`then` is missing after the condition",
        why="A choice is `if c then x else y`.",
        hint="write `then` before the first value",
        explanation="""\
`then` separates the condition from the value, so that neither needs parentheses.
""",
        bad="let a = if true 1 else 2\n",
        good="let a = if true then 1 else 2\n",
    ),
    Code(
        code="RW046",
        title="a value is missing after `{previous}`",
        why="The next line begins something else.",
        hint="write the value, or remove `{previous}`",
        explanation="""\
An expression may continue on the next line, but a declaration's word ends it.
""",
        bad="let a =\nlet b = 2\n",
        good="let a = 1\nlet b = 2\n",
    ),
    Code(
        code="RW047",
        title="the condition of `{declaration}` follows `when`",
        why="A condition has no `=`: it is asked on every step.",
        hint="write `{declaration} {name} when CONDITION`",
        explanation="""\
`terminate fallen when height < 0.6<m> pays -10` ends the episode; `success` takes the same form
without `pays`.
""",
        bad="terminate late = t > 100\n",
        good="terminate late when t > 100\n",
    ),
    Code(
        code="RW048",
        title="a number begins with a digit",
        why="`{text}` alone could be read as the end of a range.",
        hint="write 0{text}",
        explanation="""\
Write `0.5`, not `.5`, and `1.0` or `1`, not `1.`.
""",
        bad="let a = .5\n",
        good="let a = 0.5\n",
    ),
)
