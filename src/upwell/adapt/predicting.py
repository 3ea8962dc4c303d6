"""An adapted model at work: texts or a file of them in, predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..data.labelled import Columns, Labelled, Row
from ..records import Adapted
from .given import given
from .material import run_over, task_named
from .network import Stock
from .shipping import card_of


class Predictor:
    """The model of a folder in memory."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelError for a folder that is none of an adapted model."""
        self.card: Adapted = card_of(folder)
        self._given = given(str(folder))
        self._task: Any = task_named(self.card.adapt.task)
        self._body: Stock = self._task.loaded(self._given)

    def file(self, path: Path) -> Labelled:
        """The rows of a file; labels are not needed."""
        card = self.card
        columns = Columns(texts=card.texts, label=card.label, several=card.several)
        rows: Labelled = self._task.read(path, columns, labelled=False)
        return rows

    def __call__(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """A prediction a row: what is said, how probable it is, whether to abstain."""
        if not rows:
            return []
        card = self.card
        bare = [Row(row.line, row.texts, ()) for row in rows]
        columns = Columns(texts=card.texts, label=card.label)
        encoded = self._task.encode(
            bare, card.adapt.labels, columns, self._given.words, card.adapt.length
        )
        logits = self._task.flat(run_over(self._body, encoded), encoded)
        found: list[dict[str, Any]] = self._task.predictions(logits, bare, card)
        return found
