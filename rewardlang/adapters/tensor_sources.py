"""What a source gives over tensors: a batch of the declared shape, or the reason why not."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from rewardlang.adapters.paths import Absent
from rewardlang.diagnostics.suggest import nearest
from rewardlang.runtime.failure import failure, shape_text


def fitting(declared: Any, text: str, x: Any, batch: tuple[int, ...]) -> Tensor:
    """`x` with its batch axes as one: [rows, *shape]. RW685 where it is no tensor of that batch,
    RW664 where its shape is not the declared one."""
    lead = len(batch)
    if not isinstance(x, Tensor) or x.shape[:lead] != batch:
        raise failure(
            "RW685",
            declared.span,
            name=declared.name,
            text=text,
            given=f"{type(x).__name__}{shape_text(tuple(getattr(x, 'shape', ())))}",
            batch=shape_text((*batch, "..")),
        )
    shape = tuple(x.shape[lead:])
    if not declared.type.admits(shape):
        raise failure(
            "RW664",
            declared.span,
            name=declared.name,
            text=text,
            given=shape_text(shape),
            declared=shape_text(declared.type.pattern),
        )
    return x if lead == 1 else x.reshape(-1, *shape) if lead else x[None]


def not_there(declared: Any, text: str, absent: Absent) -> Exception:
    """RW652, with the names that are there."""
    near = nearest(absent.wanted, absent.names)
    hint = None
    if near:
        hint = "did you mean " + " or ".join(f"`{n}`" for n in near) + "?"
    elif absent.names:
        hint = "there are: " + ", ".join(f"`{n}`" for n in absent.names[:20])
    return failure(
        "RW652",
        declared.span,
        hint=hint,
        name=declared.name,
        text=text,
        reached=absent.reached,
        wanted=absent.wanted,
        what=f", which is {absent.what}" if absent.what else "",
    )
