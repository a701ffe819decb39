"""What decided formulas in recorded episodes, for people: `run --why`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rewardlang.cli.check import counted
from rewardlang.cli.output import Output
from rewardlang.cli.table import columns, number, shorten

if TYPE_CHECKING:
    from rewardlang.cli.columns import Recorded
    from rewardlang.driver import Program
    from rewardlang.reasons import Reason

SHOWN = 5  # episodes of a formula on the screen; the violated ones first
_WIDTH = 40
_VERDICTS = ("violated", "open", "satisfied")


class Row(NamedTuple):
    reason: Reason
    verdict: str | None
    robustness: float | None


def tell_reasons(
    output: Output, program: Program, recorded: Recorded, outcome: Any, names: Sequence[str]
) -> list[dict[str, Any]]:
    """What decided these formulas, the first episodes as lines and all of them as a document."""
    from rewardlang.reasons import why

    if not names:
        output.line("\nwhy: the program has no spec")
    documents = []
    for name in names:
        reasons = why(program, name, **recorded.arguments())
        results = _by_episode(outcome, name, len(reasons))
        rows = [Row(one, *result) for one, result in zip(reasons, results, strict=True)]
        _tell(output, name, rows)
        documents += [_document(name, row) for row in rows]
    return documents


def _by_episode(outcome: Any, name: str, count: int) -> list[tuple[str | None, float | None]]:
    """The verdict at each episode's last step and the robustness, where there are such."""
    spec = outcome.specs.get(name)
    if spec is None:
        return [(None, None)] * count
    first, lengths = outcome.episodes
    held, failed = (
        np.asarray(x).reshape(-1)[first + lengths - 1] for x in (spec.satisfied, spec.violated)
    )
    verdicts = np.where(held, "satisfied", np.where(failed, "violated", "open")).tolist()
    margins = [None] * count if spec.robustness is None else np.asarray(spec.robustness).tolist()
    return list(zip(verdicts, margins, strict=True))


def _tell(output: Output, name: str, rows: list[Row]) -> None:
    order = sorted(rows, key=lambda row: _VERDICTS.index(row.verdict or "satisfied"))
    output.line()
    output.line(f"why {output.bold(name)}, in {counted(len(rows), 'episode')}")
    header = ("episode", "verdict", "robustness", "decided by", "at", "margin")
    shown = [_shown(row) for row in order[:SHOWN]]
    lines = columns(header, shown, right=(0, 2, 5))
    output.line("  " + output.dim(lines[0]))
    for line in lines[1:]:
        output.line(f"  {line}")
    if len(rows) > SHOWN:
        output.line(f"  and {counted(len(rows) - SHOWN, 'more episode')}; --json has all")


def _shown(row: Row) -> tuple[str, ...]:
    reason, robustness = row.reason, "" if row.robustness is None else number(row.robustness)
    by = ("nothing: an empty window or a fault", "", "")
    if reason.atom is not None and reason.margin is not None:
        place = "reset" if reason.sample == 0 else f"step {reason.sample}"
        unit = f" {reason.unit}" if reason.unit else ""
        margin = f"{number(reason.margin)}{unit}"
        if reason.is_bool:
            margin = "holds" if reason.margin > 0 else "fails"
        by = (shorten(reason.atom, _WIDTH), place, margin)
    return (str(reason.episode + 1), row.verdict or "", robustness, *by)


def _document(name: str, row: Row) -> dict[str, Any]:
    reason, span = row.reason, row.reason.span
    return {
        "spec": name,
        "episode": reason.episode + 1,
        "verdict": row.verdict,
        "robustness": row.robustness,
        "atom": reason.atom,
        "place": None if span is None else f"{span.source.name}:{span.line}:{span.column}",
        "step": reason.sample,
        "margin": reason.margin,
        "unit": reason.unit,
    }
