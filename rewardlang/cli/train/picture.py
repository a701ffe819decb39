"""The picture of a training run: learning, what the terms weighed, and the final policy at work."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from rewardlang.cli.plots import INK, PALETTE, SOFT, beside, colors, draw_episode, pyplot, save
from rewardlang.cli.train.history import Binned, History, binned

Array = NDArray[Any]


def training_picture(
    path: Path,
    title: str,
    subtitle: str,
    history: History,
    final: tuple[Mapping[str, Array], Array],
    seconds: float | None,
) -> None:
    """`final` is one episode of the last policy: weighted terms and reward by step."""
    plt = pyplot()
    figure = plt.figure(figsize=(11, 11.5), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.14, w_pad=0.14, hspace=0.05, wspace=0.04)
    grid = figure.add_gridspec(3, 2, height_ratios=[1, 0.95, 1.15])
    figure.suptitle(title, x=0.012, ha="left", fontsize=15, fontweight="bold", color=INK)
    data = binned(history)
    _learning(figure.add_subplot(grid[0, 0]), data, data.reward, PALETTE[0])
    figure.axes[-1].set_title("Return of this reward")
    figure.axes[-1].set_ylabel("per episode")
    _learning(figure.add_subplot(grid[0, 1]), data, data.own, PALETTE[2])
    figure.axes[-1].set_title("Return of the environment's own reward")
    _shares(figure.add_subplot(grid[1, :]), data, history.terms)
    weighted, total = final
    axes = figure.add_subplot(grid[2, :])
    draw_episode(axes, weighted, total, seconds)
    axes.set_title("One episode of the final policy, step by step")
    figure.text(0.988, 0.982, subtitle, ha="right", va="top", color=SOFT, fontsize=9.5)
    save(figure, path)


def _learning(axes: Any, data: Binned, spread: Array, color: str) -> None:
    low, mean, high = spread.T
    axes.fill_between(data.step, low, high, color=color, alpha=0.16, linewidth=0)
    axes.plot(data.step, mean, color=color, linewidth=2.2)
    axes.annotate(
        f"{mean[-1]:.4g}",
        (data.step[-1], mean[-1]),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=color,
        fontweight="bold",
        annotation_clip=False,
    )
    axes.text(
        0.015, 0.965, "mean, and 10th to 90th percentile of episodes", transform=axes.transAxes,
        color=SOFT, fontsize=8, va="top",
    )  # fmt: skip
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top + 0.12 * (top - bottom))
    _steps(axes, data.step)


def _shares(axes: Any, data: Binned, terms: list[str]) -> None:
    shades = colors(terms)
    axes.stackplot(
        data.step,
        100 * data.share.T,
        labels=terms,
        colors=[shades[name] for name in terms],
        edgecolor="white",
        linewidth=0.6,
    )
    axes.set_title("What each term weighs, over training")
    axes.set_ylabel("% of the sum of |weighted term|")
    axes.set_ylim(0, 100)
    axes.grid(visible=False)
    beside(axes, len(terms))
    _steps(axes, data.step)


def _steps(axes: Any, step: Array) -> None:
    axes.set_xlabel("environment steps")
    if len(step) > 1:
        axes.set_xlim(step[0], step[-1])
    axes.xaxis.set_major_formatter(lambda value, _: _thousands(value))


def _thousands(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"
