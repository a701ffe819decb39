"""Every builtin as a program calls it: over axes, windows and the past, with masks and without.

Calls are made from the signatures of the table. A new row is compared without a line here, or is
listed in `NOT_COMPARED` with the reason; a test counts that nothing is left out.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rewardlang
from rewardlang.builtins.signature import parse_signature
from rewardlang.builtins.table import Builtin, table

NASTY = [0.0, -0.0, 1, -1, 0.5, 2, 1e-3, 1e30, -1e30, 1e-30, 1e-310, np.inf, -np.inf, np.nan]
INPUTS = """
input x : real
input y : real
input v : real[4]
input w : real[4]
input a : real[leg: 3, 4]
input m : bool[4]
input c : bool
input n : int in 0 .. 9
input k : int[4]
input s : real[4, 4]
"""

# What a program cannot call on values, or what the tests of elementwise rows compare already.
NOT_COMPARED = {
    "zeros": "makes a constant",
    "ones": "makes a constant",
    "eye": "makes a constant",
    "index": "is a constant of an axis",
    "size": "is a constant of a shape",
    "rename": "changes names, which no backend sees",
}
# Operands of a call by kind: over axes, and over samples.
VECTORS = {"real": ["v", "w"], "any": ["v", "w"], "int": ["k", "k"], "bool": ["m", "m"]}
NUMBERS = {"real": ["x", "y"], "any": ["x", "y"], "int": ["n", "n"], "bool": ["c", "c"]}
BY_NAME = {"q": "0.3", "decay": "0.75", "steps": "2", "duration": "2", "size": "5", "A": "s",
           "table": "v", "places": "k", "place": "n"}  # fmt: skip
OPTIONS = {"ddof": ["0", "1"], "ties": ["average", "min", "dense", "first"]}


def candidates(row: Builtin) -> list[str]:
    """Calls that the signature allows as far as it can be seen; not all of them are legal."""
    found = []
    for written in [row.written] if row.written else [o.signature for o in row.overloads]:
        signature = parse_signature(written)
        for operands in (VECTORS, NUMBERS, {**VECTORS, "real": ["a", "a"], "any": ["a", "a"]}):
            queues = {kind: iter(names) for kind, names in operands.items()}
            options = [p for p in signature.parameters if p.default is not None]
            values = [
                BY_NAME.get(p.name) or next(queues[p.kind])
                for p in signature.parameters
                if p.default is None and not p.many
            ]
            values += [next(queues[p.kind]) for p in signature.parameters if p.many]
            mask = " where c" if operands is NUMBERS else " where m"
            samples = (" over last 3", " over past")
            for over in (" over leg",) if operands["real"][0] == "a" else ("", *samples):
                ways = [over, *(over + option for option in _options(options))]
                ways += [f"{over}{option} else 0" for option in _options(options)[:1]]
                ways += [f"{over} else 0", f"{over}{mask}", f"{over}{mask} else 0", " else false"]
                found += [f"{row.name}({', '.join(values)}{way})" for way in ways]
    return found


def _options(parameters: list[Any]) -> list[str]:
    return [
        f", {p.name}: {value}"
        for p in parameters
        for value in OPTIONS.get(p.name, [BY_NAME.get(p.name, "1")])
    ]


def _as_term(call: str) -> list[str]:
    """The call as one number: itself, or a sum that tells the slots of a vector apart."""
    weights = "[1, 0.5, 3, 7]"
    return [call, f"sum({call} * {weights})", f"sum({call})", f"count({call})", f"sum(det({call}))"]


def is_legal(text: str) -> bool:
    try:
        program = rewardlang.parse(INPUTS + text)
    except rewardlang.RewardError:
        return False
    return program is not None


@cache
def calls(name: str) -> tuple[str, ...]:
    """The legal terms of a row."""
    terms = []
    for call in dict.fromkeys(candidates(table()[name])):
        if not is_legal(f"let probe = {call}\n"):
            continue
        legal = [t for t in _as_term(call) if is_legal(f"term probe = {t}\n")]
        terms += legal[:1]
    return tuple(terms)


ROWS = [
    row.name
    for row in table().values()
    if row.kind in ("fold", "memory", "shape", "array")
    or any(parse_signature(o.signature).clauses for o in row.overloads)
]


def data(dtype: str, episodes: int, length: int, nasty: float) -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(11)

    def reals(*shape: int) -> NDArray[Any]:
        few = rng.integers(-2, 4, shape) / 2
        values = np.where(rng.random(shape) < 0.3, few, rng.normal(size=shape))
        hit = rng.random(shape) < nasty
        with np.errstate(all="ignore"):
            return np.where(hit, rng.choice(NASTY, size=shape), values).astype(dtype)

    b, t = episodes, length
    return {
        "x": reals(b, t),
        "y": reals(b, t),
        "v": reals(b, t, 4),
        "w": reals(b, t, 4),
        "a": reals(b, t, 3, 4),
        "m": rng.random((b, t, 4)) < 0.6,
        "c": rng.random((b, t)) < 0.6,
        "n": rng.integers(0, 7, (b, t)),
        "k": rng.integers(-1, 5, (b, t, 4)),
        "s": reals(b, t, 4, 4),
    }


def results(terms: list[str], backend: str, dtype: str, columns: dict[str, Any]) -> dict[str, Any]:
    text = INPUTS + "".join(f"term t{i} = {term}\n" for i, term in enumerate(terms))
    program = rewardlang.parse(text).compile(backend, dtype=dtype, faults="zero", check=False)
    out = program.evaluate(columns)
    return {"faults": out.faults.count} | {terms[int(n[1:])]: v for n, v in out.terms.items()}


def test_every_builtin_is_compared_or_has_a_reason_not_to_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    elementwise = [r.name for r in table().values() if r.kind in ("elementwise", "operator")]
    left_out = [n for n in ROWS if n not in NOT_COMPARED and not calls(n)]
    with capsys.disabled():
        total = sum(len(calls(n)) for n in ROWS if n not in NOT_COMPARED)
        print(
            f"\nbuiltins: {len(table())}; slot by slot {len(elementwise)}, called"
            f" {len(ROWS) - len(NOT_COMPARED)} in {total} ways, not compared {len(NOT_COMPARED)}"
        )
    assert left_out == []
    assert set(table()) == set(elementwise) | set(ROWS)
    assert set(NOT_COMPARED) <= set(ROWS)


CHUNK = 4  # terms in one program: a compiler is not asked for a hundred at once


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in ROWS if n not in NOT_COMPARED])
def test_the_backends_agree_bit_for_bit(name: str) -> None:
    """Ten thousand rows. Programs take turns in the float type; each row by itself has both."""
    terms = list(calls(name))
    for start in range(0, len(terms), CHUNK):
        dtype = "float32" if start // CHUNK % 2 else "float64"
        columns = data(dtype, episodes=500, length=20, nasty=0.03)
        chunk = terms[start : start + CHUNK]
        numpy, compiled = (results(chunk, b, dtype, columns) for b in ("numpy", "numba"))
        for term, value in numpy.items():
            np.testing.assert_array_equal(value, compiled[term], err_msg=term)
