"""Every message about tensors and their loops has a snippet that gives it and one that does not."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

import rewardlang
from rewardlang.diagnostics.codes import Code
from rewardlang.diagnostics.codes.tensors import CODES
from rewardlang.diagnostics.diagnostic import RewardError

_names = pytest.mark.parametrize("code", CODES, ids=lambda c: c.code)


def run(snippet: str) -> None:
    if "rewardlang.torchrl" in snippet and find_spec("torchrl") is None:
        pytest.skip("needs torchrl")
    exec(compile(snippet, "<snippet>", "exec"), {"rewardlang": rewardlang})


@_names
def test_the_bad_example_gives_the_code(code: Code) -> None:
    with pytest.raises(RewardError) as caught:
        run(code.bad)
    assert [d.code for d in caught.value.diagnostics] == [code.code]


@_names
def test_the_good_example_gives_nothing(code: Code) -> None:
    run(code.good)
