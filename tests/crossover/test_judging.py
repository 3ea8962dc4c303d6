"""Which way wins: a planted difference is found, and none is where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from upwell.crossover import standings, worths
from upwell.crossover.draws import drawn, sizes
from upwell.data.labelled import Row
from upwell.records import Cell, Crossing

TESTED = 300


def cells(
    way: str, accuracy: dict[int, float], seeds: int = 3, dice_seed: int = 0, params: int = 9
):
    dice = np.random.default_rng(dice_seed)
    for rows, share in accuracy.items():
        for seed in range(seeds):
            bits = "".join("01"[bit] for bit in (dice.random(TESTED) < share).astype(int))
            yield Cell(way=way, model="m", params=params, rows=rows, seed=seed, right=bits,
                       make_flops=1.0)  # fmt: skip


def crossing(*some, rows=(8, 32, 128, 512)) -> Crossing:
    return Crossing(
        name="x", data="x.csv", test="test.csv", tested=TESTED, labels=("a", "b"), available=512,
        rows=rows, shots=(0, 8), seeds=3, models=("m",),
        cells=tuple(cell for each in some for cell in each),
    )  # fmt: skip


def test_a_planted_crossing_is_found_and_a_tie_is_not_told():
    head = cells("head", {8: 0.75, 32: 0.8, 128: 0.82, 512: 0.83}, dice_seed=1)
    full = cells("full", {8: 0.55, 32: 0.65, 128: 0.82, 512: 0.93}, dice_seed=2)
    found = standings(crossing(head, full))
    assert [one.contenders[0].way for one in found if one.tells] == ["head", "head", "full"]
    assert [one.tells for one in found] == [True, True, False, True]
    assert found[0].gain == pytest.approx(0.2, abs=0.06)
    assert [[each.tied for each in one.contenders] for one in found] == [
        [True, False], [True, False], [True, True], [True, False],
    ]  # fmt: skip
    assert found[0].low < found[0].gain < found[0].high


def test_ways_that_are_equal_are_hardly_ever_told_apart():
    told = 0
    for seed in range(40):
        same = (
            cells(way, {8: 0.7}, dice_seed=10 * seed + i) for i, way in enumerate(("head", "full"))
        )
        told += standings(crossing(*same, rows=(8,)))[0].tells
    assert told <= 6


def test_a_prompt_stands_with_the_most_examples_that_there_are():
    prompt = cells("in_context", {0: 0.4, 8: 0.6, 32: 0.7})
    head = cells("head", {16: 0.5, 512: 0.9}, dice_seed=5)
    found = standings(crossing(prompt, head, rows=(16, 512)))
    by = [{one.way: one for one in each.contenders} for each in found]
    assert [each["in_context"].rows for each in by] == [8, 32]
    assert found[0].contenders[0].way == "in_context"


def test_what_was_not_measured_is_not_zero():
    broken = [Cell(way="lora", model="m", params=9, rows=8, seed=0, reason="too few")]
    head = cells("head", {8: 0.75})
    (one,) = standings(crossing(broken, head, rows=(8,)))
    assert [each.way for each in one.contenders] == ["head"]
    assert (one.gain, one.tells) == (None, False)


def test_a_power_law_of_errors_tells_what_labels_are_worth():
    rows = (50, 100, 200, 400)
    law = {n: 1 - 1.5 * n**-0.5 for n in rows}
    (one,) = worths(crossing(cells("full", law, seeds=5), rows=rows))
    truth = 1.5 * (400**-0.5 - 500**-0.5)
    assert one.gain is not None, one.why
    assert one.low <= truth <= one.high


def test_a_curve_that_breaks_is_not_believed():
    rows = (50, 100, 200, 400)
    flat = {50: 0.5, 100: 0.5, 200: 0.5, 400: 0.95}
    (one,) = worths(crossing(cells("full", flat, seeds=5), rows=rows))
    assert one.gain is None
    assert "do not foretell" in one.why
    (one,) = worths(crossing(cells("full", dict.fromkeys(rows, 0.6), seeds=3), rows=rows))
    assert one.gain is None
    (one,) = worths(crossing(cells("full", {8: 0.5, 16: 0.6}), rows=(8, 16)))
    assert "too few" in one.why


def test_draws_are_nested_and_balanced():
    rows = [Row(i, (f"text {i}",), ("abc"[i % 3],)) for i in range(60)]
    order = drawn(rows, 0)
    assert drawn(rows[::-1], 0) == order
    assert drawn(rows, 1) != order
    for count in (3, 9, 30):
        assert {sum(row.labels == (name,) for row in order[:count]) for name in "abc"} == {
            count // 3
        }
    assert sizes(100) == (8, 16, 32, 64, 100)
    assert sizes(100, (10, 500)) == (10, 100)
