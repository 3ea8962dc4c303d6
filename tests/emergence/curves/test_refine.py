"""Fits reach what scipy reaches."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from upwell.emergence.curves import CURVES, BNSLCurve, LogisticCurve
from upwell.emergence.curves.fit import candidate_losses, least_squares
from upwell.emergence.curves.refine import refine

LOGS = np.log(np.geomspace(1e6, 1e11, 12))


def noisy(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    middle = rng.uniform(LOGS[3], LOGS[-3], (count, 1))
    return 0.1 + 0.7 / (1 + np.exp(-(LOGS - middle) / 0.8)) + rng.normal(0, 0.02, (count, 12))


def fitted(curve: LogisticCurve | BNSLCurve, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weight = np.ones_like(value)
    column = curve.column(curve.grid(LOGS), LOGS)
    return refine(curve, LOGS, value, weight, candidate_losses(column, value, weight))


def test_a_logistic_reaches_the_loss_of_curve_fit() -> None:
    def logistic(x, offset, height, middle, width):
        return offset + height / (1 + np.exp(-(x - middle) / width))

    value = noisy(10)
    _, loss = fitted(LogisticCurve(), value)
    for ours, y in zip(loss, value, strict=True):
        start = (0.1, 0.7, LOGS[6], 1.0)
        found, _ = curve_fit(logistic, LOGS, y, start, maxfev=5000)
        assert ours <= np.mean((logistic(LOGS, *found) - y) ** 2) * 1.001


def test_refining_never_loses_what_the_grid_had() -> None:
    value, curve = noisy(20), BNSLCurve()
    coarse = least_squares(curve.column(curve.grid(LOGS), LOGS), value, np.ones_like(value))
    _, loss = fitted(curve, value)
    assert (loss <= coarse.loss * (1 + 1e-9)).all()


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_every_curve_says_one_number_a_parameter_and_a_finite_column(curve) -> None:
    grid = curve.grid(LOGS)
    assert grid.shape[1] == len(curve.param_names) == len(curve.positive)
    assert np.isfinite(curve.column(grid, LOGS)).all()
