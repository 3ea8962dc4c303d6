"""The regressor: its arithmetic, and that an estimate rests on what stands before it."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from upwell import models
from upwell.data import load_task_source
from upwell.errors import DataError, SpecError
from upwell.models.layers.fused_transformer import rms_norm
from upwell.models.layers.transformer import TransformerStack
from upwell.models.protocols import ArrayInput
from upwell.records import DataSpec, ModelSpec, Train

PAIRS = 8


FAMILY = models.load_family("in_context_regressor")


def spec(**size) -> ModelSpec:
    hparams = {"inputs": 3, "width": 32, "depth": 2, **size}
    return ModelSpec(family="in_context_regressor", hparams=hparams)


def built(**size):
    network = FAMILY.build(spec(**size), Train(context_length=PAIRS), 0)
    torch.nn.init.normal_(network.head.weight)
    return network


def batch(rows=4):
    made = load_task_source(DataSpec(source="functions", options={"inputs": 3}))
    found = made.episodes(np.arange(rows), "train", PAIRS, np.random.default_rng(0))
    return {name: torch.from_numpy(each) for name, each in found.items()}


def test_parameters_are_those_that_are_counted() -> None:
    counted = FAMILY.count(spec(), PAIRS).params
    assert counted == sum(p.numel() for p in built().parameters())
    assert set(built().param_roles()) == {name for name, _ in built().named_parameters()}


def test_an_estimate_rests_on_the_pairs_before_it_and_on_its_own_argument() -> None:
    network, one = built(), batch()
    before = network(one)
    later = {name: rows.clone() for name, rows in one.items()}
    later["target"][:, 4] += 1
    later["features"][:, 5:] += 1
    torch.testing.assert_close(network(later)[:, :5], before[:, :5])
    assert not torch.allclose(network(later)[:, 5], before[:, 5], atol=1e-3)
    value = {**one, "target": one["target"].clone()}
    value["target"][:, 3] += 1
    assert not torch.allclose(network(value)[:, 4], before[:, 4], atol=1e-3)


def test_the_loss_is_the_mean_squared_error_and_parts_add_up_to_it() -> None:
    network, whole = built(), batch(6)
    expected = functional.mse_loss(network(whole), whole["target"]).item()
    parts = [{name: rows[i : i + 2] for name, rows in whole.items()} for i in (0, 2, 4)]
    total = sum(network.losses(part, whole)["loss"].item() for part in parts)
    assert network.losses(whole, whole)["loss"].item() == pytest.approx(expected, rel=1e-5)
    assert total == pytest.approx(expected, rel=1e-5)


def test_an_untrained_regressor_estimates_zero() -> None:
    network = FAMILY.build(spec(), Train(context_length=PAIRS), 0)
    assert not network(batch()).any()


def test_the_lm_generates_the_estimate_and_scores_values_around_it() -> None:
    network, one = built(), batch(1)
    x, y = one["features"][0].numpy(), one["target"][0].numpy()
    shown = ArrayInput({"features": x[:4], "target": y[:3]})
    lm = FAMILY.as_lm(network, None)
    estimate = network(one)[0, 3].item()
    assert float(lm.generate([shown], 1, None)[0]) == pytest.approx(estimate, rel=1e-4)
    density = torch.distributions.Normal(estimate, 1.0).log_prob(torch.tensor(0.5)).item()
    assert lm.token_logprobs([(shown, "0.5")])[0] == pytest.approx([density], rel=1e-4)


def test_scores_are_divided_by_the_root_of_the_head() -> None:
    """Against torch's own attention, which divides by the root of the head's width."""
    blocks = TransformerStack(width=32, depth=1, head_dim=16, intermediate_size=88)
    with torch.no_grad():
        blocks.reset_parameters(torch.Generator().manual_seed(0))
        blocks.down[0].zero_()
    x = torch.randn(2, 5, 32)
    q, k, v = (
        part.view(2, 5, 2, 16).transpose(1, 2)
        for part in functional.linear(rms_norm(x), blocks.qkv[0]).chunk(3, -1)
    )
    mixed = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
    still = torch.ones(5, 8, dtype=torch.complex64), torch.zeros(5, 5)
    expected = x + functional.linear(mixed, blocks.out[0])
    torch.testing.assert_close(blocks(x, still, 1.0), expected, atol=1e-5, rtol=1e-4)


def test_what_does_not_fit_is_one_sentence() -> None:
    with pytest.raises(SpecError, match="width 24 is not a multiple of 16"):
        FAMILY.count(spec(width=24), PAIRS)
    with pytest.raises(DataError, match="8 pairs of 3 inputs and the model reads at most 8 of 4"):
        built(inputs=4).losses(batch(), batch())
