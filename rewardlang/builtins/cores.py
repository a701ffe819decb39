"""The core shapes of array rows as data: `(n,n),(n)->(n)`, as NumPy writes them.

A size is a name, or names added: `(n),(m)->(n+m)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

Sizes = tuple[str, ...]


@dataclass(frozen=True)
class Core:
    operands: tuple[Sizes, ...]
    result: Sizes

    @property
    def names(self) -> tuple[str, ...]:
        """The sizes, each once, in the order in which they appear."""
        return tuple(dict.fromkeys(name for sizes in self.operands for name in sizes))

    def measure(self, shapes: list[tuple[int, ...]]) -> dict[str, int]:
        """What each name stands for; the core is the end of each operand's shape."""
        found: dict[str, int] = {}
        for sizes, shape in zip(self.operands, shapes, strict=True):
            inner = shape[len(shape) - len(sizes) :] if sizes else ()
            for name, size in zip(sizes, inner, strict=True):
                if found.setdefault(name, size) != size:
                    raise ValueError(f"size {name} is {found[name]} and {size}")
        return found


@cache
def parse_core(text: str) -> Core:
    operands, _, result = text.partition("->")
    return Core(parse_sizes(operands), parse_sizes(result)[0])


@cache
def parse_sizes(text: str) -> tuple[Sizes, ...]:
    """`(n,n),(n)` as names."""
    return tuple(
        tuple(name.strip() for name in inside.split(",") if name.strip())
        for inside in re.findall(r"\(([^)]*)\)", text)
    )


def shape_of(sizes: Sizes, known: dict[str, int]) -> tuple[int, ...]:
    """Names as numbers; `n+m` is a sum."""
    return tuple(sum(known[part.strip()] for part in name.split("+")) for name in sizes)
