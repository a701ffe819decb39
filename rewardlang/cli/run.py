"""`rewardlang run`: a reward over recorded data, term by term."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rewardlang.cli.check import counted
from rewardlang.cli.files import imports_option, load
from rewardlang.cli.output import Output
from rewardlang.cli.table import columns, number
from rewardlang.cli.verb import verb

if TYPE_CHECKING:
    from rewardlang.cli.columns import Recorded
    from rewardlang.cli.summary import Summary

BAR = 8
EVERY = "every spec"  # what `--why` without a name stands for


@verb
@click.argument("file")
@click.option(
    "--data",
    required=True,
    help="Recorded steps: a .npz, .csv or .parquet file, or the folder of a Minari data set.",
)
@click.option(
    "--bind",
    "bindings",
    multiple=True,
    metavar="INPUT=COLUMN",
    help="Where an input stands in the data, such as torso=xpos or angle=obs[2]. Repeatable.",
)
@click.option("--plot", "picture", help="Also draw an episode and the terms' shares as a picture.")
@click.option(
    "--backend", type=click.Choice(["numpy", "numba"]), default="numpy", show_default=True
)
@click.option(
    "--faults",
    type=click.Choice(["raise", "hold", "zero", "terminate"]),
    default="raise",
    show_default=True,
    help="What to do where a value is no number.",
)
@click.option(
    "--coverage", is_flag=True, help="Also show which decisions and edges the data reached."
)
@click.option(
    "--why",
    is_flag=False,
    flag_value=EVERY,
    metavar="[SPEC]",
    help="Also show which atom decided each formula, or this one, and at which step.",
)
@imports_option
def command(
    output: Output,
    file: str,
    data: str,
    bindings: tuple[str, ...],
    picture: str | None,
    backend: str,
    faults: str,
    coverage: bool,
    why: str | None,
    imports: bool,
) -> None:
    """Compute the reward of FILE over recorded data and show what each term gave."""
    from rewardlang.cli.columns import arrange
    from rewardlang.cli.data import read
    from rewardlang.cli.reasons import tell_reasons
    from rewardlang.cli.summary import summarise

    program = load(file, imports)
    asked = None if why is None else _asked(program, why)
    recorded = arrange(program, read(Path(data)), _pairs(bindings))
    reward = program.compile(backend=backend, faults=faults)
    outcome = reward.evaluate(**recorded.arguments())
    summary = summarise(outcome, recorded, _ranges(program))
    tell(output, file, data, summary)
    document: dict[str, Any] = {"file": file, "data": data, **summary.document()}
    if coverage:
        document["coverage"] = _reached(output, program, recorded, outcome, summary)
    if asked is not None:
        document["why"] = tell_reasons(output, program, recorded, outcome, asked)
    if picture is not None:
        _draw(program, summary, Path(picture))
        output.line(f"picture  {picture}")
        document["picture"] = picture
    output.document(document)
    if picture is None:
        output.next(f"rewardlang run {file} --data {data} --plot run.png")
    else:
        output.next(f"rewardlang bench {file}")


def _ranges(program: Any) -> dict[str, tuple[float, float]]:
    """Of the raw terms whose ends say something: a bool is at one of its own always."""
    return {
        name: (term.value.range.lo, term.value.range.hi)
        for name, term in program.terms.items()
        if not (term.value.op == "apply" and term.value.attr == "to_real")
    }


def _reached(
    output: Output, program: Any, recorded: Recorded, outcome: Any, summary: Summary
) -> dict[str, Any]:
    """Decisions, idle terms and conditions, and members that never came."""
    import numpy as np

    from rewardlang.cli import reached
    from rewardlang.coverage import decisions, edges_taken
    from rewardlang.formula_coverage import formulas_reached

    def evaluate(reward: Any) -> Any:
        return reward.evaluate(**recorded.arguments())

    found = decisions(program, evaluate)
    edges, formulas = edges_taken(program, evaluate), formulas_reached(program, evaluate)
    reached.tell_decisions(output, found)
    reached.tell_edges(output, edges)
    reached.tell_formulas(output, formulas)
    idle = [row.name for row in summary.rows if row.first_active == "never"]
    idle += [n for n, count in summary.conditions.items() if not count and n not in idle]
    unseen = {}
    for name, declared in program.inputs.items():
        if declared.type.enum is not None and name in recorded.columns:
            seen = {str(x) for x in np.unique(recorded.columns[name])}
            members = declared.type.enum.members
            missing = [m for n, m in enumerate(members) if not {m, str(n)} & seen]
            if missing:
                unseen[name] = missing
    reached.tell_values(output, idle, unseen)
    return {
        "decisions": reached.decisions_document(found),
        "edges": reached.edges_document(edges),
        "formulas": reached.formulas_document(formulas),
        "idle": idle,
        "unseen": unseen,
    }


def _asked(program: Any, why: str) -> list[str]:
    """The names of all specs, or of the one that is named."""
    from rewardlang.reasons import spec_of

    if why == EVERY:
        return [spec.name for spec in program.checked.specs]
    return [spec_of(program, why).name]


def _pairs(bindings: tuple[str, ...]) -> dict[str, str]:
    """`torso=xpos` as a pair."""
    pairs = [text.partition("=") for text in bindings]
    for name, sign, column in pairs:
        if not (name and sign and column):
            raise click.UsageError(f"--bind takes INPUT=COLUMN, not '{name}{sign}{column}'")
    return {name.strip(): column.strip() for name, _, column in pairs}


def _tell_specs(output: Output, summary: Summary) -> None:
    """Each formula, by episodes."""
    if not summary.specs:
        return
    header = ("spec", "satisfied", "violated", "open", "robustness", "min")
    rows = [
        (
            name,
            str(v.satisfied),
            str(v.violated),
            str(v.open),
            "" if v.mean is None else number(v.mean),
            "" if v.lowest is None else number(v.lowest),
        )
        for name, v in summary.specs.items()
    ]
    lines = columns(header, rows, right=(1, 2, 3, 4, 5))
    output.line(output.dim(lines[0]))
    for line in lines[1:]:
        output.line(line)
    output.line()


def tell(output: Output, file: str, data: str, summary: Summary) -> None:
    episodes, steps = counted(summary.episodes, "episode"), counted(summary.steps, "step")
    output.heading(f"{file} over {data}: {episodes}, {steps}")
    output.line()
    header = (
        "term", "mean", "std", "min", "max", "per episode", "share", "", "corr", "at ends",
        "first active",
    )  # fmt: skip
    rows = [
        (
            row.name,
            number(row.mean),
            number(row.std),
            number(row.low),
            number(row.high),
            number(row.per_episode),
            _percent(row.share),
            "" if row.share is None else "#" * round(BAR * row.share),
            "" if row.correlation is None else f"{row.correlation:.2f}",
            _percent(row.saturated),
            row.first_active,
        )
        for row in (*summary.rows, *summary.totals)
    ]
    lines = columns(header, rows, right=(1, 2, 3, 4, 5, 6, 8, 9))
    output.line(output.dim(lines[0]))
    last = len(lines) - len(summary.totals)
    for line in lines[1:last]:
        output.line(line)
    for line in lines[last:]:
        output.line(output.bold(line))
    output.line()
    _tell_specs(output, summary)
    for name, count in summary.conditions.items():
        output.line(f"{name}: held on {count} of {summary.steps} steps")
    if summary.faults:
        output.line(output.bad(f"faults: {summary.faults} steps had a value that is no number"))


def _percent(share: float | None) -> str:
    if share is None:
        return ""
    return "<0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def _draw(program: Any, summary: Summary, path: Path) -> None:
    from rewardlang.cli.plots import run_picture

    weighted, total, episode = summary.longest_episode()
    run_picture(
        path,
        program.name.removesuffix(".reward").rpartition("/")[2],
        weighted,
        total,
        {row.name: row.share or 0.0 for row in summary.rows},
        episode,
        program.checked.timestep,
    )
