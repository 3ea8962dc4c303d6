"""The two networks of a GAN: what each learns from, and what they make."""

import math

import numpy as np
import pytest
import torch

from upwell import models
from upwell.errors import DataError, SpecError
from upwell.models.answering import Instance, Sampling, Unanswered
from upwell.records import ModelSpec, Train


def spec(**size) -> ModelSpec:
    return ModelSpec(family="gan", size={"side": 8, "channels": 1, "width": 4, **size})


def built(**size):
    return models.named("gan").build(spec(**size), Train(), 0)


def batch(rows=6, side=8, channels=1):
    dice = torch.Generator().manual_seed(0)
    shape = (rows, side, side, channels)
    return {"image": torch.randint(0, 256, shape, generator=dice, dtype=torch.uint8)}


@pytest.mark.parametrize("size", [{}, {"side": 28, "width": 6, "latent": 5}, {"channels": 3}])
def test_parameters_and_bytes_are_those_that_are_counted(size) -> None:
    counted, network = models.named("gan").count(spec(**size), 1), built(**size)
    assert counted.params == sum(p.numel() for p in network.parameters())
    held = network.state_dict().values()
    assert counted.bytes == sum(t.numel() * t.element_size() for t in held)


@pytest.mark.parametrize(("loss", "learns"), [("judge", "judge"), ("maker", "maker")])
def test_each_loss_teaches_its_own_network_alone(loss, learns) -> None:
    network = built()
    network.losses(batch(), batch())[loss].backward()
    for name, parameter in network.named_parameters():
        taught = parameter.grad is not None and bool(parameter.grad.any())
        assert taught == name.startswith(learns), name


def test_one_step_on_the_sum_is_a_step_on_each() -> None:
    def gradients(pick):
        network = built()
        torch.manual_seed(1)
        losses = network.losses(batch(), batch())
        pick(losses).backward()
        return {name: p.grad for name, p in network.named_parameters() if p.grad is not None}

    both = gradients(lambda losses: losses["judge"] + losses["maker"])
    apart = gradients(lambda losses: losses["judge"]) | gradients(lambda losses: losses["maker"])
    assert both.keys() == apart.keys()
    for name, gradient in both.items():
        torch.testing.assert_close(gradient, apart[name])


def test_losses_where_nothing_can_be_told_are_those_of_even_odds() -> None:
    network = built()
    with torch.no_grad():
        network.judge.last.weight.zero_()
    losses = network.losses(batch(), batch())
    assert losses["judge"].item() == pytest.approx(2 * math.log(2), abs=1e-6)
    assert losses["maker"].item() == pytest.approx(math.log(2), abs=1e-6)


def test_noise_comes_from_the_dice_that_the_trainer_throws() -> None:
    network = built()

    def loss(seed):
        torch.manual_seed(seed)
        return network.losses(batch(), batch())["maker"].item()

    assert loss(0) == loss(0) != loss(1)


def test_images_are_the_same_for_the_same_seed_and_of_the_asked_shape() -> None:
    answerer = built(side=28, channels=3).answerer(None)
    assert isinstance(answerer, Sampling)
    first, again, other = (answerer.samples(300, seed) for seed in (0, 0, 1))
    assert first.shape == (300, 28, 28, 3) and first.dtype == np.uint8
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.array_equal(first[:5], answerer.samples(300, 0)[:5])


def test_what_it_is_asked_in_words_gets_a_reason() -> None:
    answerer = built().answerer(None)
    shown = Instance({"image": np.zeros((8, 8, 1), dtype=np.uint8)})
    for found in (answerer.logprobs([(shown, "1")]), answerer.say([shown], 1, None)):
        assert isinstance(found[0], Unanswered)


def test_other_images_and_sides_that_cannot_be_halved_are_told() -> None:
    with pytest.raises(DataError, match="28x28x1 and the model reads images of 8x8x1"):
        built().losses(batch(side=28), batch(side=28))
    with pytest.raises(SpecError, match="30 pixels cannot be halved 2 times"):
        models.named("gan").count(spec(side=30), 1)
