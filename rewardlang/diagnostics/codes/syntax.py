"""Messages of the family `syntax`: what the text of a program may look like."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code
from rewardlang.diagnostics.codes.syntax_slips import SLIPS

CODES: tuple[Code, ...] = (
    Code(
        code="RW001",
        title="{found} cannot stand here",
        why="At this place the grammar allows {expected}.",
        hint="",
        explanation="""\
The text up to this place is the beginning of a declaration, but what follows does not continue
it. The message lists what could. The rest of the declaration is skipped; the declarations
around it are still checked.
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
The last declaration stops before it says everything it must. Often a line was cut off when it
was copied.
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
Programs are read as UTF-8. A byte order mark at the start is allowed and ignored. UTF-16 and
the older one-byte encodings are refused rather than guessed.
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
        why="Text of this size is data, not a reward; reading stops before memory is used up.",
        hint='put tables into a file of their own: param NAME : TYPE from "FILE.csv"',
        explanation="""\
A program is at most 1 MiB of text. Large constant tables belong into a CSV file that a `param`
reads.
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
At most 100 brackets may be open at one place. Programs stay far below it; the limit keeps a
hostile or damaged text from using up the stack.
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
A string in `"..."` or `r"..."` ends on its own line. Text over several lines stands in triple
quotes.
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
Every closing bracket answers an opening one of the same kind before it, in the same
declaration.
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
A unit stands in angle brackets right after its number: `2<m>`, `9.81<m/s^2>`. A word after a
number needs a space. Digits are not grouped with underscores, and there are no hexadecimal
numbers.
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
Logic is written in words: `and`, `or`, `not`. A power is `^`. A name is given its value with
`=`, and compared with `==` and `!=`. A match arm uses `->`, a range `..`, a comment `#`. Only
ASCII characters are operators.
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
Reserved everywhere: if then else match and or not implies iff in is over where always
eventually until since releases next weak_next historically once previously. All other words,
those that begin declarations included, may be names.
""",
        bad="let once = 1\n",
        good="let first = 1\n",
    ),
    *SLIPS,
)
