"""Where a command's words go: text for people, one JSON document for programs.

Results go to standard output, errors and advice to standard error: a pipe gets results only.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rewardlang.diagnostics.as_json import to_json
from rewardlang.diagnostics.diagnostic import Diagnostic


class Output:
    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.color = not as_json and _wants_color(sys.stdout)
        self.width = max(60, min(120, shutil.get_terminal_size((100, 24)).columns))

    def line(self, text: str = "") -> None:
        """A line of the result; nothing in JSON mode."""
        if not self.as_json:
            print(text)

    def heading(self, text: str) -> None:
        self.line(self.bold(text))

    def document(self, content: Mapping[str, Any]) -> None:
        """The result in JSON mode; nothing in text mode."""
        if self.as_json:
            print(json.dumps(plain(content), indent=2, ensure_ascii=False))

    def diagnostics(self, found: Sequence[Diagnostic], to_errors: bool = False) -> None:
        """Diagnostics as text, with an empty line after each."""
        if self.as_json or not found:
            return
        from rewardlang.diagnostics.render import render

        stream = sys.stderr if to_errors else sys.stdout
        color = _wants_color(stream)
        for diagnostic in found:
            print(render(diagnostic, color, self.width), end="\n\n", file=stream)

    def failure(self, found: Sequence[Diagnostic]) -> None:
        """What a command that could not do its work says in the end."""
        sys.stdout.flush()
        self.document({"ok": False, "diagnostics": [to_json(d) for d in found]})
        self.diagnostics(found, to_errors=True)

    def next(self, command: str, why: str = "") -> None:
        """The command to try next, for people at a terminal or reading a log."""
        if not self.as_json:
            sys.stdout.flush()
            print(f"next: {command}" + (f"   # {why}" if why else ""), file=sys.stderr)

    def progress(self, text: str, always: bool = False) -> None:
        """What goes on, on one line of a terminal that is written over; "" takes it away.

        Where nobody watches, only what is to be told `always` is, each on a line of its own.
        """
        if self.as_json:
            return
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{text[: self.width - 1]}")
            sys.stderr.flush()
        elif always and text:
            print(text, file=sys.stderr, flush=True)

    def bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self.color else text

    def dim(self, text: str) -> str:
        return f"\033[2m{text}\033[0m" if self.color else text

    def good(self, text: str) -> str:
        return f"\033[32m{text}\033[0m" if self.color else text

    def bad(self, text: str) -> str:
        return f"\033[1;31m{text}\033[0m" if self.color else text


def _wants_color(stream: TextIO) -> bool:
    """https://no-color.org, and FORCE_COLOR for logs that show colours."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def plain(value: Any) -> Any:
    """A value that JSON can say: nan and the infinities become words, arrays lists."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if hasattr(value, "tolist"):  # NumPy's, without importing it
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value)
