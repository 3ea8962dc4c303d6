"""The texts of a file of labelled rows, to pretrain on before the labels are learnt.

Source: a file of the user's own, CSV, TSV, JSON lines or Parquet. Its licence is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..labelled import Columns, read
from ..source import Reading

LICENCE = "the user's own"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Every text of a file, one after the other."""

    path: str
    text: str = ""
    """Its column; found where it is not given."""

    label: str = ""

    def read(self) -> Reading:
        """A document a row. Raises DataError for a file that cannot be read."""
        columns = Columns(texts=(self.text,) if self.text else (), label=self.label)
        rows = read(Path(self.path), columns).rows
        texts = [text for row in rows for text in row.texts]
        full = tuple(f"{text}\n" for text in texts if text)
        return Reading(documents=full, files=1, empty=len(texts) - len(full))
