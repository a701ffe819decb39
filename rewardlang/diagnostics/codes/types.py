"""Messages of the family `types`."""

from __future__ import annotations

from rewardlang.diagnostics.codes import Code

CODES: tuple[Code, ...] = ()
