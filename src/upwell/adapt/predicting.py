"""An adapted model at work: texts or a file of them in, predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..data.labelled import Columns, Labelled, Row
from ..errors import DataError, ModelError
from ..naming import listed
from ..records import Adapted
from .answering import LabellingAnswerer
from .encoding import Prepared
from .given import given
from .linear import Floats, log_softmax
from .material import said_of, task_named
from .network import Body
from .shipping import card_of

PATHS = ("./", "../", "~/", "/")
"""How something begins that is meant as a path."""


class Predictor:
    """The model of a folder in memory."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelError for a folder that is none of an adapted model."""
        self.card: Adapted = card_of(folder)
        self._task: Any = task_named(self.card.adapt.task)
        self._given = given(str(folder), self._task.READS)
        self._body: Body = self._task.loaded(self._given)

    def file(self, path: Path) -> Labelled:
        """The rows of a file; labels are not needed."""
        return self._read(path, labelled=False)

    def labelled(self, path: Path) -> Labelled:
        """The rows of a file with what is right of them."""
        return self._read(path, labelled=True)

    def _read(self, path: Path, *, labelled: bool) -> Labelled:
        card = self.card
        columns = Columns(texts=card.texts, label=card.label, several=card.several)
        rows: Labelled = self._task.read(path, columns, labelled=labelled)
        return rows

    def answerer(self) -> LabellingAnswerer:
        """The model as something that abilities can ask. ModelError where a row is more than one
        text, or may have more than one label."""
        card = self.card
        plain = self._task.FITTED and self._task.ONE_A_ROW and self._task.READS == "words"
        if card.several is not None or len(card.texts) > 1 or not plain:
            raise ModelError(f"{card.ref.id} does not put single texts into single labels")

        def weigh(texts: Sequence[str]) -> Floats:
            rows = [Row(number, (text,), ()) for number, text in enumerate(texts, start=1)]
            heat = 1.0 if card.calibration is None else card.calibration.temperature
            return log_softmax(self._said(rows)[0] / np.float32(heat))

        return LabellingAnswerer(weigh, card.adapt.labels)

    def __call__(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """A prediction a row: what is said, how probable it is, whether to abstain."""
        if not rows:
            return []
        said, encoded = self._said(rows)
        found: list[dict[str, Any]] = self._task.predictions(said, rows, encoded, self.card)
        return found

    def given_rows(self, inputs: Sequence[str]) -> Sequence[Row]:
        """Rows of what a user gives: one file or folder of rows, or the inputs themselves.

        Raises DataError for inputs that do not go together as the model reads them.
        """
        path = Path(inputs[0])
        if len(inputs) == 1 and (path.suffix.lower() in self._task.FORMATS or _is_folder(path)):
            return self.file(path).rows
        self._check(inputs)
        width = max(1, len(self.card.texts))
        if width == 1:
            return [self._task.row(number, text) for number, text in enumerate(inputs, start=1)]
        if len(inputs) % width:
            raise DataError(f"this model reads {width} texts together, found {len(inputs)}")
        groups = [tuple(inputs[i : i + width]) for i in range(0, len(inputs), width)]
        return [Row(number, texts, ()) for number, texts in enumerate(groups, start=1)]

    def _check(self, inputs: Sequence[str]) -> None:
        """DataError for a text that says nothing, and for a path of something that is not there."""
        if self._task.READS != "words":
            return
        for text in inputs:
            if not text.strip():
                raise DataError("an empty text says nothing; give another")
            if text.startswith(PATHS) and not any(map(str.isspace, text)):
                raise DataError(f"{text} is no file of {listed(self._task.FORMATS)}")

    def _said(self, rows: Sequence[Row]) -> tuple[Any, Prepared]:
        card, given = self.card, self._given
        bare = [Row(row.line, row.texts, (), content=row.content) for row in rows]
        columns = Columns(texts=card.texts, label=card.label)
        encoded: Prepared = self._task.encode(
            bare, card.adapt.labels, columns, given, card.adapt.length
        )
        return said_of(self._task, given, card.adapt, self._body, encoded), encoded


def _is_folder(path: Path) -> bool:
    """Whether there is one; a long text is no path at all."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
