"""Sums of weighted terms in one pass: the terms that are settled together are a matrix already."""

from __future__ import annotations

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
    by_slot = {i.slot.number: i for i in body}
    uses: dict[int, int] = {}
    for slot in [a for i in body for a in i.args] + list(roots):
        uses[slot] = uses.get(slot, 0) + 1
    place = {slot: (n, k) for n, group in enumerate(groups) for k, slot in enumerate(group)}
    factors = {i.slot.number for i in shared if i.slot.kind == "real" and not i.slot.shape}

    def leaves(slot: int, within: set[int]) -> list[int]:
        """The operands of a chain of additions."""
        found = []
        for a in by_slot[slot].args:
            if _is(by_slot.get(a), "add") and uses[a] == 1:
                within.add(a)
                found += leaves(a, within)
            else:
                found.append(a)
        return found

    def product(slot: int) -> tuple[int, int, int] | None:
        """Group, place and weight of a leaf that is a weighted member."""
        at = by_slot.get(slot)
        if not _is(at, "mul") or uses[slot] > 1:
            return None
        assert at is not None
        for member, factor in (at.args, at.args[::-1]):
            if member in place and factor in factors:
                return *place[member], factor
        return None

    found: list[WeightedSum] = []
    taken: set[int] = set()
    for at in reversed(body):
        slot = at.slot.number
        if not _is(at, "add") or slot in taken:
            continue
        within: set[int] = set()
        ends = leaves(slot, within)
        taken |= within
        products = {end: product(end) for end in ends}
        counted = [p[0] for p in products.values() if p is not None]
        group = max(set(counted), key=counted.count, default=-1)
        weights: list[int | None] = [None] * (len(groups[group]) if group >= 0 else 0)
        rest = []
        for end in ends:
            known = products[end]
            if known is None or known[0] != group or weights[known[1]] is not None:
                rest.append(end)
                continue
            weights[known[1]] = known[2]
            within.add(end)
        if len(ends) - len(rest) >= FEWEST:
            one = WeightedSum(slot, group, tuple(weights), tuple(rest), frozenset(within))
            found.append(one)
    return found


def _is(at: Instruction | None, name: str) -> bool:
    """A row without axes of that name."""
    if at is None or at.op != "apply" or at.slot.shape or at.slot.kind != "real":
        return False
    return bool(at.attr[0] == name)
