"""What a reward is as mathematics: polytopes on which it is affine or quadratic, found exactly.

    -max(abs(x) - 4, 0)   ->   x > 4: 4 - x;  x <= 4, x > -4: 0;  x <= -4: x + 4

For those who plan with a reward instead of sampling it: an explicit controller, a mixed-integer
program, the gain of a linear quadratic regulator. Reads the intermediate form; changes nothing.
"""

from rewardlang.regions.recognise import LIMIT, Regions, regions
from rewardlang.regions.show import document, show

__all__ = ["LIMIT", "Regions", "document", "regions", "show"]
