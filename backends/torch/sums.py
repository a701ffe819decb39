"""Sums of weighted terms in one pass: the terms that are settled together are a matrix already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rewardlang.plan import Instruction

FEWEST = 3  # products that are made one by one as fast


@dataclass(frozen=True)
class WeightedSum:
    """The value of a slot: the members of a group by their weights, and what is added to them."""

    slot: int
    group: int
    weights: tuple[int | None, ...]  # the slot of each member's weight; None: it is not in the sum
    rest: tuple[int, ...]
    within: frozenset[int]  # slots that nothing else reads

    @property
    def name(self) -> str:
        return f"weights{self.slot}"


def weighted_sums(
    body: Sequence[Instruction],
    shared: Iterable[Instruction],
    groups: Sequence[Sequence[int]],
    roots: Iterable[int],
) -> list[WeightedSum]:
    """The sums in a block, of slots without axes. `groups` are the slots of those that are settled
    together, `shared` what all rows share, `roots` what is read besides by the outside."""
    search = _Search(body, shared, groups, roots)
    found: list[WeightedSum] = []
    for at in reversed(body):
        if _is(at, "add") and not any(at.slot.number in each.within for each in found):
            added = search.at(at.slot.number)
            if added is not None:
                found.append(added)
    return found


class _Search:
    """See `weighted_sums`."""

    def __init__(
        self,
        body: Sequence[Instruction],
        shared: Iterable[Instruction],
        groups: Sequence[Sequence[int]],
        roots: Iterable[int],
    ) -> None:
        self._by_slot = {i.slot.number: i for i in body}
        self._uses = Counter([a for i in body for a in i.args] + list(roots))
        self._groups = groups
        self._place = {
            slot: (n, k) for n, group in enumerate(groups) for k, slot in enumerate(group)
        }
        self._factors = {
            i.slot.number for i in shared if i.slot.kind == "real" and not i.slot.shape
        }

    def at(self, slot: int) -> WeightedSum | None:
        """The sum whose value is in a slot, of members of the group that most of them are of."""
        within: set[int] = set()
        ends = self._ends(slot, within)
        products = {end: self._product(end) for end in ends}
        groups = Counter(known[0] for known in products.values() if known is not None)
        if not groups:
            return None
        group = groups.most_common(1)[0][0]
        weights: list[int | None] = [None] * len(self._groups[group])
        rest = []
        for end in ends:
            known = products[end]
            if known is None or known[0] != group or weights[known[1]] is not None:
                rest.append(end)
                continue
            weights[known[1]] = known[2]
            within.add(end)
        if len(ends) - len(rest) < FEWEST:
            return None
        return WeightedSum(slot, group, tuple(weights), tuple(rest), frozenset(within))

    def _ends(self, slot: int, within: set[int]) -> list[int]:
        """What a chain of additions adds up, in order; `within` gains the additions."""
        found: list[int] = []
        waiting = [slot]
        while waiting:  # long sums are long chains
            at = waiting.pop()
            if at == slot or (_is(self._by_slot.get(at), "add") and self._uses[at] == 1):
                within.add(at)
                waiting.extend(reversed(self._by_slot[at].args))
            else:
                found.append(at)
        within.discard(slot)
        return found

    def _product(self, slot: int) -> tuple[int, int, int] | None:
        """Group, place and weight of a settled value times what all rows share."""
        at = self._by_slot.get(slot)
        if at is None or not _is(at, "mul") or self._uses[slot] > 1:
            return None
        for member, factor in (at.args, at.args[::-1]):
            if member in self._place and factor in self._factors:
                return *self._place[member], factor
        return None


def _is(at: Instruction | None, name: str) -> bool:
    """A row without axes of that name."""
    if at is None or at.op != "apply" or at.slot.shape or at.slot.kind != "real":
        return False
    return bool(at.attr[0] == name)
