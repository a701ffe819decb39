"""`rewardlang show`: what a program is at each stage of the compiler."""

from __future__ import annotations

from typing import Any

import click

from rewardlang.cli.files import examine, load
from rewardlang.cli.output import Output
from rewardlang.cli.verb import verb
from rewardlang.diagnostics.diagnostic import RewardError

STAGES = ("ast", "checked", "ir", "plan", "kernel", "regions")


@verb
@click.argument("file")
@click.option(
    "--stage", type=click.Choice(STAGES), default="kernel", show_default=True, help="Which stage."
)
@click.option(
    "--backend",
    type=click.Choice(["numba", "torch", "triton"]),
    default="numba",
    show_default=True,
    help="Whose kernel.",
)
@click.option("--graph", is_flag=True, help="Its machines and formulas as graphs instead.")
@click.option("--name", help="With --graph: this machine or spec alone.")
@click.option(
    "--dot/--text",
    "as_dot",
    default=None,
    help="With --graph: DOT, the default in a pipe, or text.",
)
def command(
    output: Output,
    file: str,
    stage: str,
    backend: str,
    graph: bool,
    name: str | None,
    as_dot: bool | None,
) -> None:
    """Show what FILE becomes at a stage.

    The tree, the checked program, IR, plan or kernel; or the regions on which its terms and its
    total are affine or quadratic. With --graph, its reward machines and the automata of its
    formulas.
    """
    if graph:
        from rewardlang.cli.graph import show_graph

        show_graph(output, load(file), file, name, as_dot)
        return
    from rewardlang import tooling
    from rewardlang.cli.stages import shown

    seen: dict[str, Any] = {}
    program, found = examine(file, seen.__setitem__)
    if stage not in seen:  # the tree is there even where the checker found an error
        if program is None:
            raise RewardError(found)
        seen[stage] = tooling.stage(program, stage, backend)
    text = shown(stage, seen[stage])
    if not output.as_json:
        click.echo(text.rstrip("\n"))
    document: dict[str, Any] = {"file": file, "stage": stage, "text": text}
    if output.as_json and stage == "regions" and program is not None:
        document["regions"] = tooling.region_document(program)
    output.document(document)
    following = STAGES[(STAGES.index(stage) + 1) % len(STAGES)]
    output.next(f"rewardlang show --stage {following} {file}")
