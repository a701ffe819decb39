"""Every message keeps its word: its bad example gives it, its good example does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rewardlang.diagnostics.codes import Code, codes
from rewardlang.diagnostics.diagnostic import Diagnostic, Severity
from rewardlang.diagnostics.render import render_all
from rewardlang.driver import check_text
from tests.conftest import GOLDEN

REWARD = [c for c in codes().values() if c.kind == "reward"]
TRIED = ("RW1", "RW42", "RW43")  # snippets; other families are tried beside what they are about
PYTHON = [c for c in codes().values() if c.kind == "python" and c.code.startswith(TRIED)]


def findings(text: str) -> list[Diagnostic]:
    """All that `rewardlang check` says, the order of kernels included."""
    return check_text(text, "example.reward")[1]


def by_code(code: Code) -> str:
    return code.code


@pytest.mark.parametrize("code", REWARD, ids=by_code)
def test_the_bad_example_gives_the_code_and_the_good_one_does_not(code: Code) -> None:
    assert code.code in [d.code for d in findings(code.bad)]
    assert code.code not in [d.code for d in findings(code.good)]


@pytest.mark.parametrize("code", [c for c in REWARD if c.code >= "RW100"], ids=by_code)
def test_the_good_example_has_no_error_at_all(code: Code) -> None:
    found = findings(code.good)
    assert [d.code for d in found if d.severity is Severity.ERROR] == []


@pytest.mark.parametrize("code", PYTHON, ids=by_code)
def test_the_snippets_do_what_they_say(code: Code) -> None:
    from rewardlang import RewardError

    with pytest.raises(RewardError) as caught:
        exec(code.bad, {})  # our own examples, which the docs show
    assert code.code in [d.code for d in caught.value.diagnostics]
    exec(code.good, {})


@pytest.mark.parametrize("code", REWARD, ids=by_code)
def test_the_message_reads_as_it_did(code: Code, golden: Callable[[str, str], None]) -> None:
    found = [d for d in findings(code.bad) if d.code == code.code]
    golden(f"errors/{code.code}.txt", render_all(found, color=False) + "\n")


@pytest.mark.parametrize("code", codes().values(), ids=by_code)
def test_every_code_says_what_and_explains_itself(code: Code) -> None:
    assert code.title and code.explanation.strip() and code.bad and code.good


def test_no_golden_file_is_left_of_a_message_that_is_gone() -> None:
    files = {path.stem for path in (GOLDEN / "errors").glob("*.txt")}
    assert files == {code.code for code in REWARD}
