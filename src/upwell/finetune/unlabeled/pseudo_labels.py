"""Pseudo-labels: confident predictions as labels (Lee 2013).

Axes: N rows of the pool, C labels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...data.labeled import LabeledDataset
from ...metrics.calibration import probabilities
from ...records import Calibration
from ..config import LogFn
from ..data.dataset import FinetuneData
from ..modeling.network import FinetuneModule


def add_pseudo_labels(
    data: FinetuneData,
    network: FinetuneModule,
    calibration: Calibration,
    unlabeled: LabeledDataset,
    log: LogFn,
) -> tuple[FinetuneData, int]:
    """(data with the confident rows added to the training rows, number of these rows).

    A prediction is confident above the calibrated threshold, at which 95 % of the predictions on
    held-out rows are correct.
    """
    if calibration.threshold is None:
        log(f"no threshold reaches {calibration.target_accuracy:.0%} accuracy: no pseudo-labels")
        return data, 0
    rows = data.encode(unlabeled, labeled=False)
    logits_NC = data.predict(network.model, rows.encoded)
    probs_NC = probabilities(logits_NC / np.float32(calibration.temperature), multilabel=False)
    labels, last_line = data.spec.labels, max(row.line for row in data.train.rows)
    confident = np.flatnonzero(probs_NC.max(1) >= calibration.threshold).tolist()
    new_rows = tuple(
        replace(
            unlabeled.rows[i], line=last_line + 1 + i, labels=(labels[int(probs_NC[i].argmax())],)
        )
        for i in confident
    )
    log(
        f"{unlabeled.name}: {len(new_rows):,} of {len(unlabeled.rows):,} rows are predicted with "
        f"probability {calibration.threshold:.2f} or more, and get pseudo-labels"
    )
    train = replace(data.train.dataset, rows=(*data.train.rows, *new_rows))
    return replace(data, train=data.encode(train)), len(new_rows)
