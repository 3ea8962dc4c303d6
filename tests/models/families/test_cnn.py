"""The convolutional network against its own arithmetic."""

import numpy as np
import pytest
import torch

from upwell import models
from upwell.errors import DataError, SpecError
from upwell.models.families.cnn import build, count, parse_config
from upwell.records import ModelSpec, Train
from upwell.train.flat_params import FlatParams


def spec(**size) -> ModelSpec:
    shown = {"image_size": 8, "channels": 1, "num_classes": 10, "width": 4}
    return ModelSpec(family="cnn", hparams={**shown, **size})


@pytest.mark.parametrize(("side", "last"), [(8, 4), (28, 7), (32, 8)])
def test_parameters_and_pixels_are_those_that_are_counted(side, last) -> None:
    asked = spec(image_size=side, depth=2, channels=3)
    network = build(asked, Train(), 0)
    assert count(asked, 1).params == sum(p.numel() for p in network.parameters())
    assert parse_config(asked).convs[-1].output_size == last
    assert network({"image": torch.zeros(2, side, side, 3, dtype=torch.uint8)}).shape == (2, 10)


def test_bytes_are_those_of_what_is_stored() -> None:
    stored = build(spec(), Train(), 0).state_dict().values()
    assert count(spec(), 1).bytes == sum(t.numel() * t.element_size() for t in stored)


def test_flops_are_those_of_its_products() -> None:
    """8 x 8 pixels x 3 x 3 x 1 x 4, then 4 x 4 x 3 x 3 x 4 x 8, then 8 + 1 by 10: forward 2 FLOPs
    each, backward 4."""
    products = 64 * 9 * 4 + 16 * 9 * 32 + 90
    assert count(spec(), 1).flops_per_token == 6 * products


def test_an_untrained_network_gives_all_classes_the_same_probability() -> None:
    batch = {"image": torch.zeros(5, 8, 8, 1, dtype=torch.uint8), "label": torch.arange(5)}
    loss = build(spec(), Train(), 0).losses(batch, batch)["loss"].item()
    assert loss == pytest.approx(np.log(10), abs=1e-6)


def test_what_is_moved_by_a_step_of_pooling_is_seen_as_the_same() -> None:
    """A kernel serves every place, as no layer of a perceptron does."""
    network = build(spec(image_size=24, stages=2), Train(), 0).eval()
    torch.nn.init.normal_(network.head.linear.weight)
    image = torch.full((3, 24, 24, 1), 127, dtype=torch.uint8)
    image[0, 8:10, 8:9], image[1, 12:14, 10:11], image[2, 8:9, 8:10] = 200, 200, 200
    first, moved, turned = network({"image": image}).detach()
    torch.testing.assert_close(first, moved)
    assert (first - turned).abs().max() > 1e-3


def test_kernels_keep_their_channels_last_where_they_are_trained() -> None:
    """Their gradients come so; put into another order, a step of a ResNet-18 took 10 % more."""
    network = build(spec(), Train(), 0)
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    flat = FlatParams(network, network.param_roles())
    for name, p in network.named_parameters():
        torch.testing.assert_close(p.detach(), before[name], rtol=0, atol=0)
        assert p.stride() == p.grad.stride() == before[name].stride()
    kernel = network.layers[1].conv.weight
    assert kernel.is_contiguous(memory_format=torch.channels_last) and not kernel.is_contiguous()
    flat.weight.zero_()
    assert not kernel.any()


def test_mixed_images_weigh_both_labels() -> None:
    network = build(spec(), Train(), 0).eval()
    torch.nn.init.normal_(network.head.linear.weight)
    image = torch.randint(0, 256, (3, 8, 8, 1), dtype=torch.uint8)
    first, other = torch.tensor([0, 1, 2]), torch.tensor([3, 4, 5])
    share = torch.tensor([1.0, 0.25, 0.0])
    mixed = {"image": image, "label": first, "mixup_label": other, "mixup_weight": share}
    log = network({"image": image}).log_softmax(-1)
    rows = torch.arange(3)
    expected = -(share * log[rows, first] + (1 - share) * log[rows, other]).mean()
    torch.testing.assert_close(network.losses(mixed, mixed)["loss"], expected)


def test_images_of_another_size_are_one_sentence() -> None:
    with pytest.raises(DataError, match="data have 9x9x1 and the model reads images of 8x8x1"):
        build(spec(), Train(), 0)({"image": torch.zeros(1, 9, 9, 1, dtype=torch.uint8)})


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"stages": 5}, "5 stages halve an image of 8 pixels"),
        ({"sides": 2}, "no hyperparameter 'sides'"),
    ],
)
def test_a_wrong_hyperparameter_is_one_sentence(size, message) -> None:
    with pytest.raises(SpecError, match=message):
        models.load_family("cnn").count(spec(**size), 1)
