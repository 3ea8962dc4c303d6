"""Least-squares optima from the best grid points, for all ladders and starts at once.

Variable projection (Golub and Pereyra 1973, with Kaufman's Jacobian): offset and height are solved
exactly at every step, and Levenberg-Marquardt moves only the shape. Derivatives of a column are
central differences, with one evaluation for the whole batch.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .curve import Curve

Floats = npt.NDArray[np.float64]

N_STARTS = 6
MAX_ITER = 40
DIFFERENCE_STEP = 1e-5


def refine(
    curve: Curve, log_scale: Floats, value: Floats, weight: Floats, losses: Floats
) -> tuple[Floats, Floats]:
    """Optimize the shape of a curve, from the best `N_STARTS` candidates of its grid.

    `value` and `weight` are (ladders, rungs), and `losses` of the grid (ladders, candidates).
    Returns the shape parameters (ladders, parameters) and the weighted mean squared residual
    (ladders,).
    """
    grid = curve.grid(log_scale)
    starts = min(N_STARTS, len(grid))
    best = _pick_starts(losses, starts)
    theta = _to_search_space(curve, grid[best].reshape(len(value) * starts, -1))
    sqrt_weight = np.repeat(np.sqrt(weight), starts, axis=0)
    target = np.repeat(value, starts, axis=0) * sqrt_weight
    bounds = _search_bounds(curve, grid)
    theta, loss = _minimize(curve, log_scale, theta, target, sqrt_weight, bounds)
    loss = loss.reshape(len(value), starts) / weight.sum(axis=1, keepdims=True)
    best_start = loss.argmin(axis=1)
    row = np.arange(len(value))
    return _from_search_space(curve, theta.reshape(len(value), starts, -1)[row, best_start]), loss[
        row, best_start
    ]


def _pick_starts(losses: Floats, starts: int) -> npt.NDArray[np.intp]:
    """(ladders, starts) best candidate of each part of the grid, so that starts differ."""
    parts = np.array_split(np.arange(losses.shape[1]), starts)
    return np.stack([part[losses[:, part].argmin(axis=1)] for part in parts], axis=1)


def _minimize(
    curve: Curve,
    log_scale: Floats,
    theta: Floats,
    target: Floats,
    sqrt_weight: Floats,
    bounds: tuple[Floats, Floats],
) -> tuple[Floats, Floats]:
    damping = np.full(len(theta), 1e-2)
    residual, loss, basis, height = _project_out(curve, log_scale, theta, target, sqrt_weight)
    for _ in range(MAX_ITER):
        jacobian = _jacobian(curve, log_scale, theta, sqrt_weight, basis, height)
        normal = np.einsum("kri,krj->kij", jacobian, jacobian)
        gradient = np.einsum("kri,kr->ki", jacobian, residual)
        size = np.einsum("kii->ki", normal)
        index = np.arange(theta.shape[1])
        normal[:, index, index] += (
            damping[:, None] * size + 1e-12 * size.max(axis=1)[:, None] + 1e-30
        )
        step = np.linalg.solve(normal, gradient[:, :, None])[:, :, 0]
        candidate = np.clip(theta + step, *bounds)
        new = _project_out(curve, log_scale, candidate, target, sqrt_weight)
        better = new[1] < loss
        theta = np.where(better[:, None], candidate, theta)
        residual = np.where(better[:, None], new[0], residual)
        basis = np.where(better[:, None, None], new[2], basis)
        height = np.where(better, new[3], height)
        loss = np.where(better, new[1], loss)
        damping = np.clip(np.where(better, damping / 4, damping * 5), 1e-9, 1e9)
    return theta, loss


def _project_out(
    curve: Curve, log_scale: Floats, theta: Floats, target: Floats, sqrt_weight: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """(residual, its squared sum, orthonormal basis of offset and column, height)."""
    column = curve.column(_from_search_space(curve, theta), log_scale) * sqrt_weight
    first = sqrt_weight / np.linalg.norm(sqrt_weight, axis=1, keepdims=True)
    second = column - first * (first * column).sum(axis=1, keepdims=True)
    length = np.linalg.norm(second, axis=1, keepdims=True)
    is_valid = np.isfinite(length) & (length > 1e-9 * np.linalg.norm(column, axis=1, keepdims=True))
    second = np.where(is_valid, second / np.where(is_valid, length, 1.0), 0.0)
    coefficient = (second * target).sum(axis=1, keepdims=True)
    residual = target - first * (first * target).sum(axis=1, keepdims=True) - second * coefficient
    height = np.where(is_valid, coefficient / np.where(is_valid, length, 1.0), 0.0)[:, 0]
    return residual, (residual**2).sum(axis=1), np.stack([first, second], axis=2), height


def _jacobian(
    curve: Curve,
    log_scale: Floats,
    theta: Floats,
    sqrt_weight: Floats,
    basis: Floats,
    height: Floats,
) -> Floats:
    """(fits, rungs, parameters) derivative of the fitted curve, with offset and height refitted."""
    fits, size = theta.shape
    steps = np.eye(size) * DIFFERENCE_STEP
    perturbed = np.concatenate([theta[:, None] + steps, theta[:, None] - steps], axis=1)
    columns = curve.column(_from_search_space(curve, perturbed.reshape(-1, size)), log_scale)
    columns = columns.reshape(fits, 2, size, log_scale.size)
    slope = (columns[:, 0] - columns[:, 1]) / (2 * DIFFERENCE_STEP) * sqrt_weight[:, None, :]
    slope = slope.transpose(0, 2, 1) * height[:, None, None]
    slope = np.where(np.isfinite(slope), slope, 0.0)
    inside = np.einsum("krb,kri->kbi", basis, slope)
    out: Floats = slope - np.einsum("krb,kbi->kri", basis, inside)
    return out


def _to_search_space(curve: Curve, shape: Floats) -> Floats:
    """Shape parameters, positive ones as logarithms."""
    return np.where(np.array(curve.positive), np.log(np.where(curve.positive, shape, 1.0)), shape)


def _from_search_space(curve: Curve, theta: Floats) -> Floats:
    return np.where(np.array(curve.positive), np.exp(np.where(curve.positive, theta, 0.0)), theta)


def _search_bounds(curve: Curve, grid: Floats) -> tuple[Floats, Floats]:
    """Range of the grid, extended on each side by its width, for exponents by twice that."""
    searched = _to_search_space(curve, grid)
    low, high = searched.min(axis=0), searched.max(axis=0)
    margin = (high - low) * np.where(np.array(curve.positive), 1.0, 2.0)
    return low - margin, high + margin
