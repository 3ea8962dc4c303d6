"""The four classes of functions: each what it says, with values of variance 1."""

import numpy as np
import pytest

from upwell.data import load_task_source
from upwell.data.sources.functions import FUNCTION_KINDS
from upwell.errors import SpecError
from upwell.records import DataSpec


def episodes(tasks, context, split="train", seed=0, **options):
    task_source = load_task_source(DataSpec(source="functions", options=options))
    return task_source.episodes(np.array(tasks), split, context, np.random.default_rng(seed))


def linear_fits(**options):
    """Weights of a linear fit to a function each, and its mean squared residual."""
    rows = episodes(range(8), 60, **options)
    for x, y in zip(rows["features"], rows["target"], strict=True):
        weight = np.linalg.lstsq(x, y, rcond=None)[0]
        yield weight, float(np.mean((x @ weight - y) ** 2))


@pytest.mark.parametrize("kind", FUNCTION_KINDS)
def test_values_have_variance_one(kind) -> None:
    values = episodes(range(3000), 4, kind=kind)["target"]
    assert values.var() == pytest.approx(1, abs=0.12)


def test_linear_and_sparse_functions_are_linear_and_the_others_are_not() -> None:
    assert max(residual for _, residual in linear_fits(kind="linear")) < 1e-6
    for weight, residual in linear_fits(kind="sparse"):
        assert residual < 1e-6
        assert (np.abs(weight) > 1e-3).sum() <= 2
    assert min(residual for _, residual in linear_fits(kind="network")) > 1e-3
    assert np.mean([residual for _, residual in linear_fits(kind="tree")]) > 0.1


def test_a_tree_has_as_many_values_as_leaves_at_most() -> None:
    values = episodes([0], 2000, kind="tree", depth=3)["target"][0]
    assert 2 <= len(np.unique(values)) <= 8


def test_noise_is_added_to_every_value() -> None:
    assert np.mean([residual for _, residual in linear_fits(noise=0.5)]) == pytest.approx(
        0.25, abs=0.08
    )


def test_a_function_keeps_its_weights_and_the_other_split_has_others() -> None:
    def weight(seed, split="train"):
        rows = episodes([3], 10, split, seed)
        return np.linalg.lstsq(rows["features"][0], rows["target"][0], rcond=None)[0]

    assert np.allclose(weight(0), weight(1), atol=1e-4)
    assert not np.allclose(weight(0), weight(0, "test"), atol=0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "cubic"}, "kind is one of linear, sparse, network, tree, found 'cubic'"),
        ({"nonzero": 6}, "6 of 5"),
        ({"noise": -1}, "noise is -1, expected at least 0"),
    ],
)
def test_what_cannot_be_is_reported(options, message) -> None:
    with pytest.raises(SpecError, match=message):
        episodes([0], 4, **options)
