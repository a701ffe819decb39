"""Values of a program over data beside its reward, for coverage and reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang import backends
from rewardlang.backends.blame import blame
from rewardlang.check.typed import Checked, Expr, Memory, SpecDecl
from rewardlang.driver import lower
from rewardlang.runtime.outcome import Outcome
from rewardlang.runtime.reward import Reward
from rewardlang.types import Index, Known, Level

Evaluate = Callable[[Reward], Outcome]
Array = NDArray[Any]


def probing(checked: Checked, probes: dict[str, Expr]) -> Reward:
    """The reference, which computes these expressions and nothing else."""
    plan = lower(checked, probes)
    return Reward(
        plan,
        lambda part, dtype: backends.compile(part, "numpy", dtype),
        blame,
        faults="zero",
        hosts=[_no_reply for _ in plan.hosts],
    )


def _no_reply(*columns: Any) -> Any:
    raise LookupError("no function of the host is asked for coverage")


@dataclass(frozen=True)
class Traces:
    """The atoms of a formula over episodes, the samples of each one after the other.

    truths   [number, episode, sample] bool; False beyond the end
    margins  the same as float64; of an atom without one 1 and -1; NaN where it is a fault
    lengths  [episode]
    first    what the first sample is: 0, the reset, or 1, the first transition
    """

    truths: NDArray[np.bool_]
    margins: NDArray[np.float64]
    lengths: NDArray[np.int64]
    first: int


def traces(checked: Checked, spec: SpecDecl, evaluate: Evaluate) -> Traces:
    """`evaluate` runs a `Reward` over the data and returns its outcome."""
    first = 0 if _begins_at_reset(spec) else 1
    probes: dict[str, Expr] = {}
    for n, atom in enumerate(spec.atoms):
        for kind, value in (("truth", atom.truth), ("margin", atom.margin or atom.truth)):
            probes[f"{n} {kind}"] = value
            if first == 0:
                probes[f"{n} {kind} reset"] = _at_reset(value)
    outcome = evaluate(probing(checked, probes))
    begins, counts = outcome.episodes
    sizes = counts + 1 - first
    shape = (len(spec.atoms), len(begins), int(sizes.max(initial=0)))
    found = {"truth": np.zeros(shape), "margin": np.zeros(shape)}
    columns = {name: np.asarray(values).reshape(-1) for name, values in outcome.probes.items()}
    for e, (begin, count) in enumerate(zip(begins.tolist(), counts.tolist(), strict=True)):
        for kind, table in found.items():
            for n in range(len(spec.atoms)):
                table[n, e, 1 - first : count + 1 - first] = columns[f"{n} {kind}"][begin:][:count]
                if first == 0:
                    table[n, e, 0] = columns[f"{n} {kind} reset"][begin]
    bools = [atom.margin is None for atom in spec.atoms]
    found["margin"][bools] = np.where(found["truth"][bools] == 1, 1.0, -1.0)
    return Traces(found["truth"] == 1, found["margin"], sizes, first)


def _at_reset(value: Expr) -> Expr:
    level = Level(Index.EPISODE, Known.RESET)
    attr = Memory("at_reset")
    return Expr("memory", (value,), attr, value.type, level, value.range, value.span)


def _begins_at_reset(spec: SpecDecl) -> bool:
    levels = {atom.truth.level.index for atom in spec.atoms}
    return max(levels, default=Index.STEP) is Index.STATE


def reads(checked: Checked, e: Expr | None) -> set[str]:
    """The inputs that an expression reads, through lets, terms and conditions."""
    values: Mapping[str, list[Expr]] = {
        **{d.name: [d.value] for d in checked.lets},
        **{d.name: [d.value] for d in checked.terms},
        **{d.name: [d.when] for d in checked.conditions},
    }
    machines = {
        m.name: [x for e in m.edges for x in (e.when, e.pays) if x is not None]
        for m in checked.machines
    }
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [] if e is None else [e]
    while waiting:
        one = waiting.pop()
        waiting += one.args
        if one.op == "memory" and one.attr.let is not None:
            waiting += values.get(one.attr.let, []) if one.attr.let not in seen else []
            seen.add(one.attr.let)
        if one.op == "machine" and one.attr.name not in seen:
            seen.add(one.attr.name)
            waiting += machines[one.attr.name]
        if one.op != "name":
            continue
        if one.attr.kind == "input":
            found.add(one.attr.name)
        elif one.attr.name not in seen:
            seen.add(one.attr.name)
            waiting += values.get(one.attr.name, [])
    return found
