"""The base class of models from scratch: architectures whose size and vocabulary fit the rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from ...data.labeled import LabeledDataset
from ...records import TrainLogEntry

Sizes = Mapping[str, Mapping[str, Any]]
"""Hyperparameters by the name of the size."""

PretrainProgressFn = Callable[[TrainLogEntry, int, int], None]
"""Called during pretraining with a log entry, the total steps, and the rows a step."""


@dataclass(frozen=True, kw_only=True)
class ScratchConfig:
    """What to build a model from."""

    size: Any
    """One of the values of the architecture's `SIZES`."""

    dataset: LabeledDataset
    """The training rows."""

    task: str
    """Name of the task, e.g. "text-classification"."""

    texts: tuple[str, ...]
    """The texts of the rows; empty if they are images or recordings."""

    seed: int
    pretrain_tokens: int
    """Tokens of the rows' own texts for masked language modeling before fine-tuning; 0 for none."""

    work_dir: Path
    """Folder for checkpoints of the pretraining."""

    on_progress: PretrainProgressFn


class ScratchModel(ABC):
    """An architecture that is built for the rows, in several sizes.

    Each file has one subclass, which the file names `SCRATCH_MODEL`. The file and a size make the
    model's name: `bert.py` and "small" make "bert-small".
    """

    modality: ClassVar[Literal["text", "image", "audio"]]
    """What its rows hold."""

    SIZES: ClassVar[Sizes]
    """Hyperparameters by the name of the size."""

    @abstractmethod
    def build(self, config: ScratchConfig, folder: Path) -> None:
        """Write the config, the weights and the preprocessors into an empty folder.

        The same rows and seed give the same weights.
        """
