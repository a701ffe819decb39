"""Which files a command works on, and reading and writing them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from rewardlang.diagnostics.diagnostic import Diagnostic, RewardError

if TYPE_CHECKING:
    from rewardlang.driver import Observe, Program

STANDARD_INPUT = "-"


def refuse(code: str, hint: str | None = None, **facts: object) -> NoReturn:
    raise RewardError([Diagnostic(code, args=facts, hint=hint)])


def chosen(paths: Sequence[str]) -> list[str]:
    """The files a command is to work on: those named, with folders searched to the bottom; or else
    all `.reward` files in this folder."""
    found: list[str] = []
    for path in paths or ["."]:
        folder = Path(path)
        if path == STANDARD_INPUT or not folder.is_dir():
            found.append(path)
        else:
            found += sorted(
                str(file) for file in folder.glob("**/*.reward" if paths else "*.reward")
            )
    if not found:
        where = " and ".join(paths) or "this folder"
        raise click.UsageError(f"{where} has no .reward file")
    return found


def shown_name(path: str) -> str:
    return "<stdin>" if path == STANDARD_INPUT else path


def read_bytes(path: str) -> bytes:
    """What a file holds; `-` is standard input. RewardError where it cannot be read."""
    from rewardlang import driver

    return sys.stdin.buffer.read() if path == STANDARD_INPUT else driver.read(Path(path))


def examine(path: str, observe: Observe | None = None) -> tuple[Program | None, list[Diagnostic]]:
    """The program in a file, or None, with everything found. Raises nothing for a faulty file."""
    from rewardlang import driver

    try:
        content = read_bytes(path)
    except RewardError as error:
        return None, error.diagnostics
    folder = Path() if path == STANDARD_INPUT else Path(path).parent
    if observe is None:
        return driver.check_text(content, shown_name(path), folder)
    return driver.check_text(content, shown_name(path), folder, observe)


def load(path: str, imports: bool = False) -> Program:
    """The program in a file; RewardError with all diagnostics if it has an error.

    With `imports`, its externs are imported when it is compiled, from its own folder first.
    """
    program, found = examine(path)
    if program is None:
        raise RewardError(found)
    if imports:
        program.imports = True
        sys.path.insert(0, str(Path(path).parent))
    return program


imports_option = click.option(
    "--imports",
    is_flag=True,
    help="Import the functions that the file's externs name. Only for files you trust.",
)


def write_text(path: Path, text: str, new: bool = False) -> None:
    """Write a whole file; with `new`, never over one that exists (RW674). RW670 where refused."""
    try:
        with path.open("x" if new else "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        refuse("RW674", path=path)
    except OSError as error:
        refuse("RW670", path=path, reason=error.strerror or str(error))
