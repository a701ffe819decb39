"""Lines of generated text, their indentation, and which values are known where.

A value written inside a loop is known to the end of that loop; one written outside stays known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

Index = tuple[str, ...]


class Writer:
    """`stage`, if there is one, stands before every outermost loop that uses scratch memory."""

    def __init__(self, stage: str | None = None) -> None:
        self.stage = stage
        self._looping = False
        self.lines: list[str] = []
        self._indent = 0
        self._known: list[dict[tuple[int, Index], str]] = [{}]
        self._names = 0

    def line(self, text: str = "") -> None:
        self.lines.append("    " * self._indent + text if text else "")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """An indented block under `head`, with its own scope."""
        self.line(head)
        self._indent += 1
        self._known.append({})
        yield
        self._known.pop()
        self._indent -= 1

    @contextmanager
    def loops(self, shape: tuple[int, ...]) -> Iterator[Index]:
        """Loops over a shape; gives the loop variables, "0" where there is but one place."""
        index = []
        before, outermost = self._indent, not self._looping
        place = len(self.lines)
        self._looping = True
        for size in shape:
            if size == 1:
                index.append("0")
                continue
            name = self.fresh("j")
            self.line(f"for {name} in range(U({size})):")
            self._indent += 1
            index.append(name)
        self._known.append({})
        yield tuple(index)
        self._known.pop()
        self._looping = not outermost
        if self.stage is not None and outermost and any("[at + " in x for x in self.lines[place:]):
            self.lines.insert(place, "    " * before + self.stage)
        self._indent = before

    def fresh(self, stem: str) -> str:
        self._names += 1
        return f"{stem}{self._names}"

    def know(self, slot: int, index: Index, name: str) -> None:
        self._known[-1][slot, index] = name

    def known(self, slot: int, index: Index) -> str | None:
        for scope in reversed(self._known):
            if (slot, index) in scope:
                return scope[slot, index]
        return None

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def plus(a: str | int, b: str | int) -> str:
    """The text of a sum, as short as it can be."""
    if str(a).isdigit() and str(b).isdigit():
        return str(int(a) + int(b))
    if str(a) == "0" or str(b) == "0":
        return str(b) if str(a) == "0" else str(a)
    return f"{a} + {b}"


def flat(offset: int, shape: tuple[int, ...], index: Index) -> str:
    """The position of an element of a row-major array that starts at `offset`."""
    text: str = str(offset)
    stride = 1
    for n in shape:
        stride *= n
    for size, name in zip(shape, index, strict=True):
        stride //= max(size, 1)
        if name.isdigit():
            text = plus(text, int(name) * stride)
        else:
            product = f"({name})" if " " in name and stride != 1 else name
            text = plus(text, product if stride == 1 else f"{product} * {stride}")
    return text
