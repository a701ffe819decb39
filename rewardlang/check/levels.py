"""The two coordinates of a value, and the rules that are the same for many constructs.

`index` is what a value varies over, `known` when it is known (semantics: 2.2). Joins are those of
`types.Level`; this file has what is more than a join.
"""

from __future__ import annotations

from collections.abc import Iterator

from rewardlang.check.typed import Expr
from rewardlang.types import Index, Known, Level

CONSTANT = Level(Index.NONE, Known.STATIC)
TUNABLE = Level(Index.NONE, Known.LIVE)
PER_STATE = Level(Index.STATE, Known.NOW)
PER_STEP = Level(Index.STEP, Known.NOW)
AT_END = Level(Index.EPISODE, Known.END)

INPUT_INDEX = {
    "state": Index.STATE,
    "step": Index.STEP,
    "token": Index.STEP,
    "episode": Index.EPISODE,
    "completion": Index.EPISODE,
    "group": Index.GROUP,
    "batch": Index.BATCH,
}


def join(*levels: Level) -> Level:
    result = CONSTANT
    for level in levels:
        result = result.join(level)
    return result


def input_level(per: str, at_reset: bool) -> Level:
    """The level of an input declared `per` this."""
    index = INPUT_INDEX[per]
    if index >= Index.STATE:
        return Level(index, Known.NOW)
    if at_reset:
        return Level(index, Known.RESET)
    # what a whole group or batch shares, as the prompt is, is known from the start
    return Level(index, Known.END if index is Index.EPISODE else Known.RESET)


def remembered(level: Level) -> Level:
    """The level of what is computed from a value's past: known now at the earliest."""
    return Level(level.index, max(level.known, Known.NOW))


def varies_by_sample(level: Level) -> bool:
    return level.index >= Index.STATE


def paid_at_end(level: Level) -> bool:
    """Whether what is known then has one value for an episode, and is paid on its last step."""
    return level.known is Known.END or (level.known > Known.END and level.index < Index.STATE)


def mode_of(known: Known) -> str:
    """The mode of a program whose total is known then."""
    if known <= Known.NOW:
        return "online"
    modes = {Known.END: "episodic", Known.FOLLOWING: "recorded", Known.GROUP_END: "grouped"}
    return modes.get(known, "batched")


def leaves(expr: Expr) -> Iterator[Expr]:
    """The names that an expression reads, in the order of the text."""
    stack = [expr]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.op == "name":
            yield node
        stack.extend(reversed(node.args))


def latest_leaf(expr: Expr, known: Known) -> Expr | None:
    """The first name that is known later than `known`."""
    for leaf in leaves(expr):
        if leaf.level.known > known:
            return leaf
    return None
