"""Tables of numbers, one example a row: read at once by NumPy.

Only where NumPy refuses a table is it read line by line, to name the line that is wrong.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from ..tabular import MAX_FILE_BYTES
from ..text_files import read_utf8


def read_pixel_table(
    path: Path, delimiter: str = ","
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Names of the columns (empty where there is no header) and the numbers [rows, columns].

    The file may be compressed. Raises DataError, with file and line, for a line of another length
    or with a field that is not a number.
    """
    text = read_utf8(path, MAX_FILE_BYTES)
    first = text.partition("\n")[0].split(delimiter)
    has_header = not all(_is_number(field) for field in first)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            numbers = np.loadtxt(
                io.StringIO(text),
                delimiter=delimiter,
                skiprows=int(has_header),
                ndmin=2,
                comments=None,
            )
    except ValueError:
        raise _describe_bad_line(path, text, delimiter, len(first), has_header) from None
    if not numbers.size:
        raise DataError(f"{path} has no row of numbers; give it some")
    if has_header and numbers.shape[1] != len(first):
        raise _describe_bad_line(path, text, delimiter, len(first), has_header)
    return tuple(name.strip() for name in first) if has_header else (), numbers


def _describe_bad_line(
    path: Path, text: str, delimiter: str, columns: int, has_header: bool
) -> DataError:
    """What is wrong with the first line that is wrong."""
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split(delimiter)
        if not line.strip() or (has_header and number == 1):
            continue
        if len(fields) != columns:
            return DataError(
                f"{path}:{number} has {len(fields)} columns and the first line {columns}; "
                "correct or delete the line"
            )
        wrong = [field for field in fields if not _is_number(field)]
        if wrong:
            return DataError(
                f"{path}:{number} has {wrong[0][:40]!r} where a number should be; correct or "
                "delete the line"
            )
    return DataError(f"{path} is not a table of numbers separated by {delimiter!r}")


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
