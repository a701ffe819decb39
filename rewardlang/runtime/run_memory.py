"""What the run remembers across episodes: read as it stood before a call, stored once after it.

In float64 whatever the kernel's type. A call's rows have no order: folds over the run take all of
them at once, a let takes what `over batch` made of them. Rows with a fault are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlang.plan import Plan, PlanCommit, PlanRun
from rewardlang.runtime.failure import failure
from rewardlang.runtime.feeds import column_of, empty_block, empty_capture
from rewardlang.runtime.kernel import Array, Block, Kernel, Live
from rewardlang.runtime.params import Params
from rewardlang.runtime.pools import Span, as_kind, as_numbers, pooled
from rewardlang.runtime.state import new_state

_KINDS = {"values": "real", "flags": "bool", "ints": "int"}
_FLOAT64 = np.dtype(np.float64)


@dataclass
class Moments:
    """Of all samples so far: how many, their sum, mean, squared deviations, least and largest.

    Two of them merge exactly (Chan, Golub and LeVeque 1983), in any order.
    """

    n: Array
    total: Array
    mean: Array
    squares: Array
    lo: Array
    hi: Array

    @staticmethod
    def of(x: Array, chosen: Array) -> Moments:
        """Of the first axis, where `chosen`."""
        n = chosen.sum(axis=0).astype(np.float64)
        total = np.where(chosen, x, 0.0).sum(axis=0)
        with np.errstate(all="ignore"):
            mean = np.where(n > 0, total / n, 0.0)
        squares = np.where(chosen, (x - mean) ** 2, 0.0).sum(axis=0)
        lo = np.minimum.reduce(np.where(chosen, x, np.inf), axis=0, initial=np.inf)
        hi = np.maximum.reduce(np.where(chosen, x, -np.inf), axis=0, initial=-np.inf)
        return Moments(*(np.asarray(part) for part in (n, total, mean, squares, lo, hi)))

    @staticmethod
    def nothing(shape: tuple[int, ...]) -> Moments:
        return Moments.of(np.zeros((0, *shape)), np.zeros((0, *shape), bool))

    def merged(self, other: Moments) -> Moments:
        n = self.n + other.n
        with np.errstate(all="ignore"):
            share = np.where(n > 0, other.n / n, 0.0)
        away = other.mean - self.mean
        return Moments(
            n,
            self.total + other.total,
            np.asarray(self.mean + away * share),
            np.asarray(self.squares + other.squares + away * away * self.n * share),
            np.minimum(self.lo, other.lo),
            np.maximum(self.hi, other.hi),
        )

    def value(self, fold: str, ddof: int) -> Array:
        """What the fold is; 0 where it is nothing (`size` tells)."""
        with np.errstate(all="ignore"):
            found = {
                "sum": self.total,
                "count": self.total,
                "mean": self.mean,
                "min": np.where(self.n > 0, self.lo, 0.0),
                "max": np.where(self.n > 0, self.hi, 0.0),
                "any": self.hi == 1,
                "all": ~(self.lo == 0),
                "var": self.squares / (self.n - ddof),
                "std": np.sqrt(self.squares / (self.n - ddof)),
            }[fold]
        return np.where(self.size(fold, ddof) > 0, found, 0.0) if fold in ("var", "std") else found

    def size(self, fold: str, ddof: int) -> Array:
        """Above 0 where the fold has a value."""
        return np.asarray(self.n - ddof if fold in ("var", "std") else self.n)


@dataclass
class _Kept:
    """One thing remembered: what it was when workers were last brought together, and since."""

    base: Any  # Moments, or the value of a let
    since: Any  # Moments since then, or the value of a let now

    def value(self, run: PlanRun) -> Array:
        if run.fold == "let":
            return np.asarray(self.since)
        return np.asarray(self.base.merged(self.since).value(run.fold, run.ddof))


@dataclass
class RunMemory:
    """See the module. `reference` makes the kernel for what is computed once a call."""

    plan: Plan
    params: Params
    reference: Callable[[Plan, np.dtype[Any]], Kernel]
    kept: dict[str, _Kept] = field(default_factory=dict)
    _kernel: Kernel | None = None

    def __post_init__(self) -> None:
        commit = self.plan.commit
        if commit is None:
            return
        seeds = (
            {} if commit.seeds is None else self._row(self.reference(commit.seeds, _FLOAT64), {})
        )
        for run in commit.runs:
            start = seeds.get(run.name) if run.fold == "let" else Moments.nothing(run.shape)
            self.kept[run.name] = _Kept(start, start)
        self._show()

    def __bool__(self) -> bool:
        return self.plan.commit is not None

    def commit(self, block: Block, span: Span) -> None:
        """Take in the rows of one call, all at once."""
        commit = self.plan.commit
        assert commit is not None
        rows = np.flatnonzero(span.episode >= 0)
        columns = self._pools(commit, block, span)
        if commit.plan is not None:
            self._kernel = self._kernel or self.reference(commit.plan, _FLOAT64)
            for name, value in self._row(self._kernel, columns).items():
                if not np.isnan(value).any():  # a fault would stay for ever
                    self.kept[name] = _Kept(self.kept[name].base, value)
        for run in commit.runs:
            if run.fold != "let":
                self._fold(run, block, rows)
        self._show()

    def _pools(self, commit: PlanCommit, block: Block, span: Span) -> dict[int, Array]:
        columns: dict[int, Array] = {}
        for call in commit.calls:
            assert call.pool is not None
            x, mask = call.args[0], call.args[1] if len(call.args) > 1 else None
            given = None if mask is None else column_of(block, mask)
            kind = _KINDS[x.bank]
            folded = pooled(call.pool, column_of(block, x), given, kind, span, faults_count=False)
            declared = self.plan.inputs[call.input]
            columns[call.input] = as_kind(folded[:1], declared.kind, _FLOAT64)
        return columns

    def _row(self, kernel: Kernel, columns: dict[int, Array]) -> dict[str, Array]:
        """The results of one row, by name."""
        plan = kernel.plan
        block = empty_block(plan, 1, _FLOAT64)
        inputs = [columns.get(n) for n in range(len(plan.inputs))]
        no_end = np.zeros(1, bool)
        live = Live(self.params.real, self.params.int, np.zeros(3, np.int64))
        kernel.run(
            inputs, no_end, no_end, new_state(plan, _FLOAT64, 1), None, None, live, block, False,
            None, empty_capture(plan, _FLOAT64),
        )  # fmt: skip
        return {
            o.name: as_numbers(column_of(block, o)[0], _KINDS[o.bank])
            for o in plan.outputs
            if o.role == "argument"
        }

    def _fold(self, run: PlanRun, block: Block, rows: Array) -> None:
        x = as_numbers(column_of(block, run.value)[rows], _KINDS[run.value.bank])
        chosen = ~np.isnan(x)
        if run.mask is not None:
            chosen &= column_of(block, run.mask)[rows] == 1
        kept = self.kept[run.name]
        self.kept[run.name] = _Kept(kept.base, kept.since.merged(Moments.of(x, chosen)))

    def _show(self) -> None:
        """Write everything where kernels read it."""
        commit = self.plan.commit
        assert commit is not None
        for run in commit.runs:
            kept = self.kept[run.name]
            self.params.write(run.param, kept.value(run))
            if run.size >= 0:
                size = kept.base.merged(kept.since).size(run.fold, run.ddof)
                self.params.write(run.size, size)

    # ---- saved, restored, merged ------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        return {
            name: {"base": _plain(kept.base), "since": _plain(kept.since)}
            for name, kept in self.kept.items()
        }

    def restore(self, entry: Any) -> None:
        self.kept.update(self._read(entry))
        if self.kept:
            self._show()

    def merge(self, entries: Sequence[Any]) -> None:
        """Add what other workers have seen since all stood at the same point."""
        commit = self.plan.commit
        if commit is None:
            return
        others = [self._read(entry) for entry in entries]
        for run in commit.runs:
            if not run.additive:
                raise failure("RW634", run.span, name=run.name)
        merged: dict[str, _Kept] = {}
        for run in commit.runs:
            own = self.kept[run.name]
            value = own.since if run.fold == "let" else own.base.merged(own.since)
            for other in others:
                theirs = other[run.name]
                if not _same(own.base, theirs.base):
                    raise failure("RW635", run.span, name=run.name)
                if run.fold == "let":
                    value = value + (theirs.since - theirs.base)
                else:
                    value = value.merged(theirs.since)
            since = value if run.fold == "let" else Moments.nothing(run.shape)
            merged[run.name] = _Kept(value, since)
        self.kept.update(merged)
        self._show()

    def _read(self, entry: Any) -> dict[str, _Kept]:
        found: dict[str, _Kept] = {}
        runs = () if self.plan.commit is None else self.plan.commit.runs
        if not isinstance(entry, Mapping) or set(entry) != {r.name for r in runs}:
            raise failure("RW631", what="`run` does not hold what this program remembers")
        for run in runs:
            one = entry[run.name]
            if not isinstance(one, Mapping) or set(one) != {"base", "since"}:
                raise failure("RW631", what=f"`run` has no `base` and `since` for `{run.name}`")
            found[run.name] = _Kept(_restored(run, one["base"]), _restored(run, one["since"]))
        return found


def _plain(kept: Any) -> Any:
    if isinstance(kept, Moments):
        return {name: part.copy() for name, part in vars(kept).items()}
    return np.array(kept)


def _restored(run: PlanRun, entry: Any) -> Any:
    if run.fold == "let":
        return _array(run, entry)
    names = tuple(Moments.__dataclass_fields__)
    if not isinstance(entry, Mapping) or set(entry) != set(names):
        raise failure("RW631", what=f"`run` has no moments of `{run.name}`")
    return Moments(**{name: _array(run, entry[name]) for name in names})


def _array(run: PlanRun, entry: Any) -> Array:
    array = np.array(entry, np.float64)
    if array.shape != run.shape:
        raise failure("RW631", what=f"`run` has another shape of `{run.name}`")
    return array


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Moments):
        return all(
            _same(a, b) for a, b in zip(vars(left).values(), vars(right).values(), strict=True)
        )
    return np.array_equal(left, right)
