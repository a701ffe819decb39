"""Gymnasium environments by name: what they hold, how to make them, which algorithm fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.cli.extras import require
from rewardlang.cli.files import refuse
from rewardlang.cli.starter import Described, Space
from rewardlang.diagnostics.suggest import nearest

if TYPE_CHECKING:
    import gymnasium


def make(name: str) -> gymnasium.Env[Any, Any]:
    """The environment. RW672 without Gymnasium, RW675 where it cannot be made."""
    gym = require("gymnasium", extra="rl", feature="a Gymnasium environment")
    try:
        made: gymnasium.Env[Any, Any] = gym.make(name)
    except (gym.error.Error, ImportError, ValueError) as error:
        close = nearest(name, gym.registry, limit=2)
        advice = "see `gymnasium.pprint_registry()` for all of them"
        if close:
            advice = f"did you mean {' or '.join(f'`{c}`' for c in close)}?"
        elif isinstance(error, (gym.error.DependencyNotInstalled, ImportError)):
            advice = 'pip install "rewardlang[mujoco]", or the package the environment comes from'
        reason = " ".join(str(error).split()).rstrip(".")
        refuse("RW675", name=name, reason=f"Gymnasium says: {reason}.", advice=advice)
    return made


def describe(name: str) -> Described:
    """The spaces and the time step of an environment."""
    environment = make(name)
    try:
        return Described(
            name,
            _space(environment.observation_space),
            _space(environment.action_space),
            _seconds(environment.unwrapped),
        )
    finally:
        environment.close()


def _space(space: Any) -> Space:
    kind = type(space).__name__.lower()
    if kind == "discrete":
        return Space(kind, (), count=int(space.n))
    if kind != "box":
        return Space(kind)
    low, high = float(space.low.min()), float(space.high.max())
    same = (space.low == low).all() and (space.high == high).all()
    finite = same and abs(low) < 1e6 and abs(high) < 1e6
    return Space(kind, tuple(space.shape), low if finite else None, high if finite else None)


def _seconds(environment: Any) -> float | None:
    """MuJoCo environments have `dt`, CartPole and its like `tau`."""
    for name in ("dt", "tau"):
        value = getattr(environment, name, None)
        if isinstance(value, float) and value > 0:
            return value
    return None


def choose(algorithm: str, name: str) -> str:
    """`ppo` or `sac` for an environment; RW677 where what was asked for cannot work."""
    action = describe(name).action
    allowed = {"box": ("ppo", "sac"), "discrete": ("ppo",), "multidiscrete": ("ppo",)}.get(
        action.kind, ()
    )
    if algorithm == "auto" and allowed:
        return "ppo"
    if algorithm not in allowed:
        words = {"box": "continuous", "discrete": "discrete"}.get(action.kind, action.kind)
        refuse("RW677", algorithm=algorithm.upper(), name=name, actions=words)
    return algorithm
