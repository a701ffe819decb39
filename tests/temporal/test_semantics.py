"""Smooth semantics over whole traces: their definition, their sign, their limits."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rewardlang.temporal.encode import SMOOTH_WORK, encode
from rewardlang.temporal.formula import (
    FUTURE,
    PAST,
    Formula,
    atom,
    conjunction,
    disjunction,
    negation,
    temporal,
)
from rewardlang.temporal.offline import robustness
from rewardlang.temporal.ranges import smooth_ends_of
from rewardlang.temporal.semantics import Semantics
from tests.temporal import gatherings
from tests.temporal.gatherings import Gathering, drawn, value, weighted

WAYS: dict[str, tuple[Semantics, Gathering]] = {
    "logsumexp": (Semantics("logsumexp", (3.0,)), gatherings.logsumexp(3.0)),
    "softmin": (Semantics("softmin", (3.0,)), gatherings.softmin(3.0)),
    "agm": (Semantics("agm"), gatherings.agm),
    "gmsr": (Semantics("gmsr", (2.0, 1e-2)), gatherings.gmsr(2.0, 1e-2)),
}
EVERY = pytest.mark.parametrize("name", WAYS)
OPS = (*FUTURE, *PAST, "and", "or", "not", "implies", "iff")
EXTREME = {
    "logsumexp": Semantics("logsumexp", (1e9,)),
    "softmin": Semantics("softmin", (1e9,)),
    "agm": Semantics("agm"),
    "gmsr": Semantics("gmsr", (9.0, 1e-9)),
}
# Without a negation: what has only `and`s, and what has only `or`s. `until` has both.
ONLY_AND = ("always", "historically", "and", "next", "previously", "weak_next")
ONLY_OR = ("eventually", "once", "or", "next", "previously", "weak_next")


@EVERY
def test_every_sample_has_the_value_of_the_definition(name: str) -> None:
    rng, numbers = random.Random(3), np.random.default_rng(3)
    semantics, gathering = WAYS[name]
    for _ in range(120):
        f = drawn(rng, OPS)
        f = weighted(f, rng) if rng.random() < 0.5 else f
        size = rng.randrange(1, 10)
        atoms = numbers.normal(size=(3, 2, size))
        lengths = np.array([size, rng.randrange(1, size + 1)])
        found = robustness(f, atoms, lengths, semantics)
        for row, n in enumerate(lengths):
            trace = atoms[:, row, :n].tolist()
            expected = [value(f, trace, gathering, t) for t in range(n)]
            np.testing.assert_allclose(found[row, :n], expected, 1e-8, 1e-10, err_msg=str(f))


@EVERY
def test_compiled_loops_agree_with_numpy(name: str) -> None:
    pytest.importorskip("numba")
    from rewardlang.backends.smooth_loops import LOOPS

    rng, numbers = random.Random(4), np.random.default_rng(4)
    semantics, _ = WAYS[name]
    for _ in range(120):
        f = weighted(drawn(rng, OPS), rng)
        size = rng.randrange(1, 12)
        atoms = numbers.normal(size=(3, 1, size))
        code = encode((f,), 3, smooth=True)
        found = np.zeros(size)
        LOOPS[name].signals(
            np.array(code.rows, np.int64).reshape(-1, 6),
            np.array(code.terms, np.int64),
            np.array(code.weights, np.float64),
            semantics.padded,
            code.results[0],
            np.ascontiguousarray(atoms[:, 0].T),
            np.array([0]),
            np.array([size]),
            size,
            code.slots,
            np.zeros((code.slots + SMOOTH_WORK) * size),
            found,
        )
        expected = robustness(f, atoms, None, semantics)[0]
        np.testing.assert_allclose(found, expected, 1e-9, 1e-12, err_msg=str(f))


@pytest.mark.parametrize("name", EXTREME)
def test_a_value_is_infinite_only_where_that_of_minmax_is_and_never_missing(name: str) -> None:
    rng, numbers = random.Random(5), np.random.default_rng(5)
    for scale in (1e-9, 1.0, 1e6, 1e150):
        for _ in range(40):
            f = weighted(drawn(rng, OPS), rng)
            atoms = scale * numbers.choice([-1.0, -0.5, 0.0, 0.5, 1.0], (3, 2, 8))
            exact = robustness(f, atoms)
            smooth = robustness(f, atoms, None, EXTREME[name])
            assert not np.isnan(smooth).any(), (scale, str(f))
            infinite = np.isinf(exact)
            np.testing.assert_array_equal(np.isinf(smooth), infinite, err_msg=f"{scale} {f}")
            np.testing.assert_array_equal(smooth[infinite], exact[infinite])


@pytest.mark.parametrize("name", EXTREME)
def test_a_thousand_large_margins_of_both_signs_have_a_finite_value(name: str) -> None:
    atoms = np.tile([1e6, -1e6], 500)[None, None]
    for op, sign in (("always", -1), ("eventually", 1)):
        found = robustness(temporal(op, atom(0)), atoms, None, EXTREME[name])
        assert np.isfinite(found).all()
        assert (np.sign(found[0, :999]) == sign).all()


@EVERY
def test_a_weight_counts_as_so_many_copies(name: str) -> None:
    atoms = np.random.default_rng(6).normal(size=(2, 1, 50))
    twice = Formula("and", (atom(0), atom(1)), weights=(2.0, 1.0))
    written = Formula("and", (atom(0), atom(0), atom(1)))
    found, expected = (robustness(f, atoms, None, WAYS[name][0]) for f in (twice, written))
    np.testing.assert_allclose(found, expected, 1e-10)


@EVERY
def test_an_and_of_three_is_one_gathering_like_a_window(name: str) -> None:
    semantics, gathering = WAYS[name]
    atoms = np.array([0.1, 0.4, -0.2])[:, None, None]
    for join, op in ((conjunction, "always"), (disjunction, "eventually")):
        flat = join(join(atom(0), atom(1)), atom(2))
        found = robustness(flat, atoms, None, semantics)[0, 0]
        window = robustness(temporal(op, atom(0)), atoms.T, None, semantics)[0, 0]
        sign = -1 if op == "always" else 1
        expected = sign * gathering([(sign * m, 1.0) for m in (0.1, 0.4, -0.2)])
        np.testing.assert_allclose([found, window], expected, 1e-12)


@EVERY
def test_negation_turns_the_value(name: str) -> None:
    rng = random.Random(7)
    atoms = np.random.default_rng(7).normal(size=(3, 2, 6))
    for _ in range(60):
        f = drawn(rng, ("and", "or", "always", "eventually", "until"))
        dual = Formula("not", (_dual(f),))
        found, turned = (robustness(g, atoms, None, WAYS[name][0]) for g in (f, dual))
        np.testing.assert_allclose(found, turned, 1e-12, 1e-14, err_msg=str(f))


def _dual(f: Formula) -> Formula:
    """Its negation, pushed to the atoms."""
    if f.op == "atom":
        return negation(f)
    pairs = (("and", "or"), ("always", "eventually"), ("until", "releases"))
    turned = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
    return Formula(turned[f.op], tuple(map(_dual, f.args)), f.lo, f.hi)


# ---- what the sign says -----------------------------------------------------------------------


def test_agm_keeps_the_sign_of_minmax_zero_included() -> None:
    rng, numbers = random.Random(8), np.random.default_rng(8)
    for _ in range(200):
        f = drawn(rng, OPS)
        atoms = numbers.choice([-1.0, -0.3, 0.0, 0.4, 1.0], (3, 2, 10))
        exact, smooth = robustness(f, atoms), robustness(f, atoms, None, Semantics("agm"))
        np.testing.assert_array_equal(np.sign(smooth), np.sign(exact), err_msg=str(f))


@pytest.mark.parametrize("parameters", [(1.0, 1e-8), (4.0, 1e-3)])
def test_gmsr_keeps_the_sign_of_minmax_or_is_zero(parameters: tuple[float, float]) -> None:
    rng, numbers = random.Random(9), np.random.default_rng(9)
    kept = []
    for _ in range(200):
        f = drawn(rng, OPS)
        atoms = numbers.normal(size=(3, 2, 10))
        exact = np.sign(robustness(f, atoms))
        smooth = np.sign(robustness(f, atoms, None, Semantics("gmsr", parameters)))
        assert (exact * smooth >= 0).all(), str(f)
        kept.append(exact == smooth)
    assert np.mean(kept) > 0.98


def test_gmsr_of_many_margins_below_the_root_of_its_tolerance_is_zero() -> None:
    small = np.full((1, 1, 400), 1e-6)
    found = robustness(temporal("always", atom(0)), small, None, Semantics("gmsr", (1.0, 1e-8)))
    assert found[0, 0] == 0.0


@pytest.mark.parametrize(("name", "below"), [("logsumexp", ONLY_AND), ("softmin", ONLY_OR)])
def test_above_zero_proves_and_below_refutes_what_is_on_one_side(
    name: str, below: tuple[str, ...]
) -> None:
    """What `and`s alone make of margins logsumexp puts below their minimum, and what `or`s alone
    make above their maximum; softmin between, on the other side."""
    rng, numbers = random.Random(10), np.random.default_rng(10)
    above = ONLY_OR if below is ONLY_AND else ONLY_AND
    for _ in range(150):
        atoms = numbers.normal(size=(3, 2, 10))
        for ops, sign in ((below, 1), (above, -1)):
            f = drawn(rng, ops)
            exact, smooth = robustness(f, atoms), robustness(f, atoms, None, WAYS[name][0])
            finite = np.isfinite(exact)
            assert (sign * (exact[finite] - smooth[finite]) >= -1e-12).all(), str(f)


def test_on_the_other_side_the_sign_can_be_wrong() -> None:
    nearly = np.full((1, 1, 10), -0.1)
    soft = Semantics("logsumexp", (1.0,))
    assert robustness(temporal("eventually", atom(0)), nearly, None, soft)[0, 0] > 0
    mostly = np.array([[[1.0, 1.0, 1.0, -0.1]]])
    mean = Semantics("softmin", (1.0,))
    assert robustness(temporal("always", atom(0)), mostly, None, mean)[0, 0] > 0


@pytest.mark.parametrize("name", ["logsumexp", "softmin"])
def test_a_high_temperature_is_the_minimum_and_the_maximum(name: str) -> None:
    rng, numbers = random.Random(11), np.random.default_rng(11)
    for _ in range(100):
        f = drawn(rng, OPS)
        atoms = numbers.normal(size=(3, 2, 8))
        near = robustness(f, atoms, None, Semantics(name, (1e8,)))
        np.testing.assert_allclose(near, robustness(f, atoms), atol=1e-6)


def test_logsumexp_is_within_the_logarithm_of_the_weight_of_the_maximum() -> None:
    atoms = np.random.default_rng(12).normal(size=(1, 3, 50))
    exact = robustness(temporal("eventually", atom(0)), atoms)[:, 0]
    found = robustness(temporal("eventually", atom(0)), atoms, None, WAYS["logsumexp"][0])[:, 0]
    assert (found >= exact).all()
    assert (found <= exact + np.log(50) / 3).all()


# ---- the margin's range -----------------------------------------------------------------------


@EVERY
def test_values_lie_between_the_ends_that_ranges_allow(name: str) -> None:
    rng, numbers = random.Random(13), np.random.default_rng(13)
    ends = [(-1.0, 2.0), (0.5, 3.0), (-4.0, -1.0)]
    semantics = WAYS[name][0]
    for _ in range(200):
        f = weighted(drawn(rng, OPS), rng)
        low, high = smooth_ends_of(f, ends, semantics)
        atoms = np.stack([numbers.uniform(*e, size=(2, 9)) for e in ends])
        found = robustness(f, atoms, None, semantics)
        finite = found[np.isfinite(found)]
        assert np.isfinite([low, high]).all()
        assert ((finite >= low - 1e-9) & (finite <= high + 1e-9)).all(), str(f)
