"""From the token that does not fit to the message a person can use.

The table of slips is `grammar/mistakes.toml`; it is read only when there is an error. What no entry
explains is told as what was found and what could stand there, taken from the parser's own tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rewardlang import grammar
from rewardlang.diagnostics.diagnostic import Diagnostic, Label
from rewardlang.diagnostics.source import Source, Span
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax.expected import describe_expected, describe_found
from rewardlang.syntax.lr import Parser
from rewardlang.syntax.scan import END, FOREIGN, GLUED, UNCLOSED, Token
from rewardlang.syntax.tables import RESERVED

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NUMBERS = ("INT", "FLOAT", "QUANTITY")
_VALUES = frozenset((*_NUMBERS, "NAME", "STRING", "LPAR", "LSQB", "MINUS", "IF", "NOT", "MATCH"))


@dataclass(frozen=True)
class Place:
    """Where reading stopped: the token, its neighbours, and the declaration so far."""

    source: Source
    parser: Parser
    token: Token
    following: Token
    before: list[Token]  # of the declaration being read, its docstring aside

    @property
    def open_brackets(self) -> list[Token]:
        stack: list[Token] = []
        for token in self.before:
            if token.text in _CLOSING:
                stack.append(token)
            elif token.text in _CLOSING.values() and stack:
                stack.pop()
        return stack

    @property
    def begins_line(self) -> bool:
        line, column = self.source.position(self.token.start)
        return not self.source.line(line)[: column - 1].strip()

    def is_one(self, token: Token, wanted: list[str]) -> bool:
        """Whether `token` is one of the texts or classes of tokens that `wanted` lists."""
        classes = {token.text, token.type}
        if token.type in _NUMBERS:
            classes.add("NUMBER")
        if token.type in _VALUES:
            classes.add("VALUE")
        if token.type == END:
            classes.add("END")
        if token is self.token and self.begins_line and self.before:
            classes.add("LINE")
        return not classes.isdisjoint(wanted)

    def accepts(self, spelling: str) -> bool:
        tables = self.parser.tables
        terminal = tables.words.get(spelling) or tables.symbols.get(spelling)
        return self.parser.accepts(terminal or spelling)


def explain(place: Place) -> Diagnostic:
    """The diagnostic for the token that the parser cannot take where it stands."""
    found = _damaged(place) or _slip(place) or _bracket(place) or _reserved(place)
    return found or _unexpected(place)


def _at(place: Place, token: Token) -> Label:
    return Label(Span(place.source, token.start, token.end))


def _damaged(place: Place) -> Diagnostic | None:
    """A token that is wrong wherever it stands."""
    token = place.token
    if token.type == UNCLOSED:
        span = Span(place.source, token.start, min(token.end, token.start + 3))
        if token.text.startswith('"""'):
            return Diagnostic("RW009", (Label(span),), {"what": "docstring", "quote": '"""'})
        span = Span(place.source, token.start, token.end)
        return Diagnostic("RW009", (Label(span),), {"what": "string", "quote": '"'})
    if token.type == GLUED:
        return Diagnostic("RW011", (_at(place, token),), _glued_facts(token.text))
    if token.type == FOREIGN and token.text.startswith("'"):
        text = token.text.strip("'").replace('"', '\\"')
        return Diagnostic(
            "RW024", (_at(place, token),), {"text": token.text, "instead": f'"{text}"'}
        )
    if token.type == FOREIGN and token.text.startswith(".") and token.text[1:].isdigit():
        return Diagnostic("RW048", (_at(place, token),), {"text": token.text})
    return None


def _glued_facts(text: str) -> dict[str, str]:
    """What a number that runs into a word was meant to be: a unit, a word, digits in groups."""
    digits = len(text) - len(text.lstrip("0123456789."))
    number, word = text[:digits], text[digits:]
    if word.lower() in RESERVED:
        instead = f"{number} {word}"
    elif word.replace("_", "").isdigit():
        instead = text.replace("_", "")
    elif word and word.isalpha() and number != "0":
        instead = f"{number}<{word}>"
    else:
        instead = f"{number} {word}".strip()
    return {"text": text, "instead": instead}


def _slip(place: Place) -> Diagnostic | None:
    for entry in _entries():
        if _holds(entry, place):
            facts = {"found": place.token.text, **entry.get("facts", {})}
            facts |= _names(place)
            return Diagnostic(entry["code"], (_label(place, entry),), facts, hint=entry.get("hint"))
    return None


def _label(place: Place, entry: dict[str, Any]) -> Label:
    """At the token; for something missing before a line's first token, right after the last one."""
    missing = "LINE" in entry["token"] or "END" in entry["token"]
    if missing and place.before and (place.begins_line or place.token.type == END):
        last = place.before[-1]
        return Label(Span(place.source, last.start, last.end), "after this")
    return _at(place, place.token)


def _names(place: Place) -> dict[str, str]:
    """Names that messages may want: of the declaration, its word, the tokens around the error."""
    before = place.before
    return {
        "declaration": before[0].text if before else place.token.text,
        "name": before[1].text if len(before) > 1 else place.token.text,
        "previous": before[-1].text if before else "",
        "following": place.following.text,
    }


def _holds(entry: dict[str, Any], place: Place) -> bool:
    before = place.before
    if not place.is_one(place.token, entry["token"]):
        return False
    if "after" in entry and not (before and place.is_one(before[-1], entry["after"])):
        return False
    if "behind" in entry:
        wanted = entry["behind"]
        tail = before[len(before) - len(wanted) :] if len(before) >= len(wanted) else []
        if not tail or not all(place.is_one(t, [w]) for t, w in zip(tail, wanted, strict=True)):
            return False
    if "then" in entry and not place.is_one(place.following, entry["then"]):
        return False
    if "declaration" in entry and not (before and before[0].text in entry["declaration"]):
        return False
    if "seen" in entry and not any(token.text in entry["seen"] for token in before):
        return False
    if "inside" in entry:
        brackets = place.open_brackets
        if (brackets[-1].text if brackets else "") not in entry["inside"]:
            return False
    return "accepts" not in entry or all(place.accepts(s) for s in entry["accepts"])


@cache
def _entries() -> list[dict[str, Any]]:
    import tomllib  # only a text with an error pays for it

    path = Path(grammar.__file__).parent / "mistakes.toml"
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["mistake"]
    return entries


def _bracket(place: Place) -> Diagnostic | None:
    """A bracket without its partner, told with the place of the one that is open."""
    token, brackets = place.token, place.open_brackets
    closes = token.text in _CLOSING.values() and token.type != "STRING"
    if closes and not brackets:
        return Diagnostic("RW010", (_at(place, token),), {"bracket": token.text})
    if not brackets:
        return None
    opened = brackets[-1]
    if closes and _CLOSING[opened.text] == token.text:
        return None
    if closes or token.type == END or (place.begins_line and place.before and _starts(place)):
        label = Label(Span(place.source, opened.start, opened.end), "opened here")
        facts = {"bracket": opened.text, "closing": _CLOSING[opened.text]}
        return Diagnostic("RW039", (label, _at(place, token)), facts)
    return None


def _starts(place: Place) -> bool:
    """Whether the token is a word that begins declarations."""
    row = place.parser.tables.actions[place.parser.tables.start]
    terminal = place.parser.tables.words.get(place.token.text)
    return terminal is not None and row.get(terminal, -1) >= 0


def _reserved(place: Place) -> Diagnostic | None:
    token = place.token
    if token.text in RESERVED and place.parser.accepts("NAME"):
        return Diagnostic("RW014", (_at(place, token),), {"word": token.text})
    return None


def _unexpected(place: Place) -> Diagnostic:
    expected = describe_expected(place.parser)
    if place.token.type == END:
        facts = {"expected": expected, **_names(place)}
        end = len(place.source.text.rstrip())
        start = place.before[-1].start if place.before else end
        return Diagnostic("RW002", (Label(Span(place.source, start, end)),), facts)
    facts = {"found": describe_found(place.token), "expected": expected}
    return Diagnostic("RW001", (_at(place, place.token),), facts, hint=_spelling(place))


def _spelling(place: Place) -> str | None:
    """The keyword that a misspelt word was meant to be, if one close to it can stand here."""
    if place.token.type != "NAME":
        return None
    usable = [
        word
        for word, terminal in place.parser.tables.words.items()
        if place.parser.accepts(terminal)
    ]
    close = nearest(place.token.text, usable, limit=1)
    return f"did you mean `{close[0]}`?" if close else None
