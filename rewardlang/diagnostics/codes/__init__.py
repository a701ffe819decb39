"""Every message the product has, by stable code. Wording lives here and nowhere else.

A file per family: syntax RW0xx, names 1xx, types and units 2xx, levels and time 3xx, machines 4xx,
rubrics, judges and latents 5xx, run time 6xx, reward design 7xx, internal 9xx. A code is never
given a second meaning. `title`, `why` and `hint` are `str.format` templates over the diagnostic's
`args`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module

FAMILIES = (
    "syntax",
    "names",
    "types",
    "levels",
    "runtime",
    "tensors",
    "faults",
    "loops",
    "agents",
    "files",
    "hosts",
    "pools",
    "formulas",
    "semantics",
    "machines",
    "lints",
    "design",
    "regions",
    "internal",
)


@dataclass(frozen=True)
class Code:
    """One message.

    `title` says what, about the program; `why` gives the reason in a line or two; `hint` says what
    to do, or is empty rather than vague. `explanation` is the page `rewardlang explain` prints.
    `bad` produces the code and `good` does not: `.reward` text, which tests check, or for `kind`
    "python" a snippet that tests run with `rewardlang` imported.
    """

    code: str
    title: str
    why: str
    hint: str
    explanation: str
    bad: str
    good: str
    kind: str = "reward"


@cache
def codes() -> dict[str, Code]:
    """All codes, in order."""
    rows: list[Code] = []
    for family in FAMILIES:
        rows += import_module(f"rewardlang.diagnostics.codes.{family}").CODES
    by_code = {row.code: row for row in sorted(rows, key=lambda r: r.code)}
    if len(by_code) != len(rows):
        raise ValueError("a code is declared twice")
    return by_code
