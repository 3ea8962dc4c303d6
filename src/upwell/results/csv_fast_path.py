"""Whether a CSV is so plain that reading it by columns gives the same as by rows.

Reading by columns is ten times as fast, but it does not know the lines. It is used only for files
without ambiguity: each line is one row with the same number of fields, and quotes are only at the
two ends of a field. Every other file is read row by row.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

QUOTE, NEWLINE, CARRIAGE_RETURN = ord('"'), ord("\n"), ord("\r")

MAX_LINE_BYTES = 2**17
"""Maximum bytes of a line; a longer field is refused where rows are read one by one."""

ByteArray: TypeAlias = npt.NDArray[np.uint8]


def is_regular(data: bytes, columns: int, separator: str) -> bool:
    """Whether the UTF-8 bytes, with the header, are one row of `columns` fields on each line."""
    if data.count(b"\r") != data.count(b"\r\n"):
        return False
    buffer = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(buffer == NEWLINE)
    if len(ends) == 0 or ends[-1] != len(buffer) - 1:
        ends = np.append(ends, len(buffer))
    if np.diff(ends, prepend=0).max() > MAX_LINE_BYTES:
        return False
    separators = np.flatnonzero(buffer == ord(separator))
    if b'"' in data:
        quotes = np.flatnonzero(buffer == QUOTE)
        if not _quotes_enclose_fields(buffer, quotes, ord(separator)) or _has_multiline_quotes(
            quotes, ends
        ):
            return False
        separators = separators[np.searchsorted(quotes, separators) % 2 == 0]
    counts = np.diff(np.searchsorted(separators, ends), prepend=0)
    return len(ends) > 1 and bool((counts == columns - 1).all())


def _has_multiline_quotes(quotes: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> bool:
    """Whether a quoted field continues on the next line."""
    return bool((np.searchsorted(quotes, ends) % 2).any())


def _quotes_enclose_fields(buffer: ByteArray, quotes: npt.NDArray[np.intp], separator: int) -> bool:
    """Whether every field with a quote begins and ends with one and has no other."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = buffer[np.maximum(opening - 1, 0)]
    after = buffer[np.minimum(closing + 1, len(buffer) - 1)]
    begins = (opening == 0) | (before == separator) | (before == NEWLINE)
    last = closing == len(buffer) - 1
    stops = last | (after == separator) | (after == NEWLINE) | (after == CARRIAGE_RETURN)
    return bool(begins.all() and stops.all())
