"""Messages of the family `names`."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = ()
