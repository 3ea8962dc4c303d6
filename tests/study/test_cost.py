from dataclasses import replace

import pytest

from upwell.models import load_family
from upwell.records import ModelSpec
from upwell.study import build_runs, estimate_cost, workload

from .samples import DECODERS, TOYS

(RUN, *_, LARGE) = build_runs(DECODERS)
STEP = 8 * 48


def test_a_trunk_and_its_branches_cost_less_than_separate_runs():
    found = workload(RUN)
    assert found.trunk == pytest.approx(0.8 * 120_000, rel=0.01)
    assert found.total_tokens == pytest.approx(0.8 * 120_000 + 0.2 * (60_000 + 120_000), rel=0.01)
    assert found.total_tokens < 60_000 + 120_000


def test_tokens_trained_are_counted_along_trunk_and_branches():
    found = workload(RUN)
    start, end = found.branches[60_000]
    assert found.trained_tokens({}) == 0
    assert found.trained_tokens({0: 5 * STEP}) == 5 * STEP
    assert found.trained_tokens({60_000: start + STEP}) == start + STEP
    assert found.trained_tokens({0: start, 60_000: end}) == end
    last = {60_000: end, 120_000: found.branches[120_000][1], 0: found.trunk}
    assert found.trained_tokens(last) == found.total_tokens


def test_compute_is_six_flops_a_parameter_and_token_and_a_little():
    bare = replace(RUN, abilities=())
    per_token = estimate_cost(bare).flops / workload(RUN).total_tokens
    params = 98 * 16 + 4 * 16**2 + 3 * 16 * 48
    assert 6 * params <= per_token <= 8 * params


def test_a_larger_model_costs_more_of_everything():
    small, large = estimate_cost(RUN), estimate_cost(LARGE)
    assert small.flops < large.flops
    assert small.seconds < large.seconds
    assert small.disk_bytes < large.disk_bytes
    assert small.memory_bytes < large.memory_bytes


def test_a_faster_machine_needs_less_time_and_the_same_compute():
    slow, fast = estimate_cost(RUN, peak_flops=1e9), estimate_cost(RUN, peak_flops=1e12)
    assert slow.flops == fast.flops
    assert slow.seconds > fast.seconds > 0


def test_a_family_without_weights_trains_nothing():
    run = build_runs(TOYS)[0]
    assert workload(run).total_tokens == 0
    assert estimate_cost(run).flops == 0
    assert estimate_cost(run).seconds > 0


def test_an_image_costs_what_its_kernels_cost_and_not_what_a_token_would():
    """The family counts layers and activations itself; an item that is asked is one image."""
    recipe = replace(RUN.recipe, context_length=1, batch_size=100)
    spec = ModelSpec(
        family="resnet", hparams={"image_size": 32, "channels": 3, "num_classes": 10, "width": 16}
    )
    images = replace(RUN, model=spec, recipe=recipe, abilities=("test_examples",))
    size = load_family("resnet").count(spec, 1)
    asked = 1000 * (len(images.milestones) + 1) * size.flops_per_token / 3
    assert estimate_cost(images).flops == pytest.approx(
        size.flops_per_token * workload(images).total_tokens + asked
    )
    more = replace(images, recipe=replace(recipe, batch_size=200))
    assert (
        estimate_cost(more).memory_bytes - estimate_cost(images).memory_bytes
        == 100 * size.activations
    )
    assert size.activations > 4 * 16 * 32 * 32 * 3
