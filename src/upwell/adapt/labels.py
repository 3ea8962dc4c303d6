"""Labels: what all tasks share whose rows are of one label, or of several.

Axes: B and N rows, C labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..data.labelled import Columns, Labelled, Row
from ..models.network import Batch
from ..records import Adapt, Adapted, Score, Shown
from .calibration import probabilities
from .linear import Floats
from .scoring import counted, macro_f1, micro_f1
from .scoring import scores as scored

if TYPE_CHECKING:
    from .material import Rows

SAYS = 0.5
"""Probability from which a label is said where a row may have several."""


def labels_of(data: Labelled) -> tuple[str, ...]:
    """What there is to tell apart."""
    return data.labels


def numbered(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns
) -> dict[str, NDArray[Any]]:
    """`label` [N] int64, or [N, C] float32 where rows may have several; nothing where none is
    known."""
    number = {name: place for place, name in enumerate(labels)}
    if columns.several is not None:
        found = np.zeros((len(rows), len(labels)), dtype=np.float32)
        for place, row in enumerate(rows):
            found[place, [number[name] for name in row.labels]] = 1
        return {"label": found}
    if rows and rows[0].labels:
        return {"label": np.array([number[row.labels[0]] for row in rows], dtype=np.int64)}
    return {}


def named(config: Any, labels: Sequence[str], *, several: bool) -> None:
    """Have a config of transformers call its numbers by their labels."""
    config.id2label = dict(enumerate(labels))
    config.label2id = {name: place for place, name in enumerate(labels)}
    config.problem_type = f"{'multi' if several else 'single'}_label_classification"


def targets(rows: Any, labels: Sequence[str]) -> Floats:
    """[N, C]: probability that each label is right, 0 or 1."""
    label = rows.fixed["label"]
    if label.ndim == 2:
        return np.asarray(label, dtype=np.float32)
    return np.eye(len(labels), dtype=np.float32)[label]


def flat(found: Mapping[int, Any], rows: Any) -> Floats:
    """What a network gave for each row, in the order of the rows: [N, ...]."""
    return np.stack([found[place] for place in range(len(rows))]).astype(np.float32)


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


def groups(rows: Any) -> NDArray[np.int64]:
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
    logits_NC: Floats, rows: Sequence[Row], encoded: Any, adapted: Adapted
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
