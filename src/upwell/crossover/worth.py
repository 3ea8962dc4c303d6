"""What the next hundred labels are worth: errors fall as a power of the rows, or it is said not.

A law is believed only where it foretells the last number of rows from the ones before, within its
own interval (Hestness et al. 2017, arXiv 1712.00409, for the law; the test is ours).

Axes: S seeds, N test rows, K numbers of rows, B samples.
"""

from __future__ import annotations

import numpy as np

from ..records import Cell, Crossing, Worth
from .judging import Bits, interval, resampled, right_of

MORE = 100
LEAST = 4
"""Numbers of rows without which there is no curve."""


def worths(crossing: Crossing) -> tuple[Worth, ...]:
    """For each way that learns from rows and each model: the gain of a hundred labels more."""
    groups: dict[tuple[str, str], dict[int, list[Cell]]] = {}
    for cell in crossing.cells:
        if cell.right and cell.way != "in_context":
            groups.setdefault((cell.way, cell.model), {}).setdefault(cell.rows, []).append(cell)
    return tuple(_worth(way, model, sizes) for (way, model), sizes in groups.items())


def _worth(way: str, model: str, sizes: dict[int, list[Cell]]) -> Worth:
    rows = sorted(sizes)

    def unknown(why: str) -> Worth:
        return Worth(way=way, model=model, rows=rows[-1], gain=None, low=None, high=None, why=why)

    if len(rows) < LEAST:
        return unknown(f"{len(rows)} numbers of rows are too few for a curve")
    errors_KB = np.array([1 - resampled(right_of(sizes[n]), seed=n) for n in rows])
    if (errors_KB <= 0).any():
        return unknown(
            "errors are so few that draws of the test rows have none, and a law has some"
        )
    counts = np.array(rows, dtype=np.float64)
    foretold_B = _at(counts[:-1], errors_KB[:-1], counts[-1])
    low, high = interval(foretold_B - errors_KB[-1])
    if not low <= 0 <= high:
        return unknown("the errors before do not foretell the last one, so no law is seen")
    here_B, there_B = (_at(counts, errors_KB, n) for n in (counts[-1], counts[-1] + MORE))
    gain_B = here_B - there_B
    low, high = interval(gain_B)
    if low <= 0:
        return unknown("whether errors fall at all cannot be told from these rows")
    return Worth(
        way=way,
        model=model,
        rows=rows[-1],
        gain=float(np.median(gain_B)),
        low=low,
        high=high,
        why=f"a power law through {len(rows)} numbers of rows, which foretells its last",
    )


def _at(counts_K: Bits, errors_KB: Bits, count: float) -> Bits:
    """[B]: the error at a number of rows, by the line through the logarithms."""
    x = np.log(counts_K)
    centred = x - x.mean()
    logs_KB = np.log(errors_KB)
    slope_B = centred @ logs_KB / (centred @ centred)
    return np.asarray(np.exp(logs_KB.mean(0) + slope_B * (np.log(count) - x.mean())))
