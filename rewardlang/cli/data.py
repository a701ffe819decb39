"""Recorded data from a file: named NumPy arrays."""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardlang.cli.extras import require
from rewardlang.cli.files import refuse
from rewardlang.cli.minari_data import minari

Arrays = dict[str, NDArray[Any]]

_ELEMENT = re.compile(r"(?P<name>[^\[\]]+)\[(?P<index>\d+)\]")


def read(path: Path) -> Arrays:
    """The arrays of an .npz file, the columns of a .csv or .parquet file, or a Minari data set.

    Columns named `action[0]`, `action[1]`, .. become one array [rows, 2]. Errors: RW679 unreadable,
    RW671 unknown format, RW672 pyarrow missing, RW673 damaged.
    """
    from rewardlang import driver

    readers = {".npz": _npz, ".csv": _csv, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if (path / "data" / "metadata.json").is_file():
        reader = minari
    if reader is None:
        folder = "It is a folder without the `data/metadata.json` of a Minari data set"
        ending = f"Its ending is `{path.suffix}`" if path.suffix else "It has no ending"
        refuse("RW671", path=path, found=folder if path.is_dir() else ending)
    if reader is not minari and not path.is_file():
        driver.read(path)  # says why not
    try:
        arrays = reader(path)
    except (OSError, ValueError, KeyError, AssertionError, zipfile.BadZipFile) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        refuse("RW673", path=path, reason=f"{reason[:1].upper()}{reason[1:]}.")
    return _joined(arrays)


def _npz(path: Path) -> Arrays:
    if not zipfile.is_zipfile(path):
        raise ValueError("it is no archive of arrays, as `numpy.savez` writes them")
    with np.load(path, allow_pickle=False) as stored:  # a pickle could run a stranger's program
        return {name: stored[name] for name in stored.files}


def _csv(path: Path) -> Arrays:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row]
    if len(rows) < 2:
        raise ValueError("it has no line of data below its header")
    header, body = rows[0], rows[1:]
    for line, row in enumerate(body, 2):
        if len(row) != len(header):
            raise ValueError(f"line {line} has {len(row)} cells, the header {len(header)}")
    return {name.strip(): _column([row[n] for row in body]) for n, name in enumerate(header)}


def _column(cells: list[str]) -> NDArray[Any]:
    """Bools where all are true or false, whole numbers, numbers, else text."""
    lowered = [cell.strip().lower() for cell in cells]
    if set(lowered) <= {"true", "false"}:
        return np.array([cell == "true" for cell in lowered])
    try:
        return np.array([int(cell) for cell in lowered], dtype=np.int64)
    except (ValueError, OverflowError):
        pass
    try:
        return np.array([float(cell) if cell else np.nan for cell in lowered])
    except ValueError:
        return np.array([cell.strip() for cell in cells])


def _parquet(path: Path) -> Arrays:
    parquet = require("pyarrow.parquet", extra="data", feature="reading Parquet")
    table = parquet.read_table(path)
    return {name: _from_arrow(name, table.column(name).to_numpy()) for name in table.column_names}


def _from_arrow(name: str, column: NDArray[Any]) -> NDArray[Any]:
    """Lists of one length become an array with a further axis."""
    if column.dtype.kind != "O" or isinstance(column[0], str):
        return column
    try:
        return np.stack([np.asarray(item) for item in column])
    except ValueError as error:
        raise ValueError(f"column {name} holds lists of different lengths") from error


def _joined(arrays: Arrays) -> Arrays:
    """`action[0]`, `action[1]` as one array `action`."""
    parts: dict[str, dict[int, NDArray[Any]]] = {}
    result: Arrays = {}
    for name, array in arrays.items():
        element = _ELEMENT.fullmatch(name)
        if element is None:
            result[name] = array
        else:
            parts.setdefault(element["name"], {})[int(element["index"])] = array
    for name, by_index in parts.items():
        result[name] = np.stack([by_index[n] for n in sorted(by_index)], axis=-1)
    return result
