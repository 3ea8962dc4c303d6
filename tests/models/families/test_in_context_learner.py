"""The in-context network: its arithmetic, what it may look at, and what it learns from."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from upwell import models
from upwell.data import load_task_source
from upwell.errors import DataError, SpecError
from upwell.models.families.in_context_learner import as_lm
from upwell.models.protocols import ArrayInput
from upwell.records import DataSpec, ModelSpec, Train

CLASSES, INPUTS = 5, 16


def spec(**size) -> ModelSpec:
    known = {"inputs": INPUTS, "num_classes": CLASSES, "width": 16}
    return ModelSpec(family="in_context_learner", hparams={**known, **size})


def built(seed=0, **size):
    network = models.load_family("in_context_learner").build(spec(**size), Train(), seed)
    torch.nn.init.normal_(network.head.weight)
    return network.eval()


def batch(tasks=4, context=30, **options):
    made = load_task_source(DataSpec(source="cluster_tasks", options=options))
    rows = made.episodes(np.arange(tasks), "train", context, np.random.default_rng(0))
    return {name: torch.from_numpy(each) for name, each in rows.items()}


@pytest.mark.parametrize("features", ["mlp", "cnn", "recurrent"])
@pytest.mark.parametrize("depth", [1, 3])
def test_parameters_are_those_that_are_counted(features, depth) -> None:
    size = {"features": features, "depth": depth}
    counted = models.load_family("in_context_learner").count(spec(**size), 30).params
    assert counted == sum(p.numel() for p in built(**size).parameters())
    assert set(built(**size).param_roles()) == {
        name for name, _ in built(**size).named_parameters()
    }


@pytest.mark.parametrize("features", ["mlp", "cnn", "recurrent"])
def test_an_answer_does_not_depend_on_invisible_examples(features) -> None:
    network, one = built(features=features), batch()
    one["num_visible"][:] = 10
    other = {
        **one,
        "support": one["support"].clone(),
        "support_label": one["support_label"].clone(),
    }
    other["support"][:, 10:] += 1
    other["support_label"][:, 10:] = 0
    torch.testing.assert_close(network(one), network(other))
    other["support"][:, :10] += 1
    assert not torch.allclose(network(one), network(other))


def test_a_query_does_not_depend_on_the_other_queries() -> None:
    network, one = built(), batch()
    alone = {**one, "query": one["query"][:, :1]}
    torch.testing.assert_close(network(one)[:, :1], network(alone))


def test_the_order_of_examples_does_not_matter_and_their_labels_do() -> None:
    network, one = built(), batch()
    one["num_visible"][:] = 25
    order = torch.randperm(25)
    turned = {
        **one,
        "support": one["support"][:, order],
        "support_label": one["support_label"][:, order],
    }
    torch.testing.assert_close(network(one), network(turned), atol=1e-5, rtol=1e-4)
    unlabelled = {**one, "support_label": one["support_label"][:, order]}
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
    expected = mixed + layer.down(functional.gelu(layer.up(functional.rms_norm(mixed, (16,)))))
    torch.testing.assert_close(layer(x, 6, seen), expected, atol=1e-5, rtol=1e-4)


def test_the_loss_takes_softmax_once() -> None:
    network, one = built(), batch()
    chosen = network(one).log_softmax(-1).gather(-1, one["label"][..., None])
    assert network.losses(one, one)["loss"].item() == pytest.approx(-chosen.mean().item(), rel=1e-5)


def test_an_untrained_network_is_at_chance() -> None:
    network = models.load_family("in_context_learner").build(spec(), Train(), 0)
    assert network.losses(batch(), batch())["loss"].item() == pytest.approx(np.log(5), abs=1e-6)


def test_the_lm_answers_with_and_without_examples() -> None:
    network, one = built(), batch(tasks=1)
    for count in (0, 10):
        shown = {name: one[name][0, :count].numpy() for name in ("support", "support_label")}
        instance = ArrayInput({**shown, "query": one["query"][0, 0].numpy()})
        asked = as_lm(network, None).token_logprobs([(instance, str(c)) for c in range(CLASSES)])
        one["num_visible"][:] = count
        expected = network(one)[0, 0].log_softmax(-1).tolist()
        assert [each[0] for each in asked] == pytest.approx(expected, abs=1e-5)


def test_data_of_another_shape_are_one_sentence() -> None:
    with pytest.raises(DataError, match="has 8 numbers and the model reads 16"):
        built().losses(batch(inputs=8), batch(inputs=8))
    with pytest.raises(DataError, match="a class 4 and the model has classes 0 to 2"):
        built(num_classes=3).losses(batch(), batch())


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"heads": 3}, "width 16 is not a multiple of 3 heads"),
        ({"features": "cnn", "inputs": 15}, "15 inputs are not a square"),
        ({"features": "rnn"}, "features is one of"),
    ],
)
def test_a_wrong_hyperparameter_is_one_sentence(size, message) -> None:
    with pytest.raises(SpecError, match=message):
        models.load_family("in_context_learner").count(spec(**size), 30)
