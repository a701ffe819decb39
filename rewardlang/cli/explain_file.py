"""What a program takes and gives: inputs, parameters, terms, ranges and when each is known."""

from __future__ import annotations

from typing import Any

from rewardlang.cli.output import Output
from rewardlang.cli.table import columns, number, shorten


def describe(program: Any) -> dict[str, Any]:
    """Everything `explain FILE` tells, as plain data."""
    checked = program.checked
    return {
        "doc": checked.doc,
        "mode": checked.mode,
        "timestep": checked.timestep,
        "faults": checked.faults or "raise",
        "inputs": [_input(row) for row in checked.inputs],
        "params": [_param(row) for row in checked.params],
        "terms": [_term(row) for row in checked.terms],
        "potentials": [_potential(row) for row in checked.potentials],
        "conditions": [_condition(row) for row in checked.conditions],
        "specs": [_spec(row) for row in checked.specs],
        "machines": [_machine(row) for row in checked.machines],
        "metrics": [_valued(row) for row in checked.metrics],
        "total": _range(checked.total_range),
        "own_reward": checked.reward is not None,
        "tests": [test.title for test in checked.tests],
    }


def _range(interval: Any) -> list[float] | None:
    return None if interval is None else [interval.lo, interval.hi]


def _scaled(interval: Any, scale: float) -> list[float] | None:
    """A range of base units as the declaration's own unit counts it."""
    return None if interval is None else [interval.lo / scale, interval.hi / scale]


def _machine(declared: Any) -> dict[str, Any]:
    return {
        "name": declared.name,
        "states": list(declared.states),
        "final": [declared.states[state] for state in declared.final],
        "edges": [" ".join(edge.span.text.split()) for edge in declared.edges],
    }


def _shown_type(declared: Any) -> str:
    """The type with the unit as the person wrote it (`deg`), not in base units."""
    type_ = declared.type
    text: str = type_.enum.name if type_.enum is not None else type_.kind
    if declared.shown_unit not in ("", "1"):
        text += f"<{declared.shown_unit}>"
    return text + (f"[{', '.join(map(str, type_.axes))}]" if type_.axes else "")


def _input(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "type": _shown_type(row),
        "level": str(row.level),
        "range": _scaled(row.range, row.scale),
        "from": None if row.binding is None else "".join(row.binding),
        "doc": row.doc,
    }


def _param(row: Any) -> dict[str, Any]:
    default = row.default
    if isinstance(default, (int, float)) and not isinstance(default, bool):
        default = default / row.scale if row.scale != 1 else default
    return {
        "name": row.name,
        "type": _shown_type(row),
        "default": default,
        "range": _scaled(row.range, row.scale),
        "doc": row.doc,
    }


def _valued(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "type": str(row.value.type),
        "level": str(row.value.level),
        "range": _range(row.value.range),
        "doc": row.doc,
    }


def _weight(expression: Any) -> str | None:
    return None if expression is None else " ".join(expression.span.text.split())


def _term(row: Any) -> dict[str, Any]:
    return {
        **_valued(row),
        "weight": _weight(row.weight) or "1",
        "times_dt": row.times_dt,
        "paid": "each step" if row.pays == "now" else "at the end",
        "on_fault": _weight(row.on_fault),
    }


def _potential(row: Any) -> dict[str, Any]:
    return {**_valued(row), "weight": _weight(row.weight), "discount": _weight(row.discount)}


def _condition(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "when": " ".join(row.when.span.text.split()),
        "pays": _weight(row.pays),
        "doc": row.doc,
    }


def _spec(row: Any) -> dict[str, Any]:
    """`ahead` is how many samples after the first its value may depend on; None: all."""
    _, _, text = " ".join(row.span.text.split()).partition("=")
    margins = None if row.robustness is None else row.robustness
    return {
        "name": row.name,
        "formula": text.strip(),
        "semantics": str(row.options.semantics),
        "atoms": len(row.atoms),
        "ahead": row.ahead,
        "followed": row.verdicts is not None,
        "robustness": None if margins is None else str(margins.type),
        "range": None if margins is None else _range(margins.range),
        "doc": row.doc,
    }


def tell(output: Output, document: dict[str, Any]) -> None:
    """The same for people."""
    output.heading(document["file"])
    if document["doc"]:
        output.line(document["doc"].strip())
    _section(output, "inputs", ("name", "type", "range", "level", "from"), document["inputs"])
    _section(output, "parameters", ("name", "type", "default", "range"), document["params"])
    terms = [
        {**term, "paid": term["paid"] + (" x dt" if term["times_dt"] else "")}
        for term in document["terms"]
    ]
    _section(output, "terms", ("name", "weight", "range", "type", "level", "paid"), terms)
    _section(output, "potentials", ("name", "weight", "discount", "range"), document["potentials"])
    _section(output, "conditions", ("name", "kind", "when", "pays"), document["conditions"])
    specs = [{**row, "ahead": _ahead(row["ahead"])} for row in document["specs"]]
    _section(
        output, "specs", ("name", "formula", "semantics", "ahead", "robustness", "range"), specs
    )
    machines = [
        {"name": m["name"], "states": ", ".join(m["states"]), "edges": len(m["edges"])}
        for m in document["machines"]
    ]
    _section(output, "machines", ("name", "states", "edges"), machines)
    _section(output, "metrics", ("name", "type", "range", "level"), document["metrics"])
    output.line()
    parts = ["an own reward" if document["own_reward"] else "the weighted terms"]
    if document["potentials"]:
        parts.append("potentials")
    if any(row["pays"] for row in document["conditions"]):
        parts.append("what ends pay")
    output.line(f"total    {_interval(document['total'])}: {', '.join(parts)}")
    output.line(f"mode     {document['mode']}: {_MODES[document['mode']]}")
    if document["timestep"] is not None:
        output.line(f"timestep {number(document['timestep'])} s")


def _ahead(samples: int | None) -> str:
    return "to the end" if samples is None else f"{samples} samples"


_MODES = {
    "online": "every value is known at its step",
    "episodic": "some of the reward is known at the end of the episode",
    "recorded": "needs what comes after: `evaluate` only",
    "grouped": "needs complete groups: `evaluate` only",
    "batched": "needs a complete batch: `evaluate` only",
}


def _section(
    output: Output, title: str, names: tuple[str, ...], rows: list[dict[str, Any]]
) -> None:
    if not rows:
        return
    output.line()
    output.heading(title)
    table = [[_cell(name, row[name]) for name in names] for row in rows]
    if "type" in names and title not in ("inputs", "parameters"):
        _drop_if_all(table, names.index("type"), "real")
    notes = [shorten(row.get("doc") or "", 200) for row in rows]
    lines = columns(names, table)
    room = output.width - max(len(line) for line in lines) - 6
    output.line("  " + output.dim(lines[0]))
    for line, note in zip(lines[1:], notes, strict=True):
        if note and room >= 24:
            padded = line.ljust(max(len(other) for other in lines))
            output.line(f"  {padded}  {output.dim('# ' + shorten(note, room))}")
        else:
            output.line(f"  {line}")


def _drop_if_all(table: list[list[str]], column: int, usual: str) -> None:
    """A column that says the same usual thing everywhere is emptied, and so not shown."""
    if all(row[column] == usual for row in table):
        for row in table:
            row[column] = ""


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "range":
        return _interval(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, (list, tuple)):
        return shorten("[" + ", ".join(_cell("", item) for item in value) + "]", 32)
    if name == "level":
        return str(value).removesuffix(", known now")
    return shorten(str(value), 44)


def _interval(interval: list[float] | None) -> str:
    if interval is None:
        return ""
    lo, hi = interval
    return "any" if (lo, hi) == (float("-inf"), float("inf")) else f"{number(lo)} .. {number(hi)}"
