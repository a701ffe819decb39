"""`observation[0:3]`, `info.x_velocity`: where in a transition an input's values stand.

A path is read one step after the other, as Python would: `x[0:3][1]` is the second of the first
three. `.name` goes into a Dict space, an info dictionary or an attribute of the environment, `[i]`
into a Tuple space or an array.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlang.diagnostics.source import Span
from rewardlang.runtime.failure import failure

ROOTS = ("observation", "action", "info", "reward", "env")

Part = str | int | slice

_ROOT = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*")
_PART = re.compile(
    r"(?:\.\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\[\s*(?P<start>\d+)?\s*(?P<colon>:\s*(?P<stop>\d+)?\s*)?\])\s*"
)


@dataclass(frozen=True)
class Path:
    """`text` is how it was written; messages show it."""

    text: str
    root: str
    parts: tuple[Part, ...]


def parse_path(text: str, span: Span | None = None, roots: tuple[str, ...] | None = ROOTS) -> Path:
    """The path that a `from` clause or an entry of `bind` spells; RW661 where it spells none. With
    the roots None any name is one."""
    found = _ROOT.match(text)
    if found is None:
        raise _malformed(text, span)
    parts: list[Part] = []
    at = found.end()
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or (part["name"] is None and not (part["start"] or part["colon"])):
            raise _malformed(text, span)
        parts.append(_part(part))
        at = part.end()
    if roots is None:
        return Path(text.strip(), found[1], tuple(parts))
    if found[1] not in roots:
        raise _malformed(text, span)
    if found[1] == "info" and not (parts and isinstance(parts[0], str)):
        raise _malformed(text, span)
    if found[1] == "env" and any(isinstance(p, str) and p.startswith("_") for p in parts):
        raise _malformed(text, span)
    return Path(text.strip(), found[1], tuple(parts))


def _part(found: re.Match[str]) -> Part:
    if found["name"] is not None:
        return found["name"]
    start = int(found["start"]) if found["start"] else None
    if not found["colon"]:
        assert start is not None
        return start
    return slice(start, int(found["stop"]) if found["stop"] else None)


def _malformed(text: str, span: Span | None) -> Exception:
    return failure("RW661", span, text=text)


def part_text(part: Part) -> str:
    """As it is written: `.name`, `[2]`, `[0:3]`."""
    if isinstance(part, str):
        return f".{part}"
    if isinstance(part, int):
        return f"[{part}]"
    start = "" if part.start is None else part.start
    return f"[{start}:{'' if part.stop is None else part.stop}]"


class Absent(Exception):
    """A path that leads nowhere: how far it led, and what there is instead."""

    def __init__(self, reached: str, wanted: str, names: list[str], what: str = "") -> None:
        super().__init__(reached)
        self.reached = reached
        self.wanted = wanted
        self.names = names
        self.what = what


def follow(value: Any, path: Path) -> Any:
    """What stands at the path below `value`, which is the root's. Raises `Absent`."""
    reached = path.root
    for part in path.parts:
        value = _go(value, part, reached)
        reached += part_text(part)
    return value


def _go(value: Any, part: Part, reached: str) -> Any:
    if isinstance(part, str):
        if isinstance(value, Mapping):
            if part not in value:
                raise Absent(reached, part, [str(k) for k in value])
            return value[part]
        if not hasattr(value, part):
            public = [n for n in dir(value) if not n.startswith("_")]
            raise Absent(reached, part, public, type(value).__name__)
        return getattr(value, part)
    sequence = value if isinstance(value, (tuple, list)) else np.asarray(value)
    length = len(sequence) if np.ndim(sequence) or isinstance(value, (tuple, list)) else None
    if length is None:
        raise Absent(reached, part_text(part), [], "a single number")
    if beyond(part, length):
        raise Absent(reached, part_text(part), [], f"{length} long")
    return sequence[part]


def beyond(part: int | slice, length: int) -> bool:
    """Whether an index reaches over the end; NumPy would quietly shorten a slice."""
    if isinstance(part, int):
        return part >= length
    start, stop = part.start or 0, length if part.stop is None else part.stop
    return stop > length or start >= stop
