from dataclasses import replace

import pytest

from upwell.models import named
from upwell.records import ModelSpec
from upwell.study import cost, effort, runs_of

from .samples import DECODERS, TOYS

(RUN, *_, LARGE) = runs_of(DECODERS)
STEP = 8 * 48


def test_a_trunk_and_its_branches_cost_less_than_separate_runs():
    found = effort(RUN)
    assert found.trunk == pytest.approx(0.8 * 120_000, rel=0.01)
    assert found.total == pytest.approx(0.8 * 120_000 + 0.2 * (60_000 + 120_000), rel=0.01)
    assert found.total < 60_000 + 120_000


def test_tokens_trained_are_counted_along_trunk_and_branches():
    found = effort(RUN)
    start, end = found.branches[60_000]
    assert found.trained({}) == 0
    assert found.trained({0: 5 * STEP}) == 5 * STEP
    assert found.trained({60_000: start + STEP}) == start + STEP
    assert found.trained({0: start, 60_000: end}) == end
    last = {60_000: end, 120_000: found.branches[120_000][1], 0: found.trunk}
    assert found.trained(last) == found.total


def test_compute_is_six_flops_a_parameter_and_token_and_a_little():
    bare = replace(RUN, abilities=())
    per_token = cost(bare).flops / effort(RUN).total
    params = 98 * 16 + 4 * 16**2 + 3 * 16 * 48
    assert 6 * params <= per_token <= 8 * params


def test_a_larger_model_costs_more_of_everything():
    small, large = cost(RUN), cost(LARGE)
    assert small.flops < large.flops
    assert small.seconds < large.seconds
    assert small.bytes < large.bytes
    assert small.memory < large.memory


def test_a_faster_machine_needs_less_time_and_the_same_compute():
    slow, fast = cost(RUN, peak=1e9), cost(RUN, peak=1e12)
    assert slow.flops == fast.flops
    assert slow.seconds > fast.seconds > 0


def test_a_family_without_weights_trains_nothing():
    run = runs_of(TOYS)[0]
    assert effort(run).total == 0
    assert cost(run).flops == 0
    assert cost(run).seconds > 0


def test_an_image_costs_what_its_kernels_cost_and_not_what_a_token_would():
    """The family counts layers and activations itself; an item that is asked is one image."""
    recipe = replace(RUN.recipe, context=1, batch=100)
    spec = ModelSpec(family="resnet", size={"side": 32, "channels": 3, "classes": 10, "width": 16})
    images = replace(RUN, model=spec, recipe=recipe, abilities=("held_out",))
    size = named("resnet").count(spec, 1)
    asked = 1000 * (len(images.milestones) + 1) * size.flops_per_token / 3
    assert cost(images).flops == pytest.approx(size.flops_per_token * effort(images).total + asked)
    more = replace(images, recipe=replace(recipe, batch=200))
    assert cost(more).memory - cost(images).memory == 100 * size.activations
    assert size.activations > 4 * 16 * 32 * 32 * 3
