"""LALR(1) tables of the grammar: compiled by Lark once, cached as plain data, run without Lark.

Building takes most of a second, so the tables ship beside the grammar (`make grammar` writes them).
Those of a grammar that was changed since are kept in a folder that only the user can write
(`rewardlang/syntax/cache.py`). Otherwise Lark is not even imported.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewardlang import grammar
from rewardlang.syntax.cache import read_cached, write_cached

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule

PARTS = ("rewardlang", "declarations", "blocks", "expressions", "lexical")
FORMAT = 1  # of the cached data: raise it when `_extract` changes

# Words that are keywords everywhere. All other keywords of the grammar are soft: names elsewhere.
RESERVED = frozenset(
    "if then else match and or not implies iff in is over where always eventually until since "
    "releases next weak_next historically once previously".split()
)


@dataclass(frozen=True)
class Production:
    """What to do when a rule is complete.

    `children` lists what its method is given: None for an absent optional part, else the position
    of a symbol and whether that symbol's value is a list to be spliced in. `method` is None where
    the values only pass through: one value of a `?rule`, or a list from a `_rule`.
    """

    origin: str
    length: int
    method: str | None
    is_list: bool
    children: tuple[tuple[int, bool] | None, ...]


@dataclass(frozen=True)
class Tables:
    """`actions[state][terminal]` is the next state, or `~rule` for a reduction."""

    actions: list[dict[str, int]]
    gotos: list[dict[str, int]]
    productions: list[Production]
    start: int
    end: int
    words: dict[str, str]  # spelling of a keyword -> its terminal
    symbols: dict[str, str]  # spelling of an operator or bracket -> its terminal
    patterns: dict[str, str]  # the other terminals -> regular expression
    spellings: dict[str, str]  # terminal -> spelling, of words and symbols


def grammar_text() -> str:
    """The master grammar, its parts joined in their order."""
    room = Path(grammar.__file__).parent
    return "\n".join((room / f"{part}.lark").read_text(encoding="utf-8") for part in PARTS)


class WholeWords:
    """Makes Lark's contextual lexer match keywords as whole words only (`letx` is one name)."""

    always_accept = ("NAME", *sorted(word.upper() for word in RESERVED))

    def process(self, stream: Any) -> Any:
        return stream


def compile_grammar(text: str, *, strict: bool = False) -> Lark:
    """The grammar as a Lark parser. `strict` refuses every conflict and needs `interegular`."""
    from lark import Lark

    if strict:
        return Lark(text, parser="lalr", strict=True, maybe_placeholders=True, postlex=WholeWords())
    return Lark(text, parser="lalr", lexer="basic", maybe_placeholders=True)


@cache
def tables() -> Tables:
    """The tables of the installed grammar."""
    text = grammar_text()
    name = table_name(text)
    for kept in (shipped(name), read_cached(f"grammar-{name}.json")):
        found = None if kept is None else _revive(kept)
        if found is not None:
            return found
    data = _build(text)
    write_cached(f"grammar-{name}.json", data)
    fresh = _revive(data)
    assert fresh is not None
    return fresh


def ship() -> None:
    """Write the tables of the grammar as it stands beside it."""
    text = grammar_text()
    content = f"{table_name(text)}\n".encode() + _build(text)
    _shipped_path().write_bytes(gzip.compress(content, mtime=0))


def table_name(text: str) -> str:
    """Equal for equal grammars: tables under another name are not theirs."""
    return sha256(f"{FORMAT}\0{text}".encode()).hexdigest()[:32]


def _build(text: str) -> bytes:
    return json.dumps(_extract(compile_grammar(text)), separators=(",", ":")).encode()


def _shipped_path() -> Path:
    return Path(grammar.__file__).parent / "tables.json.gz"


def shipped(name: str) -> bytes | None:
    """The shipped tables if they are those of this grammar."""
    try:
        content = gzip.decompress(_shipped_path().read_bytes())
    except (OSError, EOFError, zlib.error):
        return None
    made_for, _, data = content.partition(b"\n")
    return data if made_for == name.encode() else None


def _revive(data: bytes) -> Tables | None:
    """Tables from their JSON form; None where it is not what `_extract` made."""
    try:
        plain = json.loads(data)
        rows = plain["rows"]
        return Tables(
            actions=[rows[i] for i in plain["actions"]],
            gotos=[rows[i] for i in plain["gotos"]],
            productions=[
                Production(
                    origin,
                    length,
                    method,
                    is_list,
                    tuple(None if c is None else (c[0], c[1]) for c in children),
                )
                for origin, length, method, is_list, children in plain["productions"]
            ],
            start=plain["start"],
            end=plain["end"],
            words=plain["words"],
            symbols=plain["symbols"],
            patterns=plain["patterns"],
            spellings={t: s for s, t in (plain["words"] | plain["symbols"]).items()},
        )
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _extract(lark: Lark) -> dict[str, Any]:
    """The tables as plain data; equal rows are stored once."""
    from lark.lexer import PatternStr
    from lark.parsers.lalr_analysis import Shift

    table = lark.parser.parser._parse_table
    rule_numbers = {rule: i for i, rule in enumerate(lark.rules)}
    state_numbers = _numbered(table, Shift)
    rows: dict[str, int] = {}

    def row(cells: dict[str, int]) -> int:
        return rows.setdefault(json.dumps(cells, sort_keys=True), len(rows))

    actions, gotos = [], []
    for state in state_numbers:
        cells = table.states[state]
        shifts: dict[str, int] = {}
        jumps: dict[str, int] = {}
        for symbol, (action, argument) in cells.items():
            if action is not Shift:
                shifts[symbol] = ~rule_numbers[argument]
            elif symbol.isupper() or symbol == "$END":
                shifts[symbol] = state_numbers[argument]
            else:
                jumps[symbol] = state_numbers[argument]
        actions.append(row(shifts))
        gotos.append(row(jumps))
    words, symbols, patterns = {}, {}, {}
    for terminal in lark.terminals:
        spelling = terminal.pattern.value
        if not isinstance(terminal.pattern, PatternStr):
            patterns[terminal.name] = spelling
        elif spelling[0].isalpha():
            words[spelling] = terminal.name
        else:
            symbols[spelling] = terminal.name
    return {
        "rows": [json.loads(text) for text in rows],
        "actions": actions,
        "gotos": gotos,
        "productions": [_production(rule) for rule in lark.rules],
        "start": state_numbers[table.start_states["start"]],
        "end": state_numbers[table.end_states["start"]],
        "words": words,
        "symbols": symbols,
        "patterns": patterns,
    }


def _numbered(table: Any, shift: Any) -> dict[int, int]:
    """States in the order they are reached, so that the same grammar gives the same tables."""
    numbers = {table.start_states["start"]: 0}
    waiting = list(numbers)
    for state in waiting:  # grows while it is read
        for _, (action, target) in sorted(table.states[state].items()):
            if action is shift and target not in numbers:
                numbers[target] = len(numbers)
                waiting.append(target)
    return numbers


def _production(rule: Rule) -> list[Any]:
    """One rule of Lark: which of its symbols are kept, spliced or stand for an absent part."""
    origin = str(rule.origin.name)
    empty = list(rule.options.empty_indices) or [False] * len(rule.expansion)
    symbols = iter(enumerate(rule.expansion))
    children: list[tuple[int, bool] | None] = []
    for absent in empty:
        if absent:
            children.append(None)
            continue
        position, symbol = next(symbols)
        filtered = symbol.is_term and getattr(symbol, "filter_out", False)
        if rule.options.keep_all_tokens or not filtered:
            children.append((position, not symbol.is_term and symbol.name.startswith("_")))
    is_list = origin.startswith("_")
    passes = rule.options.expand1 and len(children) == 1 and not rule.alias
    method = None if is_list or passes else str(rule.alias or origin)
    return [origin, len(rule.expansion), method, is_list, children]
