"""Which way wins where there are so many labelled rows, or that it cannot be told.

Ways are compared on the same test rows. Draws and test rows are drawn anew together for intervals
(bootstrap: Efron 1979), so that luck with either is counted.

Axes: S seeds, N test rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..records import Cell, Contender, Crossing, Standing

SAMPLES = 2000
LEVEL = 0.9

Bits = NDArray[np.float64]
Group = tuple[str, str]
"""A way and a model."""


def standings(crossing: Crossing) -> tuple[Standing, ...]:
    """One for each number of labelled rows at which anything was measured, rising.

    Where there are n rows, a prompt shows the largest number of examples up to n that was measured.
    """
    groups = _by_group(crossing.cells)
    found = [_standing(rows, groups) for rows in crossing.rows]
    return tuple(one for one in found if one is not None)


def right_of(cells: Sequence[Cell]) -> Bits:
    """[S, N]: whether each test row is right, for cells of one way, model and number of rows."""
    order = sorted(cells, key=lambda cell: cell.seed)
    return np.array([[float(bit) for bit in cell.right] for cell in order])


def resampled(right_SN: Bits, seed: int = 0) -> Bits:
    """[SAMPLES]: means over seeds and rows, both drawn anew."""
    seeds, rows = right_SN.shape
    dice = np.random.default_rng(seed)
    weights = dice.multinomial(rows, np.full(rows, 1 / rows), SAMPLES) / rows
    chosen = dice.integers(0, seeds, (SAMPLES, seeds))
    per_seed = right_SN @ weights.T
    return np.round(per_seed[chosen.T, np.arange(SAMPLES)].mean(0), 12)


def interval(samples: Bits) -> tuple[float, float]:
    """The middle `LEVEL` of the samples."""
    low, high = np.quantile(samples, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _by_group(cells: Sequence[Cell]) -> dict[Group, dict[int, list[Cell]]]:
    """Cells in which something was measured, by way and model and by number of rows."""
    found: dict[Group, dict[int, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        if cell.right:
            found[cell.way, cell.model][cell.rows].append(cell)
    return found


def _standing(rows: int, groups: dict[Group, dict[int, list[Cell]]]) -> Standing | None:
    there: dict[Group, list[Cell]] = {}
    for group, sizes in groups.items():
        fits = [n for n in sizes if n == rows or (group[0] == "in_context" and n <= rows)]
        if fits:
            there[group] = sizes[max(fits)]
    if not there:
        return None
    contenders = {group: _contender(cells) for group, cells in there.items()}
    order = sorted(contenders.values(), key=lambda one: (-one.value, one.make_flops))
    top = right_of(there[order[0].way, order[0].model])
    ranked = [replace(one, tied=_tied(top, right_of(there[one.way, one.model]))) for one in order]
    first = ranked[0]
    rival = next((one for one in ranked if one.way != first.way), None)
    if rival is None:
        return Standing(
            rows=rows, contenders=tuple(ranked), gain=None, low=None, high=None, tells=False
        )
    best, other = (right_of(there[one.way, one.model]) for one in (first, rival))
    gain_SN = _paired(best, other)
    low, high = interval(resampled(gain_SN))
    return Standing(
        rows=rows,
        contenders=tuple(ranked),
        gain=float(gain_SN.mean()),
        low=low,
        high=high,
        tells=low > 0,
    )


def _tied(best_SN: Bits, other_SN: Bits) -> bool:
    """Whether the best may be ahead by luck."""
    return interval(resampled(_paired(best_SN, other_SN)))[0] <= 0


def _paired(best_SN: Bits, other_SN: Bits) -> Bits:
    """[S, N] differences; a side with fewer draws (no examples are one draw) repeats its own."""
    seeds = max(len(best_SN), len(other_SN))
    sides = (np.resize(side, (seeds, side.shape[1])) for side in (best_SN, other_SN))
    best, other = sides
    return np.asarray(best - other)


def _contender(cells: Sequence[Cell]) -> Contender:
    right_SN = right_of(cells)
    low, high = interval(resampled(right_SN))
    first = cells[0]
    return Contender(
        way=first.way,
        model=first.model,
        params=first.params,
        rows=first.rows,
        value=float(right_SN.mean()),
        low=low,
        high=high,
        seeds=len(cells),
        make_flops=float(np.mean([cell.make_flops for cell in cells])),
        make_seconds=float(np.mean([cell.make_seconds for cell in cells])),
        answer_flops=float(np.mean([cell.answer_flops for cell in cells])),
        answer_seconds=float(np.mean([cell.answer_seconds for cell in cells])),
    )
