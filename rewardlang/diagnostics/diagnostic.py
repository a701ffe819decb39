"""What the compiler has to say, as data. Wording lives in `codes.py`, drawing in `render.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from rewardlang.diagnostics.allowed import Allowance
from rewardlang.diagnostics.source import Span


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Label:
    """A place and what is to be said of it ("this is in m/s")."""

    span: Span
    text: str = ""


@dataclass(frozen=True)
class Diagnostic:
    """One finding: a stable code, where it is, and the facts its wording needs.

    `args` fill the templates of `codes.CODES[code]` (title, why, hint). The first label is the
    primary one: it decides the position that editors jump to. A diagnostic of data or of a whole
    file may have no label.
    """

    code: str
    labels: tuple[Label, ...] = ()
    args: dict[str, Any] = field(default_factory=dict)
    severity: Severity = Severity.ERROR
    hint: str | None = None  # replaces the code's own hint where one more exact is known

    @property
    def span(self) -> Span | None:
        return self.labels[0].span if self.labels else None


class Report:
    """Collects diagnostics: passes go on after an error so that one run tells everything.

    The same code at the same place is said once, and what a comment of the file accepts is not.
    """

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.allowances: list[Allowance] = []
        self._seen: set[tuple[str, int, int]] = set()

    def add(self, diagnostic: Diagnostic) -> None:
        span = diagnostic.span
        if span is not None:
            key = (diagnostic.code, span.start, span.end)
            if key in self._seen:
                return
            self._seen.add(key)
            if self._is_allowed(diagnostic, span):
                return
        self.diagnostics.append(diagnostic)

    def allow(self, allowances: Iterable[Allowance]) -> None:
        """Accept from now on what the comments of a file do."""
        self.allowances.extend(allowances)

    def _is_allowed(self, diagnostic: Diagnostic, span: Span) -> bool:
        if diagnostic.severity is Severity.ERROR:
            return False
        found = [a for a in self.allowances if a.covers(diagnostic.code, span)]
        for allowance in found:
            allowance.used = True
        return bool(found)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.diagnostics if d.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[Diagnostic]:
        return [d for d in self.diagnostics if d.severity is Severity.WARNING]


class RewardError(Exception):
    """A program, its data or its use is at fault; `diagnostics` say where, what and why."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        super().__init__()

    def __str__(self) -> str:
        from rewardlang.diagnostics.render import render_all  # drawing is not needed until printed

        return "\n" + render_all(self.diagnostics, color=False)
