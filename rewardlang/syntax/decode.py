"""The grammar for constrained decoding, derived from the master grammar for llguidance.

A decoder of this kind splits text into tokens greedily, never backs up, and knows no "whole word".
So what our scanner does by looking is made part of the grammar here:

- a word that may follow a number begins with white space, a word that something wordy may follow
  ends with it, so that no two words or numbers touch;
- a name is no reserved word and no keyword that competes with it at its place;
- a temporal prefix is never the left operand of a connective;
- strings hold known escapes only, and numbers few enough digits to stay in range.

Everything it accepts within the limits, the parser accepts. It accepts every program in canonical
form that does not begin with a comment.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from rewardlang.syntax.tables import RESERVED, compile_grammar, grammar_text

_CONNECTED = ("iff", "implies", "or", "and", "until", "prefix")
_TEMPORAL = "_temporal_word"
_SPACE = "[ \\t\\r\\n]+"
_NUMBERS = frozenset({"INT", "FLOAT"})
_STRING = r'"""([^"]|"[^"]|""[^"])*"""|r"[^"\n]*"|"([^"\\\n]|\\["\\nt])*"'


class Occurrence(NamedTuple):
    """One place of a terminal in the rules: what may stand beside it depends on the place."""

    terminal: str
    rule: str
    alternative: int
    position: int


Alternatives = list[list[str]]


def decode_grammar() -> str:
    """The grammar as Lark text in the dialect of llguidance."""
    lark = compile_grammar(grammar_text())
    rules: dict[str, Alternatives] = defaultdict(list)
    for rule in lark.rules:
        rules[str(rule.origin.name)].append([str(symbol.name) for symbol in rule.expansion])
    _close_left_operands(rules)
    _separate_the_first_declaration(rules)
    texts: dict[str, str] = {}
    words: dict[str, str] = {}
    for terminal in lark.terminals:
        value = terminal.pattern.value
        if type(terminal.pattern).__name__ == "PatternRE":
            texts[terminal.name] = _bounded(terminal.name, value)
        elif value[0].isalpha():
            words[terminal.name] = value
        else:
            texts[terminal.name] = re.escape(value).replace("/", "\\/")
    return _Spelling(dict(rules), texts, words).text()


def _bounded(name: str, pattern: str) -> str:
    """The pattern without strings and numbers that are read and then refused."""
    if name == "STRING":
        return _STRING
    if name in ("INT", "FLOAT", "QUANTITY"):
        pattern = pattern.replace("[eE][+-]?[0-9]+", "[eE][+-]?[0-9]{1,2}")
        return pattern.replace("[0-9]+", "[0-9]{1,15}")
    return pattern


def _close_left_operands(rules: dict[str, Alternatives]) -> None:
    """Doubles the rules of connectives: `x_closed` does not end in an open temporal prefix."""

    def closed(symbol: str) -> str:
        return f"{symbol}_closed" if symbol in _CONNECTED else symbol

    for name in _CONNECTED:
        written = rules[name]
        rules[name] = [[*map(closed, body[:-1]), body[-1]] for body in written]
        rules[closed(name)] = [[*map(closed, body)] for body in written if body[0] != _TEMPORAL]


def _separate_the_first_declaration(rules: dict[str, Alternatives]) -> None:
    """Gives the start of the file its own copies: nothing stands before their first words."""
    for (kind,) in rules["_declaration"]:
        rules[f"first_{kind}"] = [list(body) for body in rules[kind]]
        rules["first_declaration"].append([f"first_{kind}"])
    rules["start"] = [
        ["first_declaration" if symbol == "_declaration" else symbol for symbol in body]
        for body in rules["start"]
    ]


@dataclass
class _Spelling:
    """Chooses for each occurrence of a terminal how it is spelled, and prints the grammar."""

    rules: dict[str, Alternatives]
    texts: dict[str, str]
    words: dict[str, str]
    before: dict[Occurrence, set[Occurrence]] = field(default_factory=lambda: defaultdict(set))
    after: dict[Occurrence, set[Occurrence]] = field(default_factory=lambda: defaultdict(set))
    first: dict[str, set[Occurrence]] = field(default_factory=dict)
    leads: set[Occurrence] = field(default_factory=set)
    trails: set[Occurrence] = field(default_factory=set)
    lexemes: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        self._find_neighbours()
        self._find_leads()
        self._find_trails()
        lines = []
        for name, alternatives in self.rules.items():
            bodies = [
                " ".join(self._symbol(o, symbol) for o, symbol in self._places(name, i, body))
                for i, body in enumerate(alternatives)
            ]
            lines.append(f"{_rule(name)}: " + "\n  | ".join(body or '""' for body in bodies))
        lines += [f"{name}: {body}" for name, body in sorted(self.lexemes.items())]
        lines += [f"%ignore /{self.texts['SPACE']}/", f"%ignore /{self.texts['COMMENT']}/"]
        return "\n".join(lines) + "\n"

    def _places(
        self, rule: str, alternative: int, body: list[str]
    ) -> list[tuple[Occurrence | None, str]]:
        """Each symbol with its occurrence, which is None for a rule."""
        return [
            (None if symbol in self.rules else Occurrence(symbol, rule, alternative, i), symbol)
            for i, symbol in enumerate(body)
        ]

    def _find_neighbours(self) -> None:
        self.first = first = self._edges(0)
        last = self._edges(-1)
        for name, alternatives in self.rules.items():
            for number, body in enumerate(alternatives):
                places = self._places(name, number, body)
                for (left, left_name), (right, right_name) in zip(places, places[1:], strict=False):
                    ends = {left} if left else last[left_name]
                    begins = {right} if right else first[right_name]
                    for end in ends:
                        self.after[end] |= begins
                    for begin in begins:
                        self.before[begin] |= ends

    def _edges(self, side: int) -> dict[str, set[Occurrence]]:
        """The occurrences that a rule's text can begin with (side 0) or end with (side -1)."""
        found: dict[str, set[Occurrence]] = {name: set() for name in self.rules}
        grown = True
        while grown:
            grown = False
            for name, alternatives in self.rules.items():
                size = len(found[name])
                for number, body in enumerate(alternatives):
                    for occurrence, symbol in self._places(name, number, body)[side:][:1] or []:
                        found[name] |= {occurrence} if occurrence else found[symbol]
                grown = grown or len(found[name]) > size
        return found

    # ---- spelling -----------------------------------------------------------------------------

    def _wordy(self, terminal: str) -> bool:
        return terminal in self.words or terminal in ("NAME", "STRING", "INT", "FLOAT", "QUANTITY")

    def _find_leads(self) -> None:
        """What must begin with white space: wordy things that a number may stand before.

        What else could stand at the same place must then begin so too: the space is read before
        the decoder can know which of them comes. A word before such a place swallows no space.
        """
        grown = True
        while grown:
            size = len(self.leads)
            for place, following in self.after.items():
                wordy = {other for other in following if self._wordy(other.terminal)}
                if place.terminal in _NUMBERS or not self.leads.isdisjoint(wordy):
                    self.leads |= wordy
            grown = len(self.leads) > size

    def _find_trails(self) -> None:
        """What must end with white space: words before something wordy without its own.

        The same word in two rules, at one place of the text, must be spelled alike.
        """
        for occurrence in self._words():
            if any(self._wordy(o.terminal) and o not in self.leads for o in self.after[occurrence]):
                self.trails.add(occurrence)
        grown = True
        while grown:
            size = len(self.trails)
            for following in [*self.after.values(), self._at_start()]:
                trailing = {other.terminal for other in following & self.trails}
                self.trails |= {other for other in following if other.terminal in trailing}
            grown = len(self.trails) > size

    def _words(self) -> list[Occurrence]:
        return [o for o in {*self.before, *self.after} if o.terminal in self.words]

    def _at_start(self) -> set[Occurrence]:
        return self.first["first_declaration"]

    def _symbol(self, occurrence: Occurrence | None, symbol: str) -> str:
        if occurrence is None:
            return _rule(symbol)
        if occurrence.terminal == "NAME":
            return self._name(occurrence)
        lead = _SPACE if occurrence in self.leads else ""
        trail = _SPACE if occurrence in self.trails else ""
        name = _lexeme(symbol) + ("_AFTER" if lead else "") + ("_BEFORE" if trail else "")
        body = self.words.get(symbol) or self.texts[symbol]
        self.lexemes[name] = f"/{lead}({body}){trail}/" if lead or trail else f"/{body}/"
        return name

    def _name(self, occurrence: Occurrence) -> str:
        """A name, less the words that would be keywords where it stands."""
        places = self.before[occurrence]
        rivals = {
            self.words[other.terminal]
            for place in places
            for other in self.after[place]
            if other.terminal in self.words
        }
        lead = _SPACE if occurrence in self.leads else ""
        refused = "|".join(sorted(RESERVED | rivals))
        body = f"/{lead}{self.texts['NAME']}/ & ~/{lead}({refused})/"
        for name, known in self.lexemes.items():
            if known == body:
                return name
        name = f"NAME_{sum(key.startswith('NAME_') for key in self.lexemes)}"
        self.lexemes[name] = body
        return name


def _rule(name: str) -> str:
    """A rule's name in the dialect, where none begins with an underscore."""
    return name if name == "start" else f"r_{name.strip('_')}"


def _lexeme(name: str) -> str:
    return f"T_{name.strip('_')}"
