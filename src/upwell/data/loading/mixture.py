"""Which source has which row of a mixture: exact in the long run, and not random.

The first source has every row at which floor(row * weight) increases, the second has its fraction
of the remaining rows, and so on. So the number of rows that a source had before any row is a
formula, and a loader can start anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError


@final
@dataclass(frozen=True)
class Mixture:
    """Rows assigned to sources by their weights, which need not sum to one."""

    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.weights or not all(math.isfinite(s) and s > 0 for s in self.weights):
            raise SpecError(
                f"a mixture needs sources with weights above 0, found {list(self.weights)}"
            )

    def assign(self, first: int, count: int) -> tuple[NDArray[np.int64], list[int]]:
        """The source of each row from `first` to `first + count - 1`.

        Returns the indices of the sources [count], and for each source its number of rows before
        `first`.
        """
        owner = np.full(count, -1, dtype=np.int64)
        before: list[int] = []
        remaining = np.arange(first, first + count + 1)
        for k, fraction in enumerate(_relative_weights(self.weights)):
            taken = np.floor(remaining * fraction).astype(np.int64)
            owner[(np.diff(taken) == 1) & (owner < 0)] = k
            before.append(int(taken[0]))
            remaining = remaining - taken
        return owner, before


def _relative_weights(weights: Sequence[float]) -> list[float]:
    """Each weight relative to the sum of itself and those after it; the last is 1."""
    return [weight / math.fsum(weights[k:]) for k, weight in enumerate(weights)]
