"""An adapted model at work: texts or a file of them in, predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..data.labelled import Columns, Labelled, Row
from ..errors import ModelError
from ..records import Adapted
from .answering import LabellingAnswerer
from .encoding import Encoded
from .given import given
from .linear import Floats, log_softmax
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

    def answerer(self) -> LabellingAnswerer:
        """The model as something that abilities can ask. ModelError where a row is more than one
        text, or may have more than one label."""
        card = self.card
        if card.several is not None or len(card.texts) > 1 or not self._task.ONE_A_ROW:
            raise ModelError(f"{card.ref.id} does not put single texts into single labels")

        def weigh(texts: Sequence[str]) -> Floats:
            rows = [Row(number, (text,), ()) for number, text in enumerate(texts, start=1)]
            heat = 1.0 if card.calibration is None else card.calibration.temperature
            return log_softmax(self._logits(rows)[0] / np.float32(heat))

        return LabellingAnswerer(weigh, card.adapt.labels)

    def __call__(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """A prediction a row: what is said, how probable it is, whether to abstain."""
        if not rows:
            return []
        logits, encoded = self._logits(rows)
        found: list[dict[str, Any]] = self._task.predictions(logits, rows, encoded, self.card)
        return found

    def text(self, text: str) -> tuple[str, ...]:
        """A text as a row of this task has it."""
        parts: tuple[str, ...] = self._task.split(text)
        return parts

    def _logits(self, rows: Sequence[Row]) -> tuple[Floats, Encoded]:
        card = self.card
        bare = [Row(row.line, row.texts, ()) for row in rows]
        columns = Columns(texts=card.texts, label=card.label)
        encoded: Encoded = self._task.encode(
            bare, card.adapt.labels, columns, self._given.words, card.adapt.length
        )
        logits: Floats = self._task.flat(run_over(self._body, encoded), encoded)
        return logits, encoded
