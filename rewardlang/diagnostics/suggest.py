"""Spelling suggestions: names that a person is likely to have meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str], limit: int = 3) -> list[str]:
    """The candidates close to `name`, the closest first; none rather than a poor one.

    Close is: the same but for case and underscores, at most one edit in four characters (insert,
    delete, replace, swap two neighbours), or the same words in another order.
    """
    wanted = _plain(name)
    ranked = []
    for candidate in dict.fromkeys(candidates):
        if candidate == name:
            continue
        plain = _plain(candidate)
        allowed = max(1, max(len(wanted), len(plain)) // 4)
        if min(len(wanted), len(plain)) < 2 and plain != wanted:
            continue
        if sorted(_words(name)) == sorted(_words(candidate)):
            far = 0
        elif abs(len(wanted) - len(plain)) > allowed:
            continue
        else:
            far = distance(wanted, plain)
        if far <= allowed:
            ranked.append((far, plain[:1] != wanted[:1], candidate))
    return [candidate for _, _, candidate in sorted(ranked)[:limit]]


def distance(a: str, b: str) -> int:
    """Edits from a to b, a swap of neighbours being one (optimal string alignment distance)."""
    two_up: list[int] = []
    up = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(up[j] + 1, row[j - 1] + 1, up[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, two_up[j - 2] + 1)
            row.append(best)
        two_up, up = up, row
    return up[-1]


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _words(name: str) -> list[str]:
    return [word for word in name.lower().split("_") if word]
