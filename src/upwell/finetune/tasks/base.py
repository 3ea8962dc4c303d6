"""The base class of tasks: what fine-tuning asks of a task, and the defaults that most tasks share.

A task reads rows, encodes them, builds a model, gives its loss and metrics, and writes predictions.

Axes: B rows of a batch, N labeled units of a split, C labels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from inspect import Parameter, Signature, isfunction, signature
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...data.labeled import Columns, LabeledDataset, Row
from ...data.labeled.file_rows import make_file_row
from ...data.labeled.splits import MAX_DEV_ROWS, SplitDatasets, read_each_split
from ...data.media.split_folders import find_split_folders
from ...data.tabular import FORMATS as TABLE_FORMATS
from ...metrics.logits import Floats
from ...models.protocols import Batch
from ...records import FinetuneSpec, ModelCard, Score, ScoredRow
from ...records.finetune import TagScheme
from ..base_model import PretrainedModel
from ..defaults import SCRATCH_BATCH_SIZE
from ..inputs.encoded import EncodedDataset, EncodedSplit, length_batches
from ..modeling.heads import TaskModel, forward_batches

Modality = Literal["text", "image", "audio"]


class Task(ABC):
    """What a model is fine-tuned for.

    Two kinds share the class. With `has_linear_head`, logits are a linear map of the features of
    the frozen model. A head is fitted before any training, probabilities are calibrated, outputs
    are logits [N, C], and `targets` is required. Other tasks define `predict`.

    The arguments `outputs` and `encoded` are what the task's own `predict` and `encode` return.
    """

    modality: ClassVar[Modality] = "text"
    """What a row holds."""

    has_linear_head: ClassVar[bool] = False
    one_label_per_row: ClassVar[bool] = False
    """Whether a row has one label to predict. Label issues, class weights and pseudo-labels need
    this."""

    rows_are_words: ClassVar[bool] = False
    """Whether the texts of a row are the words of one sentence."""

    file_formats: ClassVar[tuple[str, ...]] = TABLE_FORMATS
    """Suffixes of the files that hold rows."""

    max_dev_rows: ClassVar[int] = MAX_DEV_ROWS
    """Maximum number of training rows that are split off as dev rows."""

    scratch_batch_size: ClassVar[int] = SCRATCH_BATCH_SIZE
    """Rows a step when the model is trained from scratch."""

    @abstractmethod
    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Rows of a file or folder. Raises DataError, with the line or file, for wrong rows."""

    def read_splits(self, path: Path, columns: Columns) -> SplitDatasets:
        """The training rows of a file or folder, with its dev and test rows if it has splits.

        By default split folders such as "train" and "val" are read one by one. Raises DataError as
        `read`.
        """
        folders = find_split_folders(path) if path.is_dir() else {}
        if not folders:
            return SplitDatasets(self.read(path, columns))
        return read_each_split(path, folders, lambda folder: self.read(folder, columns))

    @abstractmethod
    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> EncodedDataset:
        """Rows as the model reads them. Rows without labels are encoded without targets."""

    @abstractmethod
    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """`max_length` unless the user sets it: tokens, samples or pixels along a side."""

    @abstractmethod
    def get_labels(self, data: LabeledDataset) -> tuple[str, ...]:
        """The labels to predict; empty for a task without labels."""

    @abstractmethod
    def build_model(self, base_model: PretrainedModel, spec: FinetuneSpec) -> TaskModel:
        """The network to train, with a new head if the task needs one."""

    @abstractmethod
    def load_model(self, base_model: PretrainedModel) -> TaskModel:
        """The network of a fine-tuned folder, in eval mode."""

    @abstractmethod
    def to_pretrained(
        self, model: Any, base_model: PretrainedModel, spec: FinetuneSpec, multilabel: bool
    ) -> Any:
        """The transformers model, in eval mode, that gives the same outputs as `model`."""

    @abstractmethod
    def loss(
        self, outputs: Any, micro_batch: Batch, batch: Batch, spec: FinetuneSpec
    ) -> dict[str, Tensor]:
        """The loss of a micro-batch by name, divided by the size of the whole batch."""

    @abstractmethod
    def compute_metrics(
        self, outputs: Any, rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[Score, ...]:
        """The metrics of a split with 90 % intervals, the main one first."""

    @abstractmethod
    def selection_metric(
        self, outputs: Any, rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> float:
        """The metric on dev rows that selects the epoch and the method; higher is better."""

    @abstractmethod
    def scored_rows(
        self, outputs: Any, rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[ScoredRow, ...]:
        """The rows of a split with their predictions, for the report. Logits are calibrated."""

    @abstractmethod
    def predictions(
        self, outputs: Any, rows: Sequence[Row], encoded: Any, card: ModelCard
    ) -> list[dict[str, Any]]:
        """A prediction a row, as `upwell predict` prints it.

        Each has the keys "text", "prediction", "probability" (None if the task has none) and
        "abstain".
        """

    def row_from_text(self, number: int, text: str) -> Row:
        """The row of one command line input: a text, or the path of an image or recording."""
        if self.modality != "text":
            return make_file_row(number, text)
        return Row(number, (text,), ())

    def describe_files(self, paths: Iterable[Path]) -> tuple[str, ...]:
        """Notes on what reading changes in images or recordings, such as several channels."""
        if self.modality == "image":
            from ...data.media.images import describe_images

            return describe_images(paths)
        if self.modality == "audio":
            from ...data.media.audio import describe_recordings

            return describe_recordings(paths)
        return ()

    def group_key(self, row: Row) -> tuple[str, ...] | None:
        """What rows of one group share: a group is never split between training and dev rows.

        None if only equal rows belong together.
        """
        return None

    def pooling(self, base_model: PretrainedModel) -> str:
        """How the linear head reads the model: "own" as its transformers class does, or "mean"."""
        return "own"

    def tag_scheme(self, data: LabeledDataset) -> TagScheme:
        """The tag scheme of the rows; "" for a task without tags."""
        return ""

    def targets(self, rows: Any, labels: Sequence[str]) -> Floats:
        """[N, C]: 1 for each label of a unit, 0 elsewhere; [0, 0] without a linear head."""
        return np.zeros((0, 0), dtype=np.float32)

    def stack_outputs(self, outputs: Mapping[int, Any], rows: Any) -> Floats:
        """[N, ...]: outputs of the network by row index, in the order of the labeled units."""
        return np.stack([outputs[index] for index in range(len(rows))]).astype(np.float32)

    def group_ids(self, rows: Any) -> NDArray[np.int64]:
        """[N]: cross-validation keeps units with the same id together. By default, one id a row."""
        return np.arange(len(rows))

    def predict(
        self, model: Any, base_model: PretrainedModel, rows: Any, spec: FinetuneSpec
    ) -> Any:
        """Outputs of a network in eval mode for all rows, in order: logits by default."""
        return self.stack_outputs(forward_batches(model, length_batches(rows)), rows)

    def tune_decision(self, outputs: Any, rows: EncodedSplit, spec: FinetuneSpec) -> FinetuneSpec:
        """The spec with decision thresholds tuned on dev rows; by default there are none."""
        return spec

    def preview_image(self, outputs: Any, rows: EncodedSplit, spec: FinetuneSpec) -> bytes | None:
        """A JPEG of a few rows with their predictions for the report; None by default."""
        return None


class TextOutputTask(Task):
    """Tasks whose predictions are texts instead of labels."""

    def get_labels(self, data: LabeledDataset) -> tuple[str, ...]:
        """No labels."""
        return ()

    def to_pretrained(
        self, model: Any, base_model: PretrainedModel, spec: FinetuneSpec, multilabel: bool
    ) -> Any:
        """The transformers model that was trained."""
        return model.model.eval()

    def output_text(self, output: Any) -> str:
        """The text of one output of `predict`."""
        return str(output)

    def predictions(
        self, outputs: Sequence[Any], rows: Sequence[Row], encoded: Any, card: ModelCard
    ) -> list[dict[str, Any]]:
        """The text for each row."""
        return [
            {
                "text": row.texts[-1],
                "prediction": self.output_text(output),
                "probability": None,
                "abstain": False,
            }
            for row, output in zip(rows, outputs, strict=True)
        ]


def find_defect(task_class: object) -> str | None:
    """Why a class is no task, in one sentence; None if it is one."""
    if not (isinstance(task_class, type) and issubclass(task_class, Task)):
        return f"TASK is {task_class!r}; make it a subclass of upwell.finetune.tasks.Task"
    name = task_class.__name__
    missing = sorted(task_class.__abstractmethods__)
    if task_class.has_linear_head and task_class.targets is Task.targets:
        missing.append("targets")
    if not task_class.has_linear_head and task_class.predict is Task.predict:
        missing.append("predict")
    if missing:
        return (
            f"{name} lacks {', '.join(missing)}; define what upwell.finetune.tasks.Task describes"
        )
    if task_class.modality not in get_args(Modality):
        choices = ", ".join(map(repr, get_args(Modality)))
        return f"{name}.modality is {task_class.modality!r}; choose one of {choices}"
    return next(
        (
            f"{name}.{method} takes {_parameter_names(own)}; expected {_parameter_names(expected)}"
            for method, own, expected in _overrides(task_class)
            if not _accepts(own, expected)
        ),
        None,
    )


def _overrides(task_class: type[Task]) -> list[tuple[str, Signature, Signature]]:
    """(name, own signature, expected signature) of each method that a class redefines."""
    return [
        (name, signature(getattr(task_class, name)), signature(method))
        for name, method in vars(Task).items()
        if isfunction(method) and isfunction(getattr(task_class, name))
    ]


def _accepts(own: Signature, expected: Signature) -> bool:
    """Whether a call that suits one signature suits the other."""
    positional = [
        each for each in expected.parameters.values() if each.kind is not each.KEYWORD_ONLY
    ]
    keywords = [
        name for name, each in expected.parameters.items() if each.kind is each.KEYWORD_ONLY
    ]
    try:
        own.bind(*positional, **dict.fromkeys(keywords))
    except TypeError:
        return False
    return True


def _parameter_names(method: Signature) -> str:
    names = [
        f"{name}=" if each.kind is Parameter.KEYWORD_ONLY else name
        for name, each in method.parameters.items()
        if name != "self"
    ]
    return f"({', '.join(names)})"
