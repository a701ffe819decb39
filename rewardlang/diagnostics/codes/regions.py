"""Messages about what a reward is as mathematics: RW780 to RW789."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

_SHOWN = "from rewardlang import tooling\ntooling.regions(program)"

CODES: tuple[Code, ...] = (
    Code(
        code="RW780",
        title="the term `{name}` has more regions than can be listed",
        why=(
            "There are more than {limit}, or finding them takes too long. Each choice can double them: "
            "a sum of n sizes has 2^n."
        ),
        hint="make a term of each summand: its own regions are few",
        explanation=(
            "`rewardlang show --stage regions` lists the polytopes on which a term is affine or "
            "quadratic. `max`, `min`, `clip`, `abs` and `if` choose between two sides, and where "
            "the choices do not depend on each other every combination is a region of its own. "
            "Where only the total has too many, the terms are listed and the total is not."
        ),
        bad=(
            'program = rewardlang.parse("input x : real[12] term near = -sum(abs(x))", name="near")\n'
            + _SHOWN
        ),
        good=(
            'program = rewardlang.parse("input x : real[4] term near = -sum(abs(x))", name="near")\n'
            + _SHOWN
        ),
        kind="python",
    ),
)
