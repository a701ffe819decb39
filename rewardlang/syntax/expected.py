"""What could stand where reading stopped, in words, from the parser's tables."""

from __future__ import annotations

from rewardlang.syntax.lr import Parser
from rewardlang.syntax.scan import END, FOREIGN, Token

_GROUPS = (  # how to say a set of terminals, once all of it can stand here
    ("a declaration", frozenset({"LET", "TERM", "INPUT", "PARAM"})),
    ("an expression", frozenset({"NAME", "INT", "STRING", "LPAR", "LSQB"})),
    ("an operator", frozenset({"PLUS", "STAR", "SLASH"})),
)
_BELONG_TO_GROUP = {
    "a declaration": frozenset(
        "USE TIMESTEP FAULTS UNIT_ ENUM INPUT PARAM LEARNED LET DEF TERM REWARD ADVANTAGE METRIC "
        "POTENTIAL SPEC MACHINE TERMINATE SUCCESS RUBRIC JUDGE EXTERN LATENT MAXIMIZE MINIMIZE "
        "SUBJECT PREFER TEST STRING".split()
    ),
    "an expression": frozenset(
        "NAME INT FLOAT QUANTITY STRING LPAR LSQB MINUS IF NOT MATCH ALWAYS EVENTUALLY NEXT "
        "WEAK_NEXT HISTORICALLY ONCE PREVIOUSLY".split()
    ),
    "an operator": frozenset(
        "PLUS MINUS STAR SLASH AND OR IFF IMPLIES UNTIL SINCE RELEASES IN IS SCALED WEIGHTED "
        "LESSTHAN MORETHAN CIRCUMFLEX DOT LSQB".split()
    ),
}
_CLASSES = {
    "NAME": "a name",
    "INT": "a whole number",
    "FLOAT": "a number",
    "QUANTITY": "a number with a unit",
    "UNIT": "a unit",
    "STRING": "a string",
    END: "the end of the file",
}
_MOST = 6  # more choices than this help nobody


def describe_expected(parser: Parser) -> str:
    """For instance "an expression", "`=` or `where`"."""
    usable = {terminal for terminal in parser.row if parser.accepts(terminal)}
    parts = []
    for name, members in _GROUPS:
        if members <= usable:
            parts.append(name)
            usable -= _BELONG_TO_GROUP[name]
            if name == "an operator":
                usable -= {t for t in usable if _is_operator(parser.tables.spellings.get(t, "a"))}
    spellings = parser.tables.spellings
    words = [f"`{spellings[t]}`" for t in sorted(usable) if t in spellings]
    classes = [_CLASSES[t] for t in sorted(usable) if t in _CLASSES]
    between = "a declaration" in parts
    others = [part for part in parts if part != "a declaration"]
    parts = [*others, *words, *(c for c in classes if not (between and c == _CLASSES[END]))]
    if len(parts) > _MOST:
        parts = [*parts[:_MOST], "something else"]
    elif between:
        parts.append("the next declaration")
    return _listed(parts)


def _is_operator(spelling: str) -> bool:
    return spelling in {"<=", ">=", "==", "!=", "@"}


def describe_found(token: Token) -> str:
    """The token as a message names it."""
    if token.type == END:
        return "the end of the file"
    if token.type == FOREIGN and not token.text.isprintable():
        return f"the character U+{ord(token.text[0]):04X}"
    text = " ".join(token.text.split())
    return f"`{text if len(text) <= 40 else text[:37] + '...'}`"


def _listed(parts: list[str]) -> str:
    if not parts:
        return "nothing more"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"
