"""The residual network against transformers' ResNet, and its own promises."""

import numpy as np
import pytest
import torch

from upwell import models
from upwell.errors import ModelError, SpecError
from upwell.models.families.resnet import build, count, export, parse_config
from upwell.records import ModelSpec, Train

CLASSIC = {
    18: ({"blocks": "2,2,2,2"}, 11_689_512),
    34: ({"blocks": "3,4,6,3"}, 21_797_672),
    50: ({"blocks": "3,4,6,3", "block": "bottleneck"}, 25_557_032),
}
"""Dials, and the parameters that the paper's networks have for 1,000 classes."""


def spec(**size) -> ModelSpec:
    shown = {"image_size": 28, "channels": 1, "num_classes": 3, "width": 4}
    return ModelSpec(family="resnet", hparams={**shown, **size})


def large(**size) -> ModelSpec:
    return spec(stem="large", image_size=224, channels=3, **size)


def disturbed(network):
    """Every tensor drawn, so that no weight of zero hides another."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                draw = torch.rand(tensor.shape, generator=generator)
                tensor.copy_(0.5 + draw if "var" in name else (draw - 0.5) * 0.5)
    return network.eval()


@pytest.mark.parametrize("layers", CLASSIC)
def test_the_papers_networks_have_the_papers_parameters(layers) -> None:
    size, params = CLASSIC[layers]
    assert count(large(num_classes=1000, **{**size, "width": 64}), 1).params == params


@pytest.mark.parametrize("size", [{"blocks": "1,2"}, {"blocks": "2,1,1", "block": "bottleneck"}])
def test_parameters_and_logits_are_those_of_transformers_with_the_same_weights(size) -> None:
    transformers = pytest.importorskip("transformers")
    import json

    from safetensors.torch import load

    ours = disturbed(build(large(**size, num_classes=5), Train(), 0))
    files = export(ours, None).files
    config = transformers.ResNetConfig(**json.loads(files["config.json"]))
    theirs = transformers.ResNetForImageClassification(config).eval()
    theirs.load_state_dict(load(files["model.safetensors"]))
    counted = count(large(**size, num_classes=5), 1).params
    assert counted == sum(p.numel() for p in theirs.parameters())
    image = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), "uint8"))
    shown = (image.permute(0, 3, 1, 2).float() - 127.5) / 127.5
    with torch.inference_mode():
        torch.testing.assert_close(ours({"image": image}), theirs(shown).logits, atol=1e-5, rtol=0)
        assert ours({"image": image}).std() > 1e-3


def test_a_small_stem_has_no_class_to_export_to() -> None:
    with pytest.raises(ModelError, match="only a network with stem 'large'"):
        export(build(spec(), Train(), 0), None)


@pytest.mark.parametrize(
    ("size", "side"),
    [({}, 7), ({"depth": 2}, 7), ({"block": "bottleneck", "blocks": "1,2,1,1"}, 4)],
)
def test_parameters_and_pixels_are_those_that_are_counted(size, side) -> None:
    network = build(spec(**size), Train(), 0)
    assert count(spec(**size), 1).params == sum(p.numel() for p in network.parameters())
    assert parse_config(spec(**size)).convs[-1].output_size == side
    found = []
    network.head.register_forward_hook(lambda _, shown, __: found.append(shown[0].shape[-2:]))
    network({"image": torch.zeros(1, 28, 28, 1, dtype=torch.uint8)})
    assert found == [(side, side)]


def test_an_untrained_network_is_its_shortcuts_alone() -> None:
    image = {"image": torch.randint(0, 256, (2, 28, 28, 1), dtype=torch.uint8)}
    network = build(spec(depth=2), Train(), 0)
    inside = {}
    for place in (0, 1):
        network.blocks[place].register_forward_hook(
            lambda _, i, o, place=place: inside.update({place: (i[0].detach(), o.detach())})
        )
    network(image)
    before, after = inside[1]
    torch.testing.assert_close(before.relu(), after)
    assert before.std() > 0.1


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"blocks": "2;2"}, "blocks has a number for each stage"),
        ({"blocks": "2,0"}, "blocks has a number for each stage"),
        ({"blocks": "2,2", "depth": 2}, "depth or blocks, not both"),
        ({"stem": "tiny"}, "stem is one of"),
        ({"bloks": "2"}, "did you mean 'block"),
    ],
)
def test_a_wrong_hyperparameter_is_one_sentence(size, message) -> None:
    with pytest.raises(SpecError, match=message):
        models.load_family("resnet").count(spec(**size), 1)
