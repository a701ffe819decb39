"""From the tensordicts of a transition to the values a program reads.

A path as everywhere (`observation[0:3]`, `agents.info.speed`) leads through the tensordict that
the transition led to, `next` in TorchRL, and where that has no such entry, as with `action`,
through the one it began with. Its indexes count behind the batch axes of the tensordict in which
the entry stands. A nested key (`("next", "observation")`) and a callable of the tensordict mean
what they mean in TorchRL. At a reset `next` is what the reset gave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tensordict import TensorDict, TensorDictBase
from torch import Tensor

from rewardlang.adapters.paths import Absent, Path, beyond, parse_path, part_text
from rewardlang.diagnostics.suggest import nearest
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure, shape_text, unknown

Key = tuple[str, ...]
Bind = Mapping[str, str | Key | Callable[[TensorDictBase], Tensor]]


class TensorDictBindings:
    """The sources of a program's inputs.

    Raises RewardError: at once RW660 for an input without a source, RW661 for a path that cannot be
    read and RW665 for a name in `bind` that is no input; when read RW652 for an entry that is not
    there and RW664 for one of another shape.
    """

    def __init__(self, program: Program, bind: Bind | None) -> None:
        bind, declared = bind or {}, program.inputs
        for name in bind:
            if name not in declared:
                raise unknown("RW665", name, declared)
        self._at_reset: list[_Source] = []
        self._at_step: list[_Source] = []
        for read in program.plan.inputs:
            if not (read.in_step or read.at_reset) or read.name not in declared:
                continue
            row = declared[read.name]
            given = bind.get(row.name, None if row.binding is None else "".join(row.binding))
            if given is None:
                if row.default is None:
                    raise failure("RW660", row.span, hint=_HINT.format(row.name), name=row.name)
                continue
            source = _Source(row, given)
            begins = (row.level.index.name, row.level.known.name) == ("EPISODE", "RESET")
            if read.at_reset or begins:
                self._at_reset.append(source)
            if read.in_step and not begins:
                self._at_step.append(source)

    def at_reset(self, begun: TensorDictBase) -> dict[str, Tensor]:
        """[rows, *shape] of the inputs that are read at a reset."""
        whole = begun.copy().set("next", begun)
        return {source.name: source.read(whole, begun, begun) for source in self._at_reset}

    def at_step(self, before: TensorDictBase, after: TensorDictBase) -> dict[str, Tensor]:
        """[rows, *shape] of the inputs of one transition."""
        whole = before.copy().set("next", after)
        return {source.name: source.read(whole, before, after) for source in self._at_step}


_HINT = 'write `from observation[0]` in the file, or pass `bind={{"{}": ("next", "observation")}}`'


class _Source:
    """One input and where its values come from."""

    def __init__(self, declared: Any, given: Any) -> None:
        self.name: str = declared.name
        self._declared = declared
        self._call = given if callable(given) else None
        self._key: Key | None = None
        self._path: Path | None = None
        if self._call is not None:
            self.text = "the callable in `bind`"
        elif isinstance(given, tuple) and given and all(isinstance(k, str) for k in given):
            self._key, self.text = given, str(given)
        elif isinstance(given, str):
            path = parse_path(given, declared.span, roots=None)
            named = [n for n, part in enumerate(path.parts) if isinstance(part, str)]
            if named != list(range(len(named))):  # an entry has no names below its numbers
                raise failure("RW661", declared.span, text=given)
            self._path, self.text = path, path.text
        else:
            raise failure("RW661", declared.span, text=repr(given))

    def read(self, whole: TensorDict, before: TensorDictBase, after: TensorDictBase) -> Tensor:
        """[rows, *shape], one row for each element of the batch."""
        batch = after.batch_size
        try:
            if self._call is not None:
                x = self._call(whole)
            elif self._key is not None:
                x = _entry(whole, self._key)[0]
            else:
                assert self._path is not None
                x = _at(before, after, self._path, self._declared.type.pattern == ())
        except Absent as absent:
            raise self._not_there(absent) from None
        shape = tuple(x.shape[len(batch) :]) if isinstance(x, Tensor) else ()
        if not isinstance(x, Tensor) or x.shape[: len(batch)] != batch:
            shown = f"{type(x).__name__}{shape_text(tuple(getattr(x, 'shape', ())))}"
            raise failure(
                "RW685",
                self._declared.span,
                name=self.name,
                text=self.text,
                given=shown,
                batch=shape_text(tuple(batch)),
            )
        if not self._declared.type.admits(shape):
            raise failure(
                "RW664",
                self._declared.span,
                name=self.name,
                text=self.text,
                given=shape_text(shape),
                declared=shape_text(self._declared.type.pattern),
            )
        return x.reshape(batch.numel(), *shape)

    def _not_there(self, absent: Absent) -> Exception:
        near = nearest(absent.wanted, absent.names)
        shown = near or absent.names[:20]
        hint = "there are: " + ", ".join(f"`{n}`" for n in shown)
        if near:
            hint = "did you mean " + " or ".join(f"`{n}`" for n in near) + "?"
        return failure(
            "RW652",
            self._declared.span,
            hint=hint if shown else None,
            name=self.name,
            text=self.text,
            reached=absent.reached,
            wanted=absent.wanted,
            what=f", which is {absent.what}" if absent.what else "",
        )


def _entry(root: TensorDictBase, key: Key) -> tuple[Any, int]:
    """What stands at a key, and the batch axes of the tensordict it stands in."""
    holder: Any = root
    for n, name in enumerate(key):
        reached = "the tensordict" if n == 0 else f"`{'.'.join(key[:n])}`"
        if not isinstance(holder, TensorDictBase):
            raise Absent(reached, name, [], "no tensordict")
        found = holder.get(name, None)
        if found is None:
            raise Absent(reached, name, [str(k) for k in holder.keys()])
        if n == len(key) - 1:
            return found, holder.batch_dims
        holder = found
    raise AssertionError("a key is not empty")


def _at(before: TensorDictBase, after: TensorDictBase, path: Path, scalar: bool) -> Any:
    key: Key = (path.root, *(part for part in path.parts if isinstance(part, str)))
    key = key[1:] if key[0] == "next" and len(key) > 1 else key
    root = after if key[0] in after.keys() or key[0] not in before.keys() else before
    x, batch = _entry(root, key)
    if isinstance(x, TensorDictBase):
        raise Absent(f"`{'.'.join(key)}`", "numbers", [str(k) for k in x.keys()], "a tensordict")
    if key == ("reward",) and scalar and x.shape[batch:] == (1,):
        return x[..., 0]  # the environment's own, a number
    reached = ".".join(key)
    for part in path.parts:
        if isinstance(part, str):
            continue
        if x.ndim <= batch:
            raise Absent(f"`{reached}`", part_text(part), [], "a single number")
        if beyond(part, x.shape[batch]):
            raise Absent(f"`{reached}`", part_text(part), [], f"{x.shape[batch]} long")
        x = x[(slice(None),) * batch + (part,)]
        reached += part_text(part)
    return x
