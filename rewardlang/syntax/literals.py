"""Numbers, units and strings: from their spelling to their value, and strings back."""

from __future__ import annotations

import re
from math import isfinite

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Report
from rewardlang.diagnostics.source import Source, Span
from rewardlang.syntax.ast import Number, UnitExpr, UnitFactor
from rewardlang.syntax.scan import Token

_FACTOR = re.compile(r"([*/]?)('?[A-Za-z][A-Za-z0-9_]*)(?:\^(-?[0-9]+)(?:/([0-9]+))?)?")
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_LARGEST_INT = 2**63 - 1


def read_unit(source: Source, start: int, end: int) -> UnitExpr:
    """The unit between `<` at `start` and `>` before `end`."""
    factors = []
    for found in _FACTOR.finditer(source.text, start + 1, end - 1):
        operator, name, numerator, denominator = found.groups()
        span = Span(source, found.start(2), found.end())
        sign = -1 if operator == "/" else 1
        factors.append(
            UnitFactor(
                span=span,
                name=name,
                numerator=sign * int(numerator or 1),
                denominator=int(denominator or 1),
            )
        )
    return UnitExpr(span=Span(source, start, end), factors=tuple(factors))


def read_number(source: Source, token: Token, report: Report) -> Number:
    """An int, a float, or either with its unit."""
    text, bracket, _ = token.text.partition("<")
    span = Span(source, token.start, token.end)
    unit = None
    if bracket:
        unit = read_unit(source, token.start + len(text), token.end)
    value: int | float
    if text.isdigit():
        if len(text) > 4000:  # int() refuses more digits than this
            value = _LARGEST_INT + 1
        else:
            value = int(text)
        if value > _LARGEST_INT:
            report.add(Diagnostic("RW036", (Label(span),), {"text": _shortened(text)}))
            value = _LARGEST_INT
    else:
        value = float(text)
        if not isfinite(value):
            report.add(Diagnostic("RW036", (Label(span),), {"text": _shortened(text)}))
            value = 0.0
    return Number(span=span, value=value, text=text, unit=unit)


def _shortened(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:20]}..."


def read_string(source: Source, token: Token, report: Report) -> tuple[str, bool]:
    """The value of a string and whether it was raw. `r"` and triple quotes know no escapes."""
    text = token.text
    if text.startswith('"""'):
        return text[3:-3].replace("\r\n", "\n"), False
    if text.startswith("r"):
        return text[2:-1], True
    body = text[1:-1]
    if "\\" not in body:
        return body, False
    parts = []
    place = 0
    while place < len(body):
        character = body[place]
        if character != "\\":
            parts.append(character)
            place += 1
            continue
        escape = body[place + 1]
        if escape not in _ESCAPES:
            start = token.start + 1 + place
            span = Span(source, start, start + 2)
            report.add(Diagnostic("RW035", (Label(span),), {"escape": "\\" + escape}))
        parts.append(_ESCAPES.get(escape, "\\" + escape))
        place += 2
    return "".join(parts), False


def write_string(value: str, raw: bool) -> str:
    """The spelling `read_string` reads back: raw stays raw, long text keeps its lines."""
    if raw:
        return f'r"{value}"'
    if "\n" in value and _fits_triple(value):
        return f'"""{value}"""'
    body = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{body}"'


def write_docstring(value: str) -> str:
    """Triple quotes, except where the text itself forbids them."""
    return f'"""{value}"""' if _fits_triple(value) else write_string(value, raw=False)


def _fits_triple(value: str) -> bool:
    return '"""' not in value and not value.endswith('"') and "\r" not in value
