"""Errors of use, as diagnostics: the wording is in diagnostics/codes/runtime.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, RewardError
from rewardlang.diagnostics.source import Span
from rewardlang.diagnostics.suggest import nearest


def failure(
    code: str, span: Span | None = None, hint: str | None = None, **args: Any
) -> RewardError:
    """The exception to raise; `span` is the declaration that was not met."""
    labels = () if span is None else (Label(span, "declared here"),)
    return RewardError([Diagnostic(code, labels, args, hint=hint)])


def unknown(code: str, name: object, known: Iterable[str]) -> RewardError:
    """`name` is none of `known`: offers the nearest, or else lists them."""
    names = sorted(known)
    near = nearest(str(name), names)
    if near:
        hint = "did you mean " + " or ".join(f"`{n}`" for n in near) + "?"
    elif names:
        hint = "there are " + ", ".join(f"`{n}`" for n in names)
    else:
        hint = "this program declares none"
    return failure(code, hint=hint, name=name)


def shape_text(shape: tuple[object, ...]) -> str:
    """`[4096, 3]`; `[]` is a single number."""
    return "[" + ", ".join(str(n) for n in shape) + "]"
