"""Image classification: one label an image, from folders of JPEG and PNG files or a list of them.

Axes: N images, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import AutoModelForImageClassification

from ...data.labelled import Columns, Labelled, Row
from ...data.labelled.filed import file_row, read_files
from ...data.labelled.files import FORMATS as FILES
from ...data.pictures import SUFFIXES
from ...records import Adapt
from ..given import OFFLINE, Given
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
from ..seeing import Pixels, seen, side

READS = "images"
FITTED = True
FORMATS = FILES
ONE_A_ROW = True

__all__ = [
    "flat", "groups", "labels_of", "loss", "main_score", "predictions", "scores", "shown",
    "targets",
]  # fmt: skip


def read(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Images of a folder with a folder for every label, or of a list with paths."""
    return read_files(path, SUFFIXES, columns, labelled=labelled)


def row(number: int, text: str) -> Row:
    """A file as a row."""
    return file_row(number, text)


def length(given: Given, learn: Labelled) -> int:
    """Pixels along a side; the processor decides, and nothing is cut."""
    return side(given)


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Pixels:
    """Images as they are, with `label`; the processor sees them batch by batch."""
    return Pixels(seen(rows, given), given.processor, numbered(rows, labels, columns))


def body(given: Given, adapt: Adapt) -> Stock:
    """The model with a fresh head."""
    model = AutoModelForImageClassification.from_pretrained(
        given.path, num_labels=len(adapt.labels), ignore_mismatched_sizes=True, **OFFLINE
    )
    return Stock(model)


def loaded(given: Given) -> Stock:
    """The model of a folder that was shipped, in eval mode."""
    model = AutoModelForImageClassification.from_pretrained(given.path, **OFFLINE)
    return Stock(model).eval()


def pooling(given: Given) -> str:
    """As the class of transformers does."""
    return "own"


def shipped(body: Stock, given: Given, adapt: Adapt, several: bool) -> Any:
    """The class of transformers with the same logits."""
    named(body.model.config, adapt.labels, several=several)
    return body.model.eval()
