"""Text classification: one label a row or several, of one text or of a pair.

Axes: B and N rows, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoModelForSequenceClassification

from ...data.labelled import Columns, Labelled, Row
from ...data.labelled import read as read_rows
from ...data.labelled.files import FORMATS as FILES
from ...records import Adapt
from ..encoding import Encoded, encoded, longest
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
from ..network import Pooled, Stock
from ..pooling import FINAL, with_mean

READS = "words"
FITTED = True
FORMATS = FILES

ONE_A_ROW = True
"""Whether a row is one thing to be told: then rare labels can count more, and wrong ones show."""

__all__ = [
    "flat", "groups", "labels_of", "loss", "main_score", "predictions", "scores", "shown",
    "targets",
]  # fmt: skip

MEAN = "upwell_mean_layer"
"""What a folder's config says where its last layer is the mean, which is no part of the encoder."""


def read(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Rows of a CSV, TSV, JSON lines or Parquet file."""
    return read_rows(path, columns, labelled=labelled)


def row(number: int, text: str) -> Row:
    """A text as a row."""
    return Row(number, (text,), ())


def length(given: Given, learn: Labelled) -> int:
    """Tokens that all but a few rows keep within."""
    return longest([row.texts for row in learn.rows], given)


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Encoded:
    """Texts as token ids; `label` [N] int64, or [N, C] float32 where rows may have several."""
    texts = [row.texts for row in rows]
    return encoded(texts, given.words, length, numbered(rows, labels, columns))


def body(given: Given, adapt: Adapt) -> Pooled | Stock:
    """The encoder with a fresh head: on the mean of its states where it can be shipped so."""
    if adapt.pooling == "mean":
        layers = given.config.num_hidden_layers - bool(getattr(given.config, MEAN, False))
        encoder = AutoModel.from_pretrained(
            given.path, add_pooling_layer=False, num_hidden_layers=layers, **OFFLINE
        )
        return Pooled(given.sized(encoder), len(adapt.labels))
    model = AutoModelForSequenceClassification.from_pretrained(
        given.path, num_labels=len(adapt.labels), ignore_mismatched_sizes=True, **OFFLINE
    )
    # A decoder classifies by the last token that does not fill up.
    model.config.pad_token_id = given.words.pad_token_id
    return Stock(given.sized(model))


def loaded(given: Given) -> Stock:
    """The model of a folder that was shipped, in eval mode."""
    model = AutoModelForSequenceClassification.from_pretrained(given.path, **OFFLINE)
    return Stock(model).eval()


def pooling(given: Given) -> str:
    """How the head had best read this kind of model."""
    return "mean" if given.config.model_type in FINAL else "own"


def shipped(body: Pooled | Stock, given: Given, adapt: Adapt, several: bool) -> Any:
    """The class of transformers with the same logits."""
    if isinstance(body, Stock):
        model = body.model
    else:
        config = type(given.config).from_dict(given.config.to_dict())
        config.num_hidden_layers = body.encoder.config.num_hidden_layers + 1
        setattr(config, MEAN, True)
        config.num_labels = len(adapt.labels)
        config.vocab_size = len(body.encoder.get_input_embeddings().weight)
        bare = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
        model = with_mean(bare, body.encoder, body.head)
    named(model.config, adapt.labels, several=several)
    return model.eval()
