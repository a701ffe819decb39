"""The table itself: every row is complete, names are unique, and loading it stays light."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rewardlang.builtins.signature import parse_signature
from rewardlang.builtins.table import Builtin, called, declare, find, table

ROWS = list(table().values())
EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
KINDS = {"elementwise", "fold", "memory", "shape", "operator", "array"}


@EVERY_ROW
def test_a_row_has_a_doc_a_kind_and_a_typing(row: Builtin) -> None:
    assert row.doc.endswith(".")
    assert row.kind in KINDS
    assert row.overloads


@EVERY_ROW
def test_an_elementwise_typing_has_its_meaning_and_both_texts(row: Builtin) -> None:
    for overload in row.overloads:
        spellings = (overload.numpy, overload.numba, overload.torch)
        if row.kind == "array":
            assert None not in spellings[:2] and overload.core and row.written
        elif (
            row.kind in ("elementwise", "operator")
            and not parse_signature(overload.signature).clauses
        ):
            assert None not in spellings
        else:
            assert spellings == (None, None, None)


@EVERY_ROW
def test_what_a_person_can_call_slot_by_slot_has_an_example(row: Builtin) -> None:
    if row.kind in ("elementwise", "array") or (row.kind == "fold" and row.name != "wma"):
        assert row.examples


def test_folds_of_a_row_stand_after_its_elementwise_typings() -> None:
    for name in ("min", "max"):
        row = find(name)
        assert row is not None
        clauses = [bool(parse_signature(o.signature).clauses) for o in row.overloads]
        assert clauses == sorted(clauses) and clauses[-1]


def test_a_call_of_div_means_whole_number_division() -> None:
    slash, whole = find("div"), called("div")
    assert slash is not None and slash.kind == "operator"
    assert whole is not None and whole.name == "floordiv"


def test_operators_cannot_be_called() -> None:
    assert called("add") is None
    assert called("select") is None
    assert called("tanh") is find("tanh")


def test_a_name_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        declare(ROWS[0])


@pytest.mark.checkout
@EVERY_ROW
def test_the_specification_names_what_can_be_called(row: Builtin) -> None:
    grammar = Path(__file__).parents[2] / "grammar"
    text = " ".join(path.read_text(encoding="utf-8") for path in grammar.glob("*.md"))
    words = {w for code in re.findall(r"`([^`]*)`", text) for w in re.findall(r"\w+", code)}
    if row.kind != "operator":
        assert (row.spelled or row.name) in words


def test_the_table_loads_without_numpy_or_a_compiler() -> None:
    code = (
        "import sys;"
        "from rewardlang.builtins.table import table; table();"
        "heavy = {'numpy', 'numba', 'torch'} & sys.modules.keys();"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
