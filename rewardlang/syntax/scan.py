"""Text to tokens, one at a time, each chosen by what the parser can use there.

A word is taken whole, then looked up: a keyword where the parser accepts that keyword or where the
word is reserved, else a name. The regular expressions are those of the grammar; beside them stand
only the shapes of common mistakes (`&&`, `2kg`, an unclosed string), which get names of their own
so that a message can say what they are.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from rewardlang.syntax.tables import RESERVED, Tables

# Terminals that no grammar rule accepts, so the parser stops at them with their text in hand.
GLUED = "GLUED"  # a number that runs into a word
FOREIGN = "FOREIGN"  # an operator or a character of other languages
UNCLOSED = "UNCLOSED"  # a string without its end
END = "$END"

_MISTAKES = (
    (UNCLOSED, r'"""(?:[^"]|"[^"]|""[^"])*"{0,2}\Z|r?"[^\n]*'),
    (GLUED, r"[0-9](?:[A-Za-z0-9_]|\.[0-9])*"),
    (FOREIGN, r"&&|\|\||\*\*|:=|\+\+|//|=>|<>|===|!==|[+*/-]=|\.\.\.|\.[0-9]+|'(?:[^'\n]*')?"),
)
_NUMBER_ENDS = r"(?![A-Za-z0-9_]|\.[0-9])"


class Token(NamedTuple):
    """A terminal with its text at `start` .. `end`. `type` is the grammar's name for it."""

    type: str
    text: str
    start: int
    end: int


class Scanner:
    """Tokens of one text. `comments` collects the places of the comments that were passed."""

    def __init__(self, text: str, tables: Tables, pattern: re.Pattern[str]) -> None:
        self.text = text
        self.position = 1 if text.startswith("\ufeff") else 0
        self.comments: dict[int, int] = {}
        self._words = tables.words
        self._symbols = tables.symbols
        self._match = pattern.match

    def next(self, accepted: Container[str]) -> Token:
        """The next token, for a parser that can use the terminals `accepted`."""
        text, position = self.text, self.position
        kind: str | None
        while True:
            found = self._match(text, position)
            if found is None:
                self.position = position + 1
                if position >= len(text):
                    self.position = len(text)
                    return Token(END, "", len(text), len(text))
                return Token(FOREIGN, text[position], position, position + 1)
            start, kind = position, found.lastgroup
            position = found.end()
            if kind == "SPACE":
                continue
            if kind == "COMMENT":
                self.comments[start] = position
                continue
            break
        assert kind is not None
        if kind == "UNIT" and kind not in accepted:
            kind, position = "SYMBOL", start + (2 if text.startswith("<=", start) else 1)
        self.position = position
        value = text[start:position]
        if kind == "NAME":
            word = self._words.get(value)
            if word is not None and (word in accepted or value in RESERVED):
                kind = word
        elif kind == "SYMBOL":
            kind = self._symbols[value]
        return Token(kind, value, start, position)


def scanner_pattern(tables: Tables) -> re.Pattern[str]:
    """One expression for all tokens; the group that matched names the terminal."""
    grammar = tables.patterns
    symbols = sorted(tables.symbols, key=lambda s: (-len(s), s))
    parts = [(name, grammar[name]) for name in ("SPACE", "COMMENT", "STRING")]
    parts += _MISTAKES[:1]
    parts.append(("QUANTITY", grammar["QUANTITY"]))
    parts += [(name, grammar[name] + _NUMBER_ENDS) for name in ("FLOAT", "INT")]
    parts += _MISTAKES[1:2]
    parts += [(name, grammar[name]) for name in ("NAME", "UNIT")]
    parts += _MISTAKES[2:]
    parts.append(("SYMBOL", "|".join(map(re.escape, symbols))))
    return re.compile("|".join(f"(?P<{name}>{_uncaptured(body)})" for name, body in parts))


def _uncaptured(body: str) -> str:
    """`body` with plain groups made non-capturing, so that `lastgroup` names the terminal."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", body)
