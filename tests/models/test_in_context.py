"""The in-context network: its arithmetic, what it may look at, and what it learns from."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from upwell import models
from upwell.data import task_source
from upwell.errors import DataError, SpecError
from upwell.models.answering import Instance
from upwell.records import DataSpec, ModelSpec, Train

CLASSES, INPUTS = 5, 16


def spec(**size) -> ModelSpec:
    known = {"inputs": INPUTS, "classes": CLASSES, "width": 16}
    return ModelSpec(family="in_context", size={**known, **size})


def built(seed=0, **size):
    network = models.named("in_context").build(spec(**size), Train(), seed)
    torch.nn.init.normal_(network.head.weight)
    return network.eval()


def batch(tasks=4, context=30, **options):
    made = task_source(DataSpec(source="cluster_tasks", options=options))
    rows = made.episodes(np.arange(tasks), "train", context, np.random.default_rng(0))
    return {name: torch.from_numpy(each) for name, each in rows.items()}


@pytest.mark.parametrize("features", ["mlp", "cnn", "recurrent"])
@pytest.mark.parametrize("depth", [1, 3])
def test_parameters_are_those_that_are_counted(features, depth) -> None:
    size = {"features": features, "depth": depth}
    counted = models.named("in_context").count(spec(**size), 30).params
    assert counted == sum(p.numel() for p in built(**size).parameters())
    assert set(built(**size).roles()) == {name for name, _ in built(**size).named_parameters()}


@pytest.mark.parametrize("features", ["mlp", "cnn", "recurrent"])
def test_an_answer_does_not_depend_on_what_is_not_seen(features) -> None:
    network, one = built(features=features), batch()
    one["seen"][:] = 10
    other = {**one, "shown": one["shown"].clone(), "shown_label": one["shown_label"].clone()}
    other["shown"][:, 10:] += 1
    other["shown_label"][:, 10:] = 0
    torch.testing.assert_close(network(one), network(other))
    other["shown"][:, :10] += 1
    assert not torch.allclose(network(one), network(other))


def test_a_question_does_not_depend_on_the_other_questions() -> None:
    network, one = built(), batch()
    alone = {**one, "query": one["query"][:, :1]}
    torch.testing.assert_close(network(one)[:, :1], network(alone))


def test_the_order_of_examples_does_not_matter_and_their_labels_do() -> None:
    network, one = built(), batch()
    one["seen"][:] = 25
    order = torch.randperm(25)
    turned = {**one, "shown": one["shown"][:, order], "shown_label": one["shown_label"][:, order]}
    torch.testing.assert_close(network(one), network(turned), atol=1e-5, rtol=1e-4)
    unlabelled = {**one, "shown_label": one["shown_label"][:, order]}
    assert not torch.allclose(network(one), network(unlabelled))


def test_attention_is_scaled_joined_and_projected() -> None:
    """softmax(Q K^T / sqrt(d)) V of every head, side by side, through one more map."""
    layer = built(width=16, heads=2).layers[0]
    x, seen = torch.randn(2, 9, 16), torch.ones(2, 6, dtype=torch.bool)
    normed = functional.rms_norm(x, (16,))
    query = layer.query(normed)
    key, value = layer.key_value(normed[:, :6]).chunk(2, -1)
    heads = [
        torch.softmax(query[..., d] @ key[..., d].mT / 8**0.5, -1) @ value[..., d]
        for d in (slice(0, 8), slice(8, 16))
    ]
    mixed = x + layer.out(torch.cat(heads, -1))
    wanted = mixed + layer.down(functional.gelu(layer.up(functional.rms_norm(mixed, (16,)))))
    torch.testing.assert_close(layer(x, 6, seen), wanted, atol=1e-5, rtol=1e-4)


def test_the_loss_takes_softmax_once() -> None:
    network, one = built(), batch()
    chosen = network(one).log_softmax(-1).gather(-1, one["label"][..., None])
    assert network.losses(one, one)["loss"].item() == pytest.approx(-chosen.mean().item(), rel=1e-5)


def test_an_untrained_network_guesses() -> None:
    network = models.named("in_context").build(spec(), Train(), 0)
    assert network.losses(batch(), batch())["loss"].item() == pytest.approx(np.log(5), abs=1e-6)


def test_it_is_asked_with_examples_and_without() -> None:
    network, one = built(), batch(tasks=1)
    for count in (0, 10):
        shown = {name: one[name][0, :count].numpy() for name in ("shown", "shown_label")}
        instance = Instance({**shown, "query": one["query"][0, 0].numpy()})
        asked = network.answerer(None).logprobs([(instance, str(c)) for c in range(CLASSES)])
        one["seen"][:] = count
        wanted = network(one)[0, 0].log_softmax(-1).tolist()
        assert [each[0] for each in asked] == pytest.approx(wanted, abs=1e-5)


def test_data_of_another_shape_are_told() -> None:
    with pytest.raises(DataError, match="has 8 numbers and the model reads 16"):
        built().losses(batch(inputs=8), batch(inputs=8))
    with pytest.raises(DataError, match="a class 4 and the model has classes 0 to 2"):
        built(classes=3).losses(batch(), batch())


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ({"heads": 3}, "width 16 is not a multiple of 3 heads"),
        ({"features": "cnn", "inputs": 15}, "15 numbers are no square"),
        ({"features": "rnn"}, "features is one of"),
    ],
)
def test_wrong_dials_are_told(size, told) -> None:
    with pytest.raises(SpecError, match=told):
        models.named("in_context").count(spec(**size), 30)
