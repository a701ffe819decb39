"""Every message of run time has a snippet that produces it and one that does not."""

from __future__ import annotations

import pytest

import rewardlang
from rewardlang.diagnostics.codes import Code, codes
from rewardlang.diagnostics.codes.faults import CODES as FAULTS
from rewardlang.diagnostics.codes.runtime import CODES as RUNTIME
from rewardlang.diagnostics.codes.tensors import CODES as TENSORS
from rewardlang.diagnostics.diagnostic import RewardError

OURS = (*RUNTIME, *FAULTS, *TENSORS)
_names = pytest.mark.parametrize("code", OURS, ids=lambda c: c.code)


def run(snippet: str) -> None:
    if "rewardlang.torchrl" in snippet:
        pytest.importorskip("torchrl")
    exec(compile(snippet, "<snippet>", "exec"), {"rewardlang": rewardlang})


@_names
def test_the_bad_example_gives_the_code(code: Code) -> None:
    with pytest.raises(RewardError) as caught:
        run(code.bad)
    assert [d.code for d in caught.value.diagnostics] == [code.code]
    assert code.code in str(caught.value)


@_names
def test_the_good_example_gives_nothing(code: Code) -> None:
    run(code.good)


@_names
def test_the_code_is_in_its_family(code: Code) -> None:
    assert code.code.startswith("RW6") and code.kind == "python"
    assert len(code.explanation) > 40 and codes()[code.code] is code
