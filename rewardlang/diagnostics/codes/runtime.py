"""Messages about data and calls, at run time: RW600 to RW649, and RW690 on for backends."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_WALK = """\
import numpy as np
program = rewardlang.parse("input speed : real\\nterm walk = speed", name="walk")
reward = program.compile(backend="numpy")
"""
_RISE = """\
import numpy as np
program = rewardlang.parse(
    "input height : real per state\\nterm rise = height - previous(height)", name="rise"
)
reward = program.compile(backend="numpy")
"""
_MASS = """\
import numpy as np
program = rewardlang.parse(
    "input speed : real\\ninput mass : real per episode at reset\\nterm walk = speed / mass",
    name="walk",
)
reward = program.compile(backend="numpy")
"""
_GAIT = """\
import numpy as np
program = rewardlang.parse(
    "input gait : enum { stand, walk }\\nterm walks = gait == walk", name="gait"
)
reward = program.compile(backend="numpy")
"""
_TARGET = """\
import numpy as np
program = rewardlang.parse(
    "input speed : real\\nparam target : real in 0 .. 4 = 1\\nterm walk = -abs(speed - target)",
    name="walk",
)
reward = program.compile(backend="numpy")
"""
_STEP = 'reward.step({"speed": 1.0})'


def _python(
    code: str, title: str, why: str, hint: str, explanation: str, bad: str, good: str
) -> Code:
    return Code(code, title, why, hint, explanation, bad, good, kind="python")


_COLUMNS: tuple[Code, ...] = (
    _python(
        "RW600",
        "input `{name}` is missing",
        "The program reads it, and it has no `else`.",
        "give a column `{name}`, or declare a default: `input {name} : .. else 0`",
        "A step needs every input that the program reads in a step, and an evaluation a column for "
        "each. An input whose declaration ends in `else` may be left out.",
        _WALK + "reward.step({})",
        _WALK + _STEP,
    ),
    _python(
        "RW601",
        "there is no input `{name}`",
        "A column that no input takes is most often a misspelt one.",
        "",
        "Columns are matched to inputs by name, and every column must have its input. A column "
        "that "
        "was silently ignored would hide a spelling mistake.",
        _WALK + 'reward.step({"speed": 1.0, "height": 2.0})',
        _WALK + _STEP,
    ),
    _python(
        "RW602",
        "input `{name}` has the shape {given}; {expected} was expected",
        "",
        "check the order of the axes: environments (and steps) first, then the declared ones",
        "A step takes `[B, ..]` with the declared axes after B, or the declared axes alone for one "
        "environment. An evaluation takes `[B, T, ..]` per step, `[B, T + 1, ..]` per state (the "
        "reset's value first) and `[B, ..]` per episode; with `episode=ids` one row each.",
        _WALK + 'reward.step({"speed": np.ones((4, 3))})',
        _WALK + 'reward.step({"speed": np.ones(4)})',
    ),
    _python(
        "RW603",
        "input `{name}` is {given}; {declared} was declared",
        "Nothing is converted that could lose a part of a number or change its meaning.",
        "give an array of the declared kind, or declare another kind",
        "Ints are taken for reals and narrow types for wide ones. Reals are not taken for ints, "
        "numbers not for bools and text not for numbers, since each of these can hide a mistake.",
        _WALK + 'reward.step({"speed": np.array(["fast"])})',
        _WALK + _STEP,
    ),
    _python(
        "RW604",
        "input `{name}` is not an array: {given}",
        "{reason}",
        "give a NumPy array, a number, or a list whose rows have one length",
        "What is given must be an array or something NumPy makes a plain array of. Dicts, None, "
        "ragged lists, arrays of Python objects and tensors on another device are not.",
        _WALK + 'reward.step({"speed": [[1.0], [1.0, 2.0]]})',
        _WALK + 'reward.step({"speed": [1.0, 2.0]})',
    ),
    _python(
        "RW605",
        "the columns are given as {given}, not by name",
        "Each input is found under its name.",
        "give a dict: `reward.step({{'speed': speed}})`",
        "`reset`, `step` and `evaluate` take a mapping from input names to values.",
        _WALK + "reward.step(1.0)",
        _WALK + _STEP,
    ),
    _python(
        "RW606",
        "`{name}` is none of the declared members",
        "An enum has the members its declaration lists, and no others.",
        "",
        "Members are given by name or by position, counted from 0. An unknown name is an error "
        "here; a position out of range in a column is a fault of its row.",
        _GAIT + 'reward.step({"gait": "wlak"})',
        _GAIT + 'reward.step({"gait": "walk"})',
    ),
    _python(
        "RW607",
        "input `{name}` is float64, but this program computes in float32",
        "Rounding it would lose digits without a word.",
        'give `{name}.astype(np.float32)`, or compile with `dtype="float64"`',
        "A program has one float type: the `dtype` it was compiled with, else float64 if any real "
        "column of its first call was float64 or plain Python numbers, else float32. Later columns "
        "may be narrower than the program, not wider.",
        _WALK
        + 'reward = program.compile(backend="numpy", dtype="float32")\n'
        + 'reward.step({"speed": np.ones(4)})',
        _WALK
        + 'reward = program.compile(backend="numpy", dtype="float32")\n'
        + 'reward.step({"speed": np.ones(4, np.float32)})',
    ),
)

_CALLS: tuple[Code, ...] = (
    _python(
        "RW608",
        "{given} environments were given, but there are {wanted}",
        "Each environment has a memory of its own; how many there are is fixed by the first call.",
        "give all {wanted} rows, or begin anew with a `reset` of the new number",
        "The first `reset` or `step` decides how many environments there are. A `reset` without a "
        "mask may bring another number.",
        _WALK + 'reward.step({"speed": np.ones(4)})\nreward.step({"speed": np.ones(5)})',
        _WALK
        + 'reward.step({"speed": np.ones(4)})\nreward.reset()\nreward.step({"speed": np.ones(5)})',
    ),
    _python(
        "RW609",
        "the reset needs a value of `{name}`",
        "The program reads it as it stands right after the reset.",
        "call `reward.reset({{'{name}': ..}})` before the first step, for every environment",
        "A program that asks for the value before a transition (`previous`, `at_reset`, a "
        "potential) "
        "needs the one after the reset too. Call `reset` with the first observation of each "
        "episode.",
        _RISE + 'reward.step({"height": 1.0})',
        _RISE + 'reward.reset({"height": 0.9})\nreward.step({"height": 1.0})',
    ),
    _python(
        "RW610",
        "input `{name}` has the shape {given}, which does not go with that of `{other}`",
        "All columns of a call are for the same environments; here {expected} was expected.",
        "give every input for as many environments, or every one without a batch axis",
        "In one call, either all inputs have a first axis of B environments, or none has.",
        "import numpy as np\n"
        "program = rewardlang.parse(\n"
        '    "input a : real\\ninput b : real\\nterm both = a + b", name="both"\n)\n'
        'program.compile(backend="numpy").step({"a": np.ones(3), "b": np.ones(4)})',
        _WALK + 'reward.step({"speed": np.ones(4)})',
    ),
    _python(
        "RW611",
        "input `{name}` is per {per}: it has no value at a reset",
        "A reset is the start of an episode, before any transition.",
        "leave it out here",
        "Only per-state inputs, and per-episode ones that are known by then, have a value when an "
        "episode begins.",
        _WALK + 'reward.reset({"speed": 1.0})',
        _WALK + "reward.reset()",
    ),
    _python(
        "RW612",
        "`{name}` is true in the middle of episode {episode}, at step {step}",
        "An episode ends where it is terminated or truncated, but this one goes on.",
        "split the data there: give `episode=ids`, or `lengths`",
        "Memory lives as long as an episode. Rows after an end belong to another one, which must "
        "start from its own reset.",
        _WALK + 'reward.evaluate({"speed": np.ones((1, 3))}, terminated=[[True, False, False]])',
        _WALK + 'reward.evaluate({"speed": np.ones((1, 3))}, terminated=[[False, False, True]])',
    ),
    _python(
        "RW613",
        "there is nothing to compute: {what}",
        "",
        "give at least one episode of one step, or one environment",
        "An empty batch has no reward, and most often comes from a filter that let nothing "
        "through.",
        _WALK + 'reward.step({"speed": np.ones(0)})',
        _WALK + 'reward.step({"speed": np.ones(1)})',
    ),
    _python(
        "RW614",
        "`lengths` is {given}; ints [{size}] were expected",
        "There are {size} episodes of up to {steps} steps, and each has a length.",
        "",
        "`lengths` says how many of the T rows of each padded episode are real.",
        _WALK + 'reward.evaluate({"speed": np.ones((2, 3))}, lengths=[3.0])',
        _WALK + 'reward.evaluate({"speed": np.ones((2, 3))}, lengths=[3, 2])',
    ),
    _python(
        "RW615",
        "episode {episode} has the length {length}; it must be from 1 to {steps}",
        "An episode without a step has no reward.",
        "leave empty episodes out of the data",
        "A length counts the transitions of an episode: at least one, at most as many as the "
        "columns "
        "have rows.",
        _WALK + 'reward.evaluate({"speed": np.ones((2, 3))}, lengths=[3, 0])',
        _WALK + 'reward.evaluate({"speed": np.ones((2, 3))}, lengths=[3, 1])',
    ),
    _python(
        "RW616",
        "`episode` is {given}; one id for each row was expected",
        "Ids are ints, bools or text, in one dimension.",
        "",
        "With `episode=ids` the columns are flat: row after row, an id for each row, and a new id "
        "starts an episode.",
        _WALK + 'reward.evaluate({"speed": np.ones(3)}, episode=[0.5, 0.5, 1.5])',
        _WALK + 'reward.evaluate({"speed": np.ones(3)}, episode=[0, 0, 1])',
    ),
    _python(
        "RW617",
        "the rows of episode {id} are not together: it comes back at row {row}",
        "The rows of an episode stand one after another, in time order.",
        "sort the rows by episode, keeping their order in time: `np.argsort(ids, kind='stable')`",
        "Memory runs from row to row. Rows of two episodes that take turns, as a vector "
        "environment "
        "writes them, must be sorted apart first.",
        _WALK + 'reward.evaluate({"speed": np.ones(3)}, episode=[0, 1, 0])',
        _WALK + 'reward.evaluate({"speed": np.ones(3)}, episode=[0, 0, 1])',
    ),
    _python(
        "RW618",
        "input `{name}` changes within episode {episode}, at row {row}",
        "It is per episode: one value for all its rows.",
        "give one value for each episode, or declare the input per step",
        "In flat data a per-episode column may hold one value for each episode, or repeat it on "
        "every "
        "row of the episode; repeated values must be equal.",
        _MASS
        + 'reward.evaluate({"speed": np.ones(3), "mass": [1.0, 1.5, 2.0]}, episode=[0, 0, 1])',
        _MASS
        + 'reward.evaluate({"speed": np.ones(3), "mass": [1.0, 1.0, 2.0]}, episode=[0, 0, 1])',
    ),
    _python(
        "RW619",
        "`{name}` is {given}; bool{expected} was expected",
        "",
        "give one bool for each row: `.astype(bool)`",
        "`terminated`, `truncated`, `active` and the `mask` of a reset are bools, one for each "
        "environment, or in recorded data one for each step.",
        _WALK + 'reward.step({"speed": np.ones(4)}, terminated=np.zeros(3, bool))',
        _WALK + 'reward.step({"speed": np.ones(4)}, terminated=np.zeros(4, bool))',
    ),
)

_SETTINGS: tuple[Code, ...] = (
    _python(
        "RW620",
        "there is no param `{name}`",
        "Only what the file declares with `param` can be set.",
        "",
        "`reward.params` holds the program's declared params, by name.",
        _TARGET + 'reward.params["tarqet"] = 2.0',
        _TARGET + 'reward.params["target"] = 2.0',
    ),
    _python(
        "RW621",
        "param `{name}` cannot be {given}: {declared} was declared",
        "",
        "give a value of the declared kind",
        "A param keeps its declared kind: a number for a real, a whole number for an int, a "
        "member's "
        "name for an enum.",
        _TARGET + 'reward.params["target"] = "fast"',
        _TARGET + 'reward.params["target"] = 2.0',
    ),
    _python(
        "RW622",
        "param `{name}` has the shape {given}; {declared} was declared",
        "",
        "give as many numbers as the declaration says",
        "The shape of a param is part of the compiled program.",
        _TARGET + 'reward.params["target"] = [1.0, 2.0]',
        _TARGET + 'reward.params["target"] = 2.0',
    ),
    _python(
        "RW623",
        "param `{name}` cannot be {value}{unit}: it is declared in {lo} .. {hi}",
        "The checker relied on this range when it computed what the terms can be.",
        "give a value inside, or widen the range in the file",
        "The declared range of a param is a promise that the analysis of the program builds on. A "
        "param is never NaN or infinite.",
        _TARGET + 'reward.params["target"] = 5.0',
        _TARGET + 'reward.params["target"] = 4.0',
    ),
    _python(
        "RW630",
        "the state belongs to another program ({given}, this is {wanted})",
        "What is remembered has a meaning only in the program that remembered it.",
        "load it into a reward compiled from the same file, or start anew with `reset`",
        "A saved state carries the hash of its program's meaning. Formatting, comments and docs do "
        "not change the hash; formulas and declarations do.",
        _RISE
        + "state = reward.state_dict()\n"
        + 'other = rewardlang.parse("term alive = 1", name="rise")\n'
        + 'other.compile(backend="numpy").load_state_dict(state)',
        _RISE + "reward.load_state_dict(reward.state_dict())",
    ),
    _python(
        "RW631",
        "the saved state is damaged: {what}",
        "",
        "save it again with `state_dict()`",
        "A state is a plain dict: the program's hash, the number of environments, arrays of "
        "memory, "
        "counters and params. All must be there with their shapes and types.",
        _WALK + _STEP + "\nstate = reward.state_dict()\ndel state['real']\n"
        "reward.load_state_dict(state)",
        _WALK + _STEP + "\nreward.load_state_dict(reward.state_dict())",
    ),
    _python(
        "RW632",
        "the saved state is of a {given} program; this one computes in {wanted}",
        "Memory in another float type would go on with other digits.",
        'compile with `dtype="{given}"`',
        "The float type of a program is part of what it remembers.",
        _WALK
        + _STEP
        + '\nother = program.compile(backend="numpy", dtype="float32")\n'
        + "other.load_state_dict(reward.state_dict())",
        _WALK
        + _STEP
        + '\nother = program.compile(backend="numpy", dtype="float64")\n'
        + "other.load_state_dict(reward.state_dict())",
    ),
)

_REFUSED: tuple[Code, ...] = (
    _python(
        "RW640",
        "`step` cannot pay this program: it is {mode}",
        "What it pays is known only when a whole group or batch of episodes is complete.",
        "use `evaluate` on the recorded episodes",
        "A program whose rewards need their group or batch cannot be paid step by step.",
        "from dataclasses import replace\nfrom rewardlang.runtime.reward import Reward\n"
        "from rewardlang.backends.numpy_backend import NumpyKernel\n"
        + _WALK
        + 'plan = replace(program.plan, mode="grouped")\n'
        + 'Reward(plan, lambda part, dtype: NumpyKernel(part, dtype)).step({"speed": 1.0})',
        _WALK + _STEP,
    ),
    _python(
        "RW641",
        "there is no fault policy `{name}`",
        "What happens to a value that is none is one of four things.",
        "",
        "`raise` stops with an error, `hold` gives what the term gave last, `zero` gives 0, and "
        "`terminate` gives 0 and ends the row's episode.",
        _WALK + 'program.compile(backend="numpy", faults="ignore")',
        _WALK + 'program.compile(backend="numpy", faults="zero")',
    ),
    _python(
        "RW642",
        "`{name}` is given twice: as a column and as a keyword",
        "",
        "give it once",
        "The flags of recorded data may stand among its columns or be given by keyword.",
        _WALK
        + 'flags = np.array([[False, True]])\ncolumns = {"speed": np.ones((1, 2))}\n'
        + 'columns["terminated"] = flags\nreward.evaluate(columns, terminated=flags)',
        _WALK
        + "flags = np.array([[False, True]])\n"
        + 'reward.evaluate({"speed": np.ones((1, 2)), "terminated": flags})',
    ),
    _python(
        "RW643",
        "`{name}` does not go with {layout} data",
        "Padded data says where episodes end with `lengths` and holds the reset's values in its "
        "per-state columns; flat data has `episode` ids and `initial` values.",
        "give `lengths` with columns [B, T, ..], `initial` with `episode` ids",
        "Recorded data comes in one of two layouts; each has its own way to say where episodes end "
        "and what held at their start.",
        _WALK + 'reward.evaluate({"speed": np.ones(3)}, episode=[0, 0, 1], lengths=[2, 1])',
        _WALK + 'reward.evaluate({"speed": np.ones(3)}, episode=[0, 0, 1])',
    ),
    _python(
        "RW644",
        "the value of `{name}` at the start of each episode is missing",
        "The program reads it as it stands right after the reset.",
        "give `initial={{'{name}': values}}`, one for each episode",
        "In flat data a per-state column holds the values after each transition; the one before "
        "the "
        "first transition of an episode stands in `initial`.",
        _RISE + 'reward.evaluate({"height": np.ones(3)}, episode=[0, 0, 1])',
        _RISE + 'reward.evaluate(\n    {"height": np.ones(3)}, episode=[0, 0, 1], '
        'initial={"height": np.ones(2)}\n)',
    ),
    _python(
        "RW645",
        "a program cannot compute in {given}",
        "Rewards are computed in float32 or in float64.",
        'give `dtype="float32"`, `dtype="float64"` or none',
        "Half precision loses rewards of ordinary size, and wider types are not on every machine.",
        _WALK + 'program.compile(backend="numpy", dtype="float16")',
        _WALK + 'program.compile(backend="numpy", dtype="float32")',
    ),
    _python(
        "RW691",
        "there is no backend `{backend}`",
        "",
        'use `backend="numba"`, `"torch"` or `"triton"` for tensors, or `"numpy"`',
        "`numba` compiles a program into one fused function for the CPU; `torch` runs it over "
        "tensors "
        "of any device, with gradients; `triton` makes one fused GPU kernel of it; "
        "`numpy` walks it operation by operation and is the reference.",
        _WALK + 'program.compile(backend="fortran").step({"speed": 1.0})',
        _WALK + 'program.compile(backend="numpy").step({"speed": 1.0})',
    ),
    _python(
        "RW692",
        "the backend `{backend}` needs a package that is not installed",
        "The core of rewardlang installs without compilers.",
        'pip install "rewardlang[{backend}]", or compile with `backend="numpy"`',
        "Each compiled backend is an extra. Without any, the NumPy backend still runs every "
        "program, "
        "slowly.",
        "import importlib.util, sys\nfrom unittest import mock\n"
        + _WALK
        + 'with mock.patch("rewardlang.backends.find_spec", return_value=None):\n'
        + '    program.compile(backend="numba").step({"speed": 1.0})',
        _WALK + 'program.compile(backend="numpy").step({"speed": 1.0})',
    ),
    _python(
        "RW693",
        "the backend `{backend}` does not run on `{device}`",
        "It computes on the CPU.",
        'leave `device` out, or compile with `backend="torch"`',
        "`numba` and `numpy` compute on the CPU; for tensors of a GPU there is `torch`.",
        _WALK + 'program.compile(backend="numpy", device="cuda")',
        _WALK + 'program.compile(backend="numpy", device="cpu")',
    ),
)

CODES: tuple[Code, ...] = (*_COLUMNS, *_CALLS, *_SETTINGS, *_REFUSED)
