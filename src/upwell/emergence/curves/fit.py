"""Least-squares fits of all curves to many ladders at once: a grid first, then an optimizer.

Offset and height of a curve are linear. For each candidate shape the best ones, and their loss,
come from five weighted sums. Intervals are bootstrapped over item and seed noise. The leave-one-out
error leaves out whole rungs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from ...records import Fit
from ..ladder.ladder import Ladder
from .curve import CURVES, Curve
from .refine import refine

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

REFINED_CURVES = {"power", "logistic", "bnsl"}
"""Curves whose shape is optimized beyond the grid."""

N_BOOTSTRAP = 30
"""Bootstrap samples per interval."""


@dataclass(frozen=True)
class GridOptimum:
    """Best candidate of each fit."""

    index: Ints  # (fits,) index into the grid
    offset: Floats
    height: Floats
    loss: Floats  # (fits,) weighted mean squared residual


def fit_curves(
    batch: list[Ladder], n_bootstrap: int = N_BOOTSTRAP, seed: int = 0
) -> list[tuple[Fit, ...]]:
    """Fit every curve to every ladder of a batch with the same rungs.

    With `n_bootstrap` 0 there are no intervals and no leave-one-out errors.
    """
    log_scale = np.log(batch[0].scale)
    value = np.array([ladder.value for ladder in batch])
    se = np.array([ladder.se for ladder in batch])
    # With unknown noise all rungs have the same weight.
    se = np.where(np.isnan(se).any(axis=1, keepdims=True), 1.0, se)
    weight = 1.0 / np.maximum(se, 1e-12) ** 2
    weight = weight / weight.mean(axis=1, keepdims=True)
    rng = np.random.default_rng(seed)
    columns = [
        _fit_curve(curve, log_scale, value, weight, rng, n_bootstrap)
        for curve in CURVES
        if curve.n_params <= log_scale.size
    ]
    return [tuple(row) for row in zip(*columns, strict=True)]


def _fit_curve(
    curve: Curve,
    log_scale: Floats,
    value: Floats,
    weight: Floats,
    rng: np.random.Generator,
    n_bootstrap: int,
) -> list[Fit]:
    grid = curve.grid(log_scale)
    column = curve.column(grid, log_scale)
    optimum, shape, optimum_column = _find_optimum(curve, grid, column, log_scale, value, weight)
    predicted = optimum.offset[:, None] + optimum.height[:, None] * optimum_column
    dof = max(log_scale.size - curve.n_params, 1)
    residual_sd = (
        np.sqrt(optimum.loss * log_scale.size / dof)[:, None]
        / np.sqrt(weight)
        * _student_widening(dof)
    )
    estimates = np.concatenate([optimum.offset[:, None], optimum.height[:, None], shape], axis=1)
    names = ("offset", "height", *curve.param_names)
    bounds = (
        _bootstrap_bounds(grid, column, predicted, residual_sd, weight, rng, n_bootstrap)
        if n_bootstrap
        else None
    )
    loo_mse = (
        _leave_one_out_mse(column, value, weight)
        if n_bootstrap and curve.n_params < log_scale.size
        else None
    )
    return [
        Fit(
            curve=curve.name,
            params=dict(zip(names, map(float, estimates[k]), strict=True)),
            interval={} if bounds is None else _param_intervals(names, estimates[k], bounds[:, k]),
            loss=float(optimum.loss[k]),
            loo_mse=None if loo_mse is None else float(loo_mse[k]),
            n_points=log_scale.size,
        )
        for k in range(len(value))
    ]


def _student_widening(dof: int) -> float:
    """Factor by which Student's interval is wider than the normal one."""
    return float(stdtrit(dof, 0.95) / ndtri(0.95))


def _bootstrap_bounds(
    grid: Floats,
    column: Floats,
    predicted: Floats,
    residual_sd: Floats,
    weight: Floats,
    rng: np.random.Generator,
    n_bootstrap: int,
) -> Floats:
    """(2, ladders, parameters) 5 % and 95 % quantiles over refits of noisy copies of the fit."""
    candidates = CurveCandidates(column, weight)
    estimates = [
        _param_matrix(grid, candidates.optimum(predicted + residual_sd * noise))
        for noise in rng.standard_normal((n_bootstrap, *predicted.shape))
    ]
    bounds: Floats = np.quantile(np.stack(estimates), [0.05, 0.95], axis=0)
    return bounds


def _param_intervals(
    names: tuple[str, ...], estimate: Floats, bounds: Floats
) -> dict[str, tuple[float, float]]:
    """Intervals that hold the estimate. Bootstrap samples are fitted on the grid, it is not."""
    low, high = np.minimum(bounds[0], estimate), np.maximum(bounds[1], estimate)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(names)}


def _find_optimum(
    curve: Curve, grid: Floats, column: Floats, log_scale: Floats, value: Floats, weight: Floats
) -> tuple[GridOptimum, Floats, Floats]:
    """(optimum, its shape parameters, its column): on the grid, or refined from there."""
    grid_optimum = least_squares(column, value, weight)
    if not REFINED_CURVES & {curve.name}:
        return grid_optimum, grid[grid_optimum.index], column[grid_optimum.index]
    shape, _ = refine(curve, log_scale, value, weight, candidate_losses(column, value, weight))
    optimum_column = curve.column(shape, log_scale)
    return fit_offset_and_height(optimum_column, value, weight), shape, optimum_column


def _param_matrix(grid: Floats, optimum: GridOptimum) -> Floats:
    return np.concatenate(
        [optimum.offset[:, None], optimum.height[:, None], grid[optimum.index]], axis=1
    )


def _leave_one_out_mse(column: Floats, value: Floats, weight: Floats) -> Floats:
    """(ladders,) mean squared error of rungs predicted from the other rungs."""
    errors = []
    for rung in range(value.shape[1]):
        masked_weight = weight.copy()
        masked_weight[:, rung] = 0.0
        optimum = least_squares(column, value, masked_weight)
        errors.append(
            optimum.offset + optimum.height * column[optimum.index, rung] - value[:, rung]
        )
    mean: Floats = np.mean(np.square(errors), axis=0)
    return mean


class CurveCandidates:
    """Candidate columns (candidates, rungs) and weights (fits, rungs), to fit many values to.

    What does not depend on the values is computed once.
    """

    def __init__(self, column: Floats, weight: Floats) -> None:
        self._column, self._weight = column, weight
        self._total = weight.sum(axis=1, keepdims=True)
        self._mean = weight @ column.T / self._total
        spread = weight @ (column**2).T - self._total * self._mean**2
        # A column without variation explains nothing; it must not divide by zero.
        tiny = 1e-12 * np.maximum(self._total * self._mean**2, 1e-300)
        self._inverse = np.where(spread > tiny, 1.0 / np.where(spread > tiny, spread, 1.0), 0.0)

    def losses(self, value: Floats) -> Floats:
        """(fits, candidates) weighted mean squared residuals."""
        _, centered, product = self._products(value)
        total_square = (self._weight * centered**2).sum(axis=1, keepdims=True)
        return np.maximum(total_square - product**2 * self._inverse, 0.0) / self._total

    def optimum(self, value: Floats) -> GridOptimum:
        """Candidate with the smallest weighted residual for each row of `value`."""
        mean, centered, product = self._products(value)
        index = (product**2 * self._inverse).argmax(axis=1)
        row = np.arange(len(value))
        height = product[row, index] * self._inverse[row, index]
        total_square = (self._weight * centered**2).sum(axis=1)
        loss = np.maximum(total_square - height * product[row, index], 0.0) / self._total[:, 0]
        return GridOptimum(index, mean[:, 0] - height * self._mean[row, index], height, loss)

    def _products(self, value: Floats) -> tuple[Floats, Floats, Floats]:
        mean = (self._weight * value).sum(axis=1, keepdims=True) / self._total
        centered = value - mean
        return mean, centered, (self._weight * centered) @ self._column.T


def least_squares(column: Floats, value: Floats, weight: Floats) -> GridOptimum:
    """Candidate with the smallest weighted residual for each row of `value`."""
    return CurveCandidates(column, weight).optimum(value)


def candidate_losses(column: Floats, value: Floats, weight: Floats) -> Floats:
    """(fits, candidates) weighted mean squared residuals."""
    return CurveCandidates(column, weight).losses(value)


def fit_offset_and_height(column: Floats, value: Floats, weight: Floats) -> GridOptimum:
    """Offset and height for each row of `value` with its own column (fits, rungs)."""
    total = weight.sum(axis=1)
    x = column - ((weight * column).sum(axis=1) / total)[:, None]
    y = value - ((weight * value).sum(axis=1) / total)[:, None]
    height = (weight * x * y).sum(axis=1) / np.maximum((weight * x**2).sum(axis=1), 1e-300)
    loss = (weight * (y - height[:, None] * x) ** 2).sum(axis=1) / total
    offset = ((weight * (value - height[:, None] * column)).sum(axis=1)) / total
    return GridOptimum(np.arange(len(value)), offset, height, loss)
