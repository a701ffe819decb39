"""Calls: which function a name before `(` means, and the elementwise ones."""

from __future__ import annotations

from rewardlang.builtins.signature import Signature, parse_signature
from rewardlang.builtins.table import find, table
from rewardlang.check import array_functions, machine_readings
from rewardlang.check.apply import apply, const
from rewardlang.check.definitions import call_def
from rewardlang.check.forward import following
from rewardlang.check.hosts import host_call
from rewardlang.check.memory import FORMS, memory
from rewardlang.check.names import suggestion
from rewardlang.check.readings import READINGS, reading
from rewardlang.check.reductions import FOLDS, dot, is_reduction, reduction
from rewardlang.check.scope import Scope
from rewardlang.check.shapes import FUNCTIONS, shape_function
from rewardlang.check.typed import Expr
from rewardlang.diagnostics.suggest import nearest
from rewardlang.syntax import ast
from rewardlang.types import Enum

# Functions of the language whose meaning is still to come.
LATER_FUNCTIONS = frozenset(
    """windows
    score vetoed decoded E P average
    entropy kl cvar occupancy pareto lexicographic extract tags split bullets sections sentences
    words lines characters json normalize number equivalent edit_distance rouge wer similarity
    matches strip lower replace before after contains occurrences""".split()
)
SPELLED = {"div": "floordiv"}  # `div(a, b)` is the whole-number division; the row `div` is `/`


def call(scope: Scope, node: ast.Call, expected: Enum | None) -> Expr:
    del expected
    session, name = scope.session, node.function
    entry = scope.module.function(name)
    if entry is not None and isinstance(entry.declaration, ast.Def):
        return call_def(scope, node, entry)
    if entry is not None and entry.kind == "extern":
        return host_call(scope, node, entry)
    if entry is not None:
        return session.unknown(node.span)  # a judge: said at its declaration
    if name == "following":
        return following(scope, node)
    if is_reduction(node):
        return reduction(scope, node)
    if name in machine_readings.READINGS and machine_readings.is_meant(scope, node):
        return machine_readings.reading(scope, node)
    if name in READINGS:
        return reading(scope, node)
    if name in FORMS:
        return memory(scope, node)
    if name == "dot":
        return dot(scope, node)
    if name in array_functions.FUNCTIONS:
        return array_functions.array_function(scope, node)
    if name in FUNCTIONS:
        return shape_function(scope, node)
    row = find(SPELLED.get(name, name))
    if row is not None and (row.kind == "elementwise" or name in SPELLED or name == "fallback"):
        return _elementwise(scope, node, row.name)
    _report_unknown(scope, node)
    return session.unknown(node.span)


def _report_unknown(scope: Scope, node: ast.Call) -> None:
    session, name = scope.session, node.function
    if name in LATER_FUNCTIONS:
        session.error("RW190", (node.span, ""), what=f"`{name}(..)`")
        return
    if name in session.lost:
        return
    if scope.module.enum(name) is not None:
        session.error("RW190", (node.span, ""), what="turning text into an enum")
        return
    callable_rows = [n for n, row in table().items() if row.kind != "operator"]
    known = [
        *scope.module.functions,
        *(f"{alias}.{f}" for alias, m in scope.module.modules.items() for f in m.functions),
        *callable_rows,
        *FUNCTIONS,
        *FORMS,
        *FOLDS,
        *SPELLED,
        *READINGS,
        "dot",
    ]
    hint = suggestion(nearest(name, known))
    session.error("RW104", (node.function_span, ""), name=name, hint=hint)


def _elementwise(scope: Scope, node: ast.Call, name: str) -> Expr:
    session = scope.session
    for clause, part in (("over", node.over), ("where", node.where), ("else", node.otherwise)):
        if part is not None:
            session.error("RW208", (part.span, ""), clause=clause, name=node.function)
            return session.unknown(node.span)
    args = _arguments(scope, node, name)
    if args is None:
        return session.unknown(node.span)
    if name in ("min", "max", "fallback", "hypot") and len(args) > 2:
        result = args[0] if name != "fallback" else args[-1]
        for other in args[1:] if name != "fallback" else reversed(args[:-1]):
            pair = (result, other) if name != "fallback" else (other, result)
            result = apply(session, name, pair, node.span)
        return result
    return apply(session, name, args, node.span)


def _arguments(scope: Scope, node: ast.Call, name: str) -> list[Expr] | None:
    """The operands in the order of the signature; None is reported."""
    row = find(name)
    assert row is not None
    session = scope.session
    signatures = [parse_signature(o.signature) for o in row.overloads if o.numpy is not None]
    formals = [p.name for p in signatures[0].parameters]
    places: dict[int, Expr] = {}
    positional = 0
    for argument in node.arguments:
        if argument.name is None:
            place, positional = positional, positional + 1
        elif argument.name in formals and formals.index(argument.name) not in places:
            place = formals.index(argument.name)
        else:
            known = ", ".join(f"`{f}`" for f in formals)
            session.error(
                "RW207", (argument.span, ""), option=argument.name, name=node.function, known=known
            )
            return None
        places[place] = _operand(scope, name, argument.value, place, len(node.arguments))
    _fill_defaults(scope, node, signatures[0], places)
    if not _count_fits(name, signatures, sorted(places)):
        wanted = ", ".join(formals)
        session.error(
            "RW206", (node.span, ""), name=node.function, wanted=wanted, given=len(node.arguments)
        )
        return None
    return [places[n] for n in sorted(places)]


def _operand(scope: Scope, name: str, value: ast.Expr, place: int, count: int) -> Expr:
    """`valid` and all but the last of `fallback` catch the faults of their operand."""
    risks = len(scope.session.risks)
    result = scope.infer(value)
    if name == "valid" or (name == "fallback" and place < count - 1):
        del scope.session.risks[risks:]
    return result


def _count_fits(name: str, signatures: list[Signature], places: list[int]) -> bool:
    if places != list(range(len(places))):
        return False
    if name in ("min", "max", "fallback") and len(places) >= 2:
        return True
    for signature in signatures:
        many = any(p.many for p in signature.parameters)
        if signature.required <= len(places) and (many or len(places) <= len(signature.parameters)):
            return True
    return False


def _fill_defaults(
    scope: Scope, node: ast.Call, signature: Signature, places: dict[int, Expr]
) -> None:
    for number, parameter in enumerate(signature.parameters):
        if number in places or parameter.default is None:
            continue
        text = parameter.default
        if text in ("true", "false"):
            places[number] = const(scope.session, text == "true", node.span)
        else:
            value = int(text) if text.lstrip("-").isdigit() else float(text)
            places[number] = const(scope.session, value, node.span)
