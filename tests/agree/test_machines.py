"""Random machines over random traces: both backends, online and recorded, against a plain walk."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.driver import Program

BACKENDS = ("numpy", "numba")
Array = np.ndarray[Any, Any]
COLUMNS = ("a", "b", "x")


@dataclass(frozen=True)
class Edge:
    source: str
    target: str
    guard: str
    times: int
    after: int
    pays: str


@dataclass(frozen=True)
class Drawn:
    states: tuple[str, ...]
    edges: tuple[Edge, ...]
    final: tuple[str, ...]

    @property
    def text(self) -> str:
        lines = []
        for e in self.edges:
            line = f"  {e.source} -> {e.target}"
            line += f" after {e.after}" if e.after else f" when {e.guard}"
            line += f" times {e.times}" if e.times > 1 else ""
            lines.append(line + (f" pays {e.pays}" if e.pays else ""))
        final = [f"  final {', '.join(self.final)}"] if self.final else []
        block = "\n".join(["machine m {", "  initial s0", *lines, *final, "}"])
        inputs = "input a : bool\ninput b : bool\ninput x : real per state\n"
        reads = (
            "term paid weight 2 = payout(m)\nterm there = m is s0\nterm near_by on fault 0 = x\n"
        )
        if self.final:
            reads += "potential near discount 0.5 = progress(m) + x / 8\n"
        return f"{inputs}{block}\n{reads}metric before = real(previous(m is s0))\n"


GUARDS = ("a", "not b", "a and b", "x > 0.5", "x > previous(x)", "a or x < -0.5")
PAYS = ("", "", "1", "-0.5", "x", "1 / x", "0.25 * x ^ 2")


def drawn(seed: int) -> Drawn:
    rng = np.random.default_rng(seed)
    states = tuple(f"s{n}" for n in range(rng.integers(1, 6)))
    final = tuple(s for s in states[1:] if rng.random() < 0.3)
    edges: list[Edge] = []
    seen = set()
    for _ in range(rng.integers(1, 9)):
        source = "any" if rng.random() < 0.2 else str(rng.choice(states))
        if source in final:
            continue
        timed = rng.random() < 0.25
        guard, target = str(rng.choice(GUARDS)), str(rng.choice(states))
        times = 1 if timed else int(rng.choice([1, 1, 2, 3]))
        after = int(rng.integers(1, 5)) if timed else 0
        key = (source, target, "" if timed else guard, times, after)
        if key in seen:
            continue
        seen.add(key)
        edges.append(Edge(source, target, guard, times, after, str(rng.choice(PAYS))))
    entered = {"s0", *(e.target for e in edges)}
    edges = [e for e in edges if e.source == "any" or e.source in entered]
    entered = {"s0", *(e.target for e in edges)}
    edges = [e for e in edges if e.source == "any" or e.source in entered]
    named = {"s0", *(e.target for e in edges), *(e.source for e in edges)}
    return Drawn(states, tuple(edges), tuple(f for f in final if f in named))


def trace(seed: int, steps: int) -> dict[str, Array]:
    rng = np.random.default_rng(seed + 1000)
    x = rng.choice(
        [-1.0, -0.75, 0.0, 0.25, 0.75, 1.0, np.nan], size=(3, steps + 1), p=[0.16] * 6 + [0.04]
    )
    return {
        "a": rng.random((3, steps)) < 0.5,
        "b": rng.random((3, steps)) < 0.5,
        "x": x,
    }


def guard(text: str, a: bool, b: bool, x: float, before: float) -> bool | None:
    """None is a fault."""
    match text:
        case "a":
            return a
        case "not b":
            return not b
        case "a and b":
            return a and b
        case "x > 0.5":
            return None if math.isnan(x) else x > 0.5
        case "x > previous(x)":
            return None if math.isnan(x) or math.isnan(before) else x > before
    return True if a else (None if math.isnan(x) else x < -0.5)


def payment(text: str, x: float) -> float:
    match text:
        case "x":
            return x
        case "1 / x":
            return math.nan if x == 0 else 1 / x
        case "0.25 * x ^ 2":
            return 0.25 * x * x
    return float(text) if text else 0.0


def walked(machine: Drawn, columns: dict[str, Array], row: int) -> list[tuple[str, int, float]]:
    """One episode by the book: the state after, the edge, what it pays."""
    state, age, counts = "s0", 0, dict.fromkeys(range(len(machine.edges)), 0)
    found = []
    for t in range(columns["a"].shape[1]):
        age += 1
        fired = -1
        settled = False
        x, before = float(columns["x"][row, t + 1]), float(columns["x"][row, t])
        for n, e in enumerate(machine.edges):
            leaves = state not in machine.final if e.source == "any" else state == e.source
            if not leaves:
                continue
            if e.after:
                holds: bool | None = age >= e.after
            else:
                held = guard(
                    e.guard, bool(columns["a"][row, t]), bool(columns["b"][row, t]), x, before
                )
                if held:
                    counts[n] += 1
                holds = None if held is None else held and counts[n] >= e.times
            if settled:
                continue
            if holds is None:
                settled = True
            elif holds:
                fired, settled = n, True
        pay = 0.0
        if fired >= 0:
            state, age = machine.edges[fired].target, 0
            counts = dict.fromkeys(counts, 0)
            pay = payment(machine.edges[fired].pays, x)
        found.append((state, fired, pay))
    return found


def compiled(program: Program, backend: str) -> Any:
    return program.compile(backend=backend, dtype="float64", check=False)


@pytest.mark.parametrize("seed", range(40))
def test_a_machine_goes_the_way_that_its_text_says(seed: int) -> None:
    machine = drawn(seed)
    program = rewardlang.parse(machine.text)
    columns = trace(seed, 12)
    out = compiled(program, "numpy").evaluate(columns)
    states = program.machines["m"].states
    for row in range(3):
        wanted = walked(machine, columns, row)
        result = out.machines["m"]
        assert [states[s] for s in result.state[row]] == [s for s, _, _ in wanted], machine.text
        assert result.edge[row].tolist() == [e for _, e, _ in wanted], machine.text
        np.testing.assert_array_equal(result.payout[row], [p for _, _, p in wanted])


@pytest.mark.parametrize("seed", [5, 20, 30])
def test_backends_and_both_ways_of_running_agree_bit_for_bit(seed: int) -> None:
    program = rewardlang.parse(drawn(seed).text)
    columns = trace(seed, 12)
    whole = [compiled(program, b).evaluate(columns) for b in BACKENDS]
    _same(whole[0], whole[1])
    for backend in BACKENDS:
        reward = compiled(program, backend)
        reward.reset({"x": columns["x"][:, 0]})
        for t in range(12):
            out = reward.step(
                {"a": columns["a"][:, t], "b": columns["b"][:, t], "x": columns["x"][:, t + 1]},
                truncated=np.full(3, t == 11),
            )
            for field in ("state", "edge", "payout"):
                offline = getattr(whole[0].machines["m"], field)[:, t]
                np.testing.assert_array_equal(getattr(out.machines["m"], field), offline)
            np.testing.assert_array_equal(out.reward, whole[0].reward[:, t])


def _same(one: Any, other: Any) -> None:
    np.testing.assert_array_equal(one.reward, other.reward)
    np.testing.assert_array_equal(one.metrics["before"], other.metrics["before"])
    for field in ("state", "edge", "payout"):
        ours, theirs = (getattr(o.machines["m"], field) for o in (one, other))
        np.testing.assert_array_equal(ours, theirs)
    assert one.faults.counts == other.faults.counts


@pytest.mark.parametrize(
    ("seed", "backend"), [(3, "numpy"), (7, "numpy"), (11, "numpy"), (19, "numba")]
)
def test_a_masked_reset_and_a_restored_state_go_on_as_if_alone(seed: int, backend: str) -> None:
    program = rewardlang.parse(drawn(seed).text)
    columns = trace(seed, 12)
    together, alone = compiled(program, backend), [compiled(program, backend) for _ in range(3)]
    together.reset({"x": columns["x"][:, 0]})
    for row, one in enumerate(alone):
        one.reset({"x": columns["x"][row, 0]})
    for t in range(12):
        values = {"a": columns["a"][:, t], "b": columns["b"][:, t], "x": columns["x"][:, t + 1]}
        out = together.step(values)
        for row, one in enumerate(alone):
            single = one.step({n: v[row] for n, v in values.items()})
            assert out.machines["m"].state[row] == single.machines["m"].state
            assert out.machines["m"].edge[row] == single.machines["m"].edge
            assert out.reward[row] == single.reward
        if t % 4 == 2:
            row = t // 4
            together.reset({"x": values["x"]}, mask=np.arange(3) == row)
            alone[row].reset({"x": values["x"][row]})
        if t == 6:
            saved = together.state_dict()
            together = compiled(program, backend)
            together.load_state_dict(saved)


@pytest.mark.parametrize(
    ("seed", "backend"), [*((s, "numpy") for s in range(0, 40, 3)), (21, "numba")]
)
def test_what_every_state_would_do_holds_for_the_one_it_is_in(seed: int, backend: str) -> None:
    """And for another state, what a machine that begins there does on its first step."""
    machine = drawn(seed)
    program = rewardlang.parse(machine.text.replace(" + x / 8", ""))
    columns = trace(seed, 8)
    reward = compiled(program, backend)
    reward.reset({"x": columns["x"][:, 0]})
    state = np.zeros(3, int)
    for t in range(8):
        values = {"a": columns["a"][:, t], "b": columns["b"][:, t], "x": columns["x"][:, t + 1]}
        every = reward.counterfactual(values)
        again = reward.counterfactual(values)
        out = reward.step(values)
        rows = np.arange(3)
        found = out.machines["m"]
        np.testing.assert_array_equal(every.state[rows, state], found.state)
        np.testing.assert_array_equal(every.edge[rows, state], found.edge)
        np.testing.assert_array_equal(every.payout[rows, state], found.payout)
        np.testing.assert_array_equal(every.state, again.state)
        fine = out.valid
        if every.reward is not None:
            np.testing.assert_array_equal(every.reward[rows, state][fine], out.reward[fine])
        for u, name in enumerate(program.machines["m"].states):
            _as_if_begun(machine, name, every, columns, t, u, state)
        state = found.state


def _as_if_begun(
    machine: Drawn, name: str, every: Any, columns: dict[str, Array], t: int, u: int, state: Array
) -> None:
    moved = {n: (c[:, t : t + 1] if n != "x" else c[:, t : t + 2]) for n, c in columns.items()}
    swapped = Drawn(machine.states, machine.edges, machine.final)
    for row in np.flatnonzero(state != u):
        ((_, edge, pay),) = _walk_from(swapped, moved, int(row), name)
        assert every.edge[row, u] == edge
        np.testing.assert_array_equal(every.payout[row, u], pay)


def _walk_from(
    machine: Drawn, columns: dict[str, Array], row: int, start: str
) -> list[tuple[str, int, float]]:
    def swap(name: str) -> str:
        return {"s0": start, start: "s0"}.get(name, name)

    edges = tuple(
        Edge(
            e.source if e.source == "any" else swap(e.source),
            swap(e.target),
            e.guard,
            e.times,
            e.after,
            e.pays,
        )
        for e in machine.edges
    )
    final = tuple(swap(f) for f in machine.final)
    return walked(Drawn(machine.states, edges, final), columns, row)
