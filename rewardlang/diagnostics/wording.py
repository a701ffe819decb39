"""The words of a diagnostic: the templates of its code filled with its facts."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from rewardlang.diagnostics.codes import codes
from rewardlang.diagnostics.diagnostic import Diagnostic

_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Wording:
    """`title` is what, `why` the reason, `hint` what to do; `why` and `hint` may be empty."""

    title: str
    why: str
    hint: str


def wording(diagnostic: Diagnostic) -> Wording:
    """A code that is not declared still gets a message: losing a finding would be worse."""
    code = codes().get(diagnostic.code)
    if code is None:
        facts = ", ".join(f"{name}: {value}" for name, value in diagnostic.args.items())
        return Wording(facts or "no wording is declared for this code", "", diagnostic.hint or "")
    hint = code.hint if diagnostic.hint is None else diagnostic.hint
    return Wording(
        _fill(code.title, diagnostic),
        _fill(code.why, diagnostic),
        # a hint of the diagnostic's own is finished text, it may hold braces
        visible(hint) if diagnostic.hint is not None else _fill(hint, diagnostic),
    )


def _fill(template: str, diagnostic: Diagnostic) -> str:
    try:
        return visible(template.format(**diagnostic.args))
    except (KeyError, IndexError) as missing:
        raise ValueError(f"{diagnostic.code} lacks the fact {missing} in its args") from missing


def visible(text: str) -> str:
    """Text that is safe to print: control and direction characters are replaced by a sign.

    What a file says must not move the cursor, change colours or reorder a line.
    """
    if text.isprintable():
        return text
    return "".join(_sign(c) for c in text)


def _sign(character: str) -> str:
    if character in "\n\t":
        return character
    if ord(character) < 32:
        return chr(0x2400 + ord(character))  # the Unicode pictures of control characters
    if character in _BIDIRECTIONAL or unicodedata.category(character) in ("Cc", "Cs"):
        return "\ufffd"
    return character
