"""`rewardlang train`: a small real training run on a reward, and the picture of how it went."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rewardlang.cli.extras import require
from rewardlang.cli.files import imports_option, load, refuse
from rewardlang.cli.output import Output
from rewardlang.cli.verb import verb

PICTURES = (".png", ".svg", ".pdf")


@verb
@click.argument("file")
@click.option("--env", "environment", required=True, help="A Gymnasium environment by name.")
@click.option(
    "--algo",
    type=click.Choice(["auto", "ppo", "sac"]),
    default="auto",
    show_default=True,
    help="auto is PPO, which takes all it can train on; SAC needs continuous actions.",
)
@click.option("--steps", type=click.IntRange(100), help="Environment steps to train for.")
@click.option("--seed", default=0, show_default=True)
@click.option("--envs", type=click.IntRange(1), help="Environments side by side.")
@click.option(
    "--out",
    help="A folder for picture, metrics and policy, or a .png for the picture alone.",
)
@imports_option
def command(
    output: Output,
    file: str,
    environment: str,
    algo: str,
    steps: int | None,
    seed: int,
    envs: int | None,
    out: str | None,
    imports: bool,
) -> None:
    """Train a small policy on the reward of FILE in a Gymnasium environment.

    Leaves training.png, metrics.csv and policy.zip in the folder given by --out.
    """
    program = load(file, imports)
    for module, extra in (("stable_baselines3", "rl"), ("numba", "numba"), ("matplotlib", "plot")):
        require(module, extra=extra, feature="`rewardlang train`")
    from rewardlang.cli.train.environment import choose
    from rewardlang.cli.train.loop import Run, train
    from rewardlang.cli.train.settings import settings_for

    settings = settings_for(choose(algo, environment), environment, steps, envs, seed)
    places = _places(Path(out) if out else Path("out") / Path(file).stem)
    output.diagnostics(program.other_discounts(settings.arguments["gamma"]))
    output.line(f"{file}: {settings.title}, {settings.words}")
    run: Run = train(program, settings, output, places)
    _finish(output, file, program, run, places)


def _places(out: Path) -> dict[str, Path]:
    """Where each result goes; RW670 if the folder cannot be made."""
    folder = out.parent if out.suffix in PICTURES else out
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse("RW670", path=folder, reason=error.strerror or str(error))
    if out.suffix in PICTURES:
        return {"picture": out}
    return {
        "picture": out / "training.png",
        "metrics": out / "metrics.csv",
        "policy": out / "policy.zip",
    }


def _finish(output: Output, file: str, program: Any, run: Any, places: dict[str, Path]) -> None:
    from rewardlang.cli.train.picture import training_picture

    settings = run.settings
    training_picture(
        places["picture"],
        f"{Path(file).name} on {settings.environment}",
        f"{settings.algorithm.upper()}, {settings.words}, {run.seconds:.0f} s",
        run.history,
        (run.final.weighted, run.final.reward),
        program.checked.timestep,
    )
    output.line(
        f"final policy: return {run.final.returns:.4g}, "
        f"the environment's own {run.final.own:.4g} (mean of {run.final.episodes} episodes)"
    )
    for what, path in places.items():
        output.line(f"{what:<8} {path}")
    output.document(
        {
            "file": file,
            "environment": settings.environment,
            "algorithm": settings.algorithm,
            "steps": settings.steps,
            "seed": settings.seed,
            "envs": settings.envs,
            "seconds": run.seconds,
            "episodes": len(run.history.step),
            "return": run.final.returns,
            "environment_return": run.final.own,
            "hash": program.hash,
            **{what: str(path) for what, path in places.items()},
        }
    )
    output.next(f"rewardlang explain {file}", "change a weight, and train again")
