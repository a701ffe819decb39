"""From a transition to the values a program reads.

Each input has a source: the `from` clause of its declaration, or an entry of `bind`, a path or a
callable of the `Transition`. What can be known from the spaces is checked when the bindings are
made; what only a running environment can tell (the keys of an info) when it is first read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from gymnasium import Space
from numpy.typing import NDArray

from rewardlang.adapters import infos
from rewardlang.adapters.paths import Absent, Path, follow, parse_path
from rewardlang.adapters.sources import sources
from rewardlang.adapters.spaces import Place, described, place_of
from rewardlang.adapters.transition import Transition
from rewardlang.diagnostics.suggest import nearest
from rewardlang.driver import Program
from rewardlang.runtime.failure import failure, shape_text

Array = NDArray[Any]
Bind = Mapping[str, str | Callable[[Transition], Any]]


class Bindings:
    """The sources of a program's inputs, for one environment (`many` False) or a batch of them.

    Raises RewardError at once: RW660 for an input without a source, RW661 and RW662 for a path
    that cannot be read or leads nowhere in the spaces, RW664 for a shape that is not the input's,
    RW665 for a name in `bind` that is no input, RW668 for `env` where there are many.
    """

    def __init__(
        self,
        program: Program,
        bind: Bind | None,
        observation: Space[Any],
        action: Space[Any],
        many: bool,
    ) -> None:
        spaces = {"observation": observation, "action": action}
        self._at_reset, self._at_step = sources(
            program,
            bind,
            lambda declared, given: _Source(declared, given, spaces, many),
            lambda declared: _missing(declared.name, declared.span, spaces),
        )

    def at_reset(self, begun: Transition, rows: NDArray[np.bool_] | None = None) -> dict[str, Any]:
        """Values of the inputs that are read at a reset, of the environments `rows`; RW663 names
        what is not there."""
        return _read(self._at_reset, begun, rows)

    def at_step(
        self, transition: Transition, active: NDArray[np.bool_] | None = None
    ) -> dict[str, Any]:
        """Values of the inputs of one transition, of the environments where `active` is true."""
        return _read(self._at_step, transition, active)

    def settle(self, dtype: np.dtype[Any]) -> None:
        """From now on give reals as this float type where that loses nothing: the runtime is
        quickest with columns that are as the kernel reads them."""
        for source in (*self._at_reset, *self._at_step):
            source.settle(dtype)


def _read(
    sources: list[_Source], transition: Transition, active: NDArray[np.bool_] | None
) -> dict[str, Any]:
    values = {}
    for source in sources:
        value = source.read(transition, active)
        if value is not None:
            values[source.name] = value
    return values


class _Source:
    """One input and where its values come from."""

    def __init__(self, declared: Any, given: Any, spaces: dict[str, Space[Any]], many: bool):
        self.name: str = declared.name
        self.declared = declared
        self.call: Callable[[Transition], Any] | None = None
        self.path: Path | None = None
        self.place: Place | None = None
        self._dtype: np.dtype[Any] | None = None
        if callable(given):
            self.call = given
            return
        if not isinstance(given, str):
            raise failure("RW661", declared.span, text=repr(given))
        path = self.path = parse_path(given, declared.span)
        if path.root == "env" and many:
            raise failure("RW668", declared.span, name=self.name, text=path.text)
        if many and path.root == "info" and any(a.cap is not None for a in declared.type.axes):
            raise failure("RW684", declared.span, name=self.name, text=path.text)
        if path.root not in spaces:
            return
        space = spaces[path.root]
        try:
            self.place = place_of(space, path)
        except Absent as absent:
            raise _nowhere(declared, path, absent) from None
        if not declared.type.admits(self.place.shape):
            raise failure(
                "RW664",
                declared.span,
                name=self.name,
                text=path.text,
                given=shape_text(self.place.shape),
                declared=shape_text(declared.type.pattern),
            )

    def settle(self, dtype: np.dtype[Any]) -> None:
        if self.declared.type.kind == "real":
            self._dtype = dtype
        elif self.declared.type.kind == "int":
            self._dtype = np.dtype(np.int64)

    def read(self, transition: Transition, active: NDArray[np.bool_] | None) -> Any:
        """The value of one environment, plain where it is a scalar, or a batch; None: not there."""
        value = self._found(transition, active)
        if value is None:
            return None
        many = transition.size is not None
        if self._dtype is not None:
            value = _widened(value, self._dtype)
        if isinstance(value, np.ndarray):
            if not many and value.ndim == 0:
                return value[()]
            return value if value.flags.carray else np.ascontiguousarray(value)
        return value

    def _found(self, transition: Transition, active: NDArray[np.bool_] | None) -> Any:
        if self.call is not None:
            return self.call(transition)
        path = self.path
        assert path is not None
        if self.place is not None:
            root = transition.observation if path.root == "observation" else transition.action
            array = self.place.read(root, transition.size is not None)
            if self.place.two_valued and self.declared.type.kind == "bool":
                array = array.astype(bool)
            return array
        try:
            if path.root == "info":
                return self._in_info(transition, path, active)
            return follow(transition.env if path.root == "env" else transition.reward, path)
        except Absent as absent:
            raise _not_there(self.declared, path, absent) from None

    def _in_info(self, transition: Transition, path: Path, active: NDArray[np.bool_] | None) -> Any:
        if transition.size is None:
            if path.parts[0] not in transition.info and self.declared.default is not None:
                return None
            return follow(transition.info, path)
        values, there = infos.column(transition.info, path, transition.size)
        lacking = ~there if active is None else active & ~there
        if self.declared.default is None:
            if lacking.any() or values is None and active is None:
                raise Absent(path.root, str(path.parts[0]), infos.keys(transition.info))
            if values is None and self.declared.type.is_open:
                return None
            if values is None:
                return np.zeros((transition.size, *self.declared.type.shape), self._idle)
        elif values is not None and lacking.any():
            values = values.copy()
            values[lacking] = np.asarray(self.declared.default) / self.declared.scale
        return values

    @property
    def _idle(self) -> np.dtype[Any]:
        """The dtype of a column that nobody reads in this call."""
        if self._dtype is not None:
            return self._dtype
        kinds = {"real": np.float32, "bool": np.bool_}
        return np.dtype(kinds.get(self.declared.type.kind, np.int64))


def _widened(value: Any, dtype: np.dtype[Any]) -> Any:
    """The value in `dtype` if that is exact by kind: a wider float, or an integer for an int."""
    own = getattr(value, "dtype", None)
    if own is None or own == dtype or own.kind not in "fiu" or own.itemsize > 8:
        return value
    if dtype.kind == "f" and own.kind == "f" and own.itemsize > dtype.itemsize:
        return value
    if dtype.kind == "i" and own.kind not in "i" and not (own.kind == "u" and own.itemsize < 8):
        return value
    return np.asarray(value).astype(dtype)


def _missing(name: str, span: Any, spaces: dict[str, Space[Any]]) -> Exception:
    return failure(
        "RW660",
        span,
        name=name,
        observation=described(spaces["observation"]),
        action=described(spaces["action"]),
    )


def _nowhere(declared: Any, path: Path, absent: Absent) -> Exception:
    return failure(
        "RW662",
        declared.span,
        hint=_offer(absent) if absent.names else None,
        text=path.text,
        name=declared.name,
        reached=absent.reached,
        what=absent.what,
    )


def _not_there(declared: Any, path: Path, absent: Absent) -> Exception:
    return failure(
        "RW663",
        declared.span,
        hint=_offer(absent),
        text=path.text,
        name=declared.name,
        reached=absent.reached,
        wanted=absent.wanted,
    )


def _offer(absent: Absent) -> str:
    """What to write instead: the nearest names, or all that are there."""
    near = nearest(absent.wanted, absent.names)
    if near:
        return "did you mean " + " or ".join(f"`{n}`" for n in near) + "?"
    if absent.names:
        shown = ", ".join(f"`{n}`" for n in absent.names[:20])
        return f"there are: {shown}" + (", ..." if len(absent.names) > 20 else "")
    return f"`{absent.reached}` is {absent.what or 'empty'}"
