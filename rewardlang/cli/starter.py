"""The text of a new file: general, or with the inputs of a Gymnasium environment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Space:
    """What a Gymnasium space holds. `kind`: "box" (real numbers), "discrete", or others."""

    kind: str
    shape: tuple[int, ...] = ()
    low: float | None = None  # where all components share a finite bound
    high: float | None = None
    count: int = 0  # of a discrete space


@dataclass(frozen=True)
class Described:
    """An environment by name, with its two spaces and the seconds of a step where it says so."""

    name: str
    observation: Space
    action: Space
    seconds: float | None


@dataclass(frozen=True)
class Known:
    """A hand-written start for an environment that many begin with."""

    inputs: str
    body: str


CARTPOLE = Known(
    inputs="""\
timestep 0.02<s>

# What the environment gives. Units are checked: metres never add to radians.
# `per state` means: known at reset too, and after every step.
input position : real<m> per state from observation[0]
input speed : real<m/s> per state from observation[1]
input angle : real<rad> per state from observation[2]
input swing : real<rad/s> per state from observation[3]
""",
    body="""\
# Data, not code: `reward.params["room"] = 0.5` changes it without compiling again.
param room : real<m> in 0 .. 2.4 = 0.3<m>

# The reward of a step is the sum of the terms, each times its weight.
# `times dt` pays per second: the sum over an episode does not depend on the step's length.
term upright times dt = tolerance(angle, lower: -2<deg>, upper: 2<deg>, margin: 10<deg>)
term centred weight 0.5 times dt = tolerance(position, lower: -room, upper: room, margin: 1<m>)
term calm weight 0.05 times dt = -((speed / 1<m/s>) ^ 2 + (swing / 1<rad/s>) ^ 2)

terminate fallen when abs(angle) > 12<deg> pays -1

test "standing still in the middle earns all there is" {
  given position = [0, 0, 0]
  given speed = [0, 0, 0]
  given angle = [0, 0, 0]
  given swing = [0, 0, 0]
  expect upright > 0.99
  expect centred > 0.99
  expect not fallen
}

test "a pole beyond twelve degrees has fallen" {
  given position = [0, 0]
  given speed = [0, 0]
  given angle = [0<deg>, 13<deg>]
  given swing = [0, 0]
  expect fallen at 1
}
""",
)

PENDULUM = Known(
    inputs="""\
timestep 0.05<s>

# What the environment gives. `per state` means: known at reset too, and after every step.
input up : real per state from observation[0]  # cosine of the angle: 1 is up
input swing : real<rad/s> per state from observation[2]
input torque : real in -2 .. 2 from action[0]
""",
    body="""\
# The reward of a step is the sum of the terms, each times its weight.
# `times dt` pays per second: the sum over an episode does not depend on the step's length.
term upright times dt = tolerance(up, lower: 0.99, upper: inf, margin: 2)
term calm weight 0.02 times dt = -(swing / 1<rad/s>) ^ 2
term effort weight 0.002 times dt = -torque ^ 2

success standing when held(up > 0.98, 1<s>)

test "standing up earns more than hanging down" {
  given up = [1, 1, -1]
  given swing = [0, 0, 0]
  given torque = [0, 0]
  expect upright > 0.99 at 1
  expect upright < 0.5 at 2
}
""",
)

KNOWN = {"CartPole-v1": CARTPOLE, "Pendulum-v1": PENDULUM}


def generic() -> str:
    """A reward for an arm that reaches, to be changed into something else."""
    return '''\
"""Reach the target, gently. Change this into the reward you want."""

use shaping: tolerance

timestep 0.02<s>

# What your loop supplies at every step, with units: they are checked.
input hand : real<m>[3] from observation[0:3]
input target : real<m>[3] from observation[3:6]
input action : real[4] in -1 .. 1 from action

# Data, not code: `reward.params["radius"] = 0.1<m>` needs no new compilation.
param radius : real<m> in 0 .. 1 = 0.05<m>

let distance = norm(hand - target)

# The reward of a step is the sum of the terms, each times its weight.
# `times dt` pays per second: the sum over an episode does not depend on the step's length.
term near times dt = tolerance(distance, upper: radius, margin: 0.5<m>)
term effort weight 0.01 times dt = -sum(action ^ 2)

# Held for half a second, not only touched once.
success reached when held(distance < radius, 0.5<s>)

metric gap = distance

test "at the target, all is earned" {
  given hand = zeros(3, 3)
  given target = zeros(3, 3)
  given action = zeros(3, 4)
  expect near > 0.99
  expect effort == 0
}

test "far away, next to nothing" {
  given hand = [[0, 0, 0], [0, 0, 0]]
  given target = [[1<m>, 0, 0], [1<m>, 0, 0]]
  given action = zeros(2, 4)
  expect near < 0.05
}
'''


def for_environment(environment: Described) -> str:
    known = KNOWN.get(environment.name)
    head = f'"""A reward for {environment.name}. Change it, check it, train on it."""\n\n'
    if known is not None:
        return f"{head}use shaping: tolerance\n\n{known.inputs}\n{known.body}"
    return head + _by_spaces(environment)


def _by_spaces(environment: Described) -> str:
    """Inputs for the whole observation and action, and terms that mean something for any."""
    lines: list[str] = []
    if environment.seconds is not None:
        lines += [f"timestep {environment.seconds:g}<s>", ""]
    lines.append("# What the environment gives. Name its parts: `from observation[0]`, `[3:6]`.")
    observation, action = environment.observation, environment.action
    if observation.kind == "box":
        place = _type("real", observation.shape)
        lines.append(f"input observation : {place} per state from observation")
    elif observation.kind == "discrete":
        last = observation.count - 1
        lines.append(f"input observation : int in 0 .. {last} per state from observation")
    if action.kind == "box":
        place = _type("real", action.shape)
        lines.append(f"input action : {place}{_bounds(action)} from action")
    elif action.kind == "discrete":
        lines.append(f"input action : int in 0 .. {action.count - 1} from action")
    lines += ["", "# The reward of a step is the sum of the terms, each times its weight."]
    lines.append("term alive = 1")
    if observation.kind == "box":
        lines.append("term still weight 0.01 = -mean((observation - previous(observation)) ^ 2)")
    if action.kind == "box":
        lines.append("term effort weight 0.01 = -mean(action ^ 2)")
    if "discrete" in (observation.kind, action.kind):
        lines += ["", "# A metric is reported, and no part of the reward."]
    if observation.kind == "discrete":
        lines.append("metric place = observation")
    if action.kind == "discrete":
        lines.append("metric first_choice = action == 0")
    lines += ["", *_test(environment)]
    return "\n".join(lines) + "\n"


def _type(kind: str, shape: tuple[int, ...]) -> str:
    return f"{kind}[{', '.join(map(str, shape))}]" if shape else kind


def _bounds(space: Space) -> str:
    if space.low is None or space.high is None:
        return ""
    return f" in {space.low:g} .. {space.high:g}"


def _test(environment: Described) -> list[str]:
    lines = ['test "resting costs nothing" {']
    samples = {"observation": 3, "action": 2}  # a value per state has one more, that of the reset
    for name, space in (("observation", environment.observation), ("action", environment.action)):
        if space.kind == "box":
            lines.append(f"  given {name} = {_zeros(samples[name], space)}")
        elif space.kind == "discrete":
            lines.append(f"  given {name} = [{', '.join(['0'] * samples[name])}]")
    lines.append("  expect reward > 0.99")
    if environment.observation.kind == "box":
        lines.append("  expect still == 0")
    if environment.action.kind == "box":
        lines.append("  expect effort == 0")
    return [*lines, "}"]


def _zeros(samples: int, space: Space) -> str:
    return f"zeros({', '.join(map(str, (samples, *space.shape)))})"
