"""From what was checked to what it means. The only part of `ir` that knows `check`.

let v = previous(x else 0)          cell "previous 0": after each transition it stores x
term a weight 2 = -sum(v ^ 2)       settle(neg(reduce sum(mul(v, v)))) * 2
"""

from rewardlang.ir.builder.program import build
from rewardlang.ir.builder.sizes import with_sizes

__all__ = ["build", "with_sizes"]
