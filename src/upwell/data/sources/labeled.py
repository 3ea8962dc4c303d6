"""The texts of a file of labeled rows, to pretrain on before fine-tuning.

The file is one of the user's own: CSV, TSV, JSON lines or Parquet.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

from ..labeled import Columns, read_labeled
from ..source import Documents, TextSource

LICENSE = "yours"


@final
@dataclass(frozen=True, kw_only=True)
class Source(TextSource):
    """Every text of a file, in the order of its rows."""

    path: str
    text: str = ""
    """Column of the texts; empty to detect it."""

    label: str = ""
    """Column of the labels, which is not a text; empty to detect it."""

    def read(self) -> Documents:
        """A document per text. Raises DataError for a file that cannot be read."""
        columns = Columns(text_columns=(self.text,) if self.text else (), label_column=self.label)
        rows = read_labeled(Path(self.path), columns).rows
        texts = [text for row in rows for text in row.texts]
        documents = tuple(f"{text}\n" for text in texts if text)
        return Documents(documents=documents, files=1, empty=len(texts) - len(documents))
