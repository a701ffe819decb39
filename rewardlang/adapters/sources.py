"""Which source fills which input, and when: what the bindings of all loops share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from rewardlang.driver import Program
from rewardlang.runtime.failure import unknown

S = TypeVar("S")


def sources(
    program: Program,
    bind: Mapping[str, Any] | None,
    make: Callable[[Any, Any], S],
    missing: Callable[[Any], Exception],
) -> tuple[list[S], list[S]]:
    """What is read at a reset, and what on a step.

    `make(declared, given)` makes a source from an entry of `bind` or a `from` clause; an input that
    has neither and no `else` raises what `missing(declared)` gives. RW665 for a name in `bind` that
    is no input.
    """
    bind, declared = bind or {}, program.inputs
    for name in bind:
        if name not in declared:
            raise unknown("RW665", name, declared)
    at_reset: list[S] = []
    at_step: list[S] = []
    for read in program.plan.inputs:
        if not (read.in_step or read.at_reset) or read.name not in declared:
            continue
        row = declared[read.name]
        given = bind.get(row.name, None if row.binding is None else "".join(row.binding))
        if given is None:
            if row.default is None:
                raise missing(row)
            continue
        source = make(row, given)
        begins = (row.level.index.name, row.level.known.name) == ("EPISODE", "RESET")
        if read.at_reset or begins:
            at_reset.append(source)
        if read.in_step and not begins:
            at_step.append(source)
    return at_reset, at_step
