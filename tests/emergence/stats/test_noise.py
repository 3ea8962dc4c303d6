"""What seeds differ by is pooled over rungs and ladders, and widens what is forecast."""

import numpy as np
import pytest

from upwell.emergence import forecast
from upwell.emergence.stats.noise import (
    isotonic_residual_variance,
    moderate_variance,
    pool_seed_variance,
    shrink_variance,
)
from upwell.records import Forecast

from ..planted import row, table

RUNGS = np.geomspace(1e4, 3.7e5, 7)


def ladder(values: np.ndarray, ability: str) -> list[dict[str, object]]:
    """Rows of (rungs, seeds) values."""
    return [
        row(model=f"m{r}-{s}", params=RUNGS[r], seed=s, ability=ability, value=float(v), items=200)
        for r, seeds in enumerate(values)
        for s, v in enumerate(seeds)
    ]


def bimodal(rng: np.random.Generator, seeds: int) -> np.ndarray:
    """(rungs, seeds): every model of its own is through the threshold, or not."""
    logs = np.log(RUNGS)
    low, high = rng.uniform(0, 0.15), rng.uniform(0.6, 1)
    place, wander = rng.uniform(logs[1], logs[-1] - 0.3), rng.uniform(0.2, 0.8)
    own = place + wander * rng.normal(size=(len(logs), seeds))
    steep = rng.uniform(0.05, 0.3)
    p = low + (high - low) / (1 + np.exp(-np.clip((logs[:, None] - own) / steep, -50, 50)))
    return rng.binomial(200, p) / 200


def held(seeds: int, families: int) -> float:
    """Share of 90 % intervals that hold the mean over the seeds of the seventh rung."""
    hits = []
    for number in range(families):
        rng = np.random.default_rng(number)
        planted = {f"{i}x": bimodal(rng, seeds) for i in range(10)}
        rows = [r for name, values in planted.items() for r in ladder(values[:-1], name)]
        for f in forecast(table(rows), targets=float(RUNGS[-1])):
            hits.append(f.interval_low <= planted[f.ability][-1].mean() <= f.interval_high)
    return float(np.mean(hits))


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_intervals_hold_where_seeds_are_bimodal_near_a_threshold(seeds: int) -> None:
    assert 0.84 <= held(seeds, families=40) <= 0.95


def one(values: list[list[float]]) -> Forecast:
    return forecast(table(ladder(np.array(values), "a")), targets=float(RUNGS[-1]))[0]


def test_seeds_that_agree_at_the_last_rung_do_not_make_it_certain() -> None:
    start = [[0.1, 0.12, 0.11], [0.11, 0.1, 0.12], [0.13, 0.1, 0.12]]
    differed = one([*start, [0.8, 0.95, 0.3], [0.55, 0.95, 0.98], [0.9, 0.91, 0.89]])
    agreed = one([*start, [0.68, 0.69, 0.68], [0.83, 0.82, 0.83], [0.9, 0.91, 0.89]])
    assert differed.value - differed.interval_low > 1.3 * (agreed.value - agreed.interval_low)


def test_a_middle_beyond_the_ceiling_keeps_its_lower_side() -> None:
    made = one([[p] * 3 for p in (0.1, 0.3, 0.6, 0.9, 0.99, 1.0)])
    assert made.value <= 1.0
    assert made.interval_low < made.value - 0.02


def test_a_rung_leans_on_its_ladder() -> None:
    deviation, seeds = np.array([0.3, 0.0, np.nan]), np.array([3.0, 3.0, 1.0])
    variance = moderate_variance(deviation, seeds)
    assert variance == pytest.approx([(0.09 + 0.045) / 2, 0.045 / 2, 0.045])


def test_one_seed_a_rung_says_nothing_of_seeds() -> None:
    nothing = pool_seed_variance(np.full(4, np.nan), np.ones(4))
    assert np.isnan(nothing[0])
    assert nothing[1] == 0
    assert np.isnan(moderate_variance(np.full(4, np.nan), np.ones(4))).all()


def test_a_ladder_without_seeds_leans_on_those_that_have_them() -> None:
    lent = shrink_variance(np.array([0.04, np.nan]), np.array([12.0, 0.0]))
    assert lent[1] == pytest.approx(0.04)
    assert (shrink_variance(np.array([np.nan]), np.zeros(1)) == 0).all()


def test_single_models_scatter_about_a_curve_but_a_clean_step_does_not() -> None:
    item, weight = np.full(6, 0.01), np.ones(6)
    wild = isotonic_residual_variance(np.array([0.1, 0.9, 0.2, 0.8, 0.1, 0.9]), item, weight)
    step = isotonic_residual_variance(np.array([0.1, 0.1, 0.1, 0.9, 0.9, 0.9]), item, weight)
    assert wild[0] > 0.05
    assert step[0] == 0
