"""Shorter Torch texts where an operand is never a fault: each guard left out is a pass saved."""

from __future__ import annotations

import re
from collections.abc import Iterable


def without_guards(template: str, certain: Iterable[int]) -> str:
    """A builtin's Torch text where those operands are never a fault."""
    for i in certain:
        test = rf"\(\{{{i}\}} (?:!= \{{{i}\}}|== FAULT_INT|== 2)\)"
        template = re.sub(rf"{test} \| | \| {test}", "", template)
        bare = rf"(?:{test}|\{{{i}\}} (?:!= \{{{i}\}}|== FAULT_INT|== 2))"
        alone = re.fullmatch(rf"torch\.where\({bare}, (?:\{{nan\}}|FAULT_INT|2), (.*)\)", template)
        if alone is not None and _is_whole(alone[1]):
            template = f"({alone[1]})"
        # `if c then x else y` has but two ways
        choice = re.fullmatch(
            rf"torch\.where\(\{{{i}\}} == 1, (\{{\d\}}), torch\.where\(\{{{i}\}} == 0, (\{{\d\}}),"
            r" (?:\{nan\}|FAULT_INT|2)\)\)",
            template,
        )
        if choice is not None:
            template = f"torch.where({{{i}}} == 1, {choice[1]}, {choice[2]})"
    return template


def _is_whole(text: str) -> bool:
    """Whether the parentheses of a part close within it."""
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0
