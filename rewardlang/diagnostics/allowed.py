"""Warnings that the person accepts, as `# allow RW712, RW717` says, and on which lines."""

from __future__ import annotations

from dataclasses import dataclass

from rewardlang.diagnostics.source import Source, Span


@dataclass(eq=False)
class Allowance:
    """One code of one comment. `span` is where the code is written."""

    code: str
    span: Span
    first: int  # the lines it holds for
    last: int
    used: bool = False

    def covers(self, code: str, span: Span) -> bool:
        source: Source = self.span.source
        return code == self.code and span.source is source and self.first <= span.line <= self.last
