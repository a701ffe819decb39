"""Messages of the family `syntax`: what the text of a program may look like."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        code="RW001",
        title="{found} cannot stand here",
        why="At this place the grammar allows {expected}.",
        hint="",
        explanation="""\
The text up to this place is the beginning of a declaration, but what follows does not continue it.
The message lists what could. The rest of the declaration is skipped; the declarations around it are
still checked.
""",
        bad="term walk = speed ) 2\n".replace(") ", "2 "),
        good="term walk = speed * 2\n",
    ),
    Code(
        code="RW002",
        title="the file ends inside `{declaration}`",
        why="The declaration is not complete: at its end the grammar wants {expected}.",
        hint="finish the declaration that begins with `{declaration}`",
        explanation="""\
The last declaration stops before it says everything it must. Often a line was cut off when it was
copied.
""",
        bad="input height :\n",
        good="input height : real<m>\n",
    ),
    Code(
        code="RW003",
        title="the file is not UTF-8 text: byte {byte} at offset {offset}",
        why="A program is UTF-8, so that it means the same on every machine.",
        hint="save the file as UTF-8",
        explanation="""\
Programs are read as UTF-8. A byte order mark at the start is allowed and ignored. UTF-16 and the older
one-byte encodings are refused rather than guessed.
""",
        bad="""\
import rewardlang, pathlib, tempfile
path = pathlib.Path(tempfile.mkdtemp()) / "latin.reward"
path.write_bytes(b"# caf\\xe9\\nterm a = 1\\n")
rewardlang.load(path)
""",
        good="""\
import rewardlang, pathlib, tempfile
path = pathlib.Path(tempfile.mkdtemp()) / "utf8.reward"
path.write_bytes("# caf\\u00e9\\nterm a = 1\\n".encode())
rewardlang.load(path)
""",
        kind="python",
    ),
    Code(
        code="RW004",
        title="the text contains a NUL character",
        why="A NUL never stands in a program; the file is probably not text.",
        hint="check that this is the file you meant",
        explanation="""\
Control characters other than tab, line feed, carriage return and form feed have no meaning in a
program. A NUL is a sure sign of a binary file, so nothing of it is read.
""",
        bad="""\
import rewardlang
rewardlang.parse("term a = 1\\n\\0")
""",
        good="""\
import rewardlang
rewardlang.parse("term a = 1\\n")
""",
        kind="python",
    ),
    Code(
        code="RW005",
        title="the program is too long: {size}, the limit is {limit}",
        why="Text of this size is data, not a reward; reading stops before it can use up the memory.",
        hint='put tables into a file of their own: param NAME : TYPE from "FILE.csv"',
        explanation="""\
A program is at most 1 MiB of text. Large constant tables belong into a CSV file that a `param` reads.
""",
        bad="""\
import rewardlang
rewardlang.parse("# " + "x" * 2_000_000)
""",
        good="""\
import rewardlang
rewardlang.parse("# " + "x" * 2_000 + "\\nterm a = 1\\n")
""",
        kind="python",
    ),
    Code(
        code="RW006",
        title="more than {limit} brackets are open at once",
        why="Brackets nested this deep are not written by hand, and every later pass walks them.",
        hint="name the inner parts with `let`",
        explanation="""\
At most 100 brackets may be open at one place. Programs stay far below it; the limit keeps a hostile or
damaged text from using up the stack.
""",
        bad=f"let a = {'(' * 101}1{')' * 101}\n",
        good="let b = (1 + 2) * 3\nlet a = (b + 1) * 2\n",
    ),
    Code(
        code="RW007",
        title="the expression is nested more than {limit} levels deep",
        why="Each operator of a chain such as `a + b + c` adds a level, and each call adds two.",
        hint="name parts of it with `let`, or write a long sum as sum([a, b, c])",
        explanation="""\
A tree is at most 100 levels deep, so that every pass can walk it by plain recursion. A chain of
operators counts one level each, since `a + b + c` is `(a + b) + c`.
""",
        bad="let a = 1" + " + 1" * 120 + "\n",
        good="let a = sum([1, 1, 1])\n",
    ),
    Code(
        code="RW008",
        title="{count} errors were found; the rest of the file was not read",
        why="So many errors usually have one cause.",
        hint="start with the first one",
        explanation="""\
After twenty errors of syntax reading stops: what follows is rarely news.
""",
        bad="let a = )\n" * 21,
        good="let a = 1\n",
    ),
    Code(
        code="RW009",
        title="this {what} has no end",
        why="A {what} begins and ends with {quote}.",
        hint="add the closing {quote}",
        explanation="""\
A string in `"..."` or `r"..."` ends on its own line. Text over several lines stands in triple quotes.
""",
        bad='test "standing {\n}\n',
        good='test "standing" {\n}\n',
    ),
    Code(
        code="RW010",
        title="`{bracket}` closes nothing",
        why="No bracket is open at this place.",
        hint="remove it, or add the one it should close",
        explanation="""\
Every closing bracket answers an opening one of the same kind before it, in the same declaration.
""",
        bad="let a = 1)\n",
        good="let a = (1)\n",
    ),
    Code(
        code="RW011",
        title="the number and the word in `{text}` run together",
        why="A number ends before the next letter, digit or underscore: `1and 2` is not `1 and 2`.",
        hint="write {instead}",
        explanation="""\
A unit stands in angle brackets right after its number: `2<m>`, `9.81<m/s^2>`. A word after a number
needs a space. Digits are not grouped with underscores, and there are no hexadecimal numbers.
""",
        bad="timestep 0.02s\n",
        good="timestep 0.02<s>\n",
    ),
    Code(
        code="RW012",
        title="`{found}` is not an operator here",
        why="The language writes it `{instead}`.",
        hint="write `{instead}`",
        explanation="""\
Logic is written in words: `and`, `or`, `not`. A power is `^`. A name is given its value with `=`, and
compared with `==` and `!=`. A match arm uses `->`, a range `..`, a comment `#`. Only ASCII characters
are operators.
""",
        bad="let safe = upright && slow\n",
        good="let safe = upright and slow\n",
    ),
    Code(
        code="RW014",
        title="`{word}` is a reserved word and cannot be a name",
        why="It has a meaning of its own in every expression.",
        hint="choose another name, for instance `{word}_`",
        explanation="""\
Reserved everywhere: if then else match and or not implies iff in is over where always eventually until
since releases next weak_next historically once previously. All other words, those that begin
declarations included, may be names.
""",
        bad="let once = 1\n",
        good="let first = 1\n",
    ),
    Code(
        code="RW015",
        title="`=` is missing in this `{declaration}`",
        why="The value of a declaration follows `=`.",
        hint="write `=` before the value",
        explanation="""\
`let`, `def`, `term`, `metric`, `potential`, `spec`, `reward` and `advantage` give a value with `=`,
after all their clauses.
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
A comparison gives a bool, and bools are not ordered. A range test is `x in 0 .. 1` (both ends belong to
it) or `0 < x and x < 1`.
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
Orders: `input NAME : TYPE in LO .. HI per LEVEL at reset from BINDING else DEFAULT`;
`param NAME : TYPE in LO .. HI from "FILE" = DEFAULT`;
`term NAME : TYPE weight W times dt paid last on fault V per agent = VALUE`;
`potential NAME weight W discount G = VALUE`; `reward : TYPE on fault V = VALUE`.
""",
        bad="term effort = 2 weight 0.05\n",
        good="term effort weight 0.05 = 2\n",
    ),
    Code(
        code="RW020",
        title="`:` does not begin a body here",
        why="There are no blocks of statements: a `def` is `def f(x) = value`, a choice `if c then x else y`.",
        hint="write `=` in a `def`, `then` after a condition, nothing after `else`",
        explanation="""\
A definition is one expression. Names for its parts follow in `where`:
`def f(a, b) = a * b / rest where rest = a + b`.
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
The condition stands first and both sides follow it. Inside a larger expression the whole choice needs
parentheses: `1 + (if c then x else y)`.
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
This is the one place where white space matters: `2<m>` is two metres, `2 < m` a comparison with `m`.
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
A file is a list of declarations. A named value is a `let`, a summand of the reward a `term`, data from
the loop an `input`, a number to tune a `param`.
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
`over` follows the arguments it reduces and is itself followed only by `where`, by options with names
and by `else`: `mean(x over (episode, group) where m, name: value else 0)`.
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
There are no loops and no recursion except a value's own past, so every program ends and its cost is
known before it runs. Reductions such as `sum(x over episode)` take the place of loops.
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
A call is `f(a, b over axis where mask, name: c else d)`: positional arguments, what they range over,
named options, and the `else` value at the end.
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
        good='input a : real\nterm b = a\ntest "order" {\n  given a = [1]\n  expect sum(b over episode) > 0\n}\n',
    ),
    Code(
        code="RW030",
        title="`{temporal}` before `{operator}` can be read in two ways",
        why="People read it both ways, so parentheses must say how far `{temporal}` reaches.",
        hint="write {wide} or {narrow}",
        explanation="""\
A temporal prefix without parentheses may stand at the right of a connective but not at its left:
`a and always b` is clear, `always a and b` is not. Write `always (a and b)` or `(always a) and b`.
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
`success NAME when C` marks steps on which C holds. `terminate NAME when C pays V` ends the episode and
pays V on that step. A term may read either name as a bool.
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
An unknown escape would pass silently and mean something else. Raw strings r"..." keep every backslash.
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
A literal that does not fit would become something else without a word. `inf` is the name of infinity.
""",
        bad="let a = 1e999\n",
        good="let a = 1e9\n",
    ),
    Code(
        code="RW037",
        title="the exponent of `{name}` divides by zero",
        why="The exponent of a unit is a whole number p or a fraction p/q.",
        hint="write for instance <m^1/2>",
        explanation="""\
Exponents of units are exact rationals: <m^2>, <s^-1>, <m^1/2>.
""",
        bad="let a = 2<m^1/0>\n",
        good="let a = 2<m^1/2> / 1<m^1/2>\n",
    ),
    Code(
        code="RW038",
        title="the ragged axis `{name}` cannot begin at {low}",
        why="`0 .. N` says that the axis holds up to N slots.",
        hint="write `{name}: 0 .. N`, or `{name}: N` for exactly N",
        explanation="""\
An axis is exact (`leg: 4`), open (`stock`) or capped (`bullet: 0 .. 64`). A lower bound other than 0 is
not part of a type; test `size(x over bullet)` instead.
""",
        bad="input a : text[bullet: 2 .. 64] per step\n",
        good="let a = 1\n",
    ),
    Code(
        code="RW039",
        title="`{bracket}` is never closed",
        why="The declaration goes on to a place where no `{bracket}` can be open.",
        hint="add `{closing}`",
        explanation="""\
Every opening bracket is closed by one of the same kind, innermost first, in the same declaration.
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
The clauses `over`, `where` and `else` carry no colon and no comma before them; every other option is
`name: value`.
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
        hint="sum terms by writing several `term`s; a running value reads itself in previous(x else 0)",
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
