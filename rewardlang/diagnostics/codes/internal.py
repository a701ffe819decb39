"""Messages of the family `internal`: the fault is ours."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        code="RW900",
        title="rewardlang itself failed: {what}",
        why="This is a defect in rewardlang: your program did not cause it.",
        hint=(
            "please report it with the file and the command; "
            "REWARDLANG_DEBUG=1 shows the traceback to include"
        ),
        explanation=(
            "Something happened that rewardlang believed impossible. Whatever the program says, "
            "the answer should have been a result or a message about it, so this is a defect "
            "of ours. The exit status is 70, so that scripts can tell it from a fault in a program."
        ),
        bad=(
            "from rewardlang.diagnostics.diagnostic import Diagnostic, RewardError\n"
            "raise RewardError([Diagnostic('RW900', args={'what': 'two kernels were swapped'})])"
        ),
        good='rewardlang.parse("term alive = 1", name="alive")',
        kind="python",
    ),
)
