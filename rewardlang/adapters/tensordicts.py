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
from rewardlang.adapters.sources import sources
from rewardlang.adapters.tensor_sources import fitting, not_there
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure

Key = tuple[str, ...]
Bind = Mapping[str, str | Key | Callable[[TensorDictBase], Tensor]]


class TensorDictBindings:
    """The sources of a program's inputs.

    Raises RewardError: at once RW660 for an input without a source, RW661 for a path that cannot be
    read and RW665 for a name in `bind` that is no input; when read RW652 for an entry that is not
    there and RW664 for one of another shape.
    """

    def __init__(self, program: Program, bind: Bind | None) -> None:
        self._at_reset, self._at_step = sources(program, bind, _Source, _missing)

    def at_reset(self, begun: TensorDictBase) -> dict[str, Tensor]:
        """[rows, *shape] of the inputs that are read at a reset."""
        whole = begun.copy().set("next", begun)
        return {source.name: source.read(whole, begun, begun) for source in self._at_reset}

    def at_step(self, before: TensorDictBase, after: TensorDictBase) -> dict[str, Tensor]:
        """[rows, *shape] of the inputs of one transition."""
        whole = before.copy().set("next", after)
        return {source.name: source.read(whole, before, after) for source in self._at_step}


def _missing(declared: Any) -> Exception:
    return failure("RW660", declared.span, hint=_HINT.format(declared.name), name=declared.name)


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
            raise not_there(self._declared, self.text, absent) from None
        return fitting(self._declared, self.text, x, tuple(batch))


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
