"""Which way wins: a planted difference is found, and none is where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from upwell.crossover import marginal_label_value, rank_methods
from upwell.crossover.subsets import nested_subset, train_sizes
from upwell.data.labeled import Row
from upwell.records import Cell, CrossoverResult

TEST_ROWS = 300


def planted_cells(
    method: str, accuracy: dict[int, float], seeds: int = 3, rng_seed: int = 0, params: int = 9
):
    rng = np.random.default_rng(rng_seed)
    for rows, probability in accuracy.items():
        for seed in range(seeds):
            correct = "".join(
                "01"[bit] for bit in (rng.random(TEST_ROWS) < probability).astype(int)
            )
            yield Cell(
                method=method,
                model="m",
                params=params,
                train_rows=rows,
                seed=seed,
                correct=correct,
                train_flops=1.0,
            )


def crossover_result(*groups, rows=(8, 32, 128, 512)) -> CrossoverResult:
    return CrossoverResult(
        name="x",
        data="x.csv",
        eval_set="test.csv",
        test_rows=TEST_ROWS,
        labels=("a", "b"),
        available_rows=512,
        train_sizes=rows,
        shots=(0, 8),
        seeds=3,
        models=("m",),
        cells=tuple(cell for group in groups for cell in group),
    )


def test_a_planted_crossover_is_detected_and_a_tie_is_not_significant():
    linear = planted_cells("linear", {8: 0.75, 32: 0.8, 128: 0.82, 512: 0.83}, rng_seed=1)
    full = planted_cells("full", {8: 0.55, 32: 0.65, 128: 0.82, 512: 0.93}, rng_seed=2)
    rankings = rank_methods(crossover_result(linear, full))
    assert [one.methods[0].method for one in rankings if one.significant] == [
        "linear",
        "linear",
        "full",
    ]
    assert [one.significant for one in rankings] == [True, True, False, True]
    assert rankings[0].gain == pytest.approx(0.2, abs=0.06)
    assert [[each.tied for each in one.methods] for one in rankings] == [
        [True, False],
        [True, False],
        [True, True],
        [True, False],
    ]
    assert rankings[0].interval_low < rankings[0].gain < rankings[0].interval_high


def test_equal_methods_are_rarely_significantly_different():
    n_significant = 0
    for seed in range(40):
        equal_methods = (
            planted_cells(method, {8: 0.7}, rng_seed=10 * seed + i)
            for i, method in enumerate(("linear", "full"))
        )
        n_significant += rank_methods(crossover_result(*equal_methods, rows=(8,)))[0].significant
    assert n_significant <= 6


def test_in_context_is_ranked_with_the_most_examples_available():
    prompt = planted_cells("in_context", {0: 0.4, 8: 0.6, 32: 0.7})
    linear = planted_cells("linear", {16: 0.5, 512: 0.9}, rng_seed=5)
    rankings = rank_methods(crossover_result(prompt, linear, rows=(16, 512)))
    by_method = [{one.method: one for one in each.methods} for each in rankings]
    assert [each["in_context"].train_rows for each in by_method] == [8, 32]
    assert rankings[0].methods[0].method == "in_context"


def test_an_unmeasured_method_is_not_scored_zero():
    broken = [Cell(method="lora", model="m", params=9, train_rows=8, seed=0, reason="too few")]
    linear = planted_cells("linear", {8: 0.75})
    (ranking,) = rank_methods(crossover_result(broken, linear, rows=(8,)))
    assert [each.method for each in ranking.methods] == ["linear"]
    assert (ranking.gain, ranking.significant) == (None, False)


def test_a_power_law_of_errors_gives_the_value_of_labels():
    rows = (50, 100, 200, 400)
    law = {n: 1 - 1.5 * n**-0.5 for n in rows}
    (label_value,) = marginal_label_value(
        crossover_result(planted_cells("full", law, seeds=5), rows=rows)
    )
    expected = 1.5 * (400**-0.5 - 500**-0.5)
    assert label_value.gain is not None, label_value.explanation
    assert label_value.interval_low <= expected <= label_value.interval_high


def test_a_broken_curve_gives_no_label_value():
    rows = (50, 100, 200, 400)
    flat = {50: 0.5, 100: 0.5, 200: 0.5, 400: 0.95}
    (label_value,) = marginal_label_value(
        crossover_result(planted_cells("full", flat, seeds=5), rows=rows)
    )
    assert label_value.gain is None
    assert "do not predict" in label_value.explanation
    (label_value,) = marginal_label_value(
        crossover_result(planted_cells("full", dict.fromkeys(rows, 0.6), seeds=3), rows=rows)
    )
    assert label_value.gain is None
    (label_value,) = marginal_label_value(
        crossover_result(planted_cells("full", {8: 0.5, 16: 0.6}), rows=(8, 16))
    )
    assert "too few" in label_value.explanation


def test_subsets_are_nested_and_balanced():
    rows = [Row(i, (f"text {i}",), ("abc"[i % 3],)) for i in range(60)]
    nested = nested_subset(rows, 0)
    assert nested_subset(rows[::-1], 0) == nested
    assert nested_subset(rows, 1) != nested
    for count in (3, 9, 30):
        assert {sum(row.labels == (name,) for row in nested[:count]) for name in "abc"} == {
            count // 3
        }
    assert train_sizes(100) == (8, 16, 32, 64, 100)
    assert train_sizes(100, (10, 500)) == (10, 100)
