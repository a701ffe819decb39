"""Colours for a terminal, as plain ANSI sequences. Without colour all text stays as it is."""

from __future__ import annotations

from dataclasses import dataclass

from rewardlang.diagnostics.diagnostic import Severity

_SEVERITY = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_GUTTER = "2"
_SECONDARY = "34"


@dataclass(frozen=True)
class Style:
    severity: Severity
    color: bool

    def heading(self, text: str) -> str:
        return self._paint(text, "1;" + _SEVERITY[self.severity])

    def title(self, text: str) -> str:
        return self._paint(text, "1")

    def gutter(self, text: str) -> str:
        return self._paint(text, _GUTTER)

    def mark(self, text: str, primary: bool) -> str:
        return self._paint(text, "1;" + _SEVERITY[self.severity] if primary else _SECONDARY)

    def keyword(self, text: str) -> str:
        return self._paint(text, "1;36")

    def _paint(self, text: str, codes: str) -> str:
        return f"\033[{codes}m{text}\033[0m" if self.color and text else text
