"""The generated text: what it looks like, and that no name can break out of it."""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np
import pytest

from rewardlang.backends.emit import evaluate_text, reset_text, step_text
from rewardlang.backends.tidy import tidy
from rewardlang.plan import Plan
from tests.backends.sketch import Sketch

FLOAT32 = np.dtype(np.float32)


def small_plan() -> Plan:
    s = Sketch("small")
    t = s.count_time()
    action, height = s.input("action", (6,)), s.input("height", per="state")
    s.make_cell("action", "real", (6,))
    s.make_buffer("tilt", 5, "max")
    s.owner = "effort"
    effort = s.term("effort", s.reduce("sum", s.apply("mul", action, action), 0), s.param("w", 0.1))
    s.owner = "smooth"
    change = s.apply("sub", action, s.cell("action"))
    jump = s.reduce("sum", s.apply("abs", change), 0)
    first = s.apply("eq", t, s.const(1, "int"), number=1)
    smooth = s.term("smooth", s.apply("select", first, s.const(0.0), jump), on_fault=s.const(0.0))
    s.owner = "fallen"
    s.term("fallen", s.apply("lt", s.buffered("tilt", height), s.const(0.5)))
    s.owner = None
    s.total(effort, smooth)
    s.store("action", action)
    s.current = "reset"
    s.make_cell("start")
    s.store("start", s.input("height"))
    return s.plan()


@pytest.mark.parametrize("write", [step_text, evaluate_text, reset_text])
def test_the_text_is_what_a_person_would_write(
    write: Callable[..., object], golden: Callable[[str, str], None]
) -> None:
    text = write(small_plan(), FLOAT32)
    golden(f"kernel/{write.__name__}.txt", text.text)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name",
    ["lambda", "row", "e", "v12", "f", "np", "state_real", "__import__", "größe", "a.b", "2x"],
)
def test_any_input_name_gives_a_text_that_parses(name: str) -> None:
    s = Sketch()
    s.reward = s.apply("add", s.input(name), s.input(name + "_"))
    tree = ast.parse(step_text(s.plan(), FLOAT32).text)
    (kernel,) = [d for d in tree.body if isinstance(d, ast.FunctionDef) and d.name == "kernel"]
    names = [a.arg for a in kernel.args.args]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ['"""\nimport os\n', "x\\", "a\nb", "'''"])
def test_no_name_can_write_code(name: str) -> None:
    s = Sketch(name)
    s.owner = name
    s.total(s.term(name, s.input("x")))
    tree = ast.parse(step_text(s.plan(), FLOAT32).text)
    imported = [n.name for d in ast.walk(tree) if isinstance(d, ast.Import) for n in d.names]
    assert imported == ["math", "numpy"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(FAULT_INT if v1 == FAULT_INT or 1 == FAULT_INT else v1 + 1)",
         "FAULT_INT if v1 == FAULT_INT else v1 + 1"),
        ("(nan if f(0.25) == 0 else v1 / f(0.25))", "v1 / f(0.25)"),
        ("(nan if f(0.0) == 0 else v1 / f(0.0))", "nan if f(0.0) == 0 else v1 / f(0.0)"),
        ("(nan if f(1e-60) == 0 else v1 / f(1e-60))", "nan if f(1e-60) == 0 else v1 / f(1e-60)"),
        ("(a) + (b)", "(a) + (b)"),
    ],
)  # fmt: skip
def test_what_a_literal_decides_is_left_out(text: str, expected: str) -> None:
    assert tidy(text) == expected
