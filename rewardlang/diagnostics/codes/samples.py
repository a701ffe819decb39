"""Messages about memory, intervals and tests: part of the family `levels`."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        code="RW307",
        title="`{name}` has no value where the mask lets nothing through",
        why="The mean or maximum of nothing is no number, and 0 would be a guess.",
        hint="say what stands then: `{name}(x where m else 0)`",
        explanation="""\
`sum`, `count`, `any`, `all`, `prod` and `norm` have a value for nothing. The others need an `else` where a mask can
exclude everything; `else fault` says that it never happens, and is a fault if it does.
""",
        bad="input x : real[4]\nterm a = mean(x where x > 0)\n",
        good="input x : real[4]\nterm a = mean(x where x > 0 else 0)\n",
    ),
    Code(
        code="RW308",
        title="`{name}` of a value that does not change within an episode",
        why="It has no past other than itself.",
        hint="read the value as it is",
        explanation="""\
Constants, params and values per episode are the same on every step.
""",
        bad="param k = 2.0\nterm a = previous(k else 0)\n",
        good="input x : real\nterm a = previous(x else 0)\n",
    ),
    Code(
        code="RW309",
        title="{what} of {amount} steps",
        why="Steps are whole.",
        hint="write a whole number, or a time such as `0.5<s>`",
        explanation="""\
Windows, lags and durations are a whole number of steps or a time, which is turned into steps exactly.
""",
        bad="input x : real\nterm a = mean(x over last 2.5)\n",
        good="input x : real\nterm a = mean(x over last 3)\n",
    ),
    Code(
        code="RW310",
        title="the length of {what} is not a constant",
        why="Memory is known before the program runs.",
        hint="write a number of steps or seconds",
        explanation="""\
A window holds as many samples as its length says, for every environment; it cannot grow with data. A `let` of a
literal is a constant, a param is not.
""",
        bad="input x : real\nparam n = 20\nterm a = mean(x over last n)\n",
        good="input x : real\nlet n = 20\nterm a = mean(x over last n)\n",
    ),
    Code(
        code="RW311",
        title="a lag of {steps} steps",
        why="`previous` reads one sample, and between two there is none.",
        hint="choose a time that is a whole number of steps",
        explanation="""\
Times are divided by the `timestep` exactly. A window of 2.5 steps holds whole samples, a lag of 2.5 steps does not
name one.
""",
        bad="timestep 0.02<s>\ninput x : real\nterm a = previous(x, 0.05<s> else 0)\n",
        good="timestep 0.02<s>\ninput x : real\nterm a = previous(x, 0.06<s> else 0)\n",
    ),
    Code(
        code="RW312",
        title="{what} is given in {unit}",
        why="It is a number of steps or a time in seconds.",
        hint="write steps (`20`) or a time (`0.5<s>`)",
        explanation="""\
Windows, lags and durations are counted in steps or measured in seconds.
""",
        bad="input x : real\nterm a = mean(x over last 2<m>)\n",
        good="input x : real\nterm a = mean(x over last 2)\n",
    ),
    Code(
        code="RW313",
        title="an interval of {samples} samples",
        why="It holds nothing.",
        hint="make it at least one step long",
        explanation="""\
A window has at least one sample, this one; a lag goes at least one back.
""",
        bad="input x : real\nterm a = mean(x over last 0)\n",
        good="input x : real\nterm a = mean(x over last 1)\n",
    ),
    Code(
        code="RW316",
        title="this interval is {steps} steps of {dt} s",
        why="It is no whole number of steps, so it holds the samples that lie inside it.",
        hint="",
        explanation="""\
Times become steps by exact fractions. `last 0.5<s>` holds the samples younger than half a second, `held(c, 0.5<s>)`
those up to it. Nothing is wrong; the note says that the interval does not end on a sample.
""",
        bad="timestep 0.008<s>\ninput x : real\nterm a = mean(x over last 0.5<s>)\n",
        good="timestep 0.008<s>\ninput x : real\nterm a = mean(x over last 0.48<s>)\n",
    ),
    Code(
        code="RW317",
        title="`{operand}` has no past at first: {why}",
        why="A value per step has its first sample at the first transition, and a silent 0 would be a guess.",
        hint="say what stands then: `else 0`; or declare the input `per state` if it has a value at reset",
        explanation="""\
`previous(x else v)` gives v where there is no sample yet. A value per state has one at reset, so `previous` of it
needs no `else` for one step back.
""",
        bad="input action : real\nterm a = -abs(action - previous(action))\n",
        good="input action : real\nterm a = -abs(action - previous(action else 0))\n",
    ),
    Code(
        code="RW318",
        title="an interval of {samples} samples",
        why="All of them are remembered for every environment; more than {most} are refused.",
        hint="use `over past`, or `ema`, which remember one number",
        explanation="""\
A window keeps each of its samples. Sums, means and extremes over the whole past need no window.
""",
        bad="input x : real\nterm a = mean(x over last 100000000)\n",
        good="input x : real\nterm a = mean(x over past)\n",
    ),
    Code(
        code="RW319",
        title="the past of `{name}` does not say where it begins",
        why="Before the first sample there is no value of it.",
        hint="write `previous({name} else 0)`",
        explanation="""\
A let's own past always has an `else`: it is the value from which the first sample is made.
""",
        bad="input x : real\nlet n = previous(n) + x\nterm a = n\n",
        good="input x : real\nlet n = previous(n else 0) + x\nterm a = n\n",
    ),
    Code(
        code="RW320",
        title="the decay of `ema` is one plain number that does not vary",
        why="It says how much of the average stays at each step.",
        hint="write a constant or a param between 0 and 1",
        explanation="""\
`ema(x, decay: d)` is `d * before + (1 - d) * x`, started by the first sample.
""",
        bad="input x : real\ninput d : real in 0 .. 1\nterm a = ema(x, decay: d)\n",
        good="input x : real\nparam d : real in 0 .. 1 = 0.9\nterm a = ema(x, decay: d)\n",
    ),
    Code(
        code="RW321",
        title="this number can leave 0 .. 1: its range is {range}",
        why="A decay or discount outside of it makes values grow without end.",
        hint="declare its range: `param g : real in 0 .. 1 = 0.9`",
        explanation="""\
Decays and discounts are shares. A declared range is checked whenever the param is set.
""",
        bad="input x : real\nparam d = 0.9\nterm a = ema(x, decay: d)\n",
        good="input x : real\nparam d : real in 0 .. 1 = 0.9\nterm a = ema(x, decay: d)\n",
    ),
    Code(
        code="RW325",
        title="the values given for `{name}` do not fit: wanted is {wanted}",
        why="The first axis of what is given are the samples; the others are those of the input.",
        hint="",
        explanation="""\
`given x = [1, 2, 3]` are three samples of a single value; a vector input takes a vector of vectors, or
`zeros(3, 6)`. An input per episode is given as it is.
""",
        bad='input x : real[2]\nterm a = sum(x)\ntest "one" {\n  given x = [1, 2]\n  expect a > 0\n}\n',
        good="input x : real[2]\nterm a = sum(x)\n"
        'test "one" {\n  given x = [[1, 2]]\n  expect a > 0\n}\n',
    ),
    Code(
        code="RW326",
        title="number of samples of `{name}`: {given}, wanted: {wanted}",
        why="`{other}` says how many transitions the test has.",
        hint="",
        explanation="""\
A test of T transitions gives T samples of an input per step, and T + 1 of one per state: the first is the reset.
""",
        bad="input x : real\ninput y : real\nterm a = x + y\n"
        'test "one" {\n  given x = [1, 2]\n  given y = [1]\n  expect a > 0\n}\n',
        good="input x : real\ninput y : real\nterm a = x + y\n"
        'test "one" {\n  given x = [1, 2]\n  given y = [1, 1]\n  expect a > 0\n}\n',
    ),
    Code(
        code="RW327",
        title="`at` names no transition of this test",
        why="Transitions are counted from 1; possible is {most}.",
        hint="",
        explanation="""\
`expect c at 2` reads c at the second transition. Without `at` it must hold at every one.
""",
        bad='input x : real\nterm a = x\ntest "one" {\n  given x = [1, 2]\n  expect a > 0 at 3\n}\n',
        good='input x : real\nterm a = x\ntest "one" {\n  given x = [1, 2]\n  expect a > 0 at 2\n}\n',
    ),
    Code(
        code="RW328",
        title="the timestep is not a constant time above 0",
        why="It is the number of seconds that one transition takes.",
        hint="write it with its unit: `timestep 0.02<s>`",
        explanation="""\
For simulators with frame skip it is the skip times the simulator's step.
""",
        bad="timestep 0.02\ninput x : real\nterm a times dt = x\n",
        good="timestep 0.02<s>\ninput x : real\nterm a times dt = x\n",
    ),
    Code(
        code="RW329",
        title="the used files take different times for a step",
        why="A file without a `timestep` has that of the files it uses, so these must agree.",
        hint="say which it is: `timestep 0.02<s>` in this file counts before all others",
        explanation="""\
A file of the library says how long a step of its environment takes, so that `use envs.cart_pole` brings `dt` along with the
inputs. The time step of the file itself comes first, whatever the used files say: an environment that was made with another
frame skip needs one.
""",
        bad="use envs.cart_pole\nuse envs.pendulum\nterm a times dt = pole_angle * upright\n",
        good="use envs.cart_pole\nuse envs.pendulum\ntimestep 0.02<s>\nterm a times dt = pole_angle * upright\n",
    ),
)
