"""The value of more labels: how much accuracy the next hundred would add.

Errors are fitted by a power law of the number of rows (Hestness et al. 2017, arXiv 1712.00409). The
law is used only if the smaller sizes predict the error of the largest within its interval.

Axes: S seeds, N test rows, K numbers of rows, B bootstrap samples.
"""

from __future__ import annotations

import numpy as np

from ..metrics.bootstrap import bootstrap_interval
from ..records import Cell, CrossoverResult, MarginalValue
from .ranking import FloatArray, bootstrap, correctness_matrix

EXTRA_LABELS = 100
MIN_TRAIN_SIZES = 4
"""Fewest numbers of rows for a power law."""


def marginal_label_value(result: CrossoverResult) -> tuple[MarginalValue, ...]:
    """For each model and trained method, the accuracy gain of 100 more labels.

    The gain is None, with an explanation, if there is no reliable power law.
    """
    groups: dict[tuple[str, str], dict[int, list[Cell]]] = {}
    for cell in result.cells:
        if cell.correct and cell.method != "in_context":
            groups.setdefault((cell.method, cell.model), {}).setdefault(cell.train_rows, []).append(
                cell
            )
    return tuple(
        _fit_label_value(method, model, sizes) for (method, model), sizes in groups.items()
    )


def _fit_label_value(method: str, model: str, sizes: dict[int, list[Cell]]) -> MarginalValue:
    rows = sorted(sizes)

    def no_value(explanation: str) -> MarginalValue:
        return MarginalValue(
            method=method,
            model=model,
            train_rows=rows[-1],
            gain=None,
            interval_low=None,
            interval_high=None,
            explanation=explanation,
        )

    if len(rows) < MIN_TRAIN_SIZES:
        return no_value(f"{len(rows)} numbers of rows are too few for a power law")
    errors_KB = np.array([1 - bootstrap(correctness_matrix(sizes[n]), seed=n) for n in rows])
    if (errors_KB <= 0).any():
        return no_value(
            "some resampled test sets have no errors, and a power law never reaches zero"
        )
    counts = np.array(rows, dtype=np.float64)
    predicted_B = _predict_error(counts[:-1], errors_KB[:-1], counts[-1])
    low, high = bootstrap_interval(predicted_B - errors_KB[-1])
    if not low <= 0 <= high:
        return no_value(
            "the smaller sizes do not predict the error of the largest, so there is no power law"
        )
    error_now_B, error_more_B = (
        _predict_error(counts, errors_KB, n) for n in (counts[-1], counts[-1] + EXTRA_LABELS)
    )
    gain_B = error_now_B - error_more_B
    low, high = bootstrap_interval(gain_B)
    if low <= 0:
        return no_value("these rows do not show that more labels reduce the error")
    return MarginalValue(
        method=method,
        model=model,
        train_rows=rows[-1],
        gain=float(np.median(gain_B)),
        interval_low=low,
        interval_high=high,
        explanation=f"a power law of {len(rows)} numbers of rows, which predicts the last one",
    )


def _predict_error(counts_K: FloatArray, errors_KB: FloatArray, count: float) -> FloatArray:
    """[B] error at `count` rows, by linear regression in log-log space."""
    x = np.log(counts_K)
    centered = x - x.mean()
    logs_KB = np.log(errors_KB)
    slope_B = centered @ logs_KB / (centered @ centered)
    return np.asarray(np.exp(logs_KB.mean(0) + slope_B * (np.log(count) - x.mean())))
