"""Messages about axes in loops: per agent, per objective (RW680 to RW683), open (RW694 on)."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_PAIR = (
    "from types import SimpleNamespace\nfrom gymnasium.spaces import Box\n"
    "from rewardlang.pettingzoo import RewardParallelEnv\n"
    "space = Box(-1, 1, (2,))\n"
    "env = SimpleNamespace(possible_agents=['red', 'blue'], agents=[],\n"
    "    observation_space=lambda a: space, action_space=lambda a: space)\n"
)
_MANY = (
    "import gymnasium\nfrom gymnasium.vector import SyncVectorEnv\n"
    "from rewardlang.gymnasium import VectorRewardWrapper\n"
    "env = SyncVectorEnv([lambda: gymnasium.make('CartPole-v1')] * 2)\n"
    "program = rewardlang.parse('input box : real[box: 0 .. 8] from info.box term a = sum(box)', "
    "name='boxes')\n"
)
_STOCKS = (
    "import numpy as np\n"
    'program = rewardlang.parse("input p : real[stock] else 0 input q : real[stock] else 0 '
    'term a = sum(p + q)", name="market")\n'
    'reward = program.compile(backend="numpy")\n'
)
_BOXES = (
    "import numpy as np\n"
    'program = rewardlang.parse("input box : real[box: 0 .. 3] input sure : real[box: 0 .. 3] '
    'term a = sum(box) term b = 0 * size(sure) metric c = sum(sure)", name="boxes")\n'
    'reward = program.compile(backend="numpy", faults="raise")\n'
)


def _pair(text: str) -> str:
    return (
        _PAIR
        + f"program = rewardlang.parse('{text}', name='pair')\n"
        + "RewardParallelEnv(env, program, backend='numpy')"
    )


def _carts(reward: str) -> str:
    return (
        "import gymnasium\nfrom stable_baselines3.common.vec_env import DummyVecEnv\n"
        "from rewardlang.sb3 import RewardVecEnv\n"
        "program = rewardlang.parse('enum aim {still, low} input x : real[4] from observation "
        f"{reward}')\n"
        "RewardVecEnv(DummyVecEnv([lambda: gymnasium.make('CartPole-v1')]), program, "
        "backend='numpy')"
    )


CODES: tuple[Code, ...] = (
    Code(
        code="RW680",
        title="the reward keeps the axis `{axis}`, and this loop takes one number a step",
        why="Its learner goes by a single number: Stable-Baselines3, and the managers of Isaac Lab and mjlab.",
        hint="say what one number it comes to: `reward = sum(total over {axis})`",
        explanation="""\
A reward per objective is for algorithms that learn several at once, as in MO-Gymnasium, and one per agent
for PettingZoo. For a loop with a single number the program says how they become one: a sum, a weighted
sum, the least of them.
""",
        bad=_carts("reward : real[aim] = [-x[2], -x[0]]"),
        good=_carts("reward = -x[2] - x[0]"),
        kind="python",
    ),
    Code(
        code="RW681",
        title="input `{name}` has {size} slots along `{axis}`, and there are {agents} agents",
        why="It is stacked from what each agent has.",
        hint="write `{axis}: {agents}` in its type",
        explanation="""\
In a parallel environment an input whose first axis is that of the agents holds one value of each possible
agent, in their order. Agents that are gone keep their last value.
""",
        bad=_pair("input p : real[agent: 3, 2] from observation term a = sum(p over (agent))[0]"),
        good=_pair("input p : real[agent: 2, 2] from observation term a = sum(p over (agent))[0]"),
        kind="python",
    ),
    Code(
        code="RW682",
        title="input `{name}` reads `{text}`, and does not say whose",
        why="Each agent has its own; the input has no axis for them.",
        hint="give the input the axis of the agents first, or name one: `observation.agent_0[3]`",
        explanation="""\
An input of a parallel environment either has the axis of the agents as its first and is stacked from all of
them, or reads one agent, whose name then follows the root of the path. What the environment itself has is
read with `env`.
""",
        bad=_pair("input p : real[2] from observation term a = sum(p)"),
        good=_pair("input p : real[2] from observation.red term a = sum(p)"),
        kind="python",
    ),
    Code(
        code="RW683",
        title="the reward keeps the axis `{kept}`, and there are {agents} agents along `{axis}`",
        why="Each agent is paid its own slot.",
        hint="name the axis `{axis}: {agents}`, or pass its name: `axis=..`",
        explanation="""\
Where the total of a program keeps an axis, a parallel environment pays slot n to the n-th of
`possible_agents`. A total without an axis is paid to all of them.
""",
        bad=_pair("input p : real[aim: 2] from env.p term a : real[aim: 2] = p"),
        good=_pair("input p : real[agent: 2, 2] from observation term a : real[agent] = p[:, 0]"),
        kind="python",
    ),
    Code(
        code="RW684",
        title="input `{name}` reads `{text}`, lists that many environments cannot put together",
        why="A vector environment's info holds arrays of one shape.",
        hint='pass a callable that gives a list for each environment: `bind={{"{name}": ..}}`',
        explanation="""\
An input with a ragged axis has another number of slots in each environment. From one environment's info its
list is read as it is; of many, a callable of the transition says where their lists are.
""",
        bad=_MANY + "VectorRewardWrapper(env, program, backend='numpy')",
        good=_MANY + "VectorRewardWrapper(env, program, {'box': lambda made: [[1.0], []]}, "
        "backend='numpy')",
        kind="python",
    ),
    Code(
        code="RW694",
        title="input `{name}` has {size} slots along `{axis}`, where this loop began with {known}",
        why="What the environments remember has the sizes of their first call.",
        hint="pad and mask the missing slots, or compile the program once more for another loop",
        explanation="""\
An axis without a size takes the one of the first call of `step` or `reset`, and keeps it: memory, params and the
kernel are of that size. `evaluate` takes recorded data of any size.
""",
        bad=_STOCKS + 'reward.step({"p": np.ones(3)})\nreward.step({"p": np.ones(4)})',
        good=_STOCKS + 'reward.step({"p": np.ones(3)})\nreward.evaluate({"p": np.ones((1, 5, 4))})',
        kind="python",
    ),
    Code(
        code="RW695",
        title="input `{name}` has {size} slots along `{axis}`, and `{other}` has {known}",
        why="One name is one axis: they are aligned slot by slot.",
        hint="give both columns for the same slots, or name the axes apart",
        explanation="""\
Inputs that share the name of an axis share its size, in every call.
""",
        bad=_STOCKS + 'reward.step({"p": np.ones(3), "q": np.ones(4)})',
        good=_STOCKS + 'reward.step({"p": np.ones(3), "q": np.ones(3)})',
        kind="python",
    ),
    Code(
        code="RW696",
        title="the size of an axis cannot be told: {what}",
        why="An axis without a size is as long as the columns that have it, and has a slot at least.",
        hint="give a column with that axis, or give the axis a size in the program",
        explanation="""\
Where every input with an open axis is left out of a call (because it has an `else`), nothing says how many slots
their default fills.
""",
        bad=_STOCKS + 'reward.step({"q": np.ones(0)})',
        good=_STOCKS + 'reward.step({"q": np.ones(2)})',
        kind="python",
    ),
    Code(
        code="RW697",
        title="{sink} has no value: input `{input}` has{detail}",
        why="This is environment {environment}, step {step}.",
        hint="raise the cap in its type, or give fewer slots",
        explanation="""\
The cap of a ragged axis bounds memory and cost. A row with more slots than that has none that may be dropped in
silence: whatever reads the axis in that row is a fault.
""",
        bad=_BOXES + 'reward.step({"box": [1.0, 2.0, 3.0, 4.0]})',
        good=_BOXES + 'reward.step({"box": [1.0, 2.0]})',
        kind="python",
    ),
    Code(
        code="RW698",
        title="input `{name}` has {size} slots along `{axis}`{where}, and `{other}` has {known}",
        why="Slot n of one belongs to slot n of the other.",
        hint="give both for the same things, or name the axes apart",
        explanation="""\
Inputs that share a ragged axis have as many slots as each other in every row.
""",
        bad=_BOXES + 'reward.step({"box": [1.0, 2.0], "sure": [0.5]})',
        good=_BOXES + 'reward.step({"box": [1.0, 2.0], "sure": [0.5, 0.9]})',
        kind="python",
    ),
    Code(
        code="RW699",
        title="`{name}` is {given}, where {wanted} belongs",
        why="It says how many slots of a padded array count, in each row.",
        hint="give whole numbers, one for each row, none beyond the array",
        explanation="""\
A ragged input is given as nested lists, or as an array with its lengths beside it, under the name of the axis
and `.length`. Without them every slot of the array counts.
""",
        bad=_BOXES + 'reward.step({"box": np.ones((2, 3)), "box.length": np.array([1, 4])})',
        good=_BOXES + 'reward.step({"box": np.ones((2, 3)), "box.length": np.array([1, 3])})',
        kind="python",
    ),
)
