"""The graph as text, for people and golden tests: a line per node, operands before their users."""

from __future__ import annotations

from rewardlang.ir.ops import OF_BUFFERS, Op, Program


def show(program: Program) -> str:
    """Nodes are numbered in the order they are shown, so equal graphs give equal text."""
    numbers: dict[int, int] = {}
    lines: list[str] = []

    def visit(root: Op) -> str:
        for op in _in_order(root, numbers):
            numbers[op.number] = len(numbers)
            args = " ".join(f"%{numbers[a.number]}" for a in op.args)
            text = " ".join(part for part in (_head(op), args) if part)
            lines.append(f"  %{numbers[op.number]:<4}{str(op.form):<12}{text}")
        return f"%{numbers[root.number]}"

    for output in program.outputs:
        value = visit(output.value)
        factor = "" if output.factor is None else f" * {visit(output.factor)}"
        lines.append(f"{output.role} {output.name} = {value}{factor}")
    for cell in program.cells:
        if cell.update is not None:
            lines.append(f"cell {cell.name!r} stores {visit(cell.update)}")
        if cell.reset is not None:
            lines.append(f"cell {cell.name!r} starts as {visit(cell.reset)}")
    for buffer in program.buffers:
        lines.append(f"buffer {buffer.name!r} takes {visit(buffer.value)}")
    for run in program.runs:
        lines.append(f"run {run.name!r} keeps {run.fold} of {visit(run.value)}")
    return "\n".join(lines) + "\n"


def _head(op: Op) -> str:
    match op.kind:
        case "const":
            return repr(op.attr)
        case "apply" | "call":
            name, number = op.attr
            return name if number == 0 else f"{name}.{number}"
        case "reduce":
            fold, axes = op.attr
            return f"{fold} over {','.join(map(str, axes))}"
        case "input" | "param" | "signal" | "cell" | "latch":
            return f"{op.kind} {op.attr!r}"
        case kind if kind in OF_BUFFERS:
            return f"{op.kind} {op.attr!r}"
        case "stack" | "expand":
            return op.kind
    return f"{op.kind} {op.attr}"


def _in_order(root: Op, seen: dict[int, int]) -> list[Op]:
    found: dict[int, Op] = {}
    waiting = [root]
    while waiting:
        op = waiting.pop()
        if op.number not in seen and op.number not in found:
            found[op.number] = op
            waiting.extend(op.args)
    return [found[n] for n in sorted(found)]
