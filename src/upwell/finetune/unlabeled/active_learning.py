"""Which rows to label next: BADGE (Ash et al. 2020, arXiv 1906.03671).

Axes: N rows of the pool, C labels, D features, K selected rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.labeled import Columns, LabeledDataset, Row
from ...metrics.calibration import probabilities
from ...metrics.logits import Floats
from ..data.dataset import FinetuneData
from ..data.rows import write_csv
from ..inputs.encoded import length_batches
from ..modeling.heads import HFModelWithHead, MeanPooledClassifier, forward_batches
from ..modeling.network import FinetuneModule


@dataclass(frozen=True)
class Suggestion:
    """A row whose label would teach the model much."""

    row: Row
    prediction: str
    probability: float


def select_for_labeling(
    data: FinetuneData,
    network: FinetuneModule,
    unlabeled: LabeledDataset,
    count: int,
    temperature: float,
) -> list[Suggestion]:
    """`count` rows that are uncertain and unlike each other, the most informative first.

    The rows are the first centers of k-means++ on the gradients that their predicted labels give
    the head (BADGE).
    """
    model = network.model
    assert isinstance(model, MeanPooledClassifier | HFModelWithHead)
    encoded = data.encode(unlabeled, labeled=False).encoded
    features_ND, logits_NC = (
        data.task.stack_outputs(forward_batches(forward_fn, length_batches(encoded)), encoded)
        for forward_fn in (model.features, model)
    )
    probs_NC = probabilities(logits_NC / np.float32(temperature), multilabel=False)
    labels = data.spec.labels
    return [
        Suggestion(unlabeled.rows[i], labels[int(probs_NC[i].argmax())], float(probs_NC[i].max()))
        for i in kmeans_plusplus(probs_NC, features_ND, count, data.config.seed)
    ]


def write_suggestions(path: Path, suggestions: Sequence[Suggestion], columns: Columns) -> Path:
    """Write suggestions as a CSV file with an empty label column; the path."""
    header = ("line", *columns.text_columns, columns.label_column, "prediction", "probability")
    rows = (
        (f"{one.row.line}", *one.row.texts, "", one.prediction, f"{one.probability:.4f}")
        for one in suggestions
    )
    return write_csv(path, header, rows)


def kmeans_plusplus(probs_NC: Floats, features_ND: Floats, count: int, seed: int) -> Sequence[int]:
    """[K] row indices that k-means++ selects among the gradients (p - y) x features.

    The gradients are never built: only their products are needed. The first row has the longest
    gradient. A zero gradient counts as selected from the start, so certain rows come last.
    """
    error_NC = probs_NC - np.eye(probs_NC.shape[1], dtype=np.float32)[probs_NC.argmax(1)]
    squared_norm_N = np.square(error_NC).sum(1) * np.square(features_ND).sum(1)
    rng = np.random.default_rng(seed)
    selected = [int(squared_norm_N.argmax())]
    distance_N = np.minimum(
        squared_norm_N, _squared_distances(selected[0], error_NC, features_ND, squared_norm_N)
    )
    while len(selected) < min(count, len(squared_norm_N)):
        weights = distance_N.copy()
        weights[selected] = 0
        total = weights.sum()
        if total <= 0:
            rest = [i for i in range(len(squared_norm_N)) if i not in set(selected)]
            return selected + rest[: count - len(selected)]
        selected.append(int(rng.choice(len(weights), p=weights / total)))
        distance_N = np.minimum(
            distance_N, _squared_distances(selected[-1], error_NC, features_ND, squared_norm_N)
        )
    return selected


def _squared_distances(
    index: int, error_NC: Floats, features_ND: Floats, squared_norm_N: Floats
) -> NDArray[np.float64]:
    """[N] squared distances of all gradients to that of row `index`."""
    products_N = (error_NC @ error_NC[index]) * (features_ND @ features_ND[index])
    distances = squared_norm_N + squared_norm_N[index] - 2 * products_N
    return np.maximum(distances.astype(np.float64), 0)
