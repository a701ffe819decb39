"""`.reward` text to its AST. Goes on after an error: what is right around it is kept.

A declaration that cannot be read is dropped whole, and reading resumes at the next line that
begins with a declaration's word and is not indented deeper than the broken one. What was read
before stands.
"""

from __future__ import annotations

from functools import cache
from re import Pattern

from rewardlang.diagnostics.diagnostic import Diagnostic, Label, Report
from rewardlang.diagnostics.source import Source, Span
from rewardlang.syntax import ast
from rewardlang.syntax.allowed import allowances
from rewardlang.syntax.build import Builder
from rewardlang.syntax.limits import (
    MAX_BRACKETS,
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_ERRORS,
    megabytes,
    text_fault,
)
from rewardlang.syntax.lr import Parser, TooDeep
from rewardlang.syntax.mistakes import Place, explain
from rewardlang.syntax.scan import END, Scanner, Token, scanner_pattern
from rewardlang.syntax.tables import tables

_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


@cache
def _pattern() -> Pattern[str]:
    return scanner_pattern(tables())


def parse(source: Source, report: Report) -> ast.File:
    """Reads a whole file. Every finding goes to `report`; the file returned holds what was sound.

    `report.errors` being empty means the file says exactly what the text says. Nothing is raised,
    whatever the text.
    """
    fault = text_fault(source)
    if fault is not None:
        report.add(fault)
        return _empty(source)
    file = _Reading(source, report).file()
    report.allow(allowances(file))
    return file


def decode_source(name: str, data: bytes) -> Source | Diagnostic:
    """Bytes of a file to its source, or why they are no program's text.

    A byte order mark is dropped and line ends become `\\n`.
    """
    if len(data) > 4 * MAX_CHARACTERS:  # no text within the limit is longer
        facts = {"size": megabytes(len(data)), "limit": megabytes(MAX_CHARACTERS)}
        return Diagnostic("RW005", (Label(Span(Source(name, ""), 0, 0)),), facts)
    try:
        return Source(name, _line_ends(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        shown = Source(name, _line_ends(data.decode("utf-8", "replace")))
        place = len(_line_ends(data[: error.start].decode("utf-8", "replace")))
        label = Label(Span(shown, place, place + 1))
        return Diagnostic(
            "RW003", (label,), {"byte": f"0x{data[error.start]:02x}", "offset": error.start}
        )


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _empty(source: Source) -> ast.File:
    return ast.File(span=Span(source, 0, len(source.text)), source=source, declarations=())


class _Reading:
    """The state of one `parse`: scanner, parser, and what recovery has to remember."""

    def __init__(self, source: Source, report: Report) -> None:
        self.source = source
        self.report = report
        self.tables = tables()
        builder = Builder(source, report)
        methods = {
            production.method: getattr(builder, production.method)
            for production in self.tables.productions
            if production.method is not None
        }
        self.parser = Parser(self.tables, methods, MAX_DEPTH)
        self.scanner = Scanner(source.text, self.tables, _pattern())
        # between two declarations, and only there, the file can end and a `let` can be shifted
        self.between = {
            state
            for state, row in enumerate(self.tables.actions)
            if END in row and row.get("LET", -1) >= 0
        }
        self.errors = 0
        self.declaration: list[Token] = []  # what was read of the present one
        self.declaration_column = 1
        self.open_brackets = 0

    def file(self) -> ast.File:
        token: Token | None = self._next()
        while token is not None:
            fault = self._take(token)
            if fault is not None:
                self.report.add(fault[0])
                token = self._recover(fault[1])
            else:
                token = None if self.parser.finished else self._next()
        return self._with_comments(self._result())

    def _take(self, token: Token) -> tuple[Diagnostic, Token] | None:
        """Gives one token to the parser. If it does not fit: why, and where to look on."""
        try:
            fits = self.parser.feed(token)
        except TooDeep as deep:
            span = Span(self.source, deep.start, deep.end)
            return Diagnostic("RW007", (Label(span),), {"limit": deep.limit}), token
        if not fits:
            return self._misfit(token)
        if self.parser.finished:
            return None
        if self.parser.stack.states[-2] in self.between:
            self.declaration_column = self.source.position(token.start)[1]
            self.declaration.clear()
            self.open_brackets = 0
        self.declaration.append(token)
        if token.text in _OPENING:
            self.open_brackets += 1
            if self.open_brackets > MAX_BRACKETS:
                span = Span(self.source, token.start, token.end)
                return Diagnostic("RW006", (Label(span),), {"limit": MAX_BRACKETS}), token
        elif token.text in _CLOSING:
            self.open_brackets -= 1
        return None

    def _misfit(self, token: Token) -> tuple[Diagnostic, Token]:
        """Explains a token that does not fit, or the one before it.

        After `let a =` the next line's `let` is read as a name, since declaration words are soft,
        and only what follows it fails. Then that word is the place where something is missing.
        """
        last = self.declaration[-1] if self.declaration else token
        word = self.tables.words.get(last.text)
        if last.type == "NAME" and word is not None and self._may_begin(last, word):
            token = Token(word, last.text, last.start, last.end)
            self.declaration.pop()
            self.parser.stack.cut(len(self.parser.stack.values) - 1)
        self.scanner.position = token.end
        following = self.scanner.next(self.parser.row)
        self.scanner.position = token.end
        documented = self.declaration[:1] and self.declaration[0].type == "STRING"
        before = self.declaration[1:] if documented else self.declaration
        place = Place(self.source, self.parser, token, following, before)
        return explain(place), token

    def _next(self) -> Token:
        return self.scanner.next(self.parser.row)

    def _expects_declaration(self) -> bool:
        """Whether what was read so far is whole declarations, and no part of another."""
        return self.parser.stack.states[-1] in self.between

    def _recover(self, token: Token) -> Token | None:
        """Drops the broken declaration and finds the next one; None where the cap is reached."""
        self.errors += 1
        if self.errors >= MAX_ERRORS:
            span = Span(self.source, token.start, token.end)
            self.report.add(Diagnostic("RW008", (Label(span),), {"count": MAX_ERRORS}))
            return None
        stack = self.parser.stack
        while not self._expects_declaration():
            stack.cut(len(stack.values) - 1)
        row = self.parser.row
        self.scanner.position = token.end
        while token.type != END and not self._may_begin(token, token.type):
            token = self.scanner.next(row)
        return token

    def _may_begin(self, token: Token, terminal: str) -> bool:
        """Whether a declaration may start here: its word, first on a line, not indented deeper."""
        if self.tables.actions[self.tables.start].get(terminal, -1) < 0:
            return False
        line, column = self.source.position(token.start)
        if column > self.declaration_column:
            return False
        return not self.source.line(line)[: column - 1].strip()

    def _result(self) -> ast.File:
        values = self.parser.stack.values
        if self.parser.finished and isinstance(values[0], ast.File):
            return values[0]
        stack = self.parser.stack
        while not self._expects_declaration():
            stack.cut(len(stack.values) - 1)
        self.parser.feed(self.parser.end_token(len(self.source.text)))
        file = stack.values[0]
        assert isinstance(file, ast.File)
        return file

    def _with_comments(self, file: ast.File) -> ast.File:
        comments = []
        for start, end in self.scanner.comments.items():
            line, column = self.source.position(start)
            before = self.source.line(line)[: column - 1]
            comments.append(
                ast.Comment(
                    span=Span(self.source, start, end),
                    text=self.source.text[start:end].rstrip(),
                    own_line=not before.strip(),
                )
            )
        return ast.File(
            span=file.span,
            source=file.source,
            doc=file.doc,
            declarations=file.declarations,
            comments=tuple(comments),
        )
