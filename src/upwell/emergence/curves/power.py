"""The power law of neural scaling (Kaplan et al. 2020, arXiv 2001.08361) with an offset."""

from __future__ import annotations

import numpy as np

from .curve import Floats

EXPONENTS = np.concatenate([-np.geomspace(1.5, 0.02, 84), np.geomspace(0.02, 1.0, 12)])
"""Close enough, 5 % apart where the curve levels off, for the interval of an exponent: bootstrap
draws are fitted on these alone."""


class Power:
    """offset + height x scale^exponent; a negative exponent levels off at the offset."""

    name = "power"
    parameters: tuple[str, ...] = ("exponent",)
    positive: tuple[bool, ...] = (False,)
    free = 3

    def grid(self, logs: Floats) -> Floats:
        """Exponents from -1.5 to 1."""
        return EXPONENTS[:, None]

    def column(self, shape: Floats, logs: Floats) -> Floats:
        """scale^exponent; huge scales are safe because exponents are at most 1."""
        column: Floats = np.exp(shape[:, :1] * logs)
        return column
