"""How far made images lie from real ones, as an eye for real ones sees them."""

from collections.abc import Sequence

import numpy as np

from ...records import Answer
from .value import Value, over_all

PLACE = "at"


def measure(answers: Sequence[Answer]) -> Value:
    """Fréchet distance between two normal distributions, squared as usual (Heusel et al. 2017,
    arXiv 1706.08500): the places of the images, and those of real ones, which have mean 0 and
    covariance 1. So it is |m|^2 and the sum of (sqrt(v) - 1)^2 over the variances v.

    A thousand real images that the eye was not fitted to are not at 0: read it beside theirs.
    """
    return over_all(answers, lambda answer: f"{PLACE}00" in answer.notes, _distance, "a place")


def _distance(answers: Sequence[Answer]) -> float | None:
    names = sorted(name for name in answers[0].notes if name.startswith(PLACE))
    places = np.array([[answer.notes[name] for name in names] for answer in answers])
    if len(places) <= len(names):
        return None
    variances = np.linalg.eigvalsh(np.cov(places, rowvar=False)).clip(min=0)
    return float(np.square(places.mean(0)).sum() + np.square(np.sqrt(variances) - 1).sum())
