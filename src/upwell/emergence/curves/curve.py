"""Curves to describe a ladder by: an offset plus a height times a column.

The column depends on a few shape parameters, and the offset and height are linear. So the best
curve on a grid of shapes is found by linear algebra, for all ladders at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]

EXPONENT_GRID = np.concatenate([-np.geomspace(1.5, 0.02, 84), np.geomspace(0.02, 1.0, 12)])
"""Exponents of the power law. They are 5 % apart where the curve levels off, because the bootstrap
interval of an exponent is fitted on the grid alone."""

BNSL_EXPONENTS = np.array([-0.3, -0.05, 0.05, 0.3])
BNSL_EXPONENT_CHANGES = np.array([-2.0, -0.7, -0.2, 0.2, 0.7, 2.0])
BNSL_SHARPNESS = np.array([0.1, 0.5])


class Curve(ABC):
    """offset + height x column(shape, log_scale)."""

    name: ClassVar[str]
    param_names: ClassVar[tuple[str, ...]] = ()
    """Names of the shape parameters in a `Fit`; locations are in the unit of the axis."""

    positive: ClassVar[tuple[bool, ...]] = ()
    """For each shape parameter, whether it is positive and searched by its logarithm."""

    n_params: ClassVar[int]
    """Number of free parameters, offset and height included."""

    def grid(self, log_scale: Floats) -> Floats:
        """(candidates, shape parameters) to try on these rungs."""
        return np.zeros((1, 0))

    @abstractmethod
    def column(self, shape: Floats, log_scale: Floats) -> Floats:
        """(candidates, rungs) column of each candidate."""


class FlatCurve(Curve):
    """offset: the ability does not depend on scale."""

    name = "flat"
    n_params = 1

    def column(self, shape: Floats, log_scale: Floats) -> Floats:
        """Zeros."""
        return np.zeros((len(shape), log_scale.size))


class LinearCurve(Curve):
    """offset + height x ln(scale)."""

    name = "linear"
    n_params = 2

    def column(self, shape: Floats, log_scale: Floats) -> Floats:
        """ln(scale)."""
        return np.broadcast_to(log_scale, (len(shape), log_scale.size)).copy()


class PowerCurve(Curve):
    """offset + height x scale^exponent (Kaplan et al. 2020, arXiv 2001.08361, with an offset).

    With a negative exponent the curve levels off at the offset.
    """

    name = "power"
    param_names = ("exponent",)
    positive = (False,)
    n_params = 3

    def grid(self, log_scale: Floats) -> Floats:
        """Exponents from -1.5 to 1."""
        return EXPONENT_GRID[:, None]

    def column(self, shape: Floats, log_scale: Floats) -> Floats:
        """scale^exponent; it stays finite because exponents are at most 1."""
        column: Floats = np.exp(shape[:, :1] * log_scale)
        return column


class LogisticCurve(Curve):
    """offset + height / (1 + (midpoint / scale)^(1 / width)); the width is in e-folds of scale."""

    name = "logistic"
    param_names = ("midpoint", "width")
    positive = (True, True)
    n_params = 4

    def grid(self, log_scale: Floats) -> Floats:
        """Midpoints from the first rung to half a range past the last, widths of 0.1 to 4."""
        span = log_scale[-1] - log_scale[0]
        midpoints = np.exp(np.linspace(log_scale[0], log_scale[-1] + span / 2, 25))
        return cartesian_product(midpoints, np.geomspace(0.1, 4.0, 10))

    def column(self, shape: Floats, log_scale: Floats) -> Floats:
        """Between 0 and 1."""
        rise: Floats = expit((log_scale - np.log(shape[:, :1])) / shape[:, 1:2])
        return rise


class StepCurve(Curve):
    """offset below `location`, offset + height above it."""

    name = "step"
    param_names = ("location",)
    positive = (True,)
    n_params = 3

    def grid(self, log_scale: Floats) -> Floats:
        """The middle of every gap between rungs; the data cannot locate it more precisely."""
        midpoints: Floats = np.exp((log_scale[1:] + log_scale[:-1]) / 2)
        return midpoints[:, None]

    def column(self, shape: Floats, log_scale: Floats) -> Floats:
        """0 or 1."""
        return (log_scale > np.log(shape[:, :1])).astype(np.float64)


class BNSLCurve(Curve):
    """Broken neural scaling law with one break (Caballero et al. 2022, arXiv 2210.14891).

    offset + height s^-exponent (1 + (scale / location)^(1 / sharpness))^-(change sharpness)

    Here s is scale / first rung, so that heights stay finite, and change is `exponent_change`.
    """

    name = "bnsl"
    param_names = ("exponent", "exponent_change", "location", "sharpness")
    positive = (False, False, True, True)
    n_params = 6

    def grid(self, log_scale: Floats) -> Floats:
        """Breaks across the inner rungs, with both signs of both exponents."""
        inner = np.linspace(log_scale[0], log_scale[-1], 8)[1:-1]
        return cartesian_product(
            BNSL_EXPONENTS, BNSL_EXPONENT_CHANGES, np.exp(inner), BNSL_SHARPNESS
        )

    def column(self, shape: Floats, log_scale: Floats) -> Floats:
        """Positive; about 1 at the first rung."""
        exponent, change, location, sharpness = (shape[:, i : i + 1] for i in range(4))
        bend = np.logaddexp(0.0, (log_scale - np.log(location)) / sharpness) * sharpness
        column: Floats = np.exp(-exponent * (log_scale - log_scale[0]) - change * bend)
        return column


CURVES: tuple[Curve, ...] = (
    FlatCurve(),
    LinearCurve(),
    PowerCurve(),
    LogisticCurve(),
    StepCurve(),
    BNSLCurve(),
)


def cartesian_product(*axes: Floats) -> Floats:
    """(candidates, parameters) all combinations of the axes' values."""
    mesh = np.meshgrid(*axes, indexing="ij")
    return np.stack([m.ravel() for m in mesh], axis=1)
