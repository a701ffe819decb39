"""Words of memory through which threads share a call, without the interpreter.

A sleeping thread takes some 50 us to wake, which is as long as a whole step of a few thousand rows.
So threads that have just worked watch the bell for a moment before they sleep, and the kernel
itself rings it: at that point the caller has let go of the interpreter lock, which the others need
to start. Rows are taken a few at a time by whoever is free. Nobody waits for a thread that has not
come, so a busy machine makes a call no slower than one thread would be.
"""

from __future__ import annotations

import platform
from functools import cache
from typing import Any, cast

from llvmlite import ir
from numba import boolean, int64, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

_PAUSE = {"x86_64": "llvm.x86.sse2.pause", "AMD64": "llvm.x86.sse2.pause"}
_WORD = ir.IntType(64)
_build = cast("Any", cgutils)  # it has no types


def _place(builder: Any, address: Any) -> Any:
    return builder.inttoptr(address, _WORD.as_pointer())


# Where the words of a shared call stand; those that threads write lie lines apart.
NEXT, BELL, TICKET, DONE, FAULTY, WORDS = 0, 1, 2, 16, 32, 16


def _word(builder: Any, team: Any, number: int) -> Any:
    return _place(builder, builder.add(team, _WORD(8 * number)))


@intrinsic
def ring(context: Any, team: Any) -> Any:
    """Show the call's ticket on the bell; nothing where `team`, the address of its words, is 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (team,) = arguments
        with builder.if_then(builder.icmp_unsigned("!=", team, _WORD(0))):
            bell = builder.load(_word(builder, team, BELL))
            ticket = builder.load(_word(builder, team, TICKET))
            builder.store_atomic(ticket, _place(builder, bell), "release", 8)
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def claim(context: Any, team: Any, step: Any) -> Any:
    """Where the next rows begin that nobody has taken; 0 where one thread has all of them."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        team, step = arguments
        before = _build.alloca_once_value(builder, _WORD(0))
        with builder.if_then(builder.icmp_unsigned("!=", team, _WORD(0))):
            place = _word(builder, team, NEXT)
            builder.store(builder.atomic_rmw("add", place, step, "acq_rel"), before)
        return builder.load(before)

    return types.int64(types.int64, types.int64), generate


@intrinsic
def finish(context: Any, team: Any, me: Any, rows: Any, faulty: Any) -> Any:
    """Report rows as computed, and how many faulty ones this thread has met so far."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        team, me, rows, faulty = arguments
        with builder.if_then(builder.icmp_unsigned("!=", team, _WORD(0))):
            own = builder.add(_WORD(8 * FAULTY), builder.mul(me, _WORD(8 * WORDS)))
            builder.store(faulty, _place(builder, builder.add(team, own)))
            builder.atomic_rmw("add", _word(builder, team, DONE), rows, "acq_rel")
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64), generate


@intrinsic
def _look(context: Any, bell: Any) -> Any:
    """Wait for the length of a pause and read the word."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pause = _PAUSE.get(platform.machine())
        if pause is not None:
            nothing = ir.FunctionType(ir.VoidType(), [])
            builder.call(_build.get_or_insert_function(builder.module, nothing, pause), [])
        return builder.load_atomic(_place(builder, arguments[0]), "acquire", 8)

    return types.int64(types.int64), generate


@intrinsic
def _show(context: Any, word: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, value = arguments
        builder.store_atomic(value, _place(builder, address), "release", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@cache
def watch() -> Any:
    """`watch()(address, number, looks, own, mark)`: whether a word came to show that number.

    It looks so many times. First, where `own` is not 0, the word at that address is made to show
    `mark`: whoever waits for it then finds the interpreter lock free.
    """

    show, look = cast("Any", _show), cast("Any", _look)  # as compiled code calls them

    @njit(boolean(int64, int64, int64, int64, int64), nogil=True)
    def watched(address: int, number: int, looks: int, own: int, mark: int) -> bool:
        if own != 0:
            show(own, mark)
        for _ in range(looks):
            if look(address) >= number:
                return True
        return False

    return watched
