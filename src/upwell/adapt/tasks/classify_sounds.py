"""Sound classification: one label a recording, from folders of WAV files or a list of them.

Axes: N recordings, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import AutoModelForAudioClassification

from ...data.labelled import Columns, Labelled, Row
from ...data.labelled.filed import file_row, read_files
from ...data.labelled.files import FORMATS as FILES
from ...data.sounds import SUFFIXES
from ...records import Adapt
from ..given import OFFLINE, Given
from ..hearing import Sounds, heard, length
from ..labels import (
    flat,
    groups,
    labels_of,
    loss,
    main_score,
    named,
    numbered,
    predictions,
    scores,
    shown,
    targets,
)
from ..network import Stock

READS = "sounds"
FITTED = True
FORMATS = FILES
ONE_A_ROW = True

__all__ = [
    "flat", "groups", "labels_of", "length", "loss", "main_score", "predictions", "scores",
    "shown", "targets",
]  # fmt: skip


def read(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Recordings of a folder with a folder for every label, or of a list with paths."""
    return read_files(path, SUFFIXES, columns, labelled=labelled)


def row(number: int, text: str) -> Row:
    """A file as a row."""
    return file_row(number, text)


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Sounds:
    """Recordings at the model's rate, with `label`."""
    signals = heard(rows, given)
    return Sounds(signals, given.extractor, length, numbered(rows, labels, columns), {})


def body(given: Given, adapt: Adapt) -> Stock:
    """The model with a fresh head."""
    model = AutoModelForAudioClassification.from_pretrained(
        given.path, num_labels=len(adapt.labels), ignore_mismatched_sizes=True, **OFFLINE
    )
    return Stock(model)


def loaded(given: Given) -> Stock:
    """The model of a folder that was shipped, in eval mode."""
    model = AutoModelForAudioClassification.from_pretrained(given.path, **OFFLINE)
    return Stock(model).eval()


def pooling(given: Given) -> str:
    """As the class of transformers does."""
    return "own"


def shipped(body: Stock, given: Given, adapt: Adapt, several: bool) -> Any:
    """The class of transformers with the same logits."""
    named(body.model.config, adapt.labels, several=several)
    return body.model.eval()
