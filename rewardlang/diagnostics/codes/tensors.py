"""Messages about programs over tensors and their loops, at run time: RW624 on."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_WALK = """\
import torch
program = rewardlang.parse("input speed : real\\nterm walk = speed", name="walk")
"""
# As on a machine with Triton's package and without its interpreter, whatever this one is.
_TRITON = """\
from unittest import mock
installed = mock.patch("rewardlang.backends.find_spec")
compiling = mock.patch.dict("os.environ", TRITON_INTERPRET="0")
"""
_RARE = "term rare = speed / (1 + std(speed over run else 1))"


def _compiled(term: str) -> str:
    return (
        f'{_TRITON}program = rewardlang.parse("input speed : real\\n{term}", name="walk")\n'
        'with installed, compiling:\n    program.compile(backend="triton")'
    )


def _noted(term: str, backend: str) -> str:
    return (
        "from rewardlang.tooling import fit\n"
        f'program = rewardlang.parse("input speed : real\\n{term}", name="walk")\n'
        f'if found := fit(program, "{backend}"):\n    raise rewardlang.RewardError(found)'
    )


_TRANSFORM = (
    "from rewardlang.torchrl import RewardTransform\n"
    "program = rewardlang.parse('input up : real from observation[0] term high = up')\n"
)
# As much of an environment of Isaac Lab or mjlab as a reward term meets.
_MANAGER = (
    _WALK
    + "from types import SimpleNamespace as Bag\n"
    + "from rewardlang.mjlab import RewardTerm, TerminationTerm\n"
    + "_SPEED = {'speed': 'env.scene.robot.speed'}\n"
    + "robot, never = Bag(speed=torch.ones(2)), torch.zeros(2, dtype=torch.bool)\n"
    + "env = Bag(num_envs=2, device='cpu', step_dt=0.02, cfg=Bag(), extras={}, sim=Bag(),\n"
    + "    max_episode_length_s=10.0, scene={'robot': robot},\n"
    + "    termination_manager=Bag(terminated=never, time_outs=never))\n"
    + "terms = {'walk': Bag(func=None)}\n"
    + "env.reward_manager = Bag(terms=terms, active_terms=['walk'], get_term_cfg=terms.get)\n"
    + "def _cfg(program, bind, **more):\n"
    + "    if isinstance(program, str):\n"
    + "        text = f'timestep {program}<s> input speed : real term walk = speed'\n"
    + "        program = rewardlang.parse(text)\n"
    + "    return Bag(params={'program': program, 'bind': bind, **more})\n"
)


def _python(
    code: str, title: str, why: str, hint: str, explanation: str, bad: str, good: str
) -> Code:
    return Code(code, title, why, hint, explanation, bad, good, kind="python")


CODES: tuple[Code, ...] = (
    _python(
        "RW624",
        "input `{name}` is of type {given}, where a tensor belongs",
        "A program compiled for tensors takes and gives tensors, on one device.",
        "give `torch.as_tensor({name}, device=reward.device)`, or compile for `numba`",
        "Arrays of JAX, NumPy and others that have `__dlpack__` are read where they are, without a "
        "copy. A list has no memory that a device could read, so a loop would copy it on every step. "
        "Plain numbers are taken as they are, for one environment.",
        _WALK + 'program.compile(backend="torch").step({"speed": [1.0, 2.0]})',
        "import numpy as np\n"
        + _WALK
        + 'program.compile(backend="torch").step({"speed": np.ones(2)})',
    ),
    _python(
        "RW625",
        "`{name}` is on `{given}`, and the program is on `{device}`",
        "All tensors of a call are on the device that the program was compiled for.",
        'compile with `device="{given}"`, or give `{name}.to("{device}")`',
        "A program has its memory on one device. Tensors are not moved in silence: that would wait "
        "for both devices in every step.",
        _WALK
        + 'reward = program.compile(backend="torch")\n'
        + 'reward.step({"speed": torch.ones(2, device="meta")})',
        _WALK
        + 'reward = program.compile(backend="torch")\n'
        + 'reward.step({"speed": torch.ones(2, device="cpu")})',
    ),
    _python(
        "RW626",
        "there is no device `{device}` here",
        "Torch says: {reason}",
        'compile with `device="cpu"`, or install a Torch build for the device',
        "`device` is what Torch calls one: `cpu`, `cuda`, `cuda:1`. The registry's default build of "
        "Torch for Linux has CUDA; one from the CPU index has not.",
        _WALK + 'program.compile(backend="torch", device="abacus")',
        _WALK + 'program.compile(backend="torch", device="cpu")',
    ),
    _python(
        "RW637",
        "`{name}` is of type {given}, and cannot be read as a tensor",
        "It says: {reason}",
        "give a tensor, or an array of numbers that its library hands over by DLPack",
        "Arrays of other libraries are read through `__dlpack__`, which hands over memory and copies "
        "nothing. It knows signed and unsigned integers, floats and bools. Arrays of text and of Python "
        "objects have no such memory, and a JAX array inside `jax.jit` has none yet: call the program "
        "outside, or through `jax.pure_callback`.",
        "import numpy as np\n"
        + _WALK
        + "program.compile(backend=\"torch\").step({\"speed\": np.array(['fast', 'slow'])})",
        "import numpy as np\n"
        + _WALK
        + 'program.compile(backend="torch").step({"speed": np.array([2.0, 1.0])})',
    ),
    _python(
        "RW638",
        "`{name}` cannot be pure functions: {reason}",
        "A pure function gives the same for the same arguments, and does nothing besides.",
        "use `step` and `reset` of the reward itself",
        "`reward.functional()` is for `torch.func`, `torch.compile` and gradients through episodes. The "
        "memory of the environments goes in and out; what belongs to the run (its counters, statistics "
        "over it), functions of the host and exceptions on a fault do not.",
        _WALK + 'program.compile(backend="torch", faults="raise").functional()',
        _WALK + 'program.compile(backend="torch", faults="zero").functional()',
    ),
    _python(
        "RW639",
        "this `RewardTransform` {what}",
        "A reward is paid for the steps of an environment, one after the other.",
        "append it to a `TransformedEnv`; over recorded data call `program.compile('torch').evaluate`",
        "The transform has a memory of each environment, which resets begin anew. A batch from a replay "
        "buffer has neither their order nor their resets. `evaluate` takes whole episodes.",
        _TRANSFORM + "RewardTransform(program).reward",
        _TRANSFORM
        + "from torchrl.envs import GymEnv, TransformedEnv\n"
        + "TransformedEnv(GymEnv('Pendulum-v1'), RewardTransform(program)).rollout(2)",
    ),
    _python(
        "RW652",
        "`{text}`, the source of input `{name}`, is not there",
        "{reached} has no `{wanted}`{what}.",
        "",
        "Sources are looked up in the tensordicts or the objects of the environment: all of them before "
        "the first step, with what stands there after a reset. Names below an entry that is a tensor, "
        "and numbers beyond its end, are not there either.",
        _MANAGER + "RewardTerm(_cfg(program, {'speed': 'env.scene.robt.speed'}), env).reset()",
        _MANAGER + "RewardTerm(_cfg(program, {'speed': 'env.scene.robot.speed'}), env).reset()",
    ),
    _python(
        "RW685",
        "`{text}`, the source of input `{name}`, gives {given}",
        "A source gives a tensor of all environments at once, {batch}.",
        "",
        "The first axes of what a source gives are those of the environments: the batch size of the "
        "tensordict, or `num_envs`. The axes behind them are those of the input.",
        _MANAGER + "RewardTerm(_cfg(program, {'speed': lambda env: torch.ones(3)}), env).reset()",
        _MANAGER + "RewardTerm(_cfg(program, {'speed': lambda env: torch.ones(2)}), env).reset()",
    ),
    _python(
        "RW686",
        "`{given}` names no {wanted}",
        "",
        "there are {names}",
        "An environment of several agents may have several rewards; `reward_key` says which one the "
        "program replaces. A termination term names the reward term whose program it asks.",
        _MANAGER + "TerminationTerm(None, env)(env, reward='run')",
        _MANAGER
        + "env.reward_manager.terms['walk'].func = RewardTerm(_cfg(program, _SPEED), env)\n"
        + "TerminationTerm(None, env)(env, reward='walk')",
    ),
    _python(
        "RW687",
        "the program has a timestep of {declared} s, and a step of the environment takes {given} s",
        "Whatever it counts in seconds would be counted wrong.",
        "write `timestep {given}<s>`, or change `decimation` or the timestep of the physics",
        "A step of the environment is `decimation` steps of its physics; `env.step_dt` is its time. "
        "`times dt`, durations and rates in a program go by its `timestep`.",
        _MANAGER + "RewardTerm(_cfg('0.01', _SPEED), env)",
        _MANAGER + "RewardTerm(_cfg('0.02', _SPEED), env)",
    ),
    _python(
        "RW688",
        "`{name}` ends episodes, and no termination term asks when",
        "The environments would go on where the program believes in an end.",
        'add `TerminationTermCfg(func=TerminationTerm, params={{"reward": ..}})` with the name of the '
        "reward term",
        "These environments ask a termination manager which episodes end, before they ask the reward "
        "manager what a step pays. A program that can end one, by `terminate` or by `faults terminate`, "
        "needs a term in both.",
        _MANAGER
        + "term = RewardTerm(_cfg(program, _SPEED, faults='terminate'), env)\n"
        + "term.reset()\nterm(env, program)",
        _MANAGER
        + "term = RewardTerm(_cfg(program, _SPEED, faults='zero'), env)\n"
        + "term.reset()\nterm(env, program)",
    ),
    _python(
        "RW627",
        "Triton does not run on `{device}`",
        "It makes kernels for GPUs.",
        'leave `device` out for the GPU, or compile with `backend="torch"`',
        "Without a GPU, Triton's interpreter runs the same kernels number by number, for tests: set "
        "`TRITON_INTERPRET=1` before Python starts. It takes thousands of times as long.",
        _TRITON
        + _WALK
        + 'with installed, compiling:\n    program.compile(backend="triton", device="cpu")',
        _WALK + 'program.compile(backend="torch", device="cpu")',
    ),
    _python(
        "RW628",
        "{what} is computed on the host, where Triton has no part",
        "A GPU kernel runs from its inputs to its results without asking anybody.",
        'compile with `backend="torch"`, which brings these values to the host and back',
        "Functions of the host, and statistics over groups, batches or the run, stand between two "
        "kernels. `rewardlang check --backend torch` names what runs there.",
        _compiled(_RARE),
        _noted("term rare = speed / 2", "triton"),
    ),
    _python(
        "RW629",
        "{what} does not fit in a fused kernel, so the program runs on Torch",
        "A kernel of Triton computes one environment in each lane, with its numbers in registers.",
        "nothing is wrong: results are the same, in more kernels",
        "Functions of whole arrays, order statistics over windows, formulas that are evaluated where "
        "an episode ends, and values of more than 128 numbers are left to Torch, and with them the "
        "whole program. `rewardlang check --backend triton` names them.",
        _noted("term middle = median(speed over last 5 else 0)", "triton"),
        _noted("term middle = mean(speed over last 5 else 0)", "triton"),
    ),
    _python(
        "RW636",
        "{what} is computed on the host, and the whole program with it",
        "It needs a function of the host, or other rows than those of its episode.",
        "nothing is wrong: each call brings its columns to the host, and results have no gradient",
        "`rewardlang check --backend torch` names such stages. A loop that must not wait for its "
        "device has none.",
        _noted(_RARE, "torch"),
        _noted("term rare = speed / 2", "torch"),
    ),
)
