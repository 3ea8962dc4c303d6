"""A verdict says what was planted, and nothing that was not."""

import re

import numpy as np
import pytest

from upwell.emergence import judge
from upwell.errors import DataError
from upwell.records import VERDICT_KINDS, Table

from ..planted import SCALES, curve, row, slope, step, table


def kinds(made: Table, **asked: object) -> dict[str, str]:
    return {v.metric: v.kind for v in judge(made, **asked)}


def test_planted_step_is_found_and_bracketed() -> None:
    verdict = judge(table(curve(step(3e8, 0.1, 0.7))))[0]
    assert verdict.kind == "emergent"
    assert verdict.onset_low <= 3e8 <= verdict.onset_high
    assert verdict.onset_high / verdict.onset_low < 20


def test_planted_slope_is_not_called_a_step() -> None:
    verdict = judge(table(curve(slope(0.1, 0.7))))[0]
    assert verdict.kind == "smooth"
    assert verdict.onset is None


def test_a_sharp_metric_alone_leaves_the_question_open() -> None:
    assert "cannot be told apart" in judge(table(curve(step(3e8, 0.0, 0.8))))[0].explanation


def test_smooth_log_probability_under_a_jump_of_exact_match_is_metric_made() -> None:
    sharp = curve(step(3e8, 0.0, 0.8), metric="exact_match")
    calm = curve(slope(-9.0, -1.0), metric="log_probability", noise=0.1)
    assert kinds(table(sharp + calm)) == {"exact_match": "metric-made", "log_probability": "smooth"}


def test_a_jump_of_both_metrics_is_emergent() -> None:
    sharp = curve(step(3e8, 0.0, 0.8), metric="exact_match")
    calm = curve(step(3e8, -9.0, -1.0), metric="log_probability", noise=0.1)
    assert set(kinds(table(sharp + calm)).values()) == {"emergent"}


def doubtful() -> list[dict[str, object]]:
    """Like prose in bits per byte over a ladder whose depth doubles in the middle."""
    values = (3.753, 3.609, 3.500, 3.190, 3.001, 2.849)
    spread = (0.068, 0.054, 0.114, 0.081, 0.037, 0.064)
    return [
        row(model=f"m{i}", params=1e4 * 2**i, ability="text", metric="bits_per_byte",
            value=value + seed * extent, seed=seed, items=64)
        for i, (value, extent) in enumerate(zip(values, spread, strict=True))
        for seed in (-1, 0, 1)
    ]  # fmt: skip


def test_a_doubtful_jump_does_not_ride_on_certain_ones() -> None:
    certain = [r for i in range(18) for r in curve(step(3e8, 0.1, 0.8), ability=str(i), seed=i)]
    said = {v.ability: v for v in judge(table(certain + doubtful()))}
    assert [said[str(i)].kind for i in range(18)] == ["emergent"] * 18
    assert said["text"].probability > 0.5
    assert said["text"].kind == "undecided"


def test_what_looks_like_a_jump_and_is_not_called_one_says_why() -> None:
    unsure = [
        v
        for seed in range(60)
        for v in judge(table(curve(step(3e8, 0.2, 0.4), items=46, seed=seed)), with_fits=False)
        if v.probability is not None and 0.5 < v.probability < 0.67
    ]
    assert unsure
    assert {v.kind for v in unsure} == {"undecided"}
    assert all("a jump is called from 67%" in v.explanation for v in unsure)


def test_undecided_abilities_with_other_numbers_have_other_explanations() -> None:
    """Few rungs, few items, doubtful jumps: each one says its own numbers."""
    rows = [
        r
        for rungs, items in ((2, 50), (3, 50), (4, 50), (4, 80))
        for r in curve(
            step(3e8, 0.1, 0.9), scales=SCALES[:rungs], items=items, ability=f"short{rungs}-{items}"
        )
    ]
    for seed in range(60):
        rows += curve(step(3e8, 0.2, 0.4), items=46, seed=seed, ability=f"doubtful{seed}")
        rows += curve(slope(0.45, 0.5), items=40, seed=seed, ability=f"noisy{seed}")
    undecided = [v for v in judge(table(rows), with_fits=False) if v.kind == "undecided"]
    numbers = {(v.probability, v.items, v.models) for v in undecided}
    assert len(undecided) > 30
    assert len({v.explanation for v in undecided}) == len(numbers)
    assert all(re.search(r"\d+ rungs", v.explanation) for v in undecided)


def test_a_constant_is_flat_and_a_fall_is_inverse() -> None:
    assert kinds(table(curve(lambda _: 0.5, items=1000)))["accuracy"] == "flat"
    assert kinds(table(curve(slope(0.7, 0.3), items=1000)))["accuracy"] == "inverse"


def test_a_fall_and_a_rise_are_u_shaped() -> None:
    middle = np.log(SCALES[4])
    turned = table(curve(lambda s: 0.3 + 0.1 * abs(np.log(s) - middle), items=1000))
    assert kinds(turned)["accuracy"] == "u-shaped"


def test_a_metric_that_is_better_lower_is_turned_around() -> None:
    falling = table(curve(slope(3.0, 1.0), metric="loss", noise=0.02))
    assert kinds(falling)["loss"] == "smooth"


def test_few_rungs_are_undecided() -> None:
    verdict = judge(table(curve(step(3e8, 0.1, 0.9), scales=SCALES[:4])))[0]
    assert verdict.kind == "undecided"
    assert "4 rungs" in verdict.explanation


def test_missing_values_are_counted_and_are_not_zeros() -> None:
    rows = curve(slope(0.2, 0.8))
    gone = [row(model="gone", params=2e7, ability="a", value=None, reason="out of memory")]
    verdict = judge(table(rows + gone))[0]
    assert (verdict.kind, verdict.missing, verdict.models) == ("smooth", 1, len(SCALES))


def test_unknown_metrics_are_not_guessed() -> None:
    assert judge(table(curve(slope(0.2, 0.8), metric="vibes"))) == []


def test_the_largest_budget_of_a_rung_counts() -> None:
    full = curve(lambda _: 0.5, items=2000, tokens=1e9)
    early = curve(step(3e8, 0.0, 0.9), tokens=1e8)
    assert kinds(table(full + early))["accuracy"] == "flat"


def test_an_axis_that_is_no_column_lists_the_choices() -> None:
    with pytest.raises(DataError, match="params"):
        judge(table(curve(slope(0.1, 0.9))), axis="colour")


def test_every_verdict_carries_its_fits() -> None:
    verdict = judge(table(curve(slope(0.1, 0.7))))[0]
    forms = {fit.curve: fit for fit in verdict.fits}
    assert set(forms) == {"flat", "linear", "power", "logistic", "step", "bnsl"}
    assert forms["linear"].loo_mse < forms["flat"].loo_mse
    low, high = forms["linear"].interval["height"]
    assert low < forms["linear"].params["height"] < high


def test_kinds_are_those_that_were_promised() -> None:
    rng = np.random.default_rng(0)
    rows = [
        r
        for i in range(40)
        for r in curve(slope(*rng.uniform(0, 1, 2)), ability=str(i), items=50, seed=i)
    ]
    assert {v.kind for v in judge(table(rows))} <= set(VERDICT_KINDS)
