"""The exported regions are the program: every point is in exactly one, with the program's value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang import tooling
from rewardlang.diagnostics.codes import codes
from rewardlang.diagnostics.diagnostic import RewardError
from rewardlang.diagnostics.render import render_all
from rewardlang.regions import polytope
from rewardlang.regions.recognise import Quadratic, Region, Regions

Array = np.ndarray[Any, Any]


def found(text: str, name: str = "y") -> Regions:
    by_name = {one.name: one for one in tooling.regions(rewardlang.parse(text))}
    return by_name[name]


def evaluated(one: Regions, points: Array) -> tuple[Array, Array]:
    """In how many regions each point is, and the value there (NaN: a fault)."""
    inside = np.zeros(len(points), dtype=int)
    value = np.full(len(points), np.nan)
    for region in one.regions:
        holds = np.ones(len(points), dtype=bool)
        for row, bound, strict in zip(region.A, region.b, region.strict, strict=True):
            left = points @ np.array(row)
            holds &= left < bound if strict else left <= bound
        inside += holds
        if region.value is None:
            continue
        here = points[holds]
        value[holds] = here @ np.array(region.value.c) + region.value.d
        if region.value.Q:
            value[holds] += np.einsum("ni,ij,nj->n", here, np.array(region.value.Q), here)
    return inside, value


def columns(one: Regions, points: Array, program: rewardlang.Program) -> dict[str, Array]:
    """The inputs of a program with these values of the variables; 0 where none is."""
    given = {}
    for name, declared in program.inputs.items():
        shape = tuple(axis.size or 0 for axis in declared.type.axes)
        array = np.zeros((len(points), 1, *shape))
        for number, variable in enumerate(one.variables):
            if variable.split("[")[0] == name:
                place = variable[len(name) + 1 : -1]
                index = tuple(int(part) for part in place.split(",")) if place else ()
                array.reshape(len(points), -1)[:, np.ravel_multi_index(index, shape)] = points[
                    :, number
                ]
        given[name] = array
    return given


HEADER = "input x : real[2] in -2 .. 2\ninput u : real in -1 .. 3\nparam p : real[2] = [0.5, -1]\n"

VALUES = [
    "3 * u - x[0] / 4 + p[1]",
    "-max(abs(x[0]) - 1, 0)",
    "clip(u, -0.5, 0.5) * 2",
    "min(x) + max(x) - mean(abs(x))",
    "max(max(x[0], x[1]), max(u, 0.25))",
    "if x[0] > u or not (x[1] in -1 .. 0.5) then x[0] else -u",
    "if x[0] > 0 and x[1] > 0 or u >= 1 then 1 else x[0] + x[1]",
    "if x[0] > 0 implies u > x[0] then 2 else 3",
    "all(x <= p)",
    "sign(x[0] - u) + sign(u)",
    "if x[0] == x[1] then 1 else 0",
    "min(x[0], inf) + max(-inf, u)",
    "-sum((x - p) ^ 2) - 0.1 * u ^ 2 + x[0] * u",
    "if u > 1 then -u ^ 2 else u",
    "abs(x[0]) * abs(x[1])",
    "require(u > 0, u)",
    "if u > 0 then u else require(false, 0)",
    "dot(x, [[1, 2], [0, 1]] @ x)",
    "exp(p[0]) * u",
    "max(x[0], u) * (if x[1] > 0 then 1 else -1)",
    "count(x > 0) + u",
    "max([x[0], u, 0.5, x[1], x[0]]) - min([x[0] - x[1], -u, 1])",
]


@pytest.mark.parametrize("value", VALUES)
def test_every_point_is_in_one_region_and_has_the_value_of_the_program(value: str) -> None:
    program = rewardlang.parse(f"{HEADER}term y = {value}\n")
    one = {r.name: r for r in tooling.regions(program)}["y"]
    assert one.reason is None
    rng = np.random.default_rng(0)
    lo, hi = (np.array([ends[i] for ends in one.domain]) for i in (0, 1))
    points = rng.uniform(lo, hi, (400, len(one.variables)))
    edges = rng.integers(4 * lo, 4 * hi, (400, len(one.variables)), endpoint=True) / 4
    points = np.concatenate([points, edges])  # a grid meets the borders of regions
    out = program.compile(backend="numpy", dtype="float64", faults="zero").evaluate(
        columns(one, points, program)
    )
    expected = np.where(np.ravel(out.valid), np.ravel(out.terms["y"]), np.nan)
    inside, got = evaluated(one, points)
    assert (inside == 1).all()
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


def test_the_total_has_regions_too() -> None:
    text = (
        f"{HEADER}term a weight 2 = max(u, 0)\nterm b times dt = -sum(x ^ 2)\ntimestep 0.1<s>\n"
        "terminate out when x[0] > 1 pays -5\n"
    )
    program = rewardlang.parse(text)
    by_name = {one.name: one for one in tooling.regions(program)}
    one = by_name["total"]
    points = np.random.default_rng(1).uniform(-1, 2, (300, 3))
    reward = program.compile(backend="numpy", dtype="float64")
    out = reward.evaluate(columns(one, points, program))
    inside, got = evaluated(one, points)
    assert (inside == 1).all() and one.kind == "piecewise quadratic"
    np.testing.assert_allclose(got, np.ravel(out.reward), rtol=1e-12, atol=1e-12)
    assert by_name["a"].factor == 2 and by_name["b"].factor == pytest.approx(0.1)


# ---- what is told ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kind", "count"),
    [
        ("2 * u + 1", "affine", 1),
        ("-u ^ 2", "concave quadratic", 1),
        ("u ^ 2", "quadratic", 1),
        ("u * x[0]", "quadratic", 1),
        ("-(u - x[0]) ^ 2", "concave quadratic", 1),
        ("abs(u)", "piecewise affine", 2),
        ("-max(abs(x[0]) - 1, 0)", "piecewise affine", 3),
        ("max(u, -2)", "affine", 1),
        ("if u > 5 then u ^ 2 else u", "affine", 1),
        ("max(u, 0) + max(u, 0)", "piecewise affine", 2),
        ("max(u, 0) + max(2 * u, 0)", "piecewise affine", 2),
        ("if u > 1 then u ^ 2 else u", "piecewise quadratic", 2),
        ("max([x[0], x[1], u, 0, x[0] + u])", "piecewise affine", 5),
        ("min([x[0], x[0], 9])", "affine", 1),
    ],
)
def test_a_value_has_its_kind_and_no_region_too_many(value: str, kind: str, count: int) -> None:
    one = found(f"{HEADER}term y = {value}\n")
    assert (one.kind, len(one.regions)) == (kind, count)


def test_the_largest_of_n_has_n_regions() -> None:
    one = found("input x : real[10] in -1 .. 1\nterm y = max(x)\n")
    assert len(one.regions) == 10 and {len(region.A) for region in one.regions} == {9}


def test_a_hinge_is_what_one_writes_by_hand() -> None:
    one = found(f"{HEADER}term y = max(2 * u - 3, 0)\n")
    assert one.variables == ("u",) and list(one.domain) == [(-1, 3)]
    assert one.regions == (
        Region(((-2,),), (-3,), (False,), Quadratic((), (2,), -3, concave=True)),
        Region(((2,),), (3,), (True,), Quadratic((), (0,), 0, concave=True)),
    )


def test_a_quadratic_form_has_its_matrix() -> None:
    one = found(f"{HEADER}term y = -dot(x - p, [[2, 1], [0, 1]] @ (x - p)) + u\n")
    matrix = ((-2, -0.5, 0), (-0.5, -1, 0), (0, 0, 0))
    # -(x-p)'S(x-p), S = [[2, .5], [.5, 1]]: c = 2 S p = [1, -1.5], d = -p'Sp = -(0.5 - 0.5 + 1)
    assert one.variables == ("x[0]", "x[1]", "u")
    assert one.regions == (Region((), (), (), Quadratic(matrix, (1, -1.5, 1), -1, concave=True)),)


def test_a_row_that_others_imply_is_left_out() -> None:
    one = found(f"{HEADER}term y = if u > 0 then (if u > 1 then 1 else 0) else -1\n")
    assert sorted((region.A, region.b) for region in one.regions) == [
        (((-1,),), (-1,)),  # u > 1, and so u > 0
        (((-1,), (1,)), (0, 1)),
        (((1,),), (0,)),
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("tanh(u)", "`tanh` is neither"),
        ("u ^ 3", "degree three"),
        ("1 / (u + 5)", "divides by an input"),
        ("max(u ^ 2, x[0])", "chooses by something that is not affine"),
        ("u - previous(u else 0)", "remembers"),
        ("t * u", "`t`"),
        ("if b then u else 0", "`b` is a bool"),
        ("fallback(u, 0)", "`fallback`"),
        ("x[n]", "index depends on inputs"),
    ],
)
def test_what_is_not_recognised_says_why(value: str, reason: str) -> None:
    text = f"{HEADER}input b : bool\ninput n : int in 0 .. 1\nterm y = {value}\n"
    one = found(text)
    assert one.reason is not None and reason in one.reason and not one.regions


def test_inputs_of_open_size_are_not_guessed_at() -> None:
    one = found("input x : real[asset]\nterm y = sum(x)\n")
    assert one.reason == "the size of the input `x` is open"


def test_a_total_of_a_thousand_terms_does_not_overflow_the_stack() -> None:
    terms = "".join(f"term y{i} = {i} * u\n" for i in range(1000))
    one = found(HEADER + terms, "total")
    assert one.regions[0].value is not None
    assert one.regions[0].value.c == (sum(range(1000)),)


def test_regions_read_as_the_language_does(golden: Callable[[str, str], None]) -> None:
    text = (
        f"{HEADER}term soft weight 3 = -max(abs(x[0] - p[0]) - 1, 0)\n"
        "term effort = -0.5 * (u - x[1]) ^ 2\nterm smooth = tanh(u)\n"
        "term asked = require(u >= x[0], 1)\n"
    )
    golden("regions/small.txt", tooling.stage(rewardlang.parse(text), "regions"))


# ---- limits ---------------------------------------------------------------------------------


def test_too_many_regions_are_an_error_at_the_term(golden: Callable[[str, str], None]) -> None:
    code = codes()["RW780"]
    with pytest.raises(RewardError) as caught:
        exec(code.bad, {"rewardlang": rewardlang})
    exec(code.good, {"rewardlang": rewardlang})
    assert [d.code for d in caught.value.diagnostics] == ["RW780"]
    golden("regions/RW780.txt", render_all(caught.value.diagnostics, color=False) + "\n")


def test_regions_that_take_too_long_to_find_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "input x : real[8] in -1 .. 1\nterm y = max(x)\n"
    assert len(found(text).regions) == 8
    monkeypatch.setattr(polytope, "WORK", 1000)
    with pytest.raises(RewardError, match="RW780"):
        found(text)


def test_a_total_with_too_many_regions_leaves_those_of_its_terms() -> None:
    terms = "".join(f"term y{i} = abs(x[{i}])\n" for i in range(12))
    everything = tooling.regions(rewardlang.parse(f"input x : real[12]\n{terms}"))
    assert [len(one.regions) for one in everything[:-1]] == [2] * 12
    assert everything[-1].reason == "it has more than 500 regions, or they take too long to find"
