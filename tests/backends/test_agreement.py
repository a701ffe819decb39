"""The compiled kernels and the NumPy meaning agree bit for bit on what is exactly rounded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rewardlang.backends as backends
from rewardlang.plan import Plan
from rewardlang.runtime.kernel import Block, Kernel
from tests.backends.sketch import Session, Sketch

LENGTHS = (1, 4)
NASTY = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e30, 0.1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kernels")
    path.chmod(0o700)
    return path


def elementwise() -> Plan:
    s = Sketch("elementwise")
    x, y, k = s.input("x", (3, 4)), s.input("y", (4,)), s.input("k", (), "int")
    flag = s.input("flag", (3, 1), "bool")
    p, mode = s.param("p", 0.3), s.param("mode", 1, "int")
    s.current = "prelude"
    doubled = s.apply("mul", p, s.const(2.0))
    s.current = "step"
    total = s.apply("add", x, y)
    s.output("total", total)
    s.output("ratio", s.apply("div", total, s.apply("sub", x, doubled)))
    s.output("root", s.apply("sqrt", s.apply("neg", s.apply("mul", x, y))))
    s.output("less", s.apply("lt", x, y))
    s.output("same", s.apply("eq", x, x))
    s.output("either", s.apply("or", flag, s.apply("ge", y, p)))
    s.output("chosen", s.apply("select", flag, x, y))
    s.output("valid", s.apply("valid", s.apply("div", x, y), kind="bool"))
    s.output("whole", s.apply("floor", total, kind="int"))
    s.output("next", s.apply("add", k, mode, number=1, kind="int"))
    s.output("moved", s.add("align", (x,), "real", (4, 1, 3), (1, None, 0)))
    s.output("part", s.add("slice", (total,), "real", (3, 2), (1, 1, 3)))
    s.output("picked", s.add("take", (total, k), "real", (3,), 1))
    s.output("spread", s.add("expand", (flag,), "bool", (3, 4)))
    columns = s.add("slice", (s.reduce("sum", x, 0),), "real", (4,), (0, 0, 4))
    s.output("pair", s.add("stack", (y, columns), "real", (2, 4)))
    s.output("scalar pair", s.add("stack", (p, s.apply("to_real", k, kind="real")), "real", (2,)))
    s.reward = s.apply("add", s.reduce("sum", total, 0, 1), p)
    return s.plan()


def reductions() -> Plan:
    s = Sketch("reductions")
    x, k = s.input("x", (3, 4)), s.input("many", (4,), "int")
    flag = s.input("flag", (3, 4), "bool")
    product = s.apply("mul", x, x)
    for fold in ("sum", "prod", "min", "max"):
        s.output(f"{fold} all", s.reduce(fold, product, 0, 1))
        s.output(f"{fold} 0", s.reduce(fold, product, 0))
        s.output(f"{fold} 1", s.reduce(fold, x, 1))
        s.output(f"{fold} ints", s.reduce(fold, k, 0))
    for fold in ("any", "all", "min", "max"):
        s.output(f"{fold} flags", s.reduce(fold, flag, 0, 1))
        s.output(f"{fold} flags 1", s.reduce(fold, flag, 1))
    wide = s.apply("widen", x, kind="wide")
    s.output("wide", s.reduce("sum", wide, 0, 1))
    centred = s.apply("sub", x, s.add("align", (s.reduce("min", x, 1),), "real", (3, 1), (0, None)))
    s.output("centred", centred)
    s.reward = s.reduce("sum", s.apply("mul", centred, centred), 0, 1)
    return s.plan()


def memory() -> Plan:
    s = Sketch("memory")
    x, v = s.input("x"), s.input("v", (3,), per="state")
    k, mass = s.input("k", (), "int"), s.input("mass", per="episode")
    c = s.input("c", (), "bool")
    t = s.count_time()
    s.make_cell("old", "real", (3,))
    s.make_cell("older", "real", (3,))
    s.make_cell("sum", "wide")
    s.make_cell("was", "bool")
    s.output("old", s.cell("old"))
    s.output("older", s.cell("older"))
    s.output("was", s.cell("was"))
    s.store("older", s.cell("old"))
    s.store("old", v)
    running = s.apply("add", s.cell("sum"), s.apply("widen", x, kind="wide"))
    s.store("sum", running)
    s.output("running", s.apply("narrow", running, kind="real"))
    s.store("was", c)
    for length in LENGTHS:
        for fold in ("sum", "min", "max"):
            for kind, value in (("real", x), ("int", k), ("bool", c), ("wide", running)):
                if (kind, fold) in (("bool", "sum"), ("wide", "min"), ("wide", "max")):
                    continue
                if length == 1 and (kind, fold) != ("real", "sum"):
                    continue
                name = f"{fold} {kind} {length}"
                s.make_buffer(name, length, fold, kind)
                s.output(name, s.buffered(name, value))
        s.make_buffer(f"sum v {length}", length, "sum", "real", (3,), at_reset=True)
        s.output(f"sum v {length}", s.buffered(f"sum v {length}", s.apply("mul", v, mass)))
        s.make_buffer(f"lag {length}", length, None)
        s.output(f"lag {length}", s.buffered(f"lag {length}", x))
        s.make_buffer(f"lag v {length}", length, None, "real", (3,), at_reset=True)
        s.output(f"lag v {length}", s.buffered(f"lag v {length}", v))
        s.make_buffer(f"lag c {length}", length, None, "bool")
        s.output(f"lag c {length}", s.buffered(f"lag c {length}", c))
    ended = s.apply("or", s.signal("terminated"), s.signal("truncated"))
    s.output("ended", ended)
    s.output("steps", s.signal("steps"))
    s.output("t", t)
    s.current = "reset"
    start, weight = s.input("v", (3,)), s.input("mass")
    s.store("old", start)
    for length in LENGTHS:
        s.pushes["reset"].append((f"sum v {length}", s.apply("mul", start, weight)))
        s.pushes["reset"].append((f"lag v {length}", start))
    s.inputs = [i if i.name != "mass" else _at_reset(i) for i in s.inputs]
    return s.plan()


def _at_reset(declared: Any) -> Any:
    from dataclasses import replace

    return replace(declared, at_reset=True)


def sinks() -> Plan:
    s = Sketch("sinks")
    x, y, v = s.input("x"), s.input("y"), s.input("v", (3,), per="state")
    s.count_time()
    s.make_cell("memory")
    s.store("memory", s.apply("add", s.cell("memory"), y))
    ratio = s.apply("div", x, y)
    parts = [s.term("ratio", ratio, s.param("w", 2.0))]
    parts.append(s.term("root", s.apply("sqrt", x), on_fault=s.const(-1.0)))
    parts.append(s.term("saved", s.apply("sqrt", x), on_fault=ratio))
    parts.append(s.term("memory", s.cell("memory")))
    s.term("vector", s.apply("div", v, y))
    s.term("condition", s.apply("lt", x, y))
    s.term("whole", s.apply("floor", x, kind="int"))
    s.total(*parts)
    return s.plan()


PLANS: dict[str, Callable[[], Plan]] = {
    "elementwise": elementwise,
    "reductions": reductions,
    "memory": memory,
    "sinks": sinks,
}


def column(rng: np.random.Generator, kind: str, shape: tuple[int, ...], dtype: Any) -> Any:
    """Random values with a fault or another awkward value here and there."""
    if kind == "bool":
        return rng.choice(np.array([0, 1, 2], np.uint8), shape, p=[0.45, 0.45, 0.1])
    if kind == "int":
        return rng.choice(np.array([-(2**63), -3, -1, 0, 1, 2, 3, 4, 9]), shape)
    x = rng.normal(size=shape)
    return np.where(rng.random(shape) < 0.15, rng.choice(NASTY, shape), x).astype(dtype)


def draw(plan: Plan, rows: int, environments: int, seed: int, dtype: Any) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        i.name: column(rng, i.kind, (environments if i.per == "episode" else rows, *i.shape), dtype)
        for i in plan.inputs
    }


def assert_same(a: Block, b: Block) -> None:
    for name in vars(a):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def assert_same_state(a: Session, b: Session) -> None:
    for bank in ("real", "wide", "int"):
        np.testing.assert_array_equal(getattr(a.state, bank), getattr(b.state, bank), bank)


CASES = [(name, "float32") for name in PLANS] + [("elementwise", "float64"), ("sinks", "float64")]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(case))
def kernels(request: pytest.FixtureRequest, folder: Path) -> tuple[Kernel, Kernel]:
    """The two kernels of a plan; windows and folds compile too slowly to do twice."""
    name, dtype = request.param
    plan = PLANS[name]()
    return (
        backends.compile(plan, "numpy", dtype, False),
        backends.compile(plan, "numba", dtype, folder),
    )


def test_steps_agree(kernels: tuple[Kernel, Kernel]) -> None:
    plan, dtype = kernels[0].plan, kernels[0].dtype
    meaning, compiled = (Session(k, 9) for k in kernels)
    for hold in (False, True):
        start = draw(plan, 9, 9, 100, dtype)
        for session in (meaning, compiled):
            session.reset(start)
        assert_same_state(meaning, compiled)
        for i in range(12):
            data = {**draw(plan, 9, 9, i, dtype), **_episode(plan, start)}
            ended = np.arange(9) == i
            assert_same(meaning.step(data, ended, hold=hold), compiled.step(data, ended, hold=hold))
            assert meaning.faulty == compiled.faulty
            assert_same_state(meaning, compiled)
            for name in vars(meaning.capture):
                kept = slice(0, min(meaning.faulty, 16))
                a, b = getattr(meaning.capture, name), getattr(compiled.capture, name)
                np.testing.assert_array_equal(a[kept], b[kept], name)
            np.testing.assert_array_equal(meaning.capture.rows, compiled.capture.rows)


def _episode(plan: Plan, start: dict[str, Any]) -> dict[str, Any]:
    return {i.name: start[i.name] for i in plan.inputs if i.per == "episode"}


@pytest.mark.parametrize("which", [0, 1], ids=["numpy", "numba"])
@pytest.mark.parametrize("hold", [False, True])
def test_an_evaluation_is_its_steps(kernels: tuple[Kernel, Kernel], which: int, hold: bool) -> None:
    kernel, environments, length = kernels[which], 4, 13
    plan, dtype = kernel.plan, kernel.dtype
    start = draw(plan, environments, environments, 7, dtype)
    data = draw(plan, environments * length, environments, 8, dtype)
    data.update(_episode(plan, start))
    ended = np.random.default_rng(1).random(environments * length) < 0.2
    whole, stepped = Session(kernel, environments), Session(kernel, environments)
    for session in (whole, stepped):
        session.reset(start)
    out = whole.evaluate(data, [length] * environments, ended, hold)
    faulty = 0
    for i in range(length):
        rows = np.arange(environments) * length + i
        now = {
            d.name: data[d.name] if d.per == "episode" else data[d.name][rows] for d in plan.inputs
        }
        step = stepped.step(now, ended[rows], hold)
        faulty += stepped.faulty
        for name in ("reward", "values", "flags", "ints", "faults"):
            np.testing.assert_array_equal(getattr(out, name)[rows], getattr(step, name), name)
    assert whole.faulty == faulty
    assert_same_state(whole, stepped)


def test_evaluations_agree_on_episodes_of_any_length(kernels: tuple[Kernel, Kernel]) -> None:
    plan, dtype = kernels[0].plan, kernels[0].dtype
    count = [3, 0, 7, 1, 12]
    start = draw(plan, 5, 5, 3, dtype)
    data = {**draw(plan, sum(count), 5, 4, dtype), **_episode(plan, start)}
    meaning, compiled = (Session(k, 5) for k in kernels)
    for session in (meaning, compiled):
        session.reset(start)
    assert_same(meaning.evaluate(data, count, hold=True), compiled.evaluate(data, count, hold=True))
    assert meaning.faulty == compiled.faulty
    np.testing.assert_array_equal(meaning.capture.rows, compiled.capture.rows)
    for bank in ("real", "wide", "int"):
        a, b = getattr(meaning.capture, bank), getattr(compiled.capture, bank)
        kept = min(meaning.faulty, 16)
        np.testing.assert_array_equal(a[:kept], b[:kept])


@pytest.mark.parametrize("which", [0, 1], ids=["numpy", "numba"])
def test_a_batch_is_its_environments_one_by_one(kernels: tuple[Kernel, Kernel], which: int) -> None:
    kernel = kernels[which]
    plan, dtype = kernel.plan, kernel.dtype
    start = draw(plan, 6, 6, 20, dtype)
    together, alone = Session(kernel, 6), [Session(kernel, 1) for _ in range(6)]
    together.reset(start)
    for e, session in enumerate(alone):
        session.reset({name: x[e : e + 1] for name, x in start.items()})
    for i in range(8):
        data = {**draw(plan, 6, 6, 30 + i, dtype), **_episode(plan, start)}
        out = together.step(data)
        for e, session in enumerate(alone):
            one = session.step({name: x[e : e + 1] for name, x in data.items()})
            for name in ("reward", "values", "flags", "ints", "faults"):
                np.testing.assert_array_equal(getattr(out, name)[e : e + 1], getattr(one, name))


@pytest.mark.parametrize("which", [0, 1], ids=["numpy", "numba"])
@pytest.mark.parametrize("chosen", range(5))
def test_a_masked_reset_touches_its_environments_alone(
    kernels: tuple[Kernel, Kernel], which: int, chosen: int
) -> None:
    kernel = kernels[which]
    plan, dtype = kernel.plan, kernel.dtype
    start = draw(plan, 5, 5, 40, dtype)
    session, fresh = Session(kernel, 5), Session(kernel, 5)
    session.reset(start)
    for i in range(3):
        session.step({**draw(plan, 5, 5, 50 + i, dtype), **_episode(plan, start)})
    before = [getattr(session.state, b).tobytes() for b in ("real", "wide", "int")]
    session.reset(start, np.zeros(5, bool))
    assert before == [getattr(session.state, b).tobytes() for b in ("real", "wide", "int")]
    kept = [getattr(session.state, b).copy() for b in ("real", "wide", "int")]
    mask = np.arange(5) == chosen
    session.reset(start, mask)
    fresh.reset(start)
    for bank, old in zip(("real", "wide", "int"), kept, strict=True):
        now = getattr(session.state, bank)
        assert now[~mask].tobytes() == old[~mask].tobytes()
        assert now[mask].tobytes() == getattr(fresh.state, bank)[mask].tobytes()


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_results_do_not_depend_on_the_number_of_threads(
    kernels: tuple[Kernel, Kernel], threads: int
) -> None:
    compiled: Any = kernels[1]
    plan, dtype = compiled.plan, compiled.dtype
    count = [3, 0, 9, 1, 12, 5, 40, 2]
    start = draw(plan, 8, 8, 60, dtype)
    data = {**draw(plan, sum(count), 8, 61, dtype), **_episode(plan, start)}
    results, captured = [], []
    for number in (1, threads):
        session = Session(compiled, 8)
        session.reset(start)
        if number == 1:
            results.append(session.evaluate(data, count, hold=True))
        else:
            results.append(_evaluate_shared(session, data, count, number))
        captured.append((session.faulty, session.capture.rows.copy(), session.state.real.copy()))
    assert_same(*results)
    assert captured[0][0] == captured[1][0]
    np.testing.assert_array_equal(captured[0][1], captured[1][1])
    np.testing.assert_array_equal(captured[0][2], captured[1][2])


def _evaluate_shared(session: Session, data: dict[str, Any], count: Any, threads: int) -> Block:
    """An evaluation that threads share although it is small."""
    kernel: Any = session.kernel
    before = kernel.threads
    compiled = kernel._evaluate
    kernel.threads, compiled.row_time, compiled.trials = threads, 1.0, 100
    try:
        return session.evaluate(data, count, hold=True)
    finally:
        kernel.threads, compiled.row_time, compiled.trials = before, 0.0, 0
