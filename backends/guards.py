"""Shorter Torch and Triton texts where an operand is never a fault: each guard is work saved."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WHERE = r"(?:torch|tl)\.where"
_FAULT = r"(?:\{nan\}|FAULT_INT|2)"


def without_guards(template: str, certain: Iterable[int]) -> str:
    """A builtin's text where those operands are never a fault."""
    for i in certain:
        test = rf"\(\{{{i}\}} (?:!= \{{{i}\}}|== FAULT_INT|== 2)\)"
        template = re.sub(rf"{test} \| | \| {test}", "", template)
        bare = rf"(?:{test}|\{{{i}\}} (?:!= \{{{i}\}}|== FAULT_INT|== 2))"
        alone = re.fullmatch(rf"{_WHERE}\({bare}, {_FAULT}, (.*)\)", template)
        if alone is not None and _is_whole(alone[1]):
            template = f"({alone[1]})"
        # `if c then x else y` has but two ways
        choice = re.fullmatch(
            rf"({_WHERE})\(\{{{i}\}} == 1, (\{{\d\}}), {_WHERE}\(\{{{i}\}} == 0, (\{{\d\}}),"
            rf" {_FAULT}\)\)",
            template,
        )
        if choice is not None:
            template = f"{choice[1]}({{{i}}} == 1, {choice[2]}, {choice[3]})"
    return template


def _is_whole(text: str) -> bool:
    """Whether the parentheses of a part close within it."""
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0
