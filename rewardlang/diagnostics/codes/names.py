"""Messages of the family `names`: what a name stands for, what comes from other files."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code


def _table(text: str, type_: str) -> str:
    return (
        "import pathlib, tempfile\nimport rewardlang\nfolder = pathlib.Path(tempfile.mkdtemp())\n"
        f"(folder / 'low.csv').write_text('{text}')\n"
        "(folder / 'a.reward').write_text(\n"
        f"    'enum gait {{ walk, run }}\\nparam low : {type_} from \"low.csv\"\\nterm a = 1\\n')\n"
        "rewardlang.load(folder / 'a.reward')\n"
    )


CODES: tuple[Code, ...] = (
    Code(
        code="RW101",
        title="there is no `{name}`",
        why="A name is an input, param, let, term or condition of this file, or one always in scope.",
        hint="declare it: `input {name} : real`",
        explanation="""\
Every name must be declared in the file, come from a `use`, or be one that is always in scope: `t`,
`dt`, `terminated`, `truncated`, `training`, `steps`, `episodes`, `pi`, `inf`, `true`, `false`. The order
of declarations does not matter.
""",
        bad="input velocity : real\nterm walk = velocty\n",
        good="input velocity : real\nterm walk = velocity\n",
    ),
    Code(
        code="RW102",
        title="`{name}` is declared twice",
        why="Values and objects share one namespace, and a name keeps its meaning in the whole file.",
        hint="give one of them another name",
        explanation="""\
A name is never redefined, so that it can be read without asking where. Functions have a namespace of
their own: a term may be called `progress` although there is a function of that name.
""",
        bad="input speed : real\nlet speed = 2\nterm walk = speed\n",
        good="input speed : real\nlet goal = 2\nterm walk = speed - goal\n",
    ),
    Code(
        code="RW103",
        title="`{name}` is a name of the language",
        why="It is always in scope and cannot be given another meaning.",
        hint="choose another name",
        explanation="""\
The names `t`, `dt`, `terminated`, `truncated`, `training`, `steps`, `episodes`, `pi`, `inf`, `true`,
`false`, `total` and `reward` mean the same in every program.
""",
        bad="input t : real\nterm late = t\n",
        good="input clock : real\nterm late = clock\n",
    ),
    Code(
        code="RW104",
        title="there is no function `{name}`",
        why="A name before `(` is looked up among builtins and the `def`s of this file.",
        hint="`rewardlang explain --builtins` lists the builtins; a `def` declares your own",
        explanation="""\
Functions are the builtins, the `def`s of the file and those that a `use` brings. Values are looked up
in another namespace: a `let` cannot be called.
""",
        bad="input x : real\nterm a = sqroot(x)\n",
        good="input x : real in 0 .. 4\nterm a = sqrt(x)\n",
    ),
    Code(
        code="RW105",
        title="`{name}` is {what}, not a value",
        why="Only inputs, params, lets, terms and conditions have a value that can be read.",
        hint="",
        explanation="""\
Enums, functions, potentials and metrics have names but no value in an expression. What a potential or
metric computes can be named by a `let` that both read.
""",
        bad="input x : real\ndef double(v) = v * 2\nterm a = double + x\n",
        good="input x : real\ndef double(v) = v * 2\nterm a = double(x)\n",
    ),
    Code(
        code="RW106",
        title="`{name}` is defined by itself: {path}",
        why="A value must be computable from others, so declarations cannot read each other in a circle.",
        hint="to use a value of the last step, write `previous(..)` of the let itself",
        explanation="""\
The message shows the whole circle. The only circle that has a meaning is a `let` that reads itself inside
`previous`: it reads the value of the sample before. A term cannot read `reward`, which contains it.
""",
        bad="let a = b + 1\nlet b = a * 2\nterm x = a\n",
        good="let a = 1\nlet b = a * 2\nterm x = b\n",
    ),
    Code(
        code="RW107",
        title="`{name}` reads itself",
        why="A let may read its own past, inside `previous`, and nowhere else.",
        hint="write `previous({name} else 0)` for its value at the last sample",
        explanation="""\
`let n = previous(n else 0) + 1` counts samples: `previous` reads the value of the sample before, and
`else` says what stands before the first. The let's name must be all that `previous` is given; compute
with the result.
""",
        bad="let n = n + 1\nterm age = n\n",
        good="let n = previous(n else 0) + 1\nterm age = n\n",
    ),
    Code(
        code="RW108",
        title="`{name}` is not a member of {enum}",
        why="The members are: {members}.",
        hint="",
        explanation="""\
Where a value of an enum is expected, a bare word is looked up among its members, so a misspelled one
is found before anything runs.
""",
        bad="enum phase { stance, swing }\ninput foot : phase\nterm a = foot == stanse\n",
        good="enum phase { stance, swing }\ninput foot : phase\nterm a = foot == stance\n",
    ),
    Code(
        code="RW109",
        title="there is no unit `{name}`",
        why="Known are the SI units with common multiples, and what the file declares with `unit`.",
        hint="`unit {name}` declares a unit of your own, as for tokens or coins",
        explanation="""\
Base units are m, s, kg, A, K, mol and cd; rad is 1. Among the others: deg, cm, mm, km, ms, min, h, g, Hz,
N, J, W, Pa, V. `unit token` declares a counter with a unit of its own.
""",
        bad="input height : real<metre>\nterm a = height > 0\n",
        good="input height : real<m>\nterm a = height > 0\n",
    ),
    Code(
        code="RW110",
        title="`{word}` is declared twice",
        why="A file has one `{word}`.",
        hint="remove one of them",
        explanation="""\
`timestep`, `faults`, `reward` and `advantage` say something about the whole program; there can be only
one of each in a file.
""",
        bad="timestep 0.01<s>\ntimestep 0.02<s>\nterm a = t * dt / 1<s>\n",
        good="timestep 0.01<s>\nterm a = t * dt / 1<s>\n",
    ),
    Code(
        code="RW111",
        title="there is no type `{name}`",
        why="A type is `real`, `int`, `bool` or an enum of this file.",
        hint="declare it: `enum {name} {{ first, second }}`",
        explanation="""\
The types of values are `real`, `int`, `bool` and the enums that the file declares or writes in place:
`enum {{ slow, fast }}`. Sizes follow in brackets: `real<m>[3]`.
""".replace("{{", "{").replace("}}", "}"),
        bad="input x : float\nterm a = x\n",
        good="input x : real\nterm a = x\n",
    ),
    Code(
        code="RW112",
        title="the {where} `{module}` cannot be found or read",
        why="A file is looked for beside the one that uses it, a module in the standard library.",
        hint="",
        explanation="""\
`use shaping: tolerance` takes names from the standard library; `use "gait.reward" as gait` takes a file,
by a path relative to the file that says so.
""",
        bad='use "no_such_file.reward" as gait\nterm a = 1\n',
        good="term a = 1\n",
    ),
    Code(
        code="RW113",
        title="`{module}` has no `{name}`",
        why="It offers: {known}.",
        hint="",
        explanation="""\
A used file offers its functions, inputs, params, lets and enums. Its totals stay its own.
""",
        bad="use shaping: no_such_function\nterm a = 1\n",
        good="term a = 1\n",
    ),
    Code(
        code="RW114",
        title="the enum `{enum}` has `{name}` twice",
        why="Each member is one value.",
        hint="remove one of them",
        explanation="""\
The members of an enum are told apart by their names alone.
""",
        bad="enum phase { stance, swing, stance }\ninput p : phase\nterm a = p == swing\n",
        good="enum phase { stance, swing }\ninput p : phase\nterm a = p == swing\n",
    ),
    Code(
        code="RW115",
        title="`{owner}` has no parts, so no `{name}`",
        why='A dot reads a value of a used file: `gait.height` after `use "gait.reward" as gait`.',
        hint="to take one slot of a vector write `x[0]`",
        explanation="""\
Inputs are numbers, enums and vectors of them; they have no fields. Where a value lies in the observation or
the info of an environment is said once, in the input's `from`.
""",
        bad="input info : real\nterm a = info.speed\n",
        good="input speed : real from info.speed\nterm a = speed\n",
    ),
    Code(
        code="RW116",
        title="files use each other in a circle: {path}",
        why="What a file means must not depend on itself.",
        hint="move what both need into a third file",
        explanation="""\
A file that uses another which uses the first has no beginning. Put the shared lets and defs into a
file of their own.
""",
        bad="""\
import pathlib, tempfile
import rewardlang
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "a.reward").write_text('use "b.reward" as b\\nterm x = 1\\n')
(folder / "b.reward").write_text('use "a.reward" as a\\nlet y = 1\\n')
rewardlang.load(folder / "a.reward")
""",
        good="""\
import pathlib, tempfile
import rewardlang
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "a.reward").write_text('use "b.reward" as b\\nterm x = b.y\\n')
(folder / "b.reward").write_text("let y = 1\\n")
rewardlang.load(folder / "a.reward")
""",
        kind="python",
    ),
    Code(
        code="RW117",
        title="`{name}` is not the same here and in `{module}`",
        why="Inputs of one name are one column, so their types and levels must agree.",
        hint="rename one of them, or declare both alike",
        explanation="""\
The loop supplies each input once, whatever number of files read it.
""",
        bad="""\
import pathlib, tempfile
import rewardlang
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "a.reward").write_text(
    'use "b.reward" as b\\ninput x : real\\nterm y = b.double * x\\n'
)
(folder / "b.reward").write_text("input x : int\\nlet double = x * 2\\n")
rewardlang.load(folder / "a.reward")
""",
        good="""\
import pathlib, tempfile
import rewardlang
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "a.reward").write_text(
    'use "b.reward" as b\\ninput x : real\\nterm y = b.double * x\\n'
)
(folder / "b.reward").write_text("input x : real\\nlet double = x * 2\\n")
rewardlang.load(folder / "a.reward")
""",
        kind="python",
    ),
    Code(
        code="RW118",
        title="the program becomes too large when its defs are put in place",
        why="A def is inlined at each call; one that calls another twice doubles it each time.",
        hint="compute the shared part once in a `let`",
        explanation="""\
The size of what runs is known before it runs, and it is bounded: a text from a stranger must not be able
to fill the memory. Fifty thousand operations are far beyond any reward written by hand.
""",
        bad="input x : real\n"
        + "def d0(v) = v * v\n"
        + "".join(f"def d{n}(v) = d{n - 1}(v) + d{n - 1}(v + 1)\n" for n in range(1, 16))
        + "term a = d15(x)\n",
        good="input x : real\ndef d0(v) = v * v\ndef d1(v) = d0(v) + d0(v + 1)\nterm a = d1(x)\n",
    ),
    Code(
        code="RW120",
        title="`{name}` is no input of this file",
        why="A test gives values to inputs; all else follows from them.",
        hint="",
        explanation="""\
`given` names an input. Params keep their defaults in tests; lets and terms are computed.
""",
        bad='input x : real\nterm a = x\ntest "one" {\n  given y = [1]\n  expect a > 0\n}\n',
        good='input x : real\nterm a = x\ntest "one" {\n  given x = [1]\n  expect a > 0\n}\n',
    ),
    Code(
        code="RW121",
        title="`{name}` is given twice in this test",
        why="An input has one column of samples.",
        hint="remove one of them",
        explanation="""\
Each input is given once in a test, with all its samples in one vector.
""",
        bad="input x : real\nterm a = x\n"
        'test "one" {\n  given x = [1]\n  given x = [2]\n  expect a > 0\n}\n',
        good='input x : real\nterm a = x\ntest "one" {\n  given x = [1, 2]\n  expect a > 0\n}\n',
    ),
    Code(
        code="RW122",
        title="`{name}` is a unit already",
        why="The units of the language keep their meaning.",
        hint="choose another name",
        explanation="""\
`unit` declares a new base unit, such as a token or a coin. Known units cannot be declared anew.
""",
        bad="unit km\ninput x : real\nterm a = x\n",
        good="unit coin\ninput x : real<coin>\nterm a = x / 1<coin>\n",
    ),
    Code(
        code="RW130",
        title="the table `{path}` {reason}",
        why="A path is relative to the file of the program.",
        hint="",
        explanation="""\
`param low : real[task, key] from "intervals.csv"` reads a CSV file with a header, or a `.npy` array, that lies
beside the program.
""",
        bad='param low : real[3] from "no_such_file.csv"\nterm a = sum(low)\n',
        good="param low : real[3] = [1, 2, 3]\nterm a = sum(low)\n",
    ),
    Code(
        code="RW131",
        title="`{path}`, {where}: {what}",
        why="Each cell is a value of the param's type, in its declared unit and range.",
        hint="mend the cell; an empty one is a fault where it is read",
        explanation="""\
Cells are numbers (or members of the param's enum, or true and false). An empty cell is allowed: it is a fault of
whatever reads it, and of nothing else.
""",
        bad=_table("n\\n1\\nx\\n", "real[2]"),
        good=_table("n\\n1\\n2\\n", "real[2]"),
        kind="python",
    ),
    Code(
        code="RW132",
        title="`{path}`: {what}",
        why="The rows and columns of a table are the slots of the param's axes.",
        hint="name each member of an enum once, in any order; other axes have as many as they say",
        explanation="""\
Where an axis is an enum, the labels of its rows (the first column) or columns (the header) are its members.
Other axes have free labels in the header and none before their rows.
""",
        bad=_table("who,n\\nwalk,1\\nrum,2\\n", "real[gait]"),
        good=_table("who,n\\nrun,2\\nwalk,1\\n", "real[gait]"),
        kind="python",
    ),
    Code(
        code="RW133",
        title="`{path}` is {given}, and `{name}` is declared {wanted}",
        why="A CSV file has one or two axes of known size, an array has the shape that is declared.",
        hint="declare the axes that the file has",
        explanation="""\
A table is not reshaped. For more than two axes use a `.npy` file.
""",
        bad=_table("n\\n", "real[1, 1, 1]"),
        good=_table("n\\n5\\n", "real[1]"),
        kind="python",
    ),
    Code(
        code="RW134",
        title="the param `{name}` comes from `{path}` and has a value beside",
        why="One of them would never be used.",
        hint="keep one",
        explanation="""\
A param has its value after `=`, or in a file.
""",
        bad='param low : real[3] from "low.csv" = 0\nterm a = sum(low)\n',
        good="param low : real[3] = 0\nterm a = sum(low)\n",
    ),
    Code(
        code="RW190",
        title="{what} is not built yet",
        why="It belongs to the language and is read without complaint, but nothing computes it so far.",
        hint="",
        explanation="""\
The grammar covers the whole language; some parts have no meaning behind them yet. A program that
needs one is refused by name rather than computed wrongly.
""",
        bad="input x : text\nterm a = 1\n",
        good="input x : bool\nterm a = if x then 1 else 0\n",
    ),
)
