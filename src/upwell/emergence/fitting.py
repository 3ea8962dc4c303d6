"""Least squares for all ladders of one family at once: grids first, then one optimiser.

Offset and height of a curve are linear, so for each candidate shape the best ones and
their loss come from five weighted sums. Returned intervals are bootstrapped over item and
seed noise; the left-out error leaves out whole rungs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

from ..records import Fit
from .curves import CURVES, Curve
from .ladder import Ladder
from .refining import refine

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

REFINED = {"power", "logistic", "bnsl"}
"""Curves whose shape is moved from the grid's best to the optimum."""

DRAWS = 30
"""Bootstrap draws behind each parameter's interval."""


@dataclass(frozen=True)
class Best:
    """The best candidate of each fit."""

    shape: Ints  # (fits,) index into the grid
    offset: Floats
    height: Floats
    loss: Floats  # (fits,) weighted mean squared residual


def fits(batch: list[Ladder], draws: int = DRAWS, seed: int = 0) -> list[tuple[Fit, ...]]:
    """Every curve fitted to every ladder of a batch that shares its rungs; no intervals and no
    left-out errors where `draws` is 0."""
    logs = np.log(batch[0].scale)
    value = np.array([ladder.value for ladder in batch])
    noise = np.array([ladder.noise for ladder in batch])
    # Unknown noise weighs all rungs alike.
    noise = np.where(np.isnan(noise).any(axis=1, keepdims=True), 1.0, noise)
    weight = 1.0 / np.maximum(noise, 1e-12) ** 2
    weight = weight / weight.mean(axis=1, keepdims=True)
    rng = np.random.default_rng(seed)
    columns = [
        _fitted(curve, logs, value, weight, rng, draws)
        for curve in CURVES
        if curve.free <= logs.size
    ]
    return [tuple(row) for row in zip(*columns, strict=True)]


def _fitted(
    curve: Curve,
    logs: Floats,
    value: Floats,
    weight: Floats,
    rng: np.random.Generator,
    draws: int,
) -> list[Fit]:
    grid = curve.grid(logs)
    column = curve.column(grid, logs)
    best, shape, moved = _best(curve, grid, column, logs, value, weight)
    predicted = best.offset[:, None] + best.height[:, None] * moved
    spare = max(logs.size - curve.free, 1)
    deviation = np.sqrt(best.loss * logs.size / spare)[:, None] / np.sqrt(weight) * _few(spare)
    table = np.concatenate([best.offset[:, None], best.height[:, None], shape], axis=1)
    names = ("offset", "height", *curve.parameters)
    bounds = _bootstrap(grid, column, predicted, deviation, weight, rng, draws) if draws else None
    left_out = _left_out(column, value, weight) if draws and curve.free < logs.size else None
    return [
        Fit(
            form=curve.name,
            params=dict(zip(names, map(float, table[k]), strict=True)),
            interval={} if bounds is None else _interval(names, table[k], bounds[:, k]),
            loss=float(best.loss[k]),
            left_out=None if left_out is None else float(left_out[k]),
            rows=logs.size,
        )
        for k in range(len(value))
    ]


def _few(spare: int) -> float:
    """How much wider intervals are because the noise is told by so few spare points (Student)."""
    return float(stdtrit(spare, 0.95) / ndtri(0.95))


def _bootstrap(
    grid: Floats,
    column: Floats,
    predicted: Floats,
    deviation: Floats,
    weight: Floats,
    rng: np.random.Generator,
    draws: int,
) -> Floats:
    """(2, ladders, parameters) 5 % and 95 % quantiles over refits of noisy copies of the fit."""
    candidates = Candidates(column, weight)
    spread = [
        _parameters(grid, candidates.best(predicted + deviation * noise))
        for noise in rng.standard_normal((draws, *predicted.shape))
    ]
    bounds: Floats = np.quantile(np.stack(spread), [0.05, 0.95], axis=0)
    return bounds


def _interval(
    names: tuple[str, ...], estimate: Floats, bounds: Floats
) -> dict[str, tuple[float, float]]:
    """Draws are fitted on the grid; the estimate itself lies between its points."""
    low, high = np.minimum(bounds[0], estimate), np.maximum(bounds[1], estimate)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(names)}


def _best(
    curve: Curve, grid: Floats, column: Floats, logs: Floats, value: Floats, weight: Floats
) -> tuple[Best, Floats, Floats]:
    """(best, its shape parameters, its column): the grid's best, and where a shape can move, the
    optimum next to it."""
    coarse = least_squares(column, value, weight)
    if not REFINED & {curve.name}:
        return coarse, grid[coarse.shape], column[coarse.shape]
    shape, _ = refine(curve, logs, value, weight, losses(column, value, weight))
    moved = curve.column(shape, logs)
    return exact(moved, value, weight), shape, moved


def _parameters(grid: Floats, best: Best) -> Floats:
    return np.concatenate([best.offset[:, None], best.height[:, None], grid[best.shape]], axis=1)


def _left_out(column: Floats, value: Floats, weight: Floats) -> Floats:
    """(ladders,) mean squared error of each rung predicted from the others."""
    errors = []
    for rung in range(value.shape[1]):
        without = weight.copy()
        without[:, rung] = 0.0
        best = least_squares(column, value, without)
        errors.append(best.offset + best.height * column[best.shape, rung] - value[:, rung])
    mean: Floats = np.mean(np.square(errors), axis=0)
    return mean


class Candidates:
    """Columns and weights of which many values are asked: what does not depend on the values is
    worked out once."""

    def __init__(self, column: Floats, weight: Floats) -> None:
        self._column, self._weight = column, weight
        self._total = weight.sum(axis=1, keepdims=True)
        self._mean = weight @ column.T / self._total
        spread = weight @ (column**2).T - self._total * self._mean**2
        # A column without variation explains nothing; it must not divide by zero.
        tiny = 1e-12 * np.maximum(self._total * self._mean**2, 1e-300)
        self._inverse = np.where(spread > tiny, 1.0 / np.where(spread > tiny, spread, 1.0), 0.0)

    def losses(self, value: Floats) -> Floats:
        """(fits, candidates) weighted mean squared residual of each."""
        _, centred, product = self._products(value)
        whole = (self._weight * centred**2).sum(axis=1, keepdims=True)
        return np.maximum(whole - product**2 * self._inverse, 0.0) / self._total

    def best(self, value: Floats) -> Best:
        """The candidate with the least weighted residual for each row of `value`."""
        mean, centred, product = self._products(value)
        shape = (product**2 * self._inverse).argmax(axis=1)
        row = np.arange(len(value))
        height = product[row, shape] * self._inverse[row, shape]
        whole = (self._weight * centred**2).sum(axis=1)
        loss = np.maximum(whole - height * product[row, shape], 0.0) / self._total[:, 0]
        return Best(shape, mean[:, 0] - height * self._mean[row, shape], height, loss)

    def _products(self, value: Floats) -> tuple[Floats, Floats, Floats]:
        mean = (self._weight * value).sum(axis=1, keepdims=True) / self._total
        centred = value - mean
        return mean, centred, (self._weight * centred) @ self._column.T


def least_squares(column: Floats, value: Floats, weight: Floats) -> Best:
    """The candidate with the least weighted residual for each row of `value`."""
    return Candidates(column, weight).best(value)


def losses(column: Floats, value: Floats, weight: Floats) -> Floats:
    """(fits, candidates) weighted mean squared residual of each."""
    return Candidates(column, weight).losses(value)


def exact(column: Floats, value: Floats, weight: Floats) -> Best:
    """Offset and height where each row of `value` has its own column (fits, rungs)."""
    total = weight.sum(axis=1)
    x = column - ((weight * column).sum(axis=1) / total)[:, None]
    y = value - ((weight * value).sum(axis=1) / total)[:, None]
    height = (weight * x * y).sum(axis=1) / np.maximum((weight * x**2).sum(axis=1), 1e-300)
    loss = (weight * (y - height[:, None] * x) ** 2).sum(axis=1) / total
    offset = ((weight * (value - height[:, None] * column)).sum(axis=1)) / total
    return Best(np.arange(len(value)), offset, height, loss)
