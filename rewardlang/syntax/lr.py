"""The LALR(1) loop over compiled tables: tokens in, the builder's values out.

The loop uses no recursion, so depth of input costs memory only; the depth of what is built is
bounded all the same, for the sake of everything that walks the tree later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rewardlang.syntax.scan import END, Token
from rewardlang.syntax.tables import Tables

Build = Callable[..., Any]  # (start, end, *children) -> value


class TooDeep(Exception):
    """A reduction would make a tree deeper than `limit`."""

    def __init__(self, start: int, end: int, limit: int) -> None:
        self.start, self.end, self.limit = start, end, limit
        super().__init__()


@dataclass
class Stack:
    """What the parser has read: a state per symbol, and each symbol's value, place and depth."""

    states: list[int]
    values: list[Any] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)

    def cut(self, length: int) -> None:
        """Forgets all symbols after the first `length`."""
        del self.states[length + 1 :]
        for column in (self.values, self.starts, self.ends, self.depths):
            del column[length:]


class Parser:
    """One parse in progress. `methods` gives the builder of each rule by its name."""

    def __init__(self, tables: Tables, methods: dict[str, Build], max_depth: int) -> None:
        self.tables = tables
        self.stack = Stack([tables.start])
        self._max_depth = max_depth
        self._builders = [
            None if p.method is None else methods[p.method] for p in tables.productions
        ]

    @property
    def row(self) -> dict[str, int]:
        """The terminals usable now, each with its action."""
        return self.tables.actions[self.stack.states[-1]]

    @property
    def finished(self) -> bool:
        return self.stack.states[-1] == self.tables.end

    def feed(self, token: Token) -> bool:
        """Takes one token. False, with nothing lost, where it does not fit.

        Raises
        ------
        TooDeep
            Where the tree would exceed the depth limit.
        """
        stack, actions = self.stack, self.tables.actions
        if not self.accepts(token.type):
            return False
        while not self.finished:
            action = actions[stack.states[-1]][token.type]
            if action < 0:
                self._reduce(~action)
                continue
            stack.states.append(action)
            stack.values.append(token)
            stack.starts.append(token.start)
            stack.ends.append(token.end)
            stack.depths.append(0)
            return True
        return True  # the end of the text leaves nothing on the stack but the file

    def accepts(self, terminal: str) -> bool:
        """Whether `terminal` can come next. Exact: a table row alone may promise too much."""
        actions, gotos = self.tables.actions, self.tables.gotos
        states = self.stack.states
        top = len(states)  # how much of the real stack is still in use
        pushed: list[int] = []  # what the reductions would put on it
        while True:
            action = actions[pushed[-1] if pushed else states[top - 1]].get(terminal)
            if action is None:
                return False
            if action >= 0:
                return True
            production = self.tables.productions[~action]
            from_pushed = min(len(pushed), production.length)
            del pushed[len(pushed) - from_pushed :]
            top -= production.length - from_pushed
            below = pushed[-1] if pushed else states[top - 1]
            pushed.append(gotos[below][production.origin])
            if pushed[-1] == self.tables.end:
                return terminal == END

    def _reduce(self, number: int) -> None:
        stack = self.stack
        production = self.tables.productions[number]
        length = production.length
        if length == 1 and production.method is None and not production.is_list:
            stack.states.pop()
            stack.states.append(self.tables.gotos[stack.states[-1]][production.origin])
            return
        first = len(stack.values) - length
        children = self._children(production.children, first)
        depth = max(stack.depths[first:], default=0)
        if length:
            start, end = stack.starts[first], stack.ends[-1]
        else:
            start = end = stack.ends[-1] if stack.ends else 0
        builder = self._builders[number]
        value: Any = children
        if builder is not None:
            depth += 1
            if depth > self._max_depth and production.origin != "start":
                raise TooDeep(start, end, self._max_depth)
            value = builder(start, end, *children)
        elif not production.is_list:
            (value,) = children
        stack.cut(first)
        stack.states.append(self.tables.gotos[stack.states[-1]][production.origin])
        stack.values.append(value)
        stack.starts.append(start)
        stack.ends.append(end)
        stack.depths.append(depth)

    def _children(self, wanted: tuple[tuple[int, bool] | None, ...], first: int) -> list[Any]:
        """The values a rule keeps. A leading list is extended in place, which keeps it linear."""
        values = self.stack.values
        children: list[Any] = []
        for place, child in enumerate(wanted):
            if child is None:
                children.append(None)
                continue
            value = values[first + child[0]]
            if not child[1]:
                children.append(value)
            elif place == 0:
                children = value
            else:
                children.extend(value)
        return children

    def end_token(self, position: int) -> Token:
        return Token(END, "", position, position)
