"""Predictions of a fine-tuned model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..data.labeled import Columns, LabeledDataset, Row
from ..errors import DataError, ModelError
from ..formatting import pluralize
from ..metrics.logits import Floats, log_softmax
from ..plugins import quoted_list
from ..records import ModelCard
from .base_model import PretrainedModel, load_base_model
from .classifier_lm import TextClassifierLM
from .data.dataset import predict
from .inputs.encoded import EncodedDataset
from .inputs.text import describe_special_strings
from .modeling.heads import TaskModel
from .saving import read_model_card
from .tasks import Task, load_task

PATH_PREFIXES = ("./", "../", "~/", "/")
"""Inputs that begin like this are meant as paths."""


class Predictor:
    """A fine-tuned model in memory.

    predictor = Predictor.from_pretrained(Path("out"))
    predictor(predictor.parse_inputs(["my card has not arrived"]))
    """

    def __init__(
        self, card: ModelCard, task: Task, base_model: PretrainedModel, model: TaskModel
    ) -> None:
        self.card = card
        self._task, self._base_model, self._model = task, base_model, model

    @classmethod
    def from_pretrained(cls, folder: Path) -> Predictor:
        """Load the model of a folder that `finetune` wrote. Raises ModelError for other folders."""
        card = read_model_card(folder)
        task = load_task(card.finetune.task)
        base_model = load_base_model(str(folder), task.modality)
        return cls(card, task, base_model, task.load_model(base_model))

    def read_file(self, path: Path) -> LabeledDataset:
        """The rows of a file; labels are not needed."""
        return self._read(path, labeled=False)

    def read_labeled_file(self, path: Path) -> LabeledDataset:
        """The rows of a file with their labels."""
        return self._read(path, labeled=True)

    def _read(self, path: Path, *, labeled: bool) -> LabeledDataset:
        card = self.card
        columns = Columns(
            text_columns=card.text_columns,
            label_column=card.label_column,
            label_separator=card.label_separator,
        )
        return self._task.read(path, columns, labeled=labeled)

    def as_lm(self) -> TextClassifierLM:
        """The model as an LM for evaluation.

        Raises ModelError unless it classifies single texts with one label each.
        """
        card, task = self.card, self._task
        is_text_classifier = (
            task.has_linear_head
            and task.one_label_per_row
            and task.modality == "text"
            and card.label_separator is None
            and len(card.text_columns) <= 1
        )
        if not is_text_classifier:
            raise ModelError(f"{card.ref.id} does not classify single texts with one label each")

        def log_probs(texts: Sequence[str]) -> Floats:
            rows = [Row(number, (text,), ()) for number, text in enumerate(texts, start=1)]
            temperature = 1.0 if card.calibration is None else card.calibration.temperature
            return log_softmax(self._forward(rows)[0] / np.float32(temperature))

        return TextClassifierLM(log_probs, card.finetune.labels)

    def __call__(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """One dict per row: "text", "prediction", "probability", "abstain", and more by task."""
        return self.predict(rows)[0]

    def predict(self, rows: Sequence[Row]) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
        """The dicts of a call, and notes on rows that were truncated or hold special tokens."""
        if not rows:
            return [], ()
        outputs, encoded = self._forward(rows)
        notes: tuple[str, ...] = ()
        if encoded.num_truncated:
            count = pluralize(encoded.num_truncated, "row")
            notes = (f"{count} truncated to a length of {self.card.finetune.max_length}",)
        if self._task.modality == "text":
            texts = (row.texts for row in rows)
            notes += describe_special_strings(texts, self._base_model.tokenizer)
        return self._task.predictions(outputs, rows, encoded, self.card), notes

    def parse_inputs(self, inputs: Sequence[str]) -> Sequence[Row]:
        """The rows of `read_inputs`."""
        return self.read_inputs(inputs).rows

    def read_inputs(self, inputs: Sequence[str]) -> LabeledDataset:
        """The rows of one file or folder, or one row per input: a text or the path of a file.

        A model of text pairs takes the inputs in pairs. Its notes say what is left out. Raises
        DataError for unusable inputs.
        """
        path = Path(inputs[0])
        if len(inputs) == 1 and (
            path.suffix.lower() in self._task.file_formats
            or _is_folder(path)
            or (self._task.modality == "text" and _is_file(path))
        ):
            return self.read_file(path)
        self._check_inputs(inputs)
        rows = tuple(self._make_rows(inputs))
        notes = self._task.describe_files(Path(row.texts[0]) for row in rows)
        return LabeledDataset("inputs", Columns(), rows, notes=notes)

    def _make_rows(self, inputs: Sequence[str]) -> list[Row]:
        num_texts = max(1, len(self.card.text_columns))
        if num_texts == 1:
            return [
                self._task.row_from_text(number, text)
                for number, text in enumerate(inputs, start=1)
            ]
        if len(inputs) % num_texts:
            raise DataError(f"this model reads {num_texts} texts together, found {len(inputs)}")
        groups = [tuple(inputs[i : i + num_texts]) for i in range(0, len(inputs), num_texts)]
        return [Row(number, texts, ()) for number, texts in enumerate(groups, start=1)]

    def _check_inputs(self, inputs: Sequence[str]) -> None:
        """Raise DataError for an empty text, and for the path of a missing file."""
        if self._task.modality != "text":
            return
        for text in inputs:
            if not text.strip():
                raise DataError("an input is empty; give a text")
            if text.startswith(PATH_PREFIXES) and not any(map(str.isspace, text)):
                raise DataError(f"{text} is no file of {quoted_list(self._task.file_formats)}")

    def _forward(self, rows: Sequence[Row]) -> tuple[Any, EncodedDataset]:
        card, base_model = self.card, self._base_model
        unlabeled = [Row(row.line, row.texts, (), file_sha256=row.file_sha256) for row in rows]
        columns = Columns(text_columns=card.text_columns, label_column=card.label_column)
        encoded = self._task.encode(
            unlabeled, card.finetune.labels, columns, base_model, card.finetune.max_length
        )
        return predict(self._task, base_model, card.finetune, self._model, encoded), encoded


def _is_file(path: Path) -> bool:
    """Whether a text is the path of a file, such as eng.testb."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        # A long text is not a path at all.
        return False
