"""Formulas that look back, as a machine that reads samples and says what holds at each.

Its state is what held at the sample before, for each formula that an operator asks about there;
intervals count down as in `progress`. Before the first sample that is what the operator says of an
empty past.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rewardlang.temporal.antichain import TooLarge
from rewardlang.temporal.dfa import States, Truths
from rewardlang.temporal.formula import PAST, TRUE, Formula, walk
from rewardlang.temporal.minimal import TABLE

Before = tuple[Formula, bool]  # a formula, and what it was before the first sample


@dataclass(frozen=True)
class Past:
    """`table` [state, letter] -> state; `holds` [state, letter, i]: formula i at this sample.

    `held` [state, i]: formula i at the last sample read, false before the first.
    """

    table: States
    holds: Truths
    held: Truths


def holds(f: Formula, letters: dict[int, Truths]) -> Truths:
    """A formula without time; `letters` has the truth of each atom."""
    return _Values(letters, {}).of(f)


def past(formulas: tuple[Formula, ...], atoms: tuple[int, ...], limit: int, last: bool) -> Past:
    """With `last` the state keeps what held at the last sample, else `held` is empty."""
    letters = np.arange(1 << len(atoms))
    bits = {number: (letters >> i & 1).astype(np.bool_)[None] for i, number in enumerate(atoms)}
    shown = formulas if last else ()
    keys = tuple(dict.fromkeys([*((f, False) for f in shown), *_asked(formulas)])) or (
        (TRUE, True),
    )
    frontier = np.array([[before for _, before in keys]], np.bool_)
    states = {np.packbits(frontier).tobytes(): 0}
    tables, outputs, held = [], [], [frontier]
    while len(frontier):
        values = _Values(bits, {key: frontier[:, i, None] for i, key in enumerate(keys)})
        after = values.stacked([f for f, _ in keys], len(frontier), len(letters))
        outputs.append(values.stacked(formulas, len(frontier), len(letters)))
        targets, fresh = [], []
        for at, word in enumerate(_words(np.packbits(after, axis=2))):
            if word not in states:
                states[word] = len(states)
                fresh.append(at)
            targets.append(states[word])
        tables.append(np.array(targets, np.int32).reshape(len(frontier), -1))
        frontier = after.reshape(-1, len(keys))[fresh]
        held.append(frontier)
        if len(states) > limit or len(states) * len(letters) > TABLE:
            raise TooLarge("states of the past", len(states), limit)
    said = np.concatenate(held)[:, : len(shown)]
    return Past(np.concatenate(tables), np.concatenate(outputs), said)


def _words(packed: NDArray[np.uint8]) -> Iterator[bytes]:
    width = packed.shape[2]
    raw = packed.tobytes()
    return (raw[i : i + width] for i in range(0, len(raw), width))


def _asked(formulas: Iterable[Formula]) -> tuple[Before, ...]:
    """What operators ask of the sample before, all told."""
    found: dict[Before, None] = {}
    pending = list(formulas)
    while pending:
        for node in walk(pending.pop()):
            before = _before(node) if node.op in PAST else None
            if before is not None and before not in found:
                found[before] = None
                pending.append(before[0])
    return tuple(found)


def _before(f: Formula) -> Before | None:
    """The formula for the sample before; None where the window ends with this one."""
    if f.op == "previously":
        return f.args[0], False
    if f.hi is not None and f.hi < max(f.lo, 1):
        return None
    rest = replace(f, lo=max(0, f.lo - 1), hi=None if f.hi is None else f.hi - 1)
    return rest, f.op == "historically"


class _Values:
    """The truth of formulas at one sample: by state and letter, or what broadcasts to that."""

    def __init__(self, atoms: dict[int, Truths], before: dict[Before, Truths]) -> None:
        self.atoms, self.before = atoms, before
        self.known: dict[Formula, Truths] = {}

    def stacked(self, formulas: Sequence[Formula], states: int, letters: int) -> Truths:
        """[state, letter, formula]"""
        result = np.empty((states, letters, len(formulas)), np.bool_)
        for i, f in enumerate(formulas):
            result[:, :, i] = self.of(f)
        return result

    def of(self, f: Formula) -> Truths:
        for node in walk(f):
            if node not in self.known:
                self.known[node] = self._of(node)
        return self.known[f]

    def _of(self, f: Formula) -> Truths:
        parts = [self.known[a] for a in f.args]
        match f.op:
            case "true" | "false":
                return np.full((1, 1), f.op == "true")
            case "atom":
                return self.atoms[f.number]
            case "not":
                return ~parts[0]
            case "and" | "or":
                result = parts[0]
                for part in parts[1:]:
                    result = result & part if f.op == "and" else result | part
                return result
            case "implies":
                return ~parts[0] | parts[1]
            case "iff":
                same: Truths = parts[0] == parts[1]
                return same
        return self._looking_back(f, parts)

    def _looking_back(self, f: Formula, parts: list[Truths]) -> Truths:
        asked = _before(f)
        earlier = self.before[asked] if asked else np.full((1, 1), f.op == "historically")
        if f.op == "previously":
            return earlier
        if f.lo > 0:
            return parts[0] & earlier if f.op == "since" else earlier
        if f.op == "historically":
            return parts[0] & earlier
        kept: Truths = parts[0] & earlier if f.op == "since" else earlier
        return parts[-1] | kept
