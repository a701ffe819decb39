"""How Numba compiles a kernel: with what we know of its arrays, side by side where that is free.

No two arrays of a kernel overlap where one is written (the state, the results and the scratch
memory are ours alone), so elements that lie side by side can be computed side by side. Numba has
switches for both facts, but no spelling of them for one function: this file is the only one that
reaches into its compiler. Where Numba is built otherwise, kernels are compiled the plain way;
results are the same, bit for bit.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import cpu_target
from numba.extending import intrinsic

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
