"""The memory of all environments as tensors by name, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rewardlang.runtime import state
from rewardlang.runtime.failure import failure, shape_text
from rewardlang.tensors.engine import Engine
from rewardlang.tensors.kernel import Memory
from rewardlang.tensors.loop import Environments


def saved(engine: Engine, environments: Environments | None) -> dict[str, Any]:
    """Copies of everything."""
    run = engine.run
    entry: dict[str, Any] = {
        "program": engine.plan.hash,
        "environments": 0 if environments is None else environments.size,
        "steps": int(run.steps()),
        "episodes": int(run.episodes),
        "training": run.training,
        "params": {n: _copied(v) for n, v in engine.params.items()},
    }
    if environments is None:
        return entry
    entry["float"] = str(engine.dtype).removeprefix("torch.")
    entry["age"] = run.clock - environments.born
    entry["begun"] = environments.begun
    for part in ("cells", "rings", "held"):
        entry[part] = [_copied(x) for x in getattr(environments.memory, part)]
    inputs = engine.plan.inputs
    entry["latched"] = {inputs[n].name: _copied(x) for n, x in environments.latched.items()}
    return entry


def _copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    return value.copy() if hasattr(value, "copy") else value


def restored(engine: Engine, entry: Mapping[str, Any]) -> Environments | None:
    """Environments as they were saved, with the params and the counters of the run."""
    steps, episodes = state.counters(entry)
    found = None
    size = entry.get("environments")
    if size != 0:
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise failure("RW631", what="`environments` is not a positive number")
        found = _environments(engine, entry, size)
    params = entry.get("params", {})
    if not isinstance(params, Mapping):
        raise failure("RW631", what="`params` is not a mapping")
    engine.params.update(params)
    engine.run.begin(size, steps)
    engine.run.episodes = torch.tensor(episodes, device=engine.device)
    engine.run.training = bool(entry.get("training", True))
    return found


def _environments(engine: Engine, entry: Mapping[str, Any], size: int) -> Environments:
    name = entry.get("float")
    if name not in ("float32", "float64"):
        raise failure("RW631", what="`float` names no float type")
    if engine.kernel is None:
        engine.compile(getattr(torch, name))
    if engine.dtype is not getattr(torch, name):
        wanted = str(engine.dtype).removeprefix("torch.")
        raise failure("RW632", given=name, wanted=wanted)
    assert engine.kernel is not None
    fresh = engine.kernel.begin(size)
    parts = [_entries(engine, entry, part, getattr(fresh, part)) for part in fresh._fields]
    environments = Environments(size, Memory(*parts), engine.run.clock)
    age = _entry(engine, "age", entry.get("age"), environments.born)
    environments.born = environments.born - age
    environments.begun = bool(entry.get("begun", True))
    numbers = {i.name: n for n, i in enumerate(engine.plan.inputs)}
    latched = entry.get("latched", {})
    if not isinstance(latched, Mapping) or not set(latched) <= set(numbers):
        raise failure("RW631", what="`latched` names inputs that the program does not have")
    for name, x in latched.items():
        declared = engine.plan.inputs[numbers[name]]
        dtype = {"int": torch.int64, "bool": torch.uint8}.get(declared.kind, engine.dtype)
        like = torch.empty((size, *declared.shape), dtype=dtype)
        environments.latched[numbers[name]] = _entry(engine, name, x, like)
    return environments


def _entries(
    engine: Engine, entry: Mapping[str, Any], part: str, fresh: tuple[Tensor, ...]
) -> tuple[Tensor, ...]:
    given = entry.get(part)
    if not isinstance(given, (list, tuple)) or len(given) != len(fresh):
        raise failure("RW631", what=f"`{part}` does not fit this program")
    return tuple(_entry(engine, part, x, y) for x, y in zip(given, fresh, strict=True))


def _entry(engine: Engine, name: str, given: Any, like: Tensor) -> Tensor:
    if not isinstance(given, Tensor) or given.dtype is not like.dtype or given.shape != like.shape:
        shown = type(given).__name__
        if isinstance(given, Tensor):
            shown = f"{str(given.dtype).removeprefix('torch.')}{shape_text(tuple(given.shape))}"
        wanted = f"{str(like.dtype).removeprefix('torch.')}{shape_text(tuple(like.shape))}"
        raise failure("RW631", what=f"`{name}` is {shown}, where {wanted} belongs")
    return given.detach().to(engine.device, copy=True)
