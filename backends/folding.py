"""The text of one step of a fold: the compiled twin of `kinds.combine`."""

from __future__ import annotations

from rewardlang.backends.writer import Writer


def start_text(fold: str, kind: str) -> str:
    """The literal that a reduction starts from: what the fold leaves every element as it is."""
    if fold in ("sum", "prod"):
        return literal(kind, 0 if fold == "sum" else 1)
    if kind == "bool":
        return "1" if fold in ("min", "all") else "0"
    if kind == "int":  # one above the smallest, which is the fault
        return str(2**63 - 1) if fold == "min" else "FAULT_INT + 1"
    infinity = "np.inf" if kind == "wide" else "inf"
    return infinity if fold == "min" else f"-{infinity}"


def fold_step(writer: Writer, fold: str, kind: str, total: str, x: str) -> None:
    """Write `total = fold(total, x)`; both are names. A fault on either side wins."""
    if fold in ("sum", "prod"):
        sign = "+" if fold == "sum" else "*"
        if kind == "int":
            spoiled = f"{total} == FAULT_INT or {x} == FAULT_INT"
            writer.line(f"{total} = FAULT_INT if {spoiled} else {total} {sign} {x}")
        else:
            writer.line(f"{total} {sign}= {x}")
        return
    writer.line(f"if {_replaces(fold, kind, total, x)}:")
    writer.line(f"    {total} = {x}")


def _replaces(fold: str, kind: str, total: str, x: str) -> str:
    least = fold in ("min", "all")
    if kind == "bool":  # 2 is the fault, and the largest
        return f"{total} == 1 or {x} == 2" if least else f"{x} > {total}"
    if kind == "int":  # the fault is the smallest
        more = f"{total} != FAULT_INT and ({x} > {total} or {x} == FAULT_INT)"
        return f"{x} < {total}" if least else more
    return f"{x} < {total} or {x} != {x}" if least else f"{x} > {total} or {x} != {x}"


def literal(kind: str, value: object) -> str:
    """A constant as text of its kind."""
    if kind == "bool":
        return str(int(value))  # type: ignore[call-overload]
    if kind == "int":
        number = int(value)  # type: ignore[call-overload]
        if number < 0:  # in parentheses: it may be the base of a power
            return "FAULT_INT" if number == -(2**63) else f"({number})"
        return str(number)
    number = float(value)  # type: ignore[arg-type]
    cast, plain = ("np.float64", "np.") if kind == "wide" else ("f", "")
    if number != number:
        return f"{plain}nan"
    if number in (float("inf"), float("-inf")):
        return f"{plain}inf" if number > 0 else f"(-{plain}inf)"
    return f"{cast}({number!r})"


def cast_text(x: str, source: str, target: str) -> str:
    """The text of a value as another kind; `x` is a name. A fault becomes that kind's fault."""
    if source == target or {source, target} == {"int", "bool"} and target == "bool":
        return x
    if target == "int":
        return f"(FAULT_INT if {x} == 2 else {x})"
    number = "np.float64" if target == "wide" else "f"
    if source in ("real", "wide"):
        return f"{number}({x})"
    fault = "np.nan" if target == "wide" else "nan"
    spoiled = "FAULT_INT" if source == "int" else "2"
    return f"({fault} if {x} == {spoiled} else {number}({x}))"


def is_fit(kind: str, x: str) -> str:
    """The text of "may leave the numeric layer": no fault and finite."""
    if kind in ("real", "wide"):
        return f"math.isfinite({x})"
    return f"{x} != FAULT_INT" if kind == "int" else f"{x} != 2"


def is_unfit(kind: str, x: str) -> str:
    """The opposite of `is_fit`."""
    if kind in ("real", "wide"):
        return f"not {is_fit(kind, x)}"
    return is_fit(kind, x).replace("!=", "==")
