"""Lints of reward design: loud on the mistake, quiet beside it, quiet on everything we ship."""

from __future__ import annotations

from pathlib import Path

import pytest

import rewardlang
from rewardlang.driver import check_text
from tests.check.checking import codes_of

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = [p for room in ("examples", "stdlib") for p in sorted((ROOT / room).rglob("*.reward"))]
INPUTS = """
timestep 0.02<s>
input x : real<m>[3] per state
input y : real<m>[3] per state
input v : real<m/s>[3]
input height : real<m> in 0 .. 2 per state
input speed : real<m/s> in 0 .. 5
input contact : bool[leg: 4]
input a : real in 0 .. 1
input b : real in 0 .. 1
param k : real in 0 .. 1 = 0.5
"""


def design(text: str) -> list[str]:
    return [c for c in codes_of(INPUTS + text) if "RW710" <= c <= "RW720"]


@pytest.mark.parametrize("path", SHIPPED, ids=[p.stem for p in SHIPPED])
def test_what_is_shipped_is_not_advised_against(path: Path) -> None:
    _, found = check_text(path.read_text(encoding="utf-8"), path.name, path.parent)
    assert [d.code for d in found if d.code.startswith("RW7")] == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("term one weight -2 = -a", ["RW710"]),
        ("term one weight -k = a", []),
        ("let down = -a\nterm one weight -1 = down", ["RW710"]),
        ("term one times dt = count(rises(contact else true))", ["RW711"]),
        ("term one times dt = if rises(a > 0.5 else true) then speed / 1<m/s> else 0", ["RW711"]),
        ("term one times dt = if rises(a > 0.5 else true) then 1 else -1", []),
        ("term one times dt = a > 0.5", []),
        ("param goal : real<m> = 1<m>\nterm one = (x[0] - goal) / 1<m>", ["RW712"]),
        ("param goal : real<m> = 1<m>\nterm one = min(x[0] - goal, 0) / 1<m>", []),
        ("param goal : real<m> = 1<m>\nterm one weight -1 = (x[0] - goal) / 1<m>", []),
        ("term one = if norm(x) > 0 and norm(y) > 0 then dot(x, y) / (norm(x) * norm(y)) else 0",
         ["RW713"]),
        ("term one = if norm(v) > 0 then dot(v, v) / (norm(v) * norm(v)) else 0", []),
        ("term one = speed < 1<m/s>\nterm u = a", ["RW714"]),
        ("term one = speed > 1<m/s>\nterm u = a", []),
        ("term one = if norm(x) < 0.1<m> then -1 else -norm(x) / 9<m> + 5", []),
        ("let d = norm(x) / 9<m>\nterm one = if d < 0.1 then -9 else exp(-d)", ["RW715"]),
        ("term one = if norm(x) < 0.1<m> then -1 else a", []),
        ("term one = if norm(x) < 0.1<m> then 0.5 else a", []),
        ("term one = a\nlet same = a\nterm u weight 3 = same", ["RW716"]),
        ("term one weight 500 = a\nterm u = b", ["RW717"]),
        ("term one weight 50 = a\nterm u = b", []),
        ("term one = -a\nterminate crashed when b > 0.5", ["RW718"]),
        ("term one = -a\nterminate arrived when b > 0.5", []),
        ("term one = -a\nterminate crashed when b > 0.5 pays -1", []),
        ("term one = a * b * k * (speed / 5<m/s>)", ["RW719"]),
        ("term one = a * b", []),
        ("potential p discount 0.9 = a_height\nlet a_height = height / 1<m>\n"
         "potential q discount 0.99 = -a_height", ["RW720"]),
    ],
)  # fmt: skip
def test_a_rule_fires_on_its_mistake_and_not_beside_it(text: str, codes: list[str]) -> None:
    assert design(text) == codes


def test_exact_equality_is_no_slip_in_a_test() -> None:
    text = "input x : real\nterm a = x\n"
    block = 'test "t" {\n  given x = [1]\n  expect a == 1\n}\n'
    assert "RW704" not in codes_of(text + block)
    assert "RW704" in codes_of(text + "success there when x == 1\n")


def test_a_potentials_discount_is_compared_with_the_trainers() -> None:
    text = "input h : real per state\nparam g : real in 0 .. 1 = 0.5\n"
    program = rewardlang.parse(text + "potential p discount 0.9 = h\npotential q discount g = h\n")
    assert [d.code for d in program.other_discounts(0.99)] == ["RW721"]
    assert program.other_discounts(0.9) == []
