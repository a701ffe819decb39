"""Tools for temporal logic, each as a function from a formula and a trace to its margins.

Atom k is `k > 0` of the variable x, y or z. Whoever runs one asks for its package first.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.temporal.formula import BINARY, PAST, TIMED, Formula, horizon, walk

NAMES = "xyz"
Trace = NDArray[np.float64]  # [variable, sample]
Margins = NDArray[np.float64]

MTL = {"and": "&", "or": "|", "not": "~", "implies": "->", "iff": "iff", "next": "X"}
MTL |= {"always": "G", "eventually": "F", "until": "U"}
MSTLO = {"implies": "->", "always": "G", "eventually": "F", "until": "U"}


@dataclass(frozen=True)
class Tool:
    """`takes` an operator with its interval, or has a defect there; `known`: of so many samples it
    tells the first so many margins.
    """

    package: str
    convention: str
    ops: tuple[str, ...]
    connectives: tuple[str, ...]
    margins: Callable[[Formula, Trace], Margins]
    takes: Callable[[Formula], bool]
    known: Callable[[Formula, int], int] = lambda f, samples: samples
    cases: int = 12  # formulas a test: those of slow tools are few

    def reads(self, f: Formula) -> bool:
        timed = [node for node in walk(f) if node.op in TIMED]
        return bool(timed) and all(self.takes(node) for node in timed)


def spelled(f: Formula, words: dict[str, str], bounds: str = "[{},{}]", atom: str = "{}") -> str:
    """In the syntax of a tool: all that differs is words, intervals and atoms."""
    if f.op == "atom":
        return atom.format(NAMES[f.number])
    parts = [spelled(a, words, bounds, atom) for a in f.args]
    word = words.get(f.op, f.op)
    if f.op in TIMED and (f.lo, f.hi) != (0, None):
        word += bounds.format(f.lo, "inf" if f.hi is None else f.hi)
    if f.op in ("and", "or", "implies", "iff", *BINARY):
        return f"({f' {word} '.join(parts)})"
    return f"({word} {parts[0]})"


def rtamt(f: Formula, trace: Trace) -> Margins:
    spec = importlib.import_module("rtamt").StlDiscreteTimeSpecification()
    for name in NAMES:
        spec.declare_var(name, "float")
    spec.spec = spelled(f, {"previously": "prev"}, "[{}:{}]", "({} > 0)")
    spec.parse()
    samples = trace.shape[1]
    columns = {name: trace[k].tolist() for k, name in enumerate(NAMES)}
    found = spec.evaluate({"time": list(range(samples)), **columns})
    return np.array([v for _, v in found][:samples])


def sentil(f: Formula, trace: Trace) -> Margins:
    module = importlib.import_module("sentil")
    given = module.Trace.indexed(trace.shape[1])
    for k, name in enumerate(NAMES):
        given.add_signal(name, trace[k].copy())
    found = module.Formula.parse(for_sentil(f)).robustness_signal(given)
    return np.array([getattr(v, "value", v) for v in found])


def for_sentil(f: Formula) -> str:
    """It has no `previously`: that is `once [1 .. 1]`."""
    return spelled(f, {"implies": "->", "previously": "once[1,1]"}, "[{},{}]", "({} > 0)")


def mtl(f: Formula, trace: Trace) -> Margins:
    formula = importlib.import_module("mtl").parse(spelled(f, MTL))
    given = {name: list(enumerate(trace[k].tolist())) for k, name in enumerate(NAMES)}
    return np.array([formula(given, time=t, dt=1) for t in range(trace.shape[1])])


def mstlo(f: Formula, trace: Trace) -> Margins:
    module = importlib.import_module("mstlo_python")
    formula = module.parse_formula(spelled(f, MSTLO, atom="({} > 0)"))
    monitor = module.Monitor(formula, semantics="DelayedQuantitative")
    used = sorted({node.number for node in walk(f) if node.op == "atom"})
    signals = {NAMES[k]: [(float(v), float(t)) for t, v in enumerate(trace[k])] for k in used}
    return np.array([v for _, v in monitor.update_batch(signals).verdicts()])


def stljax(f: Formula, trace: Trace) -> Margins:
    return _stljax(f, trace)


def stljax_held(f: Formula, trace: Trace) -> Margins:
    """With the padding that stlcg had."""
    return _stljax(f, trace, padding="last")


def _stljax(f: Formula, trace: Trace, **options: str) -> Margins:
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    module = importlib.import_module("stljax.formula")

    def made(node: Formula) -> Any:
        if node.op == "atom":
            of = module.Predicate(NAMES[node.number], lambda s: s[:, node.number])
            return module.GreaterThan(of, 0.0)
        args = [made(a) for a in node.args]
        return _stlcg_node(module, node, args)

    return _infinite(
        np.array(made(_in_twos(f)).robustness_trace(jax.numpy.array(trace.T), **options)), 1e9
    )


def stlcg(f: Formula, trace: Trace) -> Margins:
    """Its signals run backwards, and every operand of two brings a signal of its own."""
    module = importlib.import_module("stlcg")
    torch = importlib.import_module("torch")

    def made(node: Formula) -> tuple[Any, Any]:
        if node.op == "atom":
            signal = torch.tensor(trace[node.number][::-1].copy(), dtype=torch.float32)
            return module.GreaterThan(lhs=NAMES[node.number], val=0.0), signal.reshape(1, -1, 1)
        parts = [made(a) for a in node.args]
        signals = tuple(signal for _, signal in parts)
        whole = _stlcg_node(module, node, [part for part, _ in parts])
        return whole, signals if len(signals) > 1 else signals[0]

    whole, signals = made(_in_twos(f))
    return _infinite(whole.robustness_trace(signals).reshape(-1).numpy()[::-1], 1e6)


def _stlcg_node(module: Any, node: Formula, args: list[Any]) -> Any:
    names = {"not": "Negation", "and": "And", "or": "Or", "implies": "Implies"}
    kind = getattr(module, names.get(node.op, node.op.capitalize()))
    if node.op in TIMED and (node.lo, node.hi) != (0, None):
        return kind(*args, interval=[node.lo, inf if node.hi is None else node.hi])
    return kind(*args)


def _in_twos(f: Formula) -> Formula:
    """`a and b and c` of two operands each."""
    args = tuple(_in_twos(a) for a in f.args)
    if f.op in ("and", "or"):
        return reduce(lambda a, b: Formula(f.op, (a, b)), args)
    return replace(f, args=args)


def _infinite(margins: Margins, large: float) -> Margins:
    """These tools write a large number where nothing is."""
    return np.where(abs(margins) >= large, np.copysign(inf, margins), margins)


def _from_now(node: Formula) -> bool:
    """Any but `[a .. inf]`."""
    return node.hi is not None or node.lo == 0


AHEAD = ("always", "eventually", "until")
BACK = ("historically", "once", "since", "previously")
PLAIN = ("not", "and", "or", "implies")
assert set(BACK) == set(PAST)

TOOLS = (
    Tool("rtamt", "rtamt", (*AHEAD, "next", *BACK), PLAIN, rtamt, _from_now, cases=50),
    Tool("sentil", "sentil", (*AHEAD, "next", *BACK), PLAIN, sentil, _from_now, cases=50),
    Tool("mtl", "mtl", (*AHEAD, "next"), (*PLAIN, "iff"), mtl, lambda n: n.hi != n.lo),
    Tool("stljax", "stlcgpp", AHEAD, PLAIN, stljax, lambda n: True),
    Tool(
        "stljax",
        "stlcg",
        ("always", "eventually"),
        PLAIN,
        stljax_held,
        lambda n: n.hi is not None or n.op == "eventually",  # `always` pads with its negation
    ),
    Tool("stlcg", "stlcg", AHEAD, PLAIN, stlcg, lambda n: n.hi != 0 or n.op == "until"),
    Tool(
        "mstlo_python",
        "mstlo",
        AHEAD,
        PLAIN,
        mstlo,
        lambda n: n.hi is not None,
        lambda f, samples: samples - (horizon(f) or 0),  # no verdict before its window is over
    ),
)
