"""Messages about programs in training loops: RW660 to RW669."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_WRAP = "import gymnasium\nfrom rewardlang.gymnasium import RewardWrapper\n"
_VECTOR = (
    "import gymnasium\nfrom gymnasium.vector import AutoresetMode, SyncVectorEnv\n"
    "from rewardlang.gymnasium import VectorRewardWrapper\n"
)
_CART = "env = gymnasium.make('CartPole-v1')\n"
_CARTS = "env = SyncVectorEnv([lambda: gymnasium.make('CartPole-v1')] * 2)\n"


def _program(text: str) -> str:
    return f"program = rewardlang.parse('{text}', name='balance')\n"


_ANGLE = _program("input angle : real from observation[2] term still = -abs(angle)")
_ENDS = _program(
    "input angle : real from observation[2] "
    "term still = -abs(angle) terminate fallen when abs(angle) > 0.1"
)
_MAKE = "RewardWrapper(env, program, backend='numpy')"
_MAKE_MANY = "VectorRewardWrapper(env, program, backend='numpy')"

CODES: tuple[Code, ...] = (
    Code(
        code="RW660",
        title="input `{name}` has no source in this loop",
        why="Its declaration has no `from` clause, and `bind` does not name it.",
        hint=(
            "observations are {observation}, actions {action}: write `from observation[0]` in the "
            'file, or pass `bind={{"{name}": "observation[0]"}}`'
        ),
        explanation=(
            "A loop fills each input from what the environment gives: `observation`, `action`, "
            "`info`, `reward` (the environment's own) or, for a single environment, `env`. The "
            "file says which with `from`; `bind` says it for one loop, and goes before the file. "
            "An input with `else` needs neither. Inputs that nothing reads are not asked for."
        ),
        bad=_WRAP + _CART + _program("input angle : real term still = -abs(angle)") + _MAKE,
        good=(
            _WRAP
            + _CART
            + _program("input angle : real term still = -abs(angle)")
            + "RewardWrapper(env, program, {'angle': 'observation[2]'}, backend='numpy')"
        ),
        kind="python",
    ),
    Code(
        code="RW661",
        title="`{text}` does not say where an input's values stand",
        why=(
            "A path begins with `observation`, `action`, `info`, `reward` or `env`, and goes on "
            "with `.name`, `[2]` and `[0:3]`."
        ),
        hint="for example `observation[0:3]`, `info.x_velocity`, or a callable of the transition",
        explanation=(
            "Paths are spelled the same in a `from` clause and in `bind`. Indexes count from 0 and "
            "are not negative. `info` needs the name of an entry. Names below `env` may not begin "
            "with an underscore. What no path can say, a callable can: "
            '`bind={"speed": lambda transition: transition.info["v"] / 3.6}`.'
        ),
        bad=_WRAP + _CART + _ANGLE + "RewardWrapper(env, program, {'angle': 'obs[2]'})",
        good=(
            _WRAP
            + _CART
            + _ANGLE
            + "RewardWrapper(env, program, {'angle': 'observation[2]'}, backend='numpy')"
        ),
        kind="python",
    ),
    Code(
        code="RW662",
        title="`{text}`, the source of input `{name}`, is not in the environment's spaces",
        why="It leads to `{reached}` and no further: that is {what}.",
        hint="",
        explanation=(
            "Paths into observations and actions are followed through the environment's spaces "
            "before anything runs: `.name` into a Dict, `[i]` into a Tuple or an array. An index "
            "beyond the end is an error, and so is a slice that reaches beyond it."
        ),
        bad=_WRAP + _CART + _ANGLE + "RewardWrapper(env, program, {'angle': 'observation[4]'})",
        good=_WRAP + _CART + _ANGLE + _MAKE,
        kind="python",
    ),
    Code(
        code="RW663",
        title="`{text}`, the source of input `{name}`, is not there",
        why="`{reached}` has no `{wanted}`.",
        hint="",
        explanation=(
            "What an info holds is known only once the environment has given one. An input that is "
            "read at a reset (a `per state` input with a past, or one `per episode at reset`) "
            "needs its entry in the info of the reset too. An input with `else` takes that value "
            "where the entry is missing."
        ),
        bad=(
            _WRAP
            + _CART
            + _program("input speed : real from info.speed term fast = speed")
            + "wrapped = "
            + _MAKE
            + "\nwrapped.reset()\nwrapped.step(0)"
        ),
        good=(
            _WRAP
            + _CART
            + _program("input speed : real from info.speed else 0 term fast = speed")
            + "wrapped = "
            + _MAKE
            + "\nwrapped.reset()\nwrapped.step(0)"
        ),
        kind="python",
    ),
    Code(
        code="RW664",
        title="`{text}` has the shape {given}, and input `{name}` is declared as {declared}",
        why="",
        hint="choose a part with `[i]` or `[a:b]`, or declare the shape that is there",
        explanation=(
            "Shapes are compared before anything runs, and nothing is reshaped or repeated. A "
            "single number has the shape []. `observation[2]` is a number where observations are "
            "vectors; `observation[2:3]` is a vector of one."
        ),
        bad=_WRAP + _CART + _ANGLE + "RewardWrapper(env, program, {'angle': 'observation[2:4]'})",
        good=_WRAP + _CART + _ANGLE + _MAKE,
        kind="python",
    ),
    Code(
        code="RW665",
        title="`bind` names `{name}`, which is no input of the program",
        why="",
        hint="",
        explanation=(
            "The keys of `bind` are the names of inputs as the file declares them. A name that "
            "is none would be ignored, and the input that was meant would be filled otherwise."
        ),
        bad=_WRAP + _CART + _ANGLE + "RewardWrapper(env, program, {'angel': 'observation[2]'})",
        good=_WRAP + _CART + _ANGLE + _MAKE,
        kind="python",
    ),
    Code(
        code="RW666",
        title="the program ends episodes, and this vector environment cannot be told",
        why="Its rows cannot be reset one by one: {what}.",
        hint="{advice}",
        explanation=(
            "When a `terminate` condition holds (or a fault, under `faults terminate`), that "
            "environment must begin a new episode. A vector environment that resets itself knows "
            "nothing of it: it would go on, while the learner believes in a reset. The wrappers "
            'reset such a row with `reset(options={"reset_mask": mask})`, which Gymnasium\'s own '
            "vector environments understand; others may reset every row, or none. With the "
            "autoreset mode DISABLED the loop resets by mask itself and no such doubt exists. In "
            "Stable-Baselines3 a wrapper between the environments and the reward would not hear "
            "of the reset."
        ),
        bad=(
            _VECTOR
            + "env = gymnasium.make_vec('CartPole-v1', 2, 'vector_entry_point')\n"
            + _ENDS
            + _MAKE_MANY
        ),
        good=_VECTOR + _CARTS + _ENDS + _MAKE_MANY,
        kind="python",
    ),
    Code(
        code="RW667",
        title="{which} {what}, and was stepped all the same",
        why="A reward after the end would belong to no episode.",
        hint='call `reset` first; for some of many, `reset(options={{"reset_mask": ended}})`',
        explanation=(
            "An episode is over when the environment or the program says so: look at the "
            "`terminated` and `truncated` that the wrapper returns, not at those of the "
            "environment inside."
        ),
        bad=_WRAP + _CART + _ANGLE + "wrapped = " + _MAKE + "\nwrapped.step(0)",
        good=_WRAP + _CART + _ANGLE + "wrapped = " + _MAKE + "\nwrapped.reset()\nwrapped.step(0)",
        kind="python",
    ),
    Code(
        code="RW668",
        title="input `{name}` reads `{text}`, and there are many environments",
        why=(
            "They may run in other processes, and one that reset itself has already lost the "
            "state its last transition led to."
        ),
        hint="put the value into the info or the observation of each environment",
        explanation=(
            "`env` is the environment object of a single-environment loop. Many environments at "
            "once are read through their observations and infos only. A wrapper around each can "
            "add the value to its info."
        ),
        bad=(
            _VECTOR
            + _CARTS
            + _program(
                "input theta : real from env.unwrapped.theta_threshold_radians term wide = theta"
            )
            + _MAKE_MANY
        ),
        good=(
            _WRAP
            + _CART
            + _program(
                "input theta : real from env.unwrapped.theta_threshold_radians term wide = theta"
            )
            + _MAKE
        ),
        kind="python",
    ),
    Code(
        code="RW669",
        title="the vector environment does not say how its episodes end: {what}",
        why=(
            "Which rows made a transition, and where the last observation of an episode stands, "
            "depend on it."
        ),
        hint="pass `autoreset_mode=`, one of `gymnasium.vector.AutoresetMode`",
        explanation=(
            'Gymnasium\'s vector environments give their mode as `metadata["autoreset_mode"]`: '
            "NEXT_STEP (the step after an end resets and is no transition), SAME_STEP (the reset "
            'comes with the end; the last observation stands in `info["final_obs"]`) or '
            "DISABLED (the loop resets). Guessing would pay for transitions that were none."
        ),
        bad=(_VECTOR + _CARTS + "del env.metadata['autoreset_mode']\n" + _ANGLE + _MAKE_MANY),
        good=_VECTOR + _CARTS + _ANGLE + _MAKE_MANY,
        kind="python",
    ),
)
