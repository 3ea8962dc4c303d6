"""A simple rule forecasts a family where it did better on earlier rungs, and only there."""

import numpy as np
import pytest

from upwell.emergence import forecast
from upwell.emergence.forecasting.simple_rules import RULES, choose_rule, last_plus_slope

from ..planted import curve, slope, table

CUTS = np.arange(10)


def choose(pooled: np.ndarray, slope_errors: np.ndarray, ladder: np.ndarray | None = None) -> str:
    errors = np.stack([np.full_like(slope_errors, 0.2), slope_errors], axis=1)
    ladders = np.zeros(pooled.size, dtype=np.intp) if ladder is None else ladder
    choice = choose_rule(pooled, errors, ladders, CUTS[: pooled.size])
    return "pooled" if choice is None else choice.name


def test_a_line_is_followed_for_half_of_its_slope() -> None:
    x = np.arange(8.0)
    assert last_plus_slope(x, 0.1 * x, 9.0) == pytest.approx(0.7 + 0.5 * 0.2)


def test_the_rule_with_clearly_smaller_errors_is_chosen() -> None:
    rng = np.random.default_rng(0)
    assert choose(rng.uniform(0.04, 0.06, 10), rng.uniform(0.01, 0.03, 10)) == "last plus slope"


def test_no_rule_is_chosen_within_chance() -> None:
    rng = np.random.default_rng(0)
    chosen = [choose(*rng.uniform(0, 0.1, (2, 10))) for _ in range(400)]
    # One-sided at .05.
    assert 0.01 < np.mean([name != "pooled" for name in chosen]) < 0.1


def test_no_rule_is_chosen_on_a_few_cuts() -> None:
    assert choose(np.full(5, 0.05), np.full(5, 0.01)) == "pooled"


def test_errors_of_one_ladder_count_once_where_there_are_several() -> None:
    # One ladder of six gains much, and the others lose a little.
    ladder = np.repeat(np.arange(6), 5)
    gain = np.where(ladder == 0, 0.05, -0.002)
    rungs = np.tile(np.arange(5), 6)
    errors = np.stack([np.full(30, 0.2), 0.1 - gain], axis=1)
    assert choose_rule(np.full(30, 0.1), errors, ladder, rungs) is None


def test_a_long_saturating_curve_is_continued_by_its_slope() -> None:
    def power_law(scale: float) -> float:
        return float(0.9 - 0.8 * (scale / 1e6) ** -0.5)

    scales = np.geomspace(1e6, 1e10, 40)
    rows = curve(power_law, scales=scales[:34], noise=0.0005, seed=1)
    (made,) = forecast(table(rows), targets=float(scales[36]))
    assert made.method == "last plus slope"
    assert "earlier rungs" in made.explanation
    assert made.interval_low < power_law(scales[36]) < made.interval_high


def test_noisy_ladders_keep_the_pooled_forecast() -> None:
    rows = [r for i in range(10) for r in curve(slope(0.3, 0.4), ability=str(i), items=100, seed=i)]
    assert {f.method for f in forecast(table(rows), targets=1e11)}.isdisjoint(RULES)
