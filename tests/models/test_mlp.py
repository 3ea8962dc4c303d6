"""The perceptron against its own arithmetic, and as a rung of a ladder."""

import numpy as np
import pytest
import torch

from upwell import models
from upwell.errors import DataError, SpecError
from upwell.models.answering import Instance
from upwell.records import ModelSpec, Train


def spec(**size) -> ModelSpec:
    return ModelSpec(family="mlp", size={"inputs": 4, "classes": 3, "width": 8, **size})


def built(seed=0, **size):
    return models.named("mlp").build(spec(**size), Train(), seed)


def batch(rows=5):
    return {"features": torch.randn(rows, 4), "label": torch.arange(rows) % 3}


@pytest.mark.parametrize("depth", [1, 3])
def test_parameters_are_those_that_are_counted(depth) -> None:
    counted = models.named("mlp").count(spec(depth=depth), 1).params
    assert counted == sum(p.numel() for p in built(depth=depth).parameters())


def test_an_untrained_network_finds_all_classes_equally_probable() -> None:
    loss = built().losses(batch(), batch())["loss"].item()
    assert loss == pytest.approx(np.log(3), abs=1e-6)


def test_parts_of_a_batch_add_up_to_its_loss() -> None:
    network, whole = built(), batch(6)
    torch.nn.init.normal_(network.layers[-1].weight)
    parts = [{name: rows[i : i + 2] for name, rows in whole.items()} for i in (0, 2, 4)]
    total = sum(network.losses(part, whole)["loss"].item() for part in parts)
    assert total == pytest.approx(network.losses(whole, whole)["loss"].item(), rel=1e-6)


def test_the_answerer_gives_log_probabilities_of_classes_by_number() -> None:
    network = built()
    torch.nn.init.normal_(network.layers[-1].weight)
    shown = Instance({"features": np.ones(4, dtype=np.float32)})
    found = network.answerer(None).logprobs([(shown, str(label)) for label in range(3)])
    wanted = network({"features": torch.ones(1, 4)}).log_softmax(-1)[0].tolist()
    assert [each[0] for each in found] == pytest.approx(wanted)
    assert network.answerer(None).say([shown], 1, None) == [str(int(np.argmax(wanted)))]


def test_data_of_another_shape_are_told_in_one_sentence() -> None:
    wrong = {"features": torch.zeros(2, 7), "label": torch.zeros(2, dtype=torch.int64)}
    with pytest.raises(DataError, match="7 numbers and the model reads 4"):
        built().losses(wrong, wrong)
    label = {"features": torch.zeros(2, 4), "label": torch.tensor([0, 3])}
    with pytest.raises(DataError, match="a class 3 and the model has classes 0 to 2"):
        built().losses(label, label)


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ({"width": 0}, "width is a whole number above 0, found 0"),
        ({"activation": "step"}, "activation is one of"),
        ({"widht": 3}, "did you mean 'width'"),
    ],
)
def test_wrong_dials_are_told(size, told) -> None:
    with pytest.raises(SpecError, match=told):
        models.named("mlp").count(spec(**size), 1)
