"""Text classification: one label a row or several, of one text or of a pair.

Axes: B and N rows, C labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import AutoModel, AutoModelForSequenceClassification

from ...data.labelled import Columns, Labelled, Row
from ...data.labelled import read as read_rows
from ...data.labelled.files import FORMATS as FILES
from ...models.network import Batch
from ...records import Adapt, Adapted, Score, Shown
from ..calibration import probabilities
from ..encoding import Encoded, encoded, longest
from ..given import OFFLINE, Given
from ..linear import Floats
from ..network import Pooled, Stock
from ..pooling import FINAL, with_mean
from ..scoring import counted, macro_f1, micro_f1
from ..scoring import scores as scored

if TYPE_CHECKING:
    from ..material import Rows

READS = "words"
FITTED = True
FORMATS = FILES

ONE_A_ROW = True
"""Whether a row is one thing to be told: then rare labels can count more, and wrong ones show."""

SAYS = 0.5
"""Probability from which a label is said where a row may have several."""

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


def labels_of(data: Labelled) -> tuple[str, ...]:
    """What there is to tell apart."""
    return data.labels


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Encoded:
    """Texts as token ids; `label` [N] int64, or [N, C] float32 where rows may have several."""
    number = {name: place for place, name in enumerate(labels)}
    texts = [row.texts for row in rows]
    fixed: dict[str, NDArray[Any]] = {}
    if columns.several is not None:
        fixed["label"] = np.zeros((len(rows), len(labels)), dtype=np.float32)
        for place, row in enumerate(rows):
            fixed["label"][place, [number[name] for name in row.labels]] = 1
    elif rows and rows[0].labels:
        fixed["label"] = np.array([number[row.labels[0]] for row in rows], dtype=np.int64)
    return encoded(texts, given.words, length, fixed)


def targets(rows: Encoded, labels: Sequence[str]) -> Floats:
    """[N, C]: probability that each label is right, 0 or 1."""
    label = rows.fixed["label"]
    if label.ndim == 2:
        return np.asarray(label, dtype=np.float32)
    return np.eye(len(labels), dtype=np.float32)[label]


def flat(found: Mapping[int, Any], rows: Encoded) -> Floats:
    """What a network gave for each row, in the order of the rows: [N, ...]."""
    return np.stack([found[place] for place in range(len(rows))]).astype(np.float32)


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
    model.config.id2label = dict(enumerate(adapt.labels))
    model.config.label2id = {name: place for place, name in enumerate(adapt.labels)}
    kind = "multi_label" if several else "single_label"
    model.config.problem_type = f"{kind}_classification"
    return model.eval()


def loss(logits_BC: Tensor, part: Batch, whole: Batch, adapt: Adapt) -> dict[str, Tensor]:
    """Cross-entropy a row; of each label by itself where a row may have several."""
    label, weights_C = part["label"], part.get("label_weights")
    if label.dim() == 2:
        each = functional.binary_cross_entropy_with_logits(
            logits_BC, label, pos_weight=weights_C, reduction="sum"
        )
        return {"loss": each / len(whole["label"])}
    total = functional.cross_entropy(
        logits_BC, label, weight=weights_C, reduction="sum", label_smoothing=adapt.smoothing
    )
    share = len(whole["label"]) if weights_C is None else weights_C[whole["label"]].sum()
    return {"loss": total / share}


def groups(rows: Encoded) -> NDArray[np.int64]:
    """[N]: what stays together when rows are parted; here each row is alone."""
    return np.arange(len(rows))


def scores(logits_NC: Floats, rows: Rows, adapt: Adapt, several: bool) -> tuple[Score, ...]:
    """Accuracy and F1 with intervals."""
    return scored(said(logits_NC, several), rows.targets >= SAYS, several=several)


def main_score(logits_NC: Floats, rows: Rows, adapt: Adapt, several: bool) -> float:
    """What is chosen by: accuracy, or macro F1 where rare labels are to count alike."""
    told, right = said(logits_NC, several), rows.targets >= SAYS
    counts = counted(told, right).sum(0).astype(np.float64)
    if several:
        return micro_f1(counts)
    return macro_f1(counts) if adapt.weighted else float((told == right).all(1).mean())


def said(logits_NC: Floats, several: bool) -> NDArray[np.bool_]:
    """[N, C]: which labels are said of each row."""
    if several:
        return np.asarray(logits_NC >= 0)
    return np.eye(logits_NC.shape[1], dtype=bool)[logits_NC.argmax(1)]


def shown(logits_NC: Floats, rows: Rows, adapt: Adapt, several: bool) -> tuple[Shown, ...]:
    """Rows with what is said of them; logits calibrated."""
    chances_NC = probabilities(logits_NC, several=several)
    labels = adapt.labels
    number = {name: place for place, name in enumerate(labels)}
    found = []
    for row, chances in zip(rows.rows, chances_NC, strict=True):
        names, sure = _told(chances, labels, several)
        right = [number[name] for name in row.labels]
        of_label = _joint(chances, right) if several else float(chances[right[0]])
        named = ", ".join(labels[place] for place in sorted(right))
        found.append(
            Shown(
                line=row.line,
                text=" ⏐ ".join(row.texts),
                label=named,
                said=", ".join(names),
                probability=sure,
                of_label=of_label,
            )
        )
    return tuple(found)


def predictions(
    logits_NC: Floats, rows: Sequence[Row], encoded: Encoded, adapted: Adapted
) -> list[dict[str, Any]]:
    """For each row what is said, how probable it is, and whether it had better not be said."""
    several, labels = adapted.several is not None, adapted.adapt.labels
    calibration = adapted.calibration
    heat = np.float32(1.0 if calibration is None else calibration.temperature)
    least = None if calibration is None else calibration.threshold
    found = []
    for row, chances in zip(rows, probabilities(logits_NC / heat, several=several), strict=True):
        names, sure = _told(chances, labels, several)
        found.append(
            {
                "text": row.texts[0] if len(row.texts) == 1 else list(row.texts),
                "said": names if several else names[0],
                "probability": sure,
                "abstain": least is None or sure < least,
                "probabilities": {
                    name: float(chance) for name, chance in zip(labels, chances, strict=True)
                },
            }
        )
    return found


def _told(chances_C: Floats, labels: Sequence[str], several: bool) -> tuple[list[str], float]:
    """Labels that are said, and how probable it is that this is right."""
    if not several:
        place = int(chances_C.argmax())
        return [labels[place]], float(chances_C[place])
    names = [name for name, chance in zip(labels, chances_C, strict=True) if chance >= SAYS]
    return names, float(np.maximum(chances_C, 1 - chances_C).min())


def _joint(chances_C: Floats, right: Sequence[int]) -> float:
    """Probability of the label that is least believed."""
    there = np.zeros(len(chances_C), dtype=bool)
    there[list(right)] = True
    return float(np.where(there, chances_C, 1 - chances_C).min())
