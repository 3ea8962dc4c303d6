"""Metrics of generated images, from the features and class that a reference classifier gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..records import Answer
from .base import corpus_metric
from .extras import CLASS_KEY, FEATURE_PREFIX

MIN_CLASS_FRACTION = 0.01
"""Share of images that a class needs to count; a classifier errs in one of some hundred."""


@corpus_metric(
    "frechet_distance",
    needs="features",
    is_scorable=lambda answer: f"{FEATURE_PREFIX}00" in answer.extras,
)
def frechet_distance(answers: Sequence[Answer]) -> float | None:
    """Squared Fréchet distance of two normal distributions (Heusel et al. 2017, arXiv 1706.08500).

    One is fitted to the features of the generated images. The other is that of real images,
    whose whitened features have mean 0 and covariance 1. The distance is |m|^2 plus the sum of
    (sqrt(v) - 1)^2 over the variances v. A thousand real images that the classifier was not
    fitted to are not at 0: compare with their distance. None where images are no more than
    features.
    """
    names = sorted(name for name in answers[0].extras if name.startswith(FEATURE_PREFIX))
    features = np.array([[answer.extras[name] for name in names] for answer in answers])
    if len(features) <= len(names):
        return None
    variances = np.linalg.eigvalsh(np.cov(features, rowvar=False)).clip(min=0)
    return float(np.square(features.mean(0)).sum() + np.square(np.sqrt(variances) - 1).sum())


@corpus_metric(
    "mode_coverage", needs="a class", is_scorable=lambda answer: CLASS_KEY in answer.extras
)
def mode_coverage(answers: Sequence[Answer]) -> float:
    """Number of classes that at least one in a hundred images belongs to."""
    counts = Counter(answer.extras[CLASS_KEY] for answer in answers)
    return float(sum(count >= MIN_CLASS_FRACTION * len(answers) for count in counts.values()))
