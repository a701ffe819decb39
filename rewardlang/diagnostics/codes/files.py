"""Messages about files, data sets, environments and optional packages: RW670 to RW689."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_GOOD = 'rewardlang.parse("term alive = 1", name="alive")'
_DATA = "from rewardlang.cli.data import read\nfrom pathlib import Path\n"
_SAVED = _DATA + "import numpy\nnumpy.savez('steps.npz', height=numpy.ones((1, 3)))\n"

CODES: tuple[Code, ...] = (
    Code(
        code="RW670",
        title="`{path}` cannot be written",
        why="The system says: {reason}.",
        hint="",
        explanation=(
            "The operating system refused to write the file: most often its permissions, "
            "a full disk or a folder on the way that does not exist."
        ),
        bad=(
            "from pathlib import Path\n"
            "from rewardlang.cli.files import write_text\n"
            "write_text(Path('no/such/folder/walk.reward'), 'term alive = 1')"
        ),
        good=(
            "from pathlib import Path\n"
            "from rewardlang.cli.files import write_text\n"
            "write_text(Path('walk.reward'), 'term alive = 1')"
        ),
        kind="python",
    ),
    Code(
        code="RW671",
        title="`{path}` is in no data format that can be read",
        why="{found}; what is read are .npz, .csv and .parquet files and the folders of Minari.",
        hint="with NumPy: `numpy.savez('data.npz', height=height, action=action)`",
        explanation=(
            "The ending of a data file says its format: `.npz` holds one array for each input, "
            "`.csv` and `.parquet` one column for each input and one row for each step. Pickle "
            "files are not read: loading one can run a stranger's program."
        ),
        bad=_DATA + "Path('steps.pickle').write_bytes(b'')\nread(Path('steps.pickle'))",
        good=_SAVED + "read(Path('steps.npz'))",
        kind="python",
    ),
    Code(
        code="RW672",
        title="{feature} needs the package `{package}`, which is not installed",
        why="",
        hint='pip install "rewardlang[{extra}]"',
        explanation=(
            "The core of rewardlang is small. What needs a compiler, a plotting library or an "
            "environment is an extra, installed when wanted: `numba`, `torch`, `torchrl`, `rl`, `agents`, "
            "`mujoco`, `plot`, `llm`, `data`, `minari`."
        ),
        bad=(
            "from rewardlang.cli.extras import require\n"
            "require('a_package_nobody_has', extra='plot', feature='drawing')"
        ),
        good=(
            "from rewardlang.cli.extras import require\n"
            "require('numpy', extra='plot', feature='drawing')"
        ),
        kind="python",
    ),
    Code(
        code="RW673",
        title="the data in `{path}` cannot be read",
        why="{reason}",
        hint="",
        explanation=(
            "The file has the ending of a known format and something else in it: it was cut off, "
            "it holds Python objects, a cell is not a number, or its columns differ in length."
        ),
        bad=_DATA + "Path('cut.npz').write_bytes(b'PK')\nread(Path('cut.npz'))",
        good=_SAVED + "read(Path('steps.npz'))",
        kind="python",
    ),
    Code(
        code="RW674",
        title="`{path}` exists already",
        why="A command that makes a new file does not overwrite one.",
        hint="choose another name, or remove that file first",
        explanation="`rewardlang new` refuses to write over a file: it may be the only copy.",
        bad=(
            "from pathlib import Path\n"
            "from rewardlang.cli.files import write_text\n"
            "Path('walk.reward').write_text('term alive = 1')\n"
            "write_text(Path('walk.reward'), 'term alive = 2', new=True)"
        ),
        good=(
            "from pathlib import Path\n"
            "from rewardlang.cli.files import write_text\n"
            "write_text(Path('walk.reward'), 'term alive = 1', new=True)"
        ),
        kind="python",
    ),
    Code(
        code="RW675",
        title="Gymnasium knows no environment `{name}`",
        why="{reason}",
        hint="{advice}",
        explanation=(
            "The environment is made with `gymnasium.make`. Its name has a version, such as "
            "`CartPole-v1`; some environments need a package of their own (MuJoCo's: "
            '`pip install "rewardlang[mujoco]"`).'
        ),
        bad=(
            "from rewardlang.cli.train.environment import describe\n"
            "describe('NoSuchEnvironment-v0')"
        ),
        good=("from rewardlang.cli.train.environment import describe\ndescribe('CartPole-v1')"),
        kind="python",
    ),
    Code(
        code="RW676",
        title="there is nothing called `{name}` to explain",
        why="",
        hint="{advice}",
        explanation=(
            "`rewardlang explain` takes a `.reward` file, a message code such as RW204, or with "
            "`--builtins` the name of a builtin."
        ),
        bad=("from rewardlang.cli.explain import page\npage('RW000')"),
        good=("from rewardlang.cli.explain import page\npage('RW670')"),
        kind="python",
    ),
    Code(
        code="RW677",
        title="`{algorithm}` cannot train on `{name}`",
        why="Its actions are {actions}.",
        hint="leave `--algo` out, and one that can is chosen",
        explanation=(
            "PPO takes discrete and continuous actions, SAC continuous ones only. Environments "
            "with other action spaces need a training loop of their own; the wrappers in "
            "`rewardlang.gymnasium` and `rewardlang.sb3` bring the reward into it."
        ),
        bad=("from rewardlang.cli.train.environment import choose\nchoose('sac', 'CartPole-v1')"),
        good=("from rewardlang.cli.train.environment import choose\nchoose('auto', 'CartPole-v1')"),
        kind="python",
    ),
    Code(
        code="RW678",
        title="the data has no column for input `{name}`",
        why="The file has: {columns}.",
        hint="{advice}",
        explanation=(
            "`rewardlang run` looks for a column with the input's name, then for what its `from` "
            "clause says: `observation[0]` in a column `observation`, `info.x_velocity` in "
            "`info.x_velocity` or `info_x_velocity`, `action` in `action`. An input per state "
            "needs its value at reset too: one more row than steps, or a pair of columns ending in "
            "`_before` and `_after`. `--bind height=depth` says which column it is where the names differ."
        ),
        bad=(
            "import numpy\nfrom rewardlang.cli.columns import arrange\n"
            "program = rewardlang.parse('input height : real term up = height', name='up')\n"
            "arrange(program, {'depth': numpy.ones((1, 3))})"
        ),
        good=(
            "import numpy\nfrom rewardlang.cli.columns import arrange\n"
            "program = rewardlang.parse('input height : real term up = height', name='up')\n"
            "arrange(program, {'height': numpy.ones((1, 3))})"
        ),
        kind="python",
    ),
    Code(
        code="RW679",
        title="`{path}` cannot be read",
        why="The system says: {reason}.",
        hint="check the spelling and the folder: a path is relative to where the command runs",
        explanation=(
            "The file does not exist, is a folder, or may not be read. A path on the command line "
            "is relative to the folder the command runs in, a path in `use` to the file that says "
            "it."
        ),
        bad='rewardlang.load("nowhere.reward")',
        good=_GOOD,
        kind="python",
    ),
)
