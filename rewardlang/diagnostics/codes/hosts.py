"""Messages of the family `hosts`: functions of the host, and what is brought together from many."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_EXTERN = 'extern likeness(view: real[4]) -> real in 0 .. 1 from "vision:likeness"'
_VIEW = "input view : real[4]\n"

_DECLARED: tuple[Code, ...] = (
    Code(
        code="RW501",
        title="`{name}` of `{host}` needs a type, and no default",
        why="What is handed to a function of the host is checked here; there it would be too late.",
        hint="write its kind, unit and shape: `{name}: real<m>[3]`",
        explanation="""\
An `extern` is a promise about a Python function: arrays of these kinds and shapes go in, one row for each
environment, an array of the declared result comes back. The promise is checked on both sides of every call.
""",
        bad=_VIEW + 'extern f(view) -> real from "m:f"\nterm a = f(view)\n',
        good=_VIEW + 'extern f(view: real[4]) -> real from "m:f"\nterm a = f(view)\n',
    ),
    Code(
        code="RW502",
        title="`{host}` does not know the option `{option}`, or has it twice",
        why="There are: {known}.",
        hint="remove it",
        explanation="""\
`batch 64` asks at most 64 rows at once, `cached` keeps replies to equal arguments, `timeout 5<s>` is how long a
call may take, `retries 2` how often one that failed is tried again, `lower_better` says which direction is good.
""",
        bad=_VIEW + _EXTERN + " { chached }\nterm a = likeness(view)\n",
        good=_VIEW + _EXTERN + " { cached }\nterm a = likeness(view)\n",
    ),
    Code(
        code="RW503",
        title="the option `{option}` takes {wanted}",
        why="What stands there is something else.",
        hint="",
        explanation="""\
`cached` and `lower_better` stand alone; `batch` and `retries` take a whole number, `timeout` a time.
""",
        bad=_VIEW + _EXTERN + " { batch 0 }\nterm a = likeness(view)\n",
        good=_VIEW + _EXTERN + " { batch 8 }\nterm a = likeness(view)\n",
    ),
)

_GIVEN: tuple[Code, ...] = (
    Code(
        code="RW511",
        title="nothing was given for the extern `{name}`",
        why="A file only names a function: whoever compiles it hands the function over, so that a text "
        "from a stranger runs nothing.",
        hint='`compile(externs={{"{name}": function}})`, or `imports=True` (`--imports`) to import `{source}`',
        explanation="""\
`from "vision:likeness"` is looked up in `externs`, by the extern's name or by that text. With `imports=True` (on
the command line `--imports`) `module:function` is imported. Do that for files you trust only.
""",
        bad=f"rewardlang.parse('''{_VIEW}{_EXTERN}\nterm a = likeness(view)''').compile()",
        good="import numpy as np\n"
        f"program = rewardlang.parse('''{_VIEW}{_EXTERN}\nterm a = likeness(view)''')\n"
        "program.compile(externs={'likeness': lambda view: np.ones(len(view))})",
        kind="python",
    ),
    Code(
        code="RW512",
        title="the program has no extern `{name}`",
        why="`externs` holds functions by the names that the file declares, or by what its `from` says.",
        hint="remove it",
        explanation="""\
Whoever hands over a function that nothing asks for has probably misspelt its name.
""",
        bad="rewardlang.parse('term a = 1').compile('numpy', externs={'likeness': len})",
        good="rewardlang.parse('term a = 1').compile('numpy')",
        kind="python",
    ),
    Code(
        code="RW513",
        title="what was given for `{name}` cannot be called: it is a {given}",
        why="An extern is a function.",
        hint="give a function that takes arrays and returns an array",
        explanation="""\
It gets one array for each argument, rows first, and returns an array with one row for each of them.
""",
        bad=f"program = rewardlang.parse('''{_VIEW}{_EXTERN}\nterm a = likeness(view)''')\n"
        "program.compile('numpy', externs={'likeness': 1})",
        good=f"program = rewardlang.parse('''{_VIEW}{_EXTERN}\nterm a = likeness(view)''')\n"
        "program.compile('numpy', externs={'likeness': len})",
        kind="python",
    ),
    Code(
        code="RW514",
        title="`{source}` could not be imported: {reason}",
        why="`module:function` names what to import; the module must be installed or on the path.",
        hint="",
        explanation="""\
With `imports=True` an extern's `from` is imported as Python would. What the import itself raises is told here.
""",
        bad="text = 'input x : real\\nextern f(x: real) -> real from \"no_such_module:f\"\\nterm a = f(x)'\n"
        "rewardlang.parse(text).compile('numpy', imports=True)",
        good="text = 'input x : real\\nextern f(x: real) -> real from \"numpy:abs\"\\nterm a = f(x)'\n"
        "rewardlang.parse(text).compile('numpy', imports=True)",
        kind="python",
    ),
)


def _fault(code: str, title: str, hint: str, explanation: str, function: str) -> Code:
    program = f"program = rewardlang.parse('''{_VIEW}{_EXTERN}\nterm a = likeness(view)''')\n"
    use = "reward = program.compile('numpy', externs={'likeness': f}, faults='raise')\n"
    step = "reward.step({'view': [[0.0, 1.0, 2.0, 3.0]]})"
    return Code(
        code=code,
        title=title,
        why="Environment {environment}, step {step}{detail}.",
        hint=hint,
        explanation=explanation,
        bad=f"import numpy as np\nimport time\nf = {function}\n" + program + use + step,
        good="import numpy as np\nf = lambda view: np.full(len(view), 0.5)\n"
        + program
        + use
        + step,
        kind="python",
    )


_FAULTS: tuple[Code, ...] = (
    _fault(
        "RW521",
        "{sink} has no value: the function of the host failed",
        "mend the function, or say what is paid then: `on fault 0`",
        """\
What an extern raises is a fault of the rows it was asked for, after its `retries`. The loop goes on; the message
of the exception is kept with the fault.
""",
        "lambda view: 1 / 0",
    ),
    _fault(
        "RW523",
        "{sink} has no value: the reply of the host has another shape or kind",
        "return one row for each row that was asked",
        """\
An extern gets arrays `[n, ..]` and returns an array `[n, ..]` of the declared kind and shape, members of an enum
by name or by number.
""",
        "lambda view: np.ones(7)",
    ),
    _fault(
        "RW524",
        "{sink} has no value: the reply of the host is out of its range",
        "check the function, or declare the range that it has",
        """\
`-> real in 0 .. 1` is a contract, checked on every reply. One outside, or one that is no number, is a fault.
""",
        "lambda view: np.full(len(view), 2.0)",
    ),
)

_SLOW = f"{_EXTERN} {{{{ timeout 0.05<s> }}}}".replace("{{", "{").replace("}}", "}")

_TIMEOUT = Code(
    code="RW522",
    title="{sink} has no value: the function of the host did not answer in time",
    why="Environment {environment}, step {step}{detail}.",
    hint="give it more time, `{{ timeout 60<s> }}`, or say what is paid then: `on fault 0`",
    explanation="""\
Each call of an extern has a time limit, 60 seconds unless `timeout` says otherwise, so that nothing can hang a
training run. The call itself goes on in its thread and what it gives in the end is dropped.
""",
    bad="import numpy as np\nimport time\n"
    "f = lambda view: (time.sleep(0.5), np.ones(len(view)))[1]\n"
    f"program = rewardlang.parse('''{_VIEW}{_SLOW}\nterm a = likeness(view)''')\n"
    "reward = program.compile('numpy', externs={'likeness': f}, faults='raise')\n"
    "reward.step({'view': [[0.0, 1.0, 2.0, 3.0]]})",
    good="import numpy as np\nf = lambda view: np.full(len(view), 0.5)\n"
    f"program = rewardlang.parse('''{_VIEW}{_SLOW}\nterm a = likeness(view)''')\n"
    "reward = program.compile('numpy', externs={'likeness': f}, faults='raise')\n"
    "reward.step({'view': [[0.0, 1.0, 2.0, 3.0]]})",
    kind="python",
)

_NOTHING = Code(
    code="RW525",
    title="{sink} has no value: what it reads of the group or batch has none",
    why="Environment {environment}, step {step}: a fault among what is folded, or too little of it.",
    hint="say what stands for too little: `std(r over group, ddof: 1 else 1)`",
    explanation="""\
A fold over a group is a fault where one of its values is, and where it has no value: the mean of nothing, the
spread with `ddof: 1` of a group of one.
""",
    bad="text = 'input x : real\\nterm a = std(sum(x over episode) over group, ddof: 1)'\n"
    "reward = rewardlang.parse(text).compile('numpy', faults='raise')\n"
    "reward.evaluate({'x': [[1.0, 2.0]]}, group=[0])",
    good="text = 'input x : real\\nterm a = std(sum(x over episode) over group, ddof: 1)'\n"
    "reward = rewardlang.parse(text).compile('numpy', faults='raise')\n"
    "reward.evaluate({'x': [[1.0, 2.0], [2.0, 3.0]]}, group=[0, 0])",
    kind="python",
)

CODES: tuple[Code, ...] = (*_DECLARED, *_GIVEN, *_FAULTS, _TIMEOUT, _NOTHING)
