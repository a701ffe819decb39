"""The axes of a whole program: what sizes its names have, and which one the total keeps.

A size that is said once holds wherever the name stands: after `input place : real[agent: 3, 2]`,
`real[agent]` has three slots. A total keeps at most one axis, the one that the types of the reward
or of a term name; what varies over it leaves as a vector.
"""

from __future__ import annotations

from collections.abc import Iterator

from rewardlang.check.apply import described
from rewardlang.check.axes import show
from rewardlang.check.levels import INPUT_INDEX, input_level
from rewardlang.check.names import Module
from rewardlang.check.session import Session
from rewardlang.check.type_exprs import written_axes
from rewardlang.diagnostics.source import Span
from rewardlang.syntax import ast
from rewardlang.types import Axis, Type


def read_axes(session: Session, main: Module) -> None:
    """Set the session's sizes by name and the axis that the total keeps."""
    modules: list[Module] = []
    _walk(main, modules)
    for module in modules:
        for axis in _written(module, (ast.Input,)):
            if axis.name is not None and axis.cap is not None:
                session.sizes.setdefault(axis.name, Axis(axis.name, axis.cap, axis.cap))
    for module in modules:
        for axis in _written(module, _SIZED):
            if axis.name is not None and axis.size is not None and module.enum(axis.name) is None:
                session.sizes.setdefault(axis.name, Axis(axis.name, axis.size))
    for module in modules:
        _read_ragged(session, module)
    session.open_axes = tuple(dict.fromkeys(_open(session, modules)))
    session.kept = _kept(session, main)


def _walk(module: Module, found: list[Module]) -> None:
    """The module and all that it uses."""
    if module in found:
        return
    found.append(module)
    for used in (*module.modules.values(), *(e.module for e in module.entries.values())):
        _walk(used, found)


_SIZED = (ast.Input, ast.Param, ast.Let, ast.Term, ast.Reward, ast.Metric)


def _written(module: Module, kinds: tuple[type, ...]) -> Iterator[ast.AxisExpr]:
    """The axes in the types of a file's declarations, kind by kind."""
    for kind in kinds:
        for declaration in module.file.declarations:
            type_ = getattr(declaration, "type", None)
            if isinstance(declaration, kind) and type_ is not None:
                yield from type_.axes


def _read_ragged(session: Session, module: Module) -> None:
    """The level and the outer axes of each ragged axis, as the first input with it has them."""
    for node in module.file.declarations:
        if not isinstance(node, ast.Input) or all(a.cap is None for a in node.type.axes):
            continue
        with session.silent():
            axes = written_axes(session, module, node.type) or ()
        per = node.per if node.per in INPUT_INDEX else "step"
        for axis in axes:
            if axis.cap is not None and axis.name is not None:
                session.ragged.setdefault(axis.name, input_level(per, node.at_reset))
                session.within.setdefault(axis.name, axis.within)


def _open(session: Session, modules: list[Module]) -> Iterator[str]:
    """The names of the axes whose size only the columns of a call can tell."""
    for module in modules:
        for declaration in module.file.declarations:
            for axis in declaration.type.axes if isinstance(declaration, ast.Input) else ():
                name = axis.name
                if name is None or axis.size is not None or axis.cap is not None:
                    continue
                if name not in session.sizes and module.enum(name) is None:
                    yield name


def _kept(session: Session, main: Module) -> Axis | None:
    """The named axis in the type of the reward, else of the first term or metric that has one."""
    for kind in (ast.Reward, ast.Term, ast.Metric):
        for declaration in main.file.declarations:
            type_ = getattr(declaration, "type", None)
            if not isinstance(declaration, kind) or type_ is None:
                continue
            for axis in type_.axes:
                if axis.name is None:
                    continue
                enum = main.enum(axis.name)
                if enum is not None:
                    return Axis(axis.name, len(enum.members), labels=enum.members)
                return session.sizes.get(axis.name, Axis(axis.name, axis.size))
    return None


# ---- what may leave ---------------------------------------------------------------------------


def may_keep(session: Session, type_: Type, span: Span, what: str) -> bool:
    """Whether a declared type's axes are none or the one that the total keeps."""
    kept = session.kept
    if any(axis.cap is not None for axis in type_.axes):
        session.error("RW260", (span, ""), what=what, axes=show(type_.axes))
        return False
    if not type_.axes or (kept is not None and type_.axes == (kept,)):
        return True
    if len(type_.axes) > 1 or type_.axes[0].name is None:
        session.error("RW260", (span, ""), what=what, axes=show(type_.axes))
    else:
        session.error("RW261", (span, ""), what=what, axis=str(type_.axes[0].name), kept=str(kept))
    return False


def leaves_alone(session: Session, type_: Type, span: Span, what: str, declares: str) -> bool:
    """Whether a value that says no type may leave as it is: it is single.

    `declares` is the declaration that could name the axis, as `term bumped`; empty if none can.
    """
    if not type_.axes:
        return True
    shown = (span, f"this is {described(type_)}")
    operand = session.mention(span)
    if declares and session.kept is not None and type_.axes == (session.kept,):
        axis = session.kept.name
        session.error("RW262", shown, what=what, axis=axis, declared=f"{declares} : real[{axis}]")
        return False
    hint = None
    if declares and len(type_.axes) == 1 and type_.axes[0].name is not None:
        axis = type_.axes[0].name
        hint = f"reduce it, `sum({operand} over {axis})`, or keep it: `{declares} : real[{axis}]`"
    session.error("RW249", shown, hint=hint, what=what, operand=operand)
    return False


def keeps_or_single(session: Session, type_: Type) -> bool:
    """Whether a value that cannot say its type (a potential, a payment, a condition) may leave."""
    return not type_.axes or (session.kept is not None and type_.axes == (session.kept,))
