"""The perceptron against its own arithmetic, and as a rung of a ladder."""

import numpy as np
import pytest
import torch

from upwell import models
from upwell.errors import DataError, SpecError
from upwell.models.protocols import ArrayInput
from upwell.records import ModelSpec, Train
from upwell.train.flat_params import FlatParams
from upwell.train.optimizer import Optimizer

FAMILY = models.load_family("mlp")


def spec(**size) -> ModelSpec:
    return ModelSpec(family="mlp", hparams={"inputs": 4, "num_classes": 3, "width": 8, **size})


def built(seed=0, **size):
    return FAMILY.build(spec(**size), Train(), seed)


def batch(rows=5):
    return {"features": torch.randn(rows, 4), "label": torch.arange(rows) % 3}


@pytest.mark.parametrize("depth", [1, 3])
def test_parameters_are_those_that_are_counted(depth) -> None:
    counted = FAMILY.count(spec(depth=depth), 1).params
    assert counted == sum(p.numel() for p in built(depth=depth).parameters())


def test_an_untrained_network_gives_all_classes_the_same_probability() -> None:
    loss = built().losses(batch(), batch())["loss"].item()
    assert loss == pytest.approx(np.log(3), abs=1e-6)


def test_parts_of_a_batch_add_up_to_its_loss() -> None:
    network, whole = built(), batch(6)
    torch.nn.init.normal_(network.layers[-1].weight)
    parts = [{name: rows[i : i + 2] for name, rows in whole.items()} for i in (0, 2, 4)]
    total = sum(network.losses(part, whole)["loss"].item() for part in parts)
    assert total == pytest.approx(network.losses(whole, whole)["loss"].item(), rel=1e-6)


def test_the_lm_gives_log_probabilities_of_classes_by_index() -> None:
    network = built()
    torch.nn.init.normal_(network.layers[-1].weight)
    shown = ArrayInput({"features": np.ones(4, dtype=np.float32)})
    found = FAMILY.as_lm(network, None).token_logprobs([(shown, str(label)) for label in range(3)])
    expected = network({"features": torch.ones(1, 4)}).log_softmax(-1)[0].tolist()
    assert [each[0] for each in found] == pytest.approx(expected)
    assert FAMILY.as_lm(network, None).generate([shown], 1, None) == [str(int(np.argmax(expected)))]


def test_data_of_another_shape_are_one_sentence() -> None:
    wrong = {"features": torch.zeros(2, 7), "label": torch.zeros(2, dtype=torch.int64)}
    with pytest.raises(DataError, match="7 numbers and the model reads 4"):
        built().losses(wrong, wrong)
    label = {"features": torch.zeros(2, 4), "label": torch.tensor([0, 3])}
    with pytest.raises(DataError, match="a class 3 and the model has classes 0 to 2"):
        built().losses(label, label)


def small(recipe: Train, **size):
    shown = {"inputs": 2, "num_classes": 2, "activation": "sigmoid", **size}
    return FAMILY.build(ModelSpec(family="mlp", hparams=shown), recipe, 0)


def test_the_textbook_example_with_its_matrix_and_its_two_outputs_put_right() -> None:
    """x = (1, 2) through W = ((1, 2), (3, 4)), b = (0.5, -0.5) and a sigmoid.

    W times x is a vector of two numbers, (5, 11): not one number times x. And two numbers that came
    out of a layer are no class; a map to the classes and a softmax give their probabilities.
    """
    network = small(Train(), width=2)
    with torch.no_grad():
        network.layers[0].weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        network.layers[0].bias.copy_(torch.tensor([0.5, -0.5]))
        network.layers[1].weight.copy_(torch.tensor([[1.0, -1.0], [2.0, 0.0]]))
        network.layers[1].bias.copy_(torch.tensor([0.0, 0.1]))
    logits = network({"features": torch.tensor([[1.0, 2.0]])})[0]
    hidden = [1 / (1 + np.exp(-5.5)), 1 / (1 + np.exp(-10.5))]
    expected = [hidden[0] - hidden[1], 2 * hidden[0] + 0.1]
    assert logits.tolist() == pytest.approx(expected, rel=1e-4)
    shown = ArrayInput({"features": np.array([1, 2], dtype=np.float32)})
    answered = FAMILY.as_lm(network, None).token_logprobs([(shown, "0"), (shown, "1")])
    total = np.exp(expected[0]) + np.exp(expected[1])
    chances = [np.exp(log[0]) for log in answered]
    assert chances == pytest.approx([np.exp(each) / total for each in expected], rel=1e-5)
    assert sum(chances) == pytest.approx(1)


def test_the_gradient_of_a_neuron_is_that_of_the_chain_rule() -> None:
    """One sigmoid neuron before two classes: dL/dw = (p - y) v s(1 - s) x."""
    network = small(Train(), width=1)
    w, v, x = np.array([0.3, -0.2]), np.array([0.7, -0.4]), np.array([1.0, 2.0])
    with torch.no_grad():
        network.layers[0].weight.copy_(torch.tensor(w[None]))
        network.layers[1].weight.copy_(torch.tensor(v[:, None]))
    batch = {"features": torch.tensor(x[None], dtype=torch.float32), "label": torch.tensor([1])}
    network.losses(batch, batch)["loss"].backward()
    s = 1 / (1 + np.exp(-w @ x))
    p = np.exp(v * s) / np.exp(v * s).sum()
    expected = (p - np.array([0, 1])) @ v * s * (1 - s) * x
    found = network.layers[0].weight.grad[0].tolist()
    assert found == pytest.approx(expected.tolist(), rel=1e-5)


def test_dropout_keeps_the_mean_and_drops_its_share_in_training_alone() -> None:
    network = small(Train(dropout=0.25), width=4000, activation="relu")
    for layer, weight in zip(network.layers, (0.0, 1.0), strict=True):
        torch.nn.init.constant_(layer.weight, weight)
    torch.nn.init.ones_(network.layers[0].bias)
    shown = {"features": torch.zeros(1, 2)}
    torch.manual_seed(0)
    dropped = 1 - network.train()(shown)[0, 0].item() * 0.75 / 4000
    assert dropped == pytest.approx(0.25, abs=0.03) and dropped != 0.25
    assert network.eval()(shown)[0, 0].item() == pytest.approx(4000)


@pytest.mark.parametrize(("l1", "l2"), [(0.01, 0.0), (0.0, 0.1), (0.02, 0.3)])
def test_penalties_step_down_their_own_slope_on_weights_and_not_on_biases(l1, l2) -> None:
    """Where the loss is flat, w goes to w - rate (l1 sign(w) + l2 w): plus in the gradient, so
    minus in the step."""
    recipe = Train(
        optimizer="sgd", betas=(0.0, 0.9), learning_rate=0.1, embedding_lr=0.1,
        l1=l1, l2=l2, max_grad_norm=1e9, base_width=8,
    )  # fmt: skip
    network = small(recipe, width=8)
    torch.nn.init.ones_(network.layers[0].bias)
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    Optimizer(FlatParams(network, network.param_roles()), recipe).step(1.0)
    for name, p in network.named_parameters():
        was = before[name]
        step = 0.1 * (l1 * was.sign() + l2 * was) if name.endswith("weight") else 0
        torch.testing.assert_close(p.detach(), was - step)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"width": 0}, "width is a whole number above 0, found 0"),
        ({"activation": "step"}, "activation is one of"),
        ({"widht": 3}, "did you mean 'width'"),
    ],
)
def test_a_wrong_hyperparameter_is_one_sentence(size, message) -> None:
    with pytest.raises(SpecError, match=message):
        FAMILY.count(spec(**size), 1)
