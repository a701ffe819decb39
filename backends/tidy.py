"""Expression text as a person would write it: what a literal operand decides is left out.

Only text generated from templates comes here. Meaning does not change, not even by a rounding.
"""

from __future__ import annotations

import re

import numpy as np

_INT = r"(?:\d+|\(-\d+\))"
_REAL = r"(?:f|np\.float64)\((-?[0-9.e+-]+)\)"
_NOT_A_FAULT = re.compile(rf" or {_INT} == FAULT_INT\b|(?<![\w.]){_INT} == FAULT_INT or ")
_DIVISOR = re.compile(rf"\((?:np\.)?nan if {_REAL} == 0 else (.*)\)")


def tidy(text: str) -> str:
    text = _NOT_A_FAULT.sub("", text)
    divided = _DIVISOR.fullmatch(text)
    # float32 is the smaller of the two: what is not 0 there is not 0 in float64
    if divided is not None and np.float32(divided[1]) != 0 and is_balanced(divided[2]):
        return divided[2]
    return bare(text)


def bare(text: str) -> str:
    """Without the parentheses round the whole, if there are some."""
    if text.startswith("(") and text.endswith(")") and is_balanced(text[1:-1]):
        return text[1:-1]
    return text


def is_balanced(text: str) -> bool:
    """Whether every parenthesis closes one that opened before it."""
    depth = 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if depth < 0:
            return False
    return depth == 0
