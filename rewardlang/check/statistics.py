"""Statistics as reductions: what each takes, over what, and what comes out.

`cov(a, b over stock, ddof: 1)`, `quantile(x, 0.9 over last 20 else 0)`, `rank(x, ties: min)`. The
formulas are in `ir/builder/statistics.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rewardlang.builtins.order import TIES
from rewardlang.check.apply import converted, described
from rewardlang.check.axes import AxisClash, broadcast, show
from rewardlang.check.scope import Scope
from rewardlang.check.typed import Expr
from rewardlang.check.units import as_factor
from rewardlang.syntax import ast
from rewardlang.types import NO_UNIT, Known, Range

_ALL = ("axes", "past", "episode", "last")
_BOUNDED = ("axes", "last")


@dataclass(frozen=True)
class Form:
    """How a reduction is called: operands by place, options by name, and over what.

    `number` is an operand that is one number of the call; `single` takes one axis at a time and
    `keeps` it.
    """

    operands: tuple[str, ...] = ("x",)
    options: tuple[str, ...] = ()
    over: tuple[str, ...] = _ALL
    number: Range | None = None
    single: bool = False
    keeps: bool = False


FORMS = {
    "var": Form(options=("ddof",)),
    "std": Form(options=("ddof",)),
    "mad": Form(over=_BOUNDED),
    "skew": Form(),
    "kurtosis": Form(),
    "cov": Form(("a", "b"), ("ddof",)),
    "corr": Form(("a", "b")),
    "median": Form(over=_BOUNDED, single=True),
    "quantile": Form(("x", "q"), over=_BOUNDED, single=True, number=Range(0, 1)),
    "rank": Form(options=("ties",), over=_BOUNDED, single=True, keeps=True),
    "sort": Form(over=("axes",), single=True, keeps=True),
    "cumsum": Form(over=("axes",), single=True, keeps=True),
    "argmin": Form(over=_BOUNDED, single=True),
    "argmax": Form(over=_BOUNDED, single=True),
    "wma": Form(over=("past", "episode", "last")),
    "ema": Form(("x", "decay"), over=("last",), number=Range(0, 1)),
}
_PLAIN = Form()


def form_of(name: str) -> Form:
    return FORMS.get(name, _PLAIN)


@dataclass(frozen=True)
class Options:
    ddof: int = 0
    ties: int = 0


def operands(scope: Scope, node: ast.Call) -> list[ast.Expr] | None:
    """What is reduced and the operands beside it, by place or by name; None is reported."""
    form = form_of(node.function)
    given = [a.value for a in node.arguments if a.name is None]
    named = {a.name: a.value for a in node.arguments if a.name is not None}
    for name in form.operands[len(given) :]:
        if name in named:
            given.append(named[name])
    if len(given) == len(form.operands):
        return given
    if len(given) == 1 and form.number is not None:
        example = {"q": "0.9", "decay": "0.9"}[form.operands[1]]
        args = {"name": node.function, "option": form.operands[1], "example": example}
        scope.session.error("RW233", (node.span, ""), **args)
        return None
    wanted = "one value" if len(form.operands) == 1 else "two values"
    scope.session.error(
        "RW206", (node.span, ""), name=node.function, wanted=wanted, given=len(given)
    )
    return None


def options(scope: Scope, node: ast.Call) -> Options | None:
    """What is given by name beside the operands; None is reported."""
    form, found = form_of(node.function), Options()
    for argument in node.arguments:
        if argument.name is None or argument.name in form.operands[1:]:
            continue
        if argument.name not in form.options:
            known = [*form.operands[1:], *form.options]
            text = ", ".join(f"`{o}`" for o in known) or "none"
            args = {"option": argument.name, "name": node.function, "known": text}
            scope.session.error("RW207", (argument.span, ""), **args)
            return None
        if argument.name == "ties":
            word = argument.value.id if isinstance(argument.value, ast.Name) else ""
            if word not in TIES:
                known_ties = ", ".join(f"`{t}`" for t in TIES)
                scope.session.error("RW264", (argument.value.span, ""), known=known_ties)
                return None
            found = replace(found, ties=TIES.index(word))
            continue
        value = scope.infer(argument.value)
        if value.op != "const" or value.type.kind != "int" or value.attr < 0:
            scope.session.error("RW224", (argument.value.span, ""), what="`ddof`")
            return None
        found = replace(found, ddof=int(value.attr))
    return found


def beside(scope: Scope, node: ast.Call, x: Expr, others: Sequence[Expr]) -> list[Expr] | None:
    """x and the operands beside it, fit for each other; None is reported."""
    session, form = scope.session, form_of(node.function)
    if not others:
        return [x]
    other = others[0]
    if other.type.kind == "unknown":
        return None
    if other.type.kind not in ("real", "int"):
        label = (other.span, f"this is {described(other.type)}")
        session.error("RW204", label, word=node.function, kinds=described(other.type))
        return None
    other = converted(session, other, "real")
    if form.number is not None:
        return [x, other] if _is_number(scope, node, other, form.number) else None
    met = broadcast(x.type.axes, other.type.axes)
    if isinstance(met, AxisClash):
        labels = [(e.span, f"this is {show(e.type.axes)}") for e in (x, other)]
        session.error(met.code, (node.span, ""), *labels, left=met.left, right=met.right)
        return None
    return [filled(scope, e, met) for e in (x, other)]


def filled(scope: Scope, e: Expr, axes: tuple[object, ...]) -> Expr:
    """The value repeated along the axes that it lacks."""
    if e.type.axes == axes:
        return e
    type_ = replace(e.type, axes=axes)  # type: ignore[arg-type]
    return scope.session.make("fill", (e,), None, type_, e.level, e.range, e.span)


def _is_number(scope: Scope, node: ast.Call, e: Expr, range_: Range) -> bool:
    session, option = scope.session, form_of(node.function).operands[1]
    shown = (e.span, f"this is {described(e.type)}, {e.level}")
    plain = as_factor(e.type.unit) == NO_UNIT and not e.type.axes
    if not plain or e.level.known > Known.LIVE:
        session.error("RW262", shown, name=node.function, option=option)
        return False
    if e.range.lo > range_.hi or e.range.hi < range_.lo:
        session.error(
            "RW261", (e.span, f"its range is {e.range}"), name=node.function, option=option
        )
        return False
    return True


def fits_axes(scope: Scope, node: ast.Call, x: Expr, axes: tuple[int, ...]) -> bool:
    """Whether a reduction can be taken over these axes; what cannot is reported."""
    form, shown = form_of(node.function), (x.span, f"this is {described(x.type)}")
    if "axes" not in form.over:
        scope.session.error("RW265", (node.span, ""), shown, name=node.function, where="axes")
        return False
    if form.single and len(axes) != 1:
        scope.session.error("RW260", (node.span, ""), shown, name=node.function)
        return False
    return True


def fits_samples(scope: Scope, node: ast.Call, window: str) -> bool:
    """Whether a reduction can be taken over a window or the past; what cannot is reported."""
    form = form_of(node.function)
    if window in form.over:
        return True
    if window in ("past", "episode") and "last" in form.over:
        scope.session.error("RW340", (node.span, ""), name=node.function, window=window)
        return False
    args = {"name": node.function, "where": "samples"}
    scope.session.error("RW265", (node.span, ""), **args)
    return False


def enough(scope: Scope, node: ast.Call, size: int, ddof: int) -> bool:
    """Whether something is left when `ddof` is taken from a number of values that is known."""
    if ddof == 0 or size > ddof or node.otherwise is not None or node.else_fault:
        return True
    scope.session.error("RW263", (node.span, ""), name=node.function, size=size, ddof=ddof)
    return False
