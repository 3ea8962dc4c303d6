"""Method "linear": logistic regression on the frozen features of the base model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...metrics.logits import Floats, mean_loss
from ...records import Candidate, Run, Train
from ..data.dataset import FinetuneData
from ..estimators import logistic_regression
from ..estimators.logistic_regression import LogisticRegression
from ..inputs.encoded import EncodedSplit, length_batches
from ..modeling.heads import forward_batches
from ..modeling.network import FinetuneModule
from .network import build_network, init_head, sample_weights
from .run import build_run

WARM_START_L2_FACTOR = 10.0
"""The head that fine-tuning starts from has this many times the best L2 penalty. A head that fits
the rows perfectly would leave no loss to learn from."""


@dataclass(frozen=True)
class LinearHeadFit:
    """Classifiers fitted on the frozen features of some rows."""

    classifier: LogisticRegression
    warm_start: LogisticRegression
    """A more regularized one, for fine-tuning to start from."""

    out_of_fold_logits: Floats
    """Logits of the same rows, each from a classifier fitted without the row."""


@dataclass(frozen=True)
class LinearHead:
    """The fitted linear head, and its score on the dev rows."""

    train_fit: LinearHeadFit
    """Fitted on the training rows."""

    fit_on_all: Callable[[], LinearHeadFit]
    """Fits on the training and dev rows."""

    dev_logits: Floats
    l2: float
    """The L2 penalty, selected by cross-validation."""

    candidate: Candidate


def fit_linear_head(data: FinetuneData) -> LinearHead:
    """Fit the linear head, with an L2 penalty selected by cross-validation."""
    start_time = process_time()
    model = build_network(data, replace(data.spec, method="linear")).model
    train, dev, multilabel = data.train, data.dev, data.multilabel
    train_features, dev_features = (_extract_features(data, model, rows) for rows in (train, dev))
    bias = model.head is None or model.head.bias is not None
    groups = data.task.group_ids(train.encoded)
    l2, out_of_fold_logits = logistic_regression.select_l2(
        train_features,
        train.targets,
        sample_weights(train.targets, data.spec.class_weighted),
        data.config.seed,
        groups,
        multilabel=multilabel,
        bias=bias,
    )

    def fit_on_all() -> LinearHeadFit:
        features = np.concatenate([train_features, dev_features])
        targets = np.concatenate([train.targets, dev.targets])
        dev_groups = data.task.group_ids(dev.encoded) + groups.max() + 1
        all_groups = np.concatenate([groups, dev_groups])
        return _fit_head(data, features, targets, l2, all_groups, bias=bias)

    train_fit = _fit_head(
        data, train_features, train.targets, l2, groups, out_of_fold_logits, bias=bias
    )
    dev_logits = train_fit.classifier(dev_features)
    candidate = Candidate(
        method="linear",
        score=data.dev_score(dev_logits),
        loss=mean_loss(dev_logits, dev.targets, multilabel=multilabel),
        trainable_params=train_fit.classifier.weight.size + train_fit.classifier.bias.size,
        seconds=process_time() - start_time,
    )
    return LinearHead(train_fit, fit_on_all, dev_logits, l2, candidate)


def build_from_linear_head(data: FinetuneData, classifier: LogisticRegression) -> FinetuneModule:
    """The frozen network with a fitted classifier as its head."""
    network = build_network(data, replace(data.spec, method="linear"))
    init_head(network, classifier)
    return network.eval()


def linear_head_run(data: FinetuneData, rows: EncodedSplit, l2: float) -> Run:
    """The run record of a linear head fitted on `rows`."""
    spec = replace(data.spec, method="linear", l2=l2)
    return build_run(data, Train(context_length=1), spec, rows)


def _extract_features(data: FinetuneData, model: Any, rows: EncodedSplit) -> Floats:
    outputs = forward_batches(model.features, length_batches(rows.encoded))
    return data.task.stack_outputs(outputs, rows.encoded)


def _fit_head(
    data: FinetuneData,
    features: Floats,
    targets: Floats,
    l2: float,
    groups: NDArray[np.int64],
    out_of_fold_logits: Floats | None = None,
    *,
    bias: bool,
) -> LinearHeadFit:
    weights = sample_weights(targets, data.spec.class_weighted)
    kwargs: Any = {"multilabel": data.multilabel, "bias": bias}
    if out_of_fold_logits is None:
        out_of_fold_logits = logistic_regression.cross_val_logits(
            features, targets, weights, l2, data.config.seed, groups, **kwargs
        )
    warm_start = logistic_regression.fit(
        features, targets, weights, WARM_START_L2_FACTOR * l2, **kwargs
    )
    classifier = logistic_regression.fit(
        features, targets, weights, l2, warm_start=warm_start, **kwargs
    )
    return LinearHeadFit(classifier, warm_start, out_of_fold_logits)
