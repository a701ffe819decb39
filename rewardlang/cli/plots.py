"""Pictures of rewards: one colour a term throughout, drawn off screen by matplotlib.

A module of matplotlib is imported when the first picture is drawn; RW672 where it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.cli.extras import require
from rewardlang.cli.files import refuse

Array = NDArray[Any]

INK, SOFT, GRID = "#1f2430", "#6b7280", "#e5e7eb"
# distinct in hue and in lightness, so that they hold for colour-blind readers and in grey
PALETTE = (
    "#2563a8",
    "#e08a1e",
    "#2f9e6e",
    "#c8423b",
    "#7a5bb5",
    "#5ab4d6",
    "#9a6b3f",
    "#d973a8",
    "#7d8a2e",
    "#4a5568",
    "#b8a11e",
    "#1d7f86",
)
_LOOK = {
    "figure.dpi": 100,
    "savefig.dpi": 170,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": "#c4c9d2",
    "axes.labelcolor": SOFT,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
}


def colors(names: Sequence[str]) -> dict[str, str]:
    """A colour for each term, by its place in the file."""
    return {name: PALETTE[n % len(PALETTE)] for n, name in enumerate(names)}


def pyplot() -> Any:
    matplotlib = require("matplotlib", extra="plot", feature="drawing a picture")
    matplotlib.use("Agg")
    plt = require("matplotlib.pyplot", extra="plot", feature="drawing a picture")
    plt.rcParams.update(_LOOK)
    return plt


def save(figure: Any, path: Path) -> None:
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        refuse("RW670", path=path, reason=getattr(error, "strerror", None) or str(error))
    finally:
        pyplot().close(figure)


def draw_episode(
    axes: Any, weighted: Mapping[str, Array], total: Array, seconds: float | None
) -> None:
    """Each term as it entered the reward, step by step, and their sum. All-zero terms are left out.

    A few payments far beyond the rest (a fall that costs 1 where a step pays 0.02) would flatten
    everything else: they are cut off and written at the edge.
    """
    shades = colors(list(weighted))
    drawn = {name: values for name, values in weighted.items() if np.any(values != 0)}
    steps = np.arange(1, len(total) + 1)
    place = steps * seconds if seconds else steps
    thick = 1.8 if len(total) <= 150 else 1.4
    for name, values in drawn.items():
        look = {"color": shades[name], "linewidth": thick, "drawstyle": "steps-mid"}
        axes.plot(place, values, label=name, **look)
    axes.plot(place, total, color=INK, linewidth=thick / 1.4, linestyle=(0, (4, 2)), label="reward")
    axes.axhline(0, color="#9ca3af", linewidth=0.8, zorder=1)
    axes.set_xlabel("seconds" if seconds else "step")
    axes.set_ylabel("paid per step")
    if len(place) > 1:
        axes.set_xlim(place[0], place[-1])
    _cut_off(axes, drawn, total, place, shades)
    beside(axes, len(drawn) + 1)


def _cut_off(
    axes: Any, drawn: Mapping[str, Array], total: Array, place: Array, shades: Mapping[str, str]
) -> None:
    """Limits for all but the rarest values, and a note for each term that goes beyond."""
    everything = np.stack([*drawn.values(), total])
    usual = np.percentile(everything, [1, 99], axis=1, method="nearest")
    low, high = min(usual[0].min(), 0.0), max(usual[1].max(), 0.0)
    room = 0.12 * (high - low)
    if room == 0 or everything.max() - everything.min() < 4 * (high - low):
        return
    axes.set_ylim(low - 2 * room, high + 2 * room)
    shown = 0
    for name, values in drawn.items():
        at = int(np.abs(values).argmax())
        if low - 2 * room <= values[at] <= high + 2 * room:
            continue
        down = values[at] < 0
        late = at > len(place) / 2
        axes.annotate(
            f"{name} {values[at]:.3g}",
            (place[at], 0.0 if down else 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-14 if late else 14, (14 + 15 * shown) * (1 if down else -1)),
            textcoords="offset points",
            ha="right" if late else "left",
            va="center",
            color=shades[name],
            fontsize=9,
            fontweight="bold",
            arrowprops={"arrowstyle": "-|>", "color": shades[name]},
        )
        shown += 1


def beside(axes: Any, entries: int) -> None:
    """The legend to the right of the axes, where it covers no data."""
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1.02),
        borderaxespad=0,
        handlelength=1.4,
        labelspacing=0.45 if entries <= 10 else 0.2,
    )


def draw_shares(axes: Any, shares: Mapping[str, float]) -> None:
    """A bar a term: its part of everything paid and taken, signs aside."""
    shades = colors(list(shares))
    names = list(shares)[::-1]
    values = [100 * shares[name] for name in names]
    bars = axes.barh(names, values, color=[shades[name] for name in names], height=0.62)
    axes.bar_label(bars, [f"{value:.1f} %" for value in values], padding=4, color=SOFT, fontsize=9)
    axes.set_xlim(0, max(values, default=1) * 1.15 or 1)
    axes.set_xlabel("% of the sum of |weighted term|")
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0, labelcolor=INK)


def run_picture(
    path: Path,
    name: str,
    weighted: Mapping[str, Array],
    total: Array,
    shares: Mapping[str, float],
    episode: str,
    seconds: float | None,
) -> None:
    """One episode step by step above the terms' shares over all the data."""
    plt = pyplot()
    below = 0.9 + 0.3 * len(shares)
    figure, (above, under) = plt.subplots(
        2,
        1,
        figsize=(10, 3.9 + below),
        height_ratios=[3.2, below],
        layout="constrained",
    )
    figure.get_layout_engine().set(h_pad=0.12, w_pad=0.12, hspace=0.06)
    draw_episode(above, weighted, total, seconds)
    above.set_title(f"{name}: {episode}, step by step")
    draw_shares(under, shares)
    under.set_title("What each term weighs over all the data")
    save(figure, path)
