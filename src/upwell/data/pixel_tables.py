"""Tables of numbers, a row an example: read at once, and line by line to tell what is wrong."""

from __future__ import annotations

import gzip
import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

MOST_BYTES = 2 << 30
"""Of a table, unpacked."""


def table_text(path: Path) -> str:
    """The text of a file, of gzip by its suffix. DataError for another encoding than UTF-8."""
    try:
        with path.open("rb") as file:
            unpacked = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
            raw = unpacked.read(MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    if len(raw) > MOST_BYTES:
        raise DataError(f"{path} has more than {MOST_BYTES >> 30} GB of text; cut it in parts")
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(f"{path}:{line} is not UTF-8 ({error.reason}); convert it") from None


def table(path: Path, delimiter: str = ",") -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Names of the columns (empty where there is no line of names) and [rows, columns].

    Raises DataError, with file and line, for a line of another length or with no number in it.
    """
    text = table_text(path)
    first = text.partition("\n")[0].split(delimiter)
    headed = not all(_is_number(field) for field in first)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            numbers = np.loadtxt(
                io.StringIO(text), delimiter=delimiter, skiprows=int(headed), ndmin=2, comments=None
            )
    except ValueError:
        raise _wrong(path, text, delimiter, len(first), headed) from None
    if not numbers.size:
        raise DataError(f"{path} has no row of numbers; give it some")
    if headed and numbers.shape[1] != len(first):
        raise _wrong(path, text, delimiter, len(first), headed)
    return tuple(name.strip() for name in first) if headed else (), numbers


def _wrong(path: Path, text: str, delimiter: str, columns: int, headed: bool) -> DataError:
    """What is wrong with the first line that is wrong."""
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split(delimiter)
        if not line.strip() or (headed and number == 1):
            continue
        if len(fields) != columns:
            return DataError(
                f"{path}:{number} has {len(fields)} columns and the first line {columns}; "
                "mend or delete the line"
            )
        wrong = [field for field in fields if not _is_number(field)]
        if wrong:
            return DataError(
                f"{path}:{number} has {wrong[0][:40]!r} where a number should be; mend or delete "
                "the line"
            )
    return DataError(f"{path} is no table of numbers parted by {delimiter!r}")


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
