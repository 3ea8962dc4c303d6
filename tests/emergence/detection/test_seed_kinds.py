"""Seeds that differ in kind are counted, alike for rises and falls; noise between seeds is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from upwell.emergence import judge
from upwell.records import Verdict

from ..planted import SCALES, row, slope, step, table

Truth = Callable[[float], float]


def rows(
    truths: list[Truth],
    *,
    rng_seed: int = 0,
    items: int = 200,
    seed_sd: float = 0.0,
    metric: str = "accuracy",
    ability: str = "a",
) -> list[dict[str, object]]:
    """One truth for each seed; with `seed_sd`, every model also deviates by itself."""
    rng = np.random.default_rng(rng_seed)
    return [
        row(model=f"m{scale:.0f}", params=scale, ability=ability, metric=metric, seed=seed,
            value=float(rng.binomial(items, np.clip(truth(scale) + seed_sd * rng.normal(), 0, 1))
                        / items), items=items)
        for seed, truth in enumerate(truths)
        for scale in SCALES
    ]  # fmt: skip


def judge_one(truths: list[Truth], **options: object) -> Verdict:
    (verdict,) = judge(table(rows(truths, **options)), with_fits=False)
    return verdict


RISE, LOW, HIGH, FALL = (
    step(3e8, 0.1, 0.9),
    lambda _: 0.1,
    lambda _: 0.9,
    step(3e8, 0.9, 0.1),
)


@pytest.mark.parametrize("rng_seed", range(5))
@pytest.mark.parametrize("count", [1, 2])
def test_some_of_three_seeds_that_rise_are_counted(count: int, rng_seed: int) -> None:
    verdict = judge_one([RISE] * count + [LOW] * (3 - count), rng_seed=rng_seed)
    assert (verdict.seeds, verdict.seeds_jump_up, verdict.seeds_jump_down) == (3, count, 0)
    assert verdict.kind in ("undecided", "emergent")
    assert f"{count} of 3 seeds jump" in verdict.explanation
    assert "steadily" not in verdict.explanation


@pytest.mark.parametrize("rng_seed", range(5))
@pytest.mark.parametrize("count", [1, 2])
def test_some_of_three_seeds_that_fall_are_counted(count: int, rng_seed: int) -> None:
    verdict = judge_one([FALL] * count + [HIGH] * (3 - count), rng_seed=rng_seed)
    assert (verdict.seeds, verdict.seeds_jump_up, verdict.seeds_jump_down) == (3, 0, count)
    assert verdict.kind in ("undecided", "inverse")
    assert f"{count} of 3 seeds jump" in verdict.explanation or verdict.kind == "inverse"


def test_one_seed_of_three_is_undecided_in_both_directions() -> None:
    for truths, direction in (([RISE, LOW, LOW], ""), ([FALL, HIGH, HIGH], " down")):
        verdict = judge_one(truths)
        assert verdict.kind == "undecided"
        assert f"1 of 3 seeds jumps{direction} by 0.8" in verdict.explanation
        assert "the others do not" in verdict.explanation


def test_seeds_that_all_jump_leave_an_emergent_ability() -> None:
    verdict = judge_one([RISE] * 3)
    assert verdict.kind == "emergent"
    assert verdict.explanation.endswith("; 3 of 3 seeds jump")


def test_seeds_that_all_fall_leave_an_inverse_ability() -> None:
    verdict = judge_one([FALL] * 3)
    assert (verdict.kind, verdict.seeds_jump_down) == ("inverse", 3)


def test_seeds_that_jump_at_far_scales_are_emergent() -> None:
    verdict = judge_one([step(place, 0.1, 0.9) for place in (2e7, 2e8, 2e9)])
    assert verdict.kind == "emergent"
    assert "3 of 3 seeds jump by 0.8" in verdict.explanation
    assert "each at another scale" in verdict.explanation
    assert verdict.onset_low <= 2e7 and verdict.onset_high >= 2e9


def test_seeds_that_fall_at_far_scales_are_inverse() -> None:
    verdict = judge_one([step(place, 0.9, 0.1) for place in (2e7, 2e8, 2e9)])
    assert verdict.kind == "inverse"
    assert "3 of 3 seeds jump down" in verdict.explanation


def test_a_sharp_metric_is_made_where_its_seeds_jump_and_the_probability_does_not() -> None:
    sharp = rows([step(place, 0.1, 0.9) for place in (2e7, 2e8, 2e9)], metric="exact_match")
    calm = rows([slope(0.2, 0.8)] * 3, metric="choice_probability")
    verdict = {v.metric: v for v in judge(table(sharp + calm), with_fits=False)}["exact_match"]
    assert verdict.kind == "metric-made"


@pytest.mark.parametrize("seed_sd", [0.0, 0.03, 0.08])
def test_seeds_of_one_kind_are_not_told_apart(seed_sd: float) -> None:
    shapes = {"slope": slope(0.2, 0.8), "flat": lambda _: 0.4, "fall": slope(0.8, 0.3)}
    made = [
        line
        for number in range(20)
        for name, truth in shapes.items()
        for line in rows([truth] * 3, rng_seed=number, seed_sd=seed_sd, ability=f"{name}{number}")
    ]
    verdicts = judge(table(made), with_fits=False)
    assert sum("seeds jump" in v.explanation for v in verdicts) <= 1


def test_single_seeds_are_not_counted() -> None:
    verdict = judge_one([RISE])
    assert (verdict.seeds, verdict.seeds_jump_up) == (0, 0)
    assert "seed" not in verdict.explanation


def test_a_continuous_metric_whose_seeds_differ_does_not_make_a_jump_metric_made() -> None:
    sharp = rows([RISE] * 3, metric="exact_match")
    calm = rows([RISE, LOW, LOW], metric="choice_probability")
    verdict = {v.metric: v for v in judge(table(sharp + calm), with_fits=False)}["exact_match"]
    assert verdict.kind == "undecided"
    assert "1 of 3 seeds jumps" in verdict.explanation
