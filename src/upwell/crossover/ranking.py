"""Which method is best for each number of labeled rows, if the difference is significant.

Methods are compared on the same test rows. Intervals come from a bootstrap over seeds and test rows
together (Efron 1979).

Axes: S seeds, N test rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..metrics.bootstrap import bootstrap_interval
from ..records import Cell, CrossoverResult, MethodScore, Ranking

BOOTSTRAP_SAMPLES = 2000

FloatArray = NDArray[np.float64]
MethodAndModel = tuple[str, str]
"""(method, model)."""


def rank_methods(result: CrossoverResult) -> tuple[Ranking, ...]:
    """A ranking for each number of labeled rows with results, in ascending order.

    With n rows, in-context learning is ranked by its largest measured number of examples up to n.
    """
    groups = _group_cells(result.cells)
    rankings = [_rank_at(rows, groups) for rows in result.train_sizes]
    return tuple(one for one in rankings if one is not None)


def correctness_matrix(cells: Sequence[Cell]) -> FloatArray:
    """[S, N] of 0 and 1: correct predictions, for cells of one method, model and number of rows."""
    by_seed = sorted(cells, key=lambda cell: cell.seed)
    return np.array([[float(bit) for bit in cell.correct] for cell in by_seed])


def bootstrap(correct_SN: FloatArray, seed: int = 0) -> FloatArray:
    """[BOOTSTRAP_SAMPLES] accuracies with resampled seeds and test rows."""
    seeds, rows = correct_SN.shape
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(rows, np.full(rows, 1 / rows), BOOTSTRAP_SAMPLES) / rows
    seed_indices = rng.integers(0, seeds, (BOOTSTRAP_SAMPLES, seeds))
    per_seed = correct_SN @ weights.T
    return np.round(per_seed[seed_indices.T, np.arange(BOOTSTRAP_SAMPLES)].mean(0), 12)


def _group_cells(cells: Sequence[Cell]) -> dict[MethodAndModel, dict[int, list[Cell]]]:
    """{(method, model): {number of rows: cells}} of the cells with results."""
    groups: dict[MethodAndModel, dict[int, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        if cell.correct:
            groups[cell.method, cell.model][cell.train_rows].append(cell)
    return groups


def _rank_at(rows: int, groups: dict[MethodAndModel, dict[int, list[Cell]]]) -> Ranking | None:
    cells_at: dict[MethodAndModel, list[Cell]] = {}
    for group, sizes in groups.items():
        fits = [n for n in sizes if n == rows or (group[0] == "in_context" and n <= rows)]
        if fits:
            cells_at[group] = sizes[max(fits)]
    if not cells_at:
        return None
    scores = {group: _score_method(cells) for group, cells in cells_at.items()}
    by_value = sorted(scores.values(), key=lambda one: (-one.value, one.train_flops))
    top = correctness_matrix(cells_at[by_value[0].method, by_value[0].model])
    ranked = [
        replace(one, tied=_is_tied(top, correctness_matrix(cells_at[one.method, one.model])))
        for one in by_value
    ]
    first = ranked[0]
    rival = next((one for one in ranked if one.method != first.method), None)
    if rival is None:
        return Ranking(
            train_rows=rows,
            methods=tuple(ranked),
            gain=None,
            interval_low=None,
            interval_high=None,
            significant=False,
        )
    best, other = (correctness_matrix(cells_at[one.method, one.model]) for one in (first, rival))
    gain_SN = _paired_difference(best, other)
    low, high = bootstrap_interval(bootstrap(gain_SN))
    return Ranking(
        train_rows=rows,
        methods=tuple(ranked),
        gain=float(gain_SN.mean()),
        interval_low=low,
        interval_high=high,
        significant=low > 0,
    )


def _is_tied(best_SN: FloatArray, other_SN: FloatArray) -> bool:
    """Whether the difference to the best is not significant."""
    return bootstrap_interval(bootstrap(_paired_difference(best_SN, other_SN)))[0] <= 0


def _paired_difference(best_SN: FloatArray, other_SN: FloatArray) -> FloatArray:
    """[S, N] differences. The side with fewer seeds is repeated: zero-shot has a single one."""
    seeds = max(len(best_SN), len(other_SN))
    sides = (np.resize(side, (seeds, side.shape[1])) for side in (best_SN, other_SN))
    best, other = sides
    return np.asarray(best - other)


def _score_method(cells: Sequence[Cell]) -> MethodScore:
    correct_SN = correctness_matrix(cells)
    low, high = bootstrap_interval(bootstrap(correct_SN))
    first = cells[0]
    return MethodScore(
        method=first.method,
        model=first.model,
        params=first.params,
        train_rows=first.train_rows,
        value=float(correct_SN.mean()),
        interval_low=low,
        interval_high=high,
        seeds=len(cells),
        train_flops=float(np.mean([cell.train_flops for cell in cells])),
        train_seconds=float(np.mean([cell.train_seconds for cell in cells])),
        inference_flops=float(np.mean([cell.inference_flops for cell in cells])),
        inference_seconds=float(np.mean([cell.inference_seconds for cell in cells])),
    )
