"""Values with a past, all bounded and known when compiled. `ir/` gives them meaning.

Everything is forgotten at reset. A value `per state` has a sample at reset; one `per step` has its
first at the first transition.
"""

from __future__ import annotations

from rewardlang.builtins.table import Builtin, Overload, declare


def _memory(name: str, signature: str, doc: str) -> Builtin:
    return Builtin(name, "memory", doc, (Overload(f"{name}{signature}"),))


declare(
    _memory(
        "previous",
        "(x: any<'u>, steps: int = 1 else value) -> any<'u>",
        "x as it was at the last sample, or some steps back; `else` where there was none.",
    ),
    _memory(
        "following",
        "(x: any<'u>, steps: int = 1 else value) -> any<'u>",
        "x some samples on, in recorded data; `else` where the episode has ended by then.",
    ),
    _memory(
        "delta",
        "(x: any<'u>, steps: int = 1 else value) -> any<'u>",
        "x less what it was at the last sample, or some steps back; `else` until there was one.",
    ),
    _memory(
        "at_reset",
        "(x: any<'u>) -> any<'u>",
        "x as it was at reset, or at the first transition.",
    ),
    _memory(
        "ema",
        "(x: real<'u>, decay: real) -> real<'u>",
        "Moving average: decay * before + (1 - decay) * x, started by the first sample. With `over"
        " last n`: the mean of the last n samples, weighed by decay to the power of their age.",
    ),
    _memory(
        "held",
        "(c: bool, duration: any<'t>) -> bool",
        "Whether c has held now and all through the duration (steps, or seconds).",
    ),
    _memory(
        "rises",
        "(c: bool else value) -> bool",
        "Whether c holds now and did not at the last sample.",
    ),
    _memory(
        "time_since",
        "(c: bool) -> real<s>",
        "Time since c last held, or since reset. Without a timestep, an int number of samples.",
    ),
)
