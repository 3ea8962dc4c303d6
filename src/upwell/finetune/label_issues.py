"""Training rows whose label is probably wrong, by confident learning."""

from __future__ import annotations

import numpy as np

from ..metrics.calibration import probabilities
from ..records import LabelIssue
from .data.dataset import FinetuneData
from .methods.linear_head import LinearHead

MAX_LABEL_ISSUES = 50
MAX_LABEL_PROBABILITY = 0.2
"""A label is suspect only if its out-of-fold probability is below this."""


def find_label_issues(data: FinetuneData, linear_head: LinearHead) -> tuple[LabelIssue, ...]:
    """Training rows with a probable label error, the least probable labels first.

    A row is listed if the out-of-fold probability of another label exceeds that label's mean on its
    own rows, and its own label is improbable (confident learning: Northcutt et al. 2021, arXiv
    1911.00068). Empty for multilabel data and for tasks without one label a row.
    """
    if data.multilabel or not data.task.one_label_per_row:
        return ()
    probs = probabilities(linear_head.train_fit.out_of_fold_logits, multilabel=False)
    label_ids = data.train.targets.argmax(1)
    mean_confidence = np.array([
        probs[label_ids == label_id, label_id].mean() if (label_ids == label_id).any() else 1.0
        for label_id in range(probs.shape[1])
    ])  # fmt: skip
    own_probs = probs[np.arange(len(label_ids)), label_ids]
    predicted_ids = probs.argmax(1)
    is_confident = probs.max(1) >= mean_confidence[predicted_ids]
    issue_indices = np.flatnonzero(
        (predicted_ids != label_ids) & is_confident & (own_probs < MAX_LABEL_PROBABILITY)
    )
    order = np.argsort(own_probs[issue_indices], kind="stable")
    top_indices = issue_indices[order][:MAX_LABEL_ISSUES]
    label_names, rows = data.spec.labels, data.train.rows
    return tuple(
        LabelIssue(
            line=rows[i].line,
            text=" ⏐ ".join(rows[i].texts),
            label=rows[i].label,
            suggested_label=label_names[predicted_ids[i]],
            label_probability=float(own_probs[i]),
        )
        for i in top_indices.tolist()
    )
