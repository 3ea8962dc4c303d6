"""Variance planted in items, draws and templates is estimated there, and nowhere else."""

import numpy
import pytest

from upwell.evaluation.task_files.variance import split_variance


def plant(items=0.0, draws=0.0, templates=0.0, rest=1.0, shape=(400, 12, 1, 8), seed=0):
    rng = numpy.random.default_rng(seed)
    size_I, size_D, _, size_T = shape
    return (
        items * rng.normal(size=(size_I, 1, 1, 1))
        + draws * rng.normal(size=(1, size_D, 1, 1))
        + templates * rng.normal(size=(1, 1, 1, size_T))
        + rest * rng.normal(size=shape)
    )


def test_planted_variances_are_estimated():
    components = [
        split_variance(plant(items=2, draws=0.5, templates=0.8, seed=seed)) for seed in range(40)
    ]
    mean = {
        name: numpy.mean([each.variances[name] for each in components])
        for name in components[0].variances
    }
    assert mean["items"] == pytest.approx(4, rel=0.05)
    assert mean["draws"] == pytest.approx(0.25, rel=0.25)
    assert mean["templates"] == pytest.approx(0.64, rel=0.25)
    assert mean["rest"] == pytest.approx(1, rel=0.02)


def test_without_the_plant_there_is_none():
    components = [split_variance(plant(items=1, seed=seed)).variances for seed in range(40)]
    assert abs(numpy.mean([each["draws"] for each in components])) < 0.002
    assert abs(numpy.mean([each["templates"] for each in components])) < 0.002


def test_the_standard_error_is_the_spread_of_means():
    components = [
        split_variance(plant(items=1, draws=0.4, templates=0.3, seed=s)) for s in range(300)
    ]
    error = numpy.sqrt(numpy.mean([each.stderr**2 for each in components]))
    assert error == pytest.approx(numpy.std([each.value for each in components]), rel=0.12)


def test_one_condition_gives_the_standard_error_of_a_mean():
    cells = plant(shape=(50, 1, 1, 1))
    components = split_variance(cells)
    assert components.stderr == pytest.approx(cells.std(ddof=1) / numpy.sqrt(50))
    assert set(components.variances) == {"items"}


def test_a_single_answer_has_no_error():
    assert split_variance(numpy.ones((1, 1, 1, 1))).stderr is None


def test_a_factor_of_one_level_has_no_variance():
    assert "orders" not in split_variance(plant()).variances
