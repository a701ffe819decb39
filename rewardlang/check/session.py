"""What the checks of one program share: the report, the numbering of expressions, what is pending.

`Session.make` is the only place where typed expressions are born. Each gets a number, equal for
expressions that say the same thing: that is how a known fact (`rest > 0`) finds the expressions it
is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rewardlang.check.typed import (
    Expr,
    HostDecl,
    LetDecl,
    MachineDecl,
    Pool,
    RunDecl,
    SpecDecl,
)
from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Report, Severity
from rewardlang.diagnostics.source import Span
from rewardlang.types import ANY, UNKNOWN, Axis, Enum, Index, Known, Level, Range, Type

if TYPE_CHECKING:
    from rewardlang.check.names import Entry
    from rewardlang.check.scope import Scope

ReadTable = Callable[[str], Any]  # see `tables`


def _no_files(path: str) -> str:
    del path
    return "is not there"


Rule = Callable[["Scope", Any, Enum | None], Expr]

# Expressions that inlining may make: a def that calls another twice, and so on, doubles each time.
MOST_EXPRESSIONS = 50_000


class TooLarge(Exception):
    """Inlining makes more expressions than any honest program has."""


@dataclass(frozen=True)
class DomainRisk:
    """Operand `number` may leave `domain`, so that the operation faults."""

    diagnostic: Diagnostic
    number: int
    range: Range
    domain: Range


@dataclass(frozen=True)
class OwnPast:
    """What is believed of a let while it is being inferred, for `previous` of itself."""

    type: Type
    level: Level
    range: Range


@dataclass
class Value:
    """What is known of a named value once it has been checked."""

    type: Type
    level: Level
    range: Range
    value: Expr | None = None
    risks: tuple[DomainRisk, ...] = ()


@dataclass
class Session:
    report: Report
    rules: dict[type, Rule]
    read_table: ReadTable = _no_files
    timestep: Fraction | None = None
    values: dict[str, Value] = field(default_factory=dict)  # by an entry's full name
    lets: list[LetDecl] = field(default_factory=list)
    specs: dict[str, SpecDecl] = field(default_factory=dict)  # by an entry's full name
    hosts: dict[str, HostDecl] = field(default_factory=dict)  # by an entry's full name
    runs: dict[str, RunDecl] = field(default_factory=dict)  # what the run remembers
    machines: dict[str, MachineDecl] = field(default_factory=dict)  # by an entry's full name
    paid_machines: set[str] = field(default_factory=set)  # those whose `payout` is read
    own_pasts: dict[str, OwnPast] = field(default_factory=dict)
    seeds: dict[str, Expr] = field(default_factory=dict)  # the `else` of a let's own past
    sizes: dict[str, Axis] = field(default_factory=dict)  # of the named axes of the program
    ragged: dict[str, Level] = field(default_factory=dict)  # the levels of ragged axes by name
    within: dict[str, tuple[Axis, ...]] = field(default_factory=dict)  # what these lie within
    open_axes: tuple[str, ...] = ()  # that inputs have and nothing says the size of
    kept: Axis | None = None  # the axis that the total keeps
    used: set[str] = field(default_factory=set)
    raw_reads: set[str] = field(default_factory=set)  # terms read by name
    reads_total: bool = False
    risks: list[DomainRisk] = field(default_factory=list)
    local_risks: dict[int, tuple[DomainRisk, ...]] = field(default_factory=dict)  # by number
    calls: list[tuple[str, Span]] = field(
        default_factory=list
    )  # defs being inlined, outermost first
    called: set[int] = field(default_factory=set)  # ids of the defs that were called
    exact_lets: dict[str, Fraction | None] = field(default_factory=dict)  # see `constants`
    constants: dict[int, Any] = field(default_factory=dict)  # by the id of an expression
    entry: Entry | None = None
    lost: frozenset[str] = frozenset()  # names of declarations that could not be read
    _numbers: dict[Any, int] = field(default_factory=dict)
    _number_of: dict[int, tuple[int, Expr]] = field(default_factory=dict)  # holds them alive

    # ---- expressions

    def make(
        self,
        op: str,
        args: tuple[Expr, ...],
        attr: Any,
        type_: Type,
        level: Level,
        range_: Range,
        span: Span,
    ) -> Expr:
        if level.index >= Index.STATE and op != "unknown":
            args = tuple(self._at_end(a) for a in args)
        expr = Expr(op, args, attr, type_, level, range_, span)
        if len(self._number_of) > MOST_EXPRESSIONS:
            raise TooLarge
        key = self.key(op, tuple(self.number(a) for a in args), attr)
        self._number_of[id(expr)] = (self._numbers.setdefault(key, len(self._numbers)), expr)
        return expr

    def _at_end(self, arg: Expr) -> Expr:
        """What is known at the end, as a step of the same episode reads it: as it is there."""
        if arg.level.known is not Known.END or arg.level.index is not Index.EPISODE:
            return arg
        last = Pool("last", "episode", "episode")
        if arg.op == "pool" and arg.attr == last:
            return arg
        return self.make("pool", (arg,), last, arg.type, arg.level, arg.range, arg.span)

    def unknown(self, span: Span) -> Expr:
        """The expression that stands where one is in error."""
        return self.make("unknown", (), None, UNKNOWN, Level(), ANY, span)

    def number(self, expr: Expr) -> int:
        return self._number_of[id(expr)][0]

    def number_of_apply(self, name: str, left: Expr, right: Expr) -> int:
        """The number that `name(left, right)` has or would have."""
        key = self.key("apply", (self.number(left), self.number(right)), name)
        return self._numbers.setdefault(key, len(self._numbers))

    @staticmethod
    def key(op: str, args: tuple[int, ...], attr: Any) -> Any:
        # 1, 1.0 and True are equal but not the same literal
        return (op, args, repr(attr) if op == "const" else attr)

    def like(self, expr: Expr, **changes: Any) -> Expr:
        """The same expression with another range, type, level or span: it keeps its number."""
        changed = replace(expr, **changes)
        self._number_of[id(changed)] = (self.number(expr), changed)
        return changed

    # ---- findings

    def error(
        self, code: str, *labels: tuple[Span, str], hint: str | None = None, **args: Any
    ) -> None:
        self.report.add(self.finding(Severity.ERROR, code, labels, hint, args))

    def warning(
        self, code: str, *labels: tuple[Span, str], hint: str | None = None, **args: Any
    ) -> None:
        self.report.add(self.finding(Severity.WARNING, code, labels, hint, args))

    def note(self, code: str, *labels: tuple[Span, str], **args: Any) -> None:
        self.report.add(self.finding(Severity.NOTE, code, labels, None, args))

    def finding(
        self,
        severity: Severity,
        code: str,
        labels: tuple[tuple[Span, str], ...],
        hint: str | None,
        args: dict[str, Any],
    ) -> Diagnostic:
        """Inside a def that is being inlined the call comes first: that is where to act."""
        made = [Label(span, text) for span, text in labels]
        if self.calls:
            name, span = self.calls[0]
            made.insert(0, Label(span, f"in this call of `{name}`"))
        return Diagnostic(code, tuple(made), args, severity, hint)

    @contextmanager
    def silent(self) -> Iterator[Report]:
        """Try something: what it reports is kept apart, the risks it finds are dropped."""
        outer, risks = self.report, self.risks
        self.report, self.risks = Report(), []
        try:
            yield self.report
        finally:
            self.report, self.risks = outer, risks

    def mention(self, span: Span) -> str:
        """A piece of the text short enough to stand in a message."""
        text = " ".join(span.text.split())
        return text if len(text) <= 32 else text[:29] + "..."
