"""How Numba compiles a kernel: with what we know of its arrays, side by side where that is free.

No two arrays of a kernel overlap where one is written (the state, the results and the scratch
memory are ours alone), so elements that lie side by side can be computed side by side. Numba has
switches for both facts, but no spelling of them for one function: this file is the only one that
reaches into its compiler. Where Numba is built otherwise, kernels are compiled the plain way;
results are the same, bit for bit.
"""

from __future__ import annotations

import math
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba.core import cgutils as untyped
from numba.core import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from rewardlang.backends.order import LANES

cgutils: Any = untyped
llvmlite.binding.initialize_native_asmparser()  # for `opaque`

_KNOWN = all(
    hasattr(JITCodeLibrary, name) for name in ("_optimize_final_module", "_optimize_functions")
)


class _Library(JITCodeLibrary):
    """The machine code of one kernel.

    LLVM tidies the text before it looks for what can be done side by side: it finds more that way.
    """

    def _optimize_functions(self, module: Any) -> None:
        module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        codegen: Any = self._codegen
        module = self._final_module
        tidied, builder = codegen._module_pass_manager(opt=1, loop_vectorize=False)
        tidied.run(module, builder)
        passes, builder = codegen._module_pass_manager(slp_vectorize=True)
        passes.run(module, builder)


class KernelCompiler(Compiler):
    """Compiles one kernel. Named in the decorator of every generated text."""

    def define_pipelines(self) -> Any:
        state = self.state
        if _KNOWN:
            state.flags.noalias = True
            codegen = cpu_target.target_context.codegen()
            library: Any = _Library  # Numba has no types for it
            state.library = library(codegen, state.func_id.func_qualname)
            state.library.enable_object_caching()  # so that it can be kept on disk
        return super().define_pipelines()  # type: ignore[no-untyped-call]


@intrinsic
def opaque(context: Any, number: Any) -> Any:
    """The same number, of which the optimiser knows nothing.

    What is read at an opaque row is read again, not kept from before: rare paths use it so that the
    common one has no values to keep for them.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (value,) = arguments
        kind = ir.FunctionType(value.type, [value.type])
        return builder.asm(kind, "", "=r,0", arguments, side_effect=False)

    return number(number), generate


@intrinsic
def move(context: Any, bank: Any, row: Any, to: Any, start: Any, count: Any) -> Any:
    """Copy `count` numbers of a row of a table from `start` on to `to` on; they may overlap."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table = context.make_array(signature.args[0])(context, builder, arguments[0])
        width = cgutils.unpack_tuple(builder, table.shape, 2)[1]
        first = builder.mul(arguments[1], width)
        ends = [builder.gep(table.data, [builder.add(first, at)]) for at in arguments[2:4]]
        size = context.get_abi_sizeof(context.get_data_type(signature.args[0].dtype))
        cgutils.raw_memmove(builder, *ends, arguments[4], size)
        return context.get_dummy_value()

    return types.void(bank, row, to, start, count), generate


@intrinsic(prefer_literal=True)
def distances(
    context: Any, bank: Any, row: Any, start: Any, turns: Any, size: Any, centre: Any
) -> Any:
    """The sum of the distances from `centre` of `turns * LANES` numbers of a row of a table, each
    `size` places behind the one before; +inf is at no distance.

    Numbers LANES apart are added from left to right, side by side; then halves are folded.
    """
    stride = size.literal_value
    double, word = ir.DoubleType(), ir.IntType(64)
    lanes, bits = ir.VectorType(double, LANES), ir.VectorType(word, LANES)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table = context.make_array(signature.args[0])(context, builder, arguments[0])
        kind = context.get_data_type(signature.args[0].dtype)
        width = cgutils.unpack_tuple(builder, table.shape, 2)[1]
        first = builder.add(builder.mul(arguments[1], width), arguments[2])
        total = cgutils.alloca_once_value(builder, ir.Constant(lanes, [0.0] * LANES))
        middle = ir.Constant(lanes, ir.Undefined)
        for lane in range(LANES):
            middle = builder.insert_element(middle, arguments[5], word(lane))
        with cgutils.for_range(builder, arguments[3]) as loop:
            here = builder.add(first, builder.mul(loop.index, word(LANES * stride)))
            numbers = _load_lanes(builder, table.data, here, kind, stride)
            away = builder.bitcast(builder.fsub(numbers, middle), bits)
            away = builder.and_(away, ir.Constant(bits, [2**63 - 1] * LANES))
            counts = builder.fcmp_ordered("!=", numbers, ir.Constant(lanes, [math.inf] * LANES))
            nothing = ir.Constant(lanes, [0.0] * LANES)
            away = builder.select(counts, builder.bitcast(away, lanes), nothing)
            builder.store(builder.fadd(builder.load(total), away), total)
        sums = [builder.extract_element(builder.load(total), word(j)) for j in range(LANES)]
        while len(sums) > 1:
            half = len(sums) // 2
            sums = [builder.fadd(a, b) for a, b in zip(sums[:half], sums[half:], strict=True)]
        return sums[0]

    return types.float64(bank, row, start, turns, size, centre), generate


def _load_lanes(builder: Any, data: Any, here: Any, kind: Any, stride: int) -> Any:
    """LANES numbers from `here` on as float64."""
    vector = ir.VectorType(kind, LANES)
    if stride == 1:
        place = builder.bitcast(builder.gep(data, [here]), vector.as_pointer())
        found = builder.load(place, align=4)
    else:
        found = ir.Constant(vector, ir.Undefined)
        for j in range(LANES):
            at = builder.add(here, ir.IntType(64)(j * stride))
            found = builder.insert_element(found, builder.load(builder.gep(data, [at])), at.type(j))
    wide = ir.VectorType(ir.DoubleType(), LANES)
    return found if kind == ir.DoubleType() else builder.fpext(found, wide)
