"""The two networks of a GAN: what each learns from, and what they make."""

import math

import numpy as np
import pytest
import torch

from upwell import models
from upwell.errors import DataError, SpecError
from upwell.models.families.gan import as_lm
from upwell.models.protocols import ArrayInput, NoAnswer
from upwell.records import ModelSpec, Train


def spec(**size) -> ModelSpec:
    return ModelSpec(family="gan", hparams={"image_size": 8, "channels": 1, "width": 4, **size})


def built(**size):
    return models.load_family("gan").build(spec(**size), Train(), 0)


def batch(rows=6, image_size=8, channels=1):
    rng = torch.Generator().manual_seed(0)
    shape = (rows, image_size, image_size, channels)
    return {"image": torch.randint(0, 256, shape, generator=rng, dtype=torch.uint8)}


@pytest.mark.parametrize("size", [{}, {"image_size": 28, "width": 6, "latent": 5}, {"channels": 3}])
def test_parameters_and_bytes_are_those_that_are_counted(size) -> None:
    counted, network = models.load_family("gan").count(spec(**size), 1), built(**size)
    assert counted.params == sum(p.numel() for p in network.parameters())
    held = network.state_dict().values()
    assert counted.bytes == sum(t.numel() * t.element_size() for t in held)


@pytest.mark.parametrize("network_name", ["discriminator", "generator"])
def test_each_loss_trains_its_own_network_alone(network_name) -> None:
    network = built()
    network.losses(batch(), batch())[network_name].backward()
    for name, parameter in network.named_parameters():
        is_trained = parameter.grad is not None and bool(parameter.grad.any())
        assert is_trained == name.startswith(network_name), name


def test_one_step_on_the_sum_is_a_step_on_each() -> None:
    def gradients(pick):
        network = built()
        torch.manual_seed(1)
        losses = network.losses(batch(), batch())
        pick(losses).backward()
        return {name: p.grad for name, p in network.named_parameters() if p.grad is not None}

    both = gradients(lambda losses: losses["discriminator"] + losses["generator"])
    separate = {
        **gradients(lambda losses: losses["discriminator"]),
        **gradients(lambda losses: losses["generator"]),
    }
    assert both.keys() == separate.keys()
    for name, gradient in both.items():
        torch.testing.assert_close(gradient, separate[name])


def test_losses_at_chance_are_those_of_even_odds() -> None:
    network = built()
    with torch.no_grad():
        network.discriminator.last.weight.zero_()
    losses = network.losses(batch(), batch())
    assert losses["discriminator"].item() == pytest.approx(2 * math.log(2), abs=1e-6)
    assert losses["generator"].item() == pytest.approx(math.log(2), abs=1e-6)


def test_noise_comes_from_the_generator_of_the_trainer() -> None:
    network = built()

    def loss(seed):
        torch.manual_seed(seed)
        return network.losses(batch(), batch())["generator"].item()

    assert loss(0) == loss(0) != loss(1)


def test_images_are_the_same_for_the_same_seed_and_of_the_asked_shape() -> None:
    lm = as_lm(built(image_size=28, channels=3), None)
    first, again, other = (lm.samples(300, seed) for seed in (0, 0, 1))
    assert first.shape == (300, 28, 28, 3) and first.dtype == np.uint8
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.array_equal(first[:5], lm.samples(300, 0)[:5])


def test_text_questions_get_a_reason() -> None:
    lm = as_lm(built(), None)
    shown = ArrayInput({"image": np.zeros((8, 8, 1), dtype=np.uint8)})
    for found in (lm.token_logprobs([(shown, "1")]), lm.generate([shown], 1, None)):
        assert isinstance(found[0], NoAnswer)


def test_images_that_do_not_fit_are_one_sentence() -> None:
    with pytest.raises(DataError, match="28x28x1 and the model reads images of 8x8x1"):
        built().losses(batch(image_size=28), batch(image_size=28))
    with pytest.raises(SpecError, match="30 pixels cannot be halved 2 times"):
        models.load_family("gan").count(spec(image_size=30), 1)
