"""Cells that a spreadsheet would run as a formula, in the CSV files that Upwell writes.

A text such as `=cmd|...` begins with an apostrophe there, as OWASP advises. It loses it when Upwell
reads the file again. Other people's files are read as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

HEAD, TAIL = "line", ("prediction", "probability")
"""The first and last columns of `suggestions.csv`, by which it is recognized."""

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def escape_cell(text: str) -> str:
    """The text with an apostrophe before it, if a spreadsheet would run it; numbers stay.

    escape_cell("=1+1")  # "'=1+1"
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unescape_cell(text: str) -> str:
    """The text that `escape_cell` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def has_escaped_cells(header: Sequence[str]) -> bool:
    """Whether a table with these columns is one that Upwell wrote."""
    return len(header) > 3 and header[0] == HEAD and tuple(header[-2:]) == TAIL
