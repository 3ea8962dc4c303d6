"""Classification: what the tasks share whose rows have one label, or several.

Axes: B and N rows, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ...data.labeled import Columns, LabeledDataset, Row
from ...metrics.calibration import probabilities
from ...metrics.classification import confusion_counts, macro_f1, micro_f1, score_classification
from ...metrics.logits import Floats
from ...models.protocols import Batch
from ...records import FinetuneSpec, ModelCard, Score, ScoredRow
from ..base_model import WEIGHTS_KWARGS, PretrainedModel
from ..inputs.encoded import EncodedSplit
from ..modeling.heads import HFModelWithHead, MeanPooledClassifier
from .base import Task

MULTILABEL_THRESHOLD = 0.5
"""Probability from which a label is predicted where a row may have several."""


class Classification(Task):
    """A label for each row. Subclasses read and encode the rows."""

    has_linear_head = True
    one_label_per_row = True

    auto_class: ClassVar[Any]
    """The auto class of transformers, e.g. `AutoModelForSequenceClassification`."""

    def get_labels(self, data: LabeledDataset) -> tuple[str, ...]:
        """The labels of the rows."""
        return data.labels

    def targets(self, rows: Any, labels: Sequence[str]) -> Floats:
        """[N, C]: 1 for each label of a row, 0 elsewhere."""
        label = rows.fixed["label"]
        if label.ndim == 2:
            return np.asarray(label, dtype=np.float32)
        return np.eye(len(labels), dtype=np.float32)[label]

    def build_model(
        self, base_model: PretrainedModel, spec: FinetuneSpec
    ) -> MeanPooledClassifier | HFModelWithHead:
        """The model with a new head."""
        return HFModelWithHead(load_with_new_head(self.auto_class, base_model, spec))

    def load_model(self, base_model: PretrainedModel) -> HFModelWithHead:
        """The network of a fine-tuned folder, in eval mode."""
        hf_model = self.auto_class.from_pretrained(base_model.path, **WEIGHTS_KWARGS)
        return HFModelWithHead(hf_model).eval()

    def to_pretrained(
        self, model: Any, base_model: PretrainedModel, spec: FinetuneSpec, multilabel: bool
    ) -> Any:
        """The transformers model with the same logits."""
        set_label_names(model.model.config, spec.labels, multilabel=multilabel)
        return model.model.eval()

    def loss(
        self, outputs: Tensor, micro_batch: Batch, batch: Batch, spec: FinetuneSpec
    ) -> dict[str, Tensor]:
        """Mean cross-entropy a row; of each label by itself where a row may have several."""
        label, weights_C = micro_batch["label"], micro_batch.get("label_weights")
        if label.dim() == 2:
            label_loss = functional.binary_cross_entropy_with_logits(
                outputs, label, pos_weight=weights_C, reduction="sum"
            )
            return {"loss": label_loss / len(batch["label"])}
        total = functional.cross_entropy(
            outputs, label, weight=weights_C, reduction="sum", label_smoothing=spec.label_smoothing
        )
        normalizer = len(batch["label"]) if weights_C is None else weights_C[batch["label"]].sum()
        return {"loss": total / normalizer}

    def compute_metrics(
        self, outputs: Floats, rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[Score, ...]:
        """Accuracy and F1 with intervals."""
        return score_classification(
            predict_labels(outputs, multilabel),
            rows.targets >= MULTILABEL_THRESHOLD,
            multilabel=multilabel,
        )

    def selection_metric(
        self, outputs: Floats, rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> float:
        """Accuracy; macro F1 with class weights; micro F1 where a row may have several labels."""
        predicted, actual = (
            predict_labels(outputs, multilabel),
            rows.targets >= MULTILABEL_THRESHOLD,
        )
        counts = confusion_counts(predicted, actual).sum(0).astype(np.float64)
        if multilabel:
            return micro_f1(counts)
        return (
            macro_f1(counts) if spec.class_weighted else float((predicted == actual).all(1).mean())
        )

    def scored_rows(
        self, outputs: Floats, rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[ScoredRow, ...]:
        """Rows with predicted labels and probabilities."""
        probs_NC = probabilities(outputs, multilabel=multilabel)
        label_to_id = {name: label_id for label_id, name in enumerate(spec.labels)}
        return tuple(
            _scored_row(
                row, probs, spec.labels, [label_to_id[name] for name in row.labels], multilabel
            )
            for row, probs in zip(rows.rows, probs_NC, strict=True)
        )

    def predictions(
        self, outputs: Floats, rows: Sequence[Row], encoded: Any, card: ModelCard
    ) -> list[dict[str, Any]]:
        """For each row the label, its calibrated probability, and whether to abstain."""
        multilabel, labels = card.label_separator is not None, card.finetune.labels
        temperature, threshold = calibration_of(card)
        results = []
        for row, probs in zip(
            rows, probabilities(outputs / temperature, multilabel=multilabel), strict=True
        ):
            names, confidence = _labels_and_confidence(probs, labels, multilabel)
            results.append(
                {
                    "text": row.texts[0] if len(row.texts) == 1 else list(row.texts),
                    "prediction": names if multilabel else names[0],
                    "probability": confidence,
                    "abstain": threshold is None or confidence < threshold,
                    "probabilities": {
                        name: float(prob) for name, prob in zip(labels, probs, strict=True)
                    },
                }
            )
        return results


def load_with_new_head(auto_class: Any, base_model: PretrainedModel, spec: FinetuneSpec) -> Any:
    """The transformers model of a folder with a new head for the labels."""
    return auto_class.from_pretrained(
        base_model.path, num_labels=len(spec.labels), ignore_mismatched_sizes=True, **WEIGHTS_KWARGS
    )


def set_label_names(config: Any, labels: Sequence[str], *, multilabel: bool) -> None:
    """Write the labels into a config of transformers."""
    config.id2label = dict(enumerate(labels))
    config.label2id = {name: index for index, name in enumerate(labels)}
    config.problem_type = f"{'multi' if multilabel else 'single'}_label_classification"


def label_ids(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns
) -> dict[str, NDArray[Any]]:
    """`label` [N] int64, or [N, C] float32 where rows may have several; empty without labels."""
    label_to_id = {name: index for index, name in enumerate(labels)}
    if columns.label_separator is not None:
        multi_hot = np.zeros((len(rows), len(labels)), dtype=np.float32)
        for index, row in enumerate(rows):
            multi_hot[index, [label_to_id[name] for name in row.labels]] = 1
        return {"label": multi_hot}
    if rows and rows[0].labels:
        return {"label": np.array([label_to_id[row.labels[0]] for row in rows], dtype=np.int64)}
    return {}


def predict_labels(logits_NC: Floats, multilabel: bool) -> NDArray[np.bool_]:
    """[N, C]: whether each label is predicted for a row."""
    if multilabel:
        return np.asarray(logits_NC >= 0)
    return np.eye(logits_NC.shape[1], dtype=bool)[logits_NC.argmax(1)]


def calibration_of(card: ModelCard) -> tuple[np.float32, float | None]:
    """(temperature, threshold to abstain below); 1 and None for a card without calibration."""
    if card.calibration is None:
        return np.float32(1.0), None
    return np.float32(card.calibration.temperature), card.calibration.threshold


def _scored_row(
    row: Row, probs_C: Floats, labels: Sequence[str], actual_ids: Sequence[int], multilabel: bool
) -> ScoredRow:
    names, confidence = _labels_and_confidence(probs_C, labels, multilabel)
    return ScoredRow(
        line=row.line,
        text=" ⏐ ".join(row.texts),
        label=", ".join(labels[label_id] for label_id in sorted(actual_ids)),
        prediction=", ".join(names),
        probability=confidence,
        label_probability=(
            _min_label_probability(probs_C, actual_ids)
            if multilabel
            else float(probs_C[actual_ids[0]])
        ),
    )


def _labels_and_confidence(
    probs_C: Floats, labels: Sequence[str], multilabel: bool
) -> tuple[list[str], float]:
    """(predicted labels, probability that they are correct)."""
    if not multilabel:
        label_id = int(probs_C.argmax())
        return [labels[label_id]], float(probs_C[label_id])
    names = [
        name for name, prob in zip(labels, probs_C, strict=True) if prob >= MULTILABEL_THRESHOLD
    ]
    return names, float(np.maximum(probs_C, 1 - probs_C).min())


def _min_label_probability(probs_C: Floats, actual_ids: Sequence[int]) -> float:
    """The probability of the correct decision on the label that is least certain."""
    is_actual = np.zeros(len(probs_C), dtype=bool)
    is_actual[list(actual_ids)] = True
    return float(np.where(is_actual, probs_C, 1 - probs_C).min())
