"""From the managers' environment of a simulator to the values a program reads.

The environment holds all its rows as tensors [num_envs, ..]: what an entry of `bind` or a `from`
clause names is read there after the physics of a step and, for the first value of an episode, when
the environments are reset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from rewardlang.adapters.paths import Absent, Path, beyond, parse_path, part_text
from rewardlang.adapters.sources import sources
from rewardlang.adapters.tensor_sources import fitting, not_there
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure
from rewardlang.tensors.columns import imported

Function = Callable[..., Tensor]
Bind = Mapping[str, str | Function | tuple[Function, Mapping[str, Any]]]
_HINT = 'pass `bind={{"{}": mdp.base_lin_vel}}`, or write `from env.scene.robot.data..` in the file'
_ROOTS_HINT = (
    "paths begin with `env` or `action`; observations are computed after the rewards, from the "
    "next episode where one ended"
)


class SimulatorBindings:
    """The sources of a program's inputs. Raises as `tensordicts.TensorDictBindings`."""

    def __init__(self, program: Program, bind: Bind | None) -> None:
        self._at_reset, self._at_step = sources(program, bind, _Source, _missing)
        self._checked = False

    def at_reset(self, env: Any) -> dict[str, Tensor]:
        """[num_envs, *shape] of what is read at a reset; the first call tries all sources."""
        if self._at_reset:
            _refresh(env)
        if not self._checked:
            self.at_step(env)
            self._checked = True
        return {source.name: source.read(env) for source in self._at_reset}

    def at_step(self, env: Any) -> dict[str, Tensor]:
        """[num_envs, *shape] of what is read on a step."""
        return {source.name: source.read(env) for source in self._at_step}


def _missing(declared: Any) -> Exception:
    return failure("RW660", declared.span, hint=_HINT.format(declared.name), name=declared.name)


def _refresh(env: Any) -> None:
    """Bring what follows from the state, poses of bodies and the like, up to date with the reset.

    The environments do so themselves once all managers are reset, which is too late here.
    """
    if hasattr(env.scene, "write_data_to_sim") and hasattr(env.sim, "forward"):
        env.scene.write_data_to_sim()
        env.sim.forward()


class _Source:
    """One input and where its values come from."""

    def __init__(self, declared: Any, given: Any) -> None:
        self.name: str = declared.name
        self._declared = declared
        self._path: Path | None = None
        self._call: Function | None = None
        self._more: Mapping[str, Any] = {}
        if isinstance(given, tuple) and len(given) == 2 and callable(given[0]):
            given, self._more = given
        if callable(given):
            self._call, self.text = given, getattr(given, "__name__", "the callable in `bind`")
        elif isinstance(given, str):
            path = self._path = parse_path(given, declared.span)
            self.text = path.text
            if path.root not in ("env", "action"):
                raise failure("RW661", declared.span, hint=_ROOTS_HINT, text=path.text)
        else:
            raise failure("RW661", declared.span, hint=_ROOTS_HINT, text=repr(given))
        self._resolved = False

    def read(self, env: Any) -> Tensor:
        try:
            x = self._found(env)
        except Absent as absent:
            raise not_there(self._declared, self.text, absent) from None
        return fitting(self._declared, self.text, imported(self.name, x), (env.num_envs,))

    def _found(self, env: Any) -> Any:
        if self._call is not None:
            if not self._resolved:
                for value in self._more.values():
                    if hasattr(value, "resolve"):  # a SceneEntityCfg: names become indexes
                        value.resolve(env.scene)
                self._resolved = True
            return self._call(env, **self._more)
        assert self._path is not None
        x = env if self._path.root == "env" else env.action_manager.action
        reached = self._path.root
        for part in self._path.parts:
            x = _go(x, part, reached)
            reached += part_text(part)
        return x


def _go(x: Any, part: str | int | slice, reached: str) -> Any:
    """An attribute, an entry of a scene, or numbers behind the axis of the environments."""
    if isinstance(part, str):
        if hasattr(x, "__getitem__") and not hasattr(x, "shape"):  # a scene, a dictionary
            try:
                return x[part]
            except (KeyError, TypeError, IndexError):
                pass
        if hasattr(x, part):
            return getattr(x, part)
        raise Absent(f"`{reached}`", part, _names(x))
    shape: tuple[int, ...] = tuple(getattr(x, "shape", ()))
    if len(shape) < 2:
        raise Absent(f"`{reached}`", part_text(part), [], "a single number")
    if beyond(part, shape[1]):
        raise Absent(f"`{reached}`", part_text(part), [], f"{shape[1]} long")
    return imported(reached, x)[:, part]


def _names(x: Any) -> list[str]:
    """What a path may go on with: the keys of a scene (mjlab's are in two dictionaries), else the
    public attributes."""
    places = [x] if hasattr(x, "keys") else [getattr(x, n, {}) for n in ("entities", "sensors")]
    found = [str(key) for place in places for key in place]
    return found or [name for name in dir(x) if not name.startswith("_")]
